package flows

import (
	"context"
	"slices"
	"strings"
	"unicode"
)

// Given is something that a person told before it was asked: "soy María Pérez, legajo
// 12345, quiero el recibo de octubre". It is kept within the dialog, sealed with it,
// and ends with it; once it answered a question it is gone.
type Given struct {
	Kind  GivenKind `json:"k"`
	Text  string    `json:"t"`           // as it was typed
	Label string    `json:"l,omitempty"` // what the person called it, plain: "legajo", "nuevo"; "" if nothing
}

// GivenKind says what was told.
type GivenKind string

// What people tell early.
const (
	GivenNumber GivenKind = "number" // an identifier, of digits or letters and digits
	GivenEmail  GivenKind = "email"
	GivenDate   GivenKind = "date"
	GivenName   GivenKind = "name"
	GivenSelf   GivenKind = "self"  // what the person says to be: "docente", "policía retirado"
	GivenPlace  GivenKind = "place" // a town, within an address
	GivenWish   GivenKind = "wish"  // what they asked for, without numbers of persons: it may name a month, or which datum to change
)

// Early tells how something that was told answers a question; "" if it does not. Spends
// tells that it answers no other one.
type Early func(t *Turn, g Given) (value string, spends bool)

// maxGiven bounds what a dialog remembers of it.
const maxGiven = 12

// Told returns the latest of what was told of a kind, "" if there is nothing.
func (t *Turn) Told(kind GivenKind) string {
	for _, g := range slices.Backward(t.Dialog.Given) {
		if g.Kind == kind {
			return g.Text
		}
	}
	return ""
}

// learn remembers what a message tells besides answering. What has no name of its own
// counts only where nothing was asked: elsewhere it is an answer, or one gone wrong.
func (r *run) learn() {
	in := r.t.Input
	if r.e.tells == nil || in.Choice != "" || in.Kind != Text || in.Hidden {
		return
	}
	r.told = r.e.tells(in.Text)
	r.remember(slices.DeleteFunc(slices.Clone(r.told), func(g Given) bool {
		return r.d.Flow != r.e.home && g.Label == "" && g.Kind != GivenName && g.Kind != GivenSelf
	}))
}

// wishes are what this message asks for.
func (r *run) wishes() []Given {
	return slices.DeleteFunc(slices.Clone(r.told), func(g Given) bool { return g.Kind != GivenWish })
}

// answeredBy forgets what was told in the words of an answer.
func (r *run) answeredBy(value string) {
	if r.s.Early == nil {
		return
	}
	r.spend(slices.DeleteFunc(slices.Clone(r.told), func(g Given) bool {
		v, spends := r.s.Early(r.t, g)
		return v != value || !spends // "dni 20…" tells the number, too
	}))
}

func (r *run) remember(told []Given) {
	if len(told) == 0 {
		return
	}
	all := slices.DeleteFunc(slices.Clone(r.d.Given), func(old Given) bool {
		return slices.ContainsFunc(told, func(g Given) bool {
			return g.Kind == old.Kind && (g.Label == old.Label && g.Label != "" || g.Text == old.Text || g.Kind == GivenWish)
		})
	})
	all = append(all, told...)
	r.d.Given = all[max(0, len(all)-maxGiven):]
}

// early finds the one answer that was told for a question; none if two were.
func (r *run) early(s *Step, told []Given) (value string, spent []Given) {
	if s.Early == nil || s.Take == nil || !s.Keep {
		return "", nil
	}
	for _, g := range told {
		v, spends := s.Early(r.t, g)
		switch {
		case v == "":
			continue
		case value != "" && v != value:
			return "", nil
		}
		value = v
		if spends {
			spent = append(spent, g)
		}
	}
	return value, spent
}

// spend forgets what answered a question: a changed mind is asked, not guessed.
func (r *run) spend(spent []Given) {
	r.d.Given = slices.DeleteFunc(slices.Clone(r.d.Given), func(g Given) bool { return slices.Contains(spent, g) })
}

// fill answers the current question and those that follow it at once with what was
// told before. It notes what it took, to be shown with the next question.
func (r *run) fill() {
	if len(r.d.Given) == 0 || r.s.Early == nil {
		return
	}
	here := r.s
	defer func() { r.s = here }()
	for i := r.m.place(here.Name); i < len(r.m.flow.Steps); i++ {
		s := &r.m.flow.Steps[i]
		if s.Early == nil || s.Take == nil || !s.Keep {
			break
		}
		r.s = s
		if r.known(s) || r.skips(s) || slices.ContainsFunc(s.Needs, func(n string) bool { return r.m.steps[n] != nil && r.d.Values[n] == "" }) {
			continue
		}
		value, spent := r.early(s, r.d.Given)
		if value == "" {
			value = r.implied(slices.DeleteFunc(slices.Clone(r.d.Given), func(g Given) bool { return g.Label == "" }))
		}
		if value != "" {
			r.spend(spent)
			r.keep(value)
			r.d.Redo = true // what is known is not asked
			r.noted = append(r.noted, s)
			r.t.Took++
		}
	}
}

// pose says the question, after a note if there is one; both in one message if that is not too long (RULES: talk.size).
func (r *run) pose(note string) { r.poseWith(note, r.offers()) }

func (r *run) poseWith(note string, offer []Option) {
	question := r.question()
	if note != "" && len([]rune(note+question)) > 500 {
		r.t.Send(Reply{Text: strings.TrimSpace(note)})
		note = ""
	}
	r.remark(note+question, offer)
}

// notes says what was taken from earlier messages, before the next question; "" if
// nothing was. A confirmation shows it all by itself.
func (r *run) notes() string {
	if len(r.noted) == 0 || r.s == nil || !r.s.Keep {
		return ""
	}
	lines, sensitive := []string{}, false
	for _, s := range r.noted {
		lines = append(lines, "• "+s.Label(r.t)+": "+r.shown(s))
		sensitive = sensitive || s.Sensitive
	}
	r.noted = nil
	note := r.t.Text("fields_told", "fields", strings.Join(lines, "\n"))
	if sensitive && r.t.Pages {
		note += "\n" + r.t.Text("fields_delete")
	}
	return note + "\n\n"
}

// volunteered reads a message that names what it tells: the answer to this question among
// others, or to another one of the form. False if it does neither.
func (r *run) volunteered(ctx context.Context) (done bool, err error) {
	named := slices.DeleteFunc(slices.Clone(r.told), func(g Given) bool { return g.Label == "" })
	if len(named) == 0 || r.d.Asking != "" {
		return false, nil
	}
	if value, spent := r.early(r.s, named); value != "" {
		if _, fits := r.tryAt(r.s, r.t.Input); fits && len(named) == 1 { // an answer like any other
			return false, nil
		}
		r.spend(spent)
		r.noted = append(r.noted, r.s)
		return true, r.accept(ctx, value)
	}
	if value := r.besides(named); value != "" {
		return true, r.accept(ctx, value)
	}
	if r.s.Keep && r.s.Offers != nil && len(r.s.Offers(r.t)) > 0 { // "soy policía, legajo 201554": what else it tells is kept
		if value, ok := r.tryAt(r.s, Input{From: Person, Text: r.t.Input.Text}); ok {
			return true, r.accept(ctx, value)
		}
	}
	if option := r.implied(named); option != "" {
		r.noted = append(r.noted, r.s)
		return true, r.accept(ctx, option)
	}
	for i := range r.m.flow.Steps {
		s := &r.m.flow.Steps[i]
		value, spent := r.early(s, named)
		switch {
		case value == "" || s == r.s || r.skips(s) || value == r.d.Values[s.Name]:
		case r.known(s) && slices.Contains(r.d.Path, s.Name):
			r.spend(spent)
			return true, r.amend(ctx, s, value)
		case r.s.Keep && !r.known(s):
			r.fill()
			text := r.notes()
			if text == "" {
				text = r.t.Text("fields_kept") + "\n\n"
			}
			r.pose(text)
			return true, nil
		}
	}
	return false, nil
}

// amend replaces an earlier answer, and goes on where the form has an open question.
func (r *run) amend(ctx context.Context, s *Step, value string) error {
	r.place(r.d.Flow, s.Name)
	r.d.Redo = true
	r.noted = append(r.noted, s)
	return r.accept(ctx, value)
}

// corrected reads "no, era 27…" or "me equivoqué, es …": another answer to the question
// before, or to an earlier one that had an answer of the same length.
func (r *run) corrected(ctx context.Context) (done bool, err error) {
	if done, err := r.otherwise(ctx); done || err != nil {
		return done, err
	}
	first, rest, strong := instead(r.t.Input.Text)
	if rest == "" || r.d.Asking != "" || r.t.Input.Choice != "" && !strings.HasPrefix(r.t.Input.Choice, "word/") {
		return false, nil
	}
	here, before := r.m.place(r.s.Name), 0
	for _, name := range slices.Backward(r.d.Path) {
		s := r.m.at(name)
		if s == nil || s.Take == nil || r.m.place(name) >= here {
			continue
		}
		value, ok := r.tryAt(s, Input{From: Person, Text: rest})
		ok = ok && (strong || isFact(rest) || first != "no" && s.Offers != nil && len(s.Offers(r.t)) > 0)
		if ok && (before == 0 || strong && len(value) == len(r.d.Values[name])) {
			if value == r.d.Values[name] {
				return false, nil
			}
			return true, r.amend(ctx, s, value)
		}
		if before++; !strong && r.s.Keep {
			break
		}
	}
	if strong && r.s.Keep && r.retold(rest) {
		return true, nil
	}
	if _, fits := r.tryAt(r.s, Input{From: Person, Text: rest}); strong && fits && r.s.Keep && !isFact(rest) {
		r.t.Input.Text = rest // "no, era docente" in answer to what is asked; "no es la misma" is an answer as it is
	}
	return false, nil
}

// replaced reads "el documento está mal, es 27…": what is wrong and what is right in one message, if the one number or address in it
// can replace one earlier answer of the same length alone.
func (r *run) replaced(ctx context.Context) (bool, error) {
	facts := slices.DeleteFunc(strings.Fields(r.t.Input.Text), func(w string) bool { return !strings.Contains(w, "@") && digitsIn(w) < 4 })
	if len(facts) != 1 {
		return false, nil
	}
	var found *Step
	with := ""
	for _, name := range r.d.Path {
		s, old := r.m.at(name), r.d.Values[name]
		if s == nil || digitsIn(old) < 4 && !strings.Contains(old, "@") {
			continue
		}
		value, ok := r.tryAt(s, Input{From: Person, Text: facts[0]})
		if !ok || value == old || len(value) != len(old) && !strings.Contains(value, "@") {
			continue
		}
		if found != nil {
			return false, nil
		}
		found, with = s, value
	}
	if found == nil {
		return false, nil
	}
	return true, r.amend(ctx, found, with)
}

func digitsIn(s string) (n int) {
	for _, c := range s {
		if unicode.IsDigit(c) {
			n++
		}
	}
	return n
}

// retold reads "no, era 310877" about the one number that was told and not asked yet.
func (r *run) retold(rest string) bool {
	number := func(g Given) bool { return g.Kind == GivenNumber }
	at := slices.IndexFunc(r.d.Given, number)
	if at < 0 || !isFact(rest) || slices.ContainsFunc(r.d.Given[at+1:], number) {
		return false
	}
	r.d.Given = slices.Clone(r.d.Given)
	r.d.Given[at].Text = rest
	r.pose(r.t.Text("fields_kept") + "\n\n")
	return true
}

// tryAt looks how another question would take an answer.
func (r *run) tryAt(s *Step, in Input) (string, bool) {
	if s.Take == nil {
		return "", false
	}
	here := r.s
	defer func() { r.s = here }()
	return r.try(s, in)
}

// How people begin to take back what they just wrote, as [Plain] leaves it. Those that
// begin other sentences as well count before numbers, addresses and options alone.
var (
	strongTakes = strings.Split("no era|no no era|no es|no no es|perdon era|perdon es|me equivoque es|me equivoque era|uy me equivoque es|uy no es|uy no era|ay no es|ay no era|no perdon es|no perdon era|"+
		"lo escribi mal es|la escribi mal es|lo puse mal es|puse mal es|puse mal era|quise decir|quise poner|mejor dicho|corrijo es|no me equivoque es|no me equivoque era|esta mal es|esta mal era|"+
		"disculpe es|disculpe era|disculpa es|disculpa era|sorry es|sorry era|errata es", "|")
	weakTakes = strings.Split("perdon|no perdon|me equivoque|uy me equivoque|no me equivoque|lo escribi mal|lo puse mal|puse mal|digo|corrijo|era|sorry|uy no|ay no|uy|disculpe|disculpa|no", "|")
)

// instead parts such a beginning from what stands behind it, as it was typed; "" if nothing does.
func instead(typed string) (first, rest string, strong bool) {
	words := strings.Fields(typed)
	for n := min(len(words)-1, 5); n > 0; n-- {
		s := Plain(strings.Join(words[:n], " "))
		if strong = slices.Contains(strongTakes, s); strong || slices.Contains(weakTakes, s) {
			return s, strings.Join(words[n:], " "), strong
		}
	}
	return "", "", false
}

// isFact tells of a number or an address, which is hardly the rest of another sentence.
func isFact(s string) bool { return s[0] >= '0' && s[0] <= '9' || strings.Contains(s, "@") }
