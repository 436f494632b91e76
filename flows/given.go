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
	if r.s.Keep && r.forCaller(named) {
		r.pose(r.t.Text("fields_kept") + "\n\n")
		return true, nil
	}
	return false, nil
}

// forCaller tells whether the errand that asks who somebody is will take what was called by its name: "mi nuevo tel es 221…".
func (r *run) forCaller(named []Given) bool {
	m := r.e.flows[r.d.Caller]
	return m != nil && r.m.flow.Sub && slices.ContainsFunc(m.flow.Steps, func(s Step) bool {
		value, _ := r.early(&s, named)
		return value != ""
	})
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

func digitsIn(s string) (n int) {
	for _, c := range s {
		if unicode.IsDigit(c) {
			n++
		}
	}
	return n
}
