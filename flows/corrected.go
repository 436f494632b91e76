package flows

import (
	"context"
	"slices"
	"strings"
)

// People take back what they wrote, at the next question, at the review, or before it was asked at all.

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
	found, with := sole(r.path(), func(s *Step) string {
		old := r.d.Values[s.Name]
		if digitsIn(old) < 4 && !strings.Contains(old, "@") {
			return ""
		}
		value, ok := r.tryAt(s, Input{From: Person, Text: facts[0]})
		if !ok || value == old || len(value) != len(old) && !strings.Contains(value, "@") {
			return ""
		}
		return value
	})
	if found == nil {
		return false, nil
	}
	return true, r.amend(ctx, found, with)
}

// path are the questions on the way here that were answered.
func (r *run) path() (all []*Step) {
	for _, name := range r.d.Path {
		if s := r.m.at(name); s != nil {
			all = append(all, s)
		}
	}
	return all
}

// sole finds the one of some questions that something answers, and the answer; nil if it answers none, or several.
func sole(all []*Step, answer func(*Step) string) (found *Step, value string) {
	for _, s := range all {
		switch v := answer(s); {
		case v == "":
		case found != nil:
			return nil, ""
		default:
			found, value = s, v
		}
	}
	return found, value
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
