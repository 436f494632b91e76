package flows

import (
	"context"
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// People answer more than the question, or another one than that: "libreta cívica 4871239" tells a choice and the number
// that hangs on it, the number alone tells the choice where its form does, and "no tengo clave" is another answer to
// the question before. None of it is guessed: what fits two questions is asked.

// shortestFact is how many letters and digits a number of a document has at least.
const shortestFact = 5

// shortestWord is how many letters a word has at least that alone is another answer to an earlier choice: "poliza", asked for a key.
const shortestWord = 6

// together reads a choice and the answer to the question that hangs on it; false if a message does not hold both.
func (r *run) together(ctx context.Context) (bool, error) {
	if r.s.Offers == nil || !r.s.Keep || r.d.Asking == "fix" {
		return false, nil
	}
	if digitsIn(r.t.Input.Text) == 0 {
		return false, nil
	}
	words, fact := strings.Fields(r.t.Input.Text), -1
	for i, w := range words {
		if len(w) < shortestFact || !strings.ContainsFunc(w, unicode.IsDigit) {
			continue
		}
		if _, chooses := r.tryAt(r.s, Input{From: Person, Text: w}); chooses {
			continue
		}
		if fact >= 0 {
			return false, nil
		}
		fact = i
	}
	if fact < 0 {
		return false, nil
	}
	rest := strings.Join(slices.Delete(slices.Clone(words), fact, fact+1), " ")
	option, ok := r.tryAt(r.s, Input{From: Person, Text: rest})
	if !ok {
		return false, nil
	}
	if s, value := r.hanging(option, words[fact], false); s != nil {
		return true, r.both(ctx, option, s, value)
	}
	return false, nil
}

// besides is the answer to a question about an identifier that stands beside others which are called by their names: "310877,
// dni 22.841.307", asked for the first. It is the one number or address that nothing else is called by.
func (r *run) besides(named []Given) string {
	if !r.s.Keep || !r.s.Ident {
		return ""
	}
	rest, said := r.t.Input.Text, ""
	for _, g := range named {
		rest = strings.ReplaceAll(rest, g.Text, " ")
	}
	for _, w := range strings.Fields(rest) {
		w = strings.Trim(w, ".,;:()")
		if digitsIn(w) < 3 && !strings.Contains(w, "@") || strings.Count(w, "/") > 1 {
			continue
		}
		if said != "" {
			return ""
		}
		said = w
	}
	if said == "" {
		return ""
	}
	value, _ := r.tryAt(r.s, Input{From: Person, Text: said})
	return value
}

// misplaced reads what is no answer to the current question, and one to another question of the same form.
func (r *run) misplaced(ctx context.Context) (bool, error) {
	switch {
	case r.d.Asking == "fix":
		return false, nil
	case slices.Contains(r.s.Offer, "word/corregir"): // a review: the right value itself
		return r.replaced(ctx)
	case !r.s.Keep:
		return r.ahead(), nil
	}
	for _, read := range []func(context.Context) (bool, error){r.byForm, r.astray, r.rechosen} {
		if done, err := read(ctx); done || err != nil {
			return done, err
		}
	}
	return false, nil
}

// unasked are forms of numbers that are kept for no later question: "1234 5678" of a mail, "20-12345678-9".
var unasked = regexp.MustCompile(`^\d{4}[ -]\d{4}$|^(?:20|23|24|27|30|33)-\d{8}-\d$`)

// astray keeps what answers another open question by its form: an address, a policy. At a list a number does so that
// one question alone takes, unless it has the form of what nobody asks there: a code of a mail, a taxpayer's number.
func (r *run) astray(context.Context) (bool, error) {
	told := append(slices.Clone(r.told), Given{Kind: GivenNumber, Text: r.t.Input.Text})
	told = slices.DeleteFunc(told, func(g Given) bool { return g.Kind == GivenWish || g.Kind == GivenName || g.Kind == GivenSelf })
	called := slices.ContainsFunc(told, func(g Given) bool { return g.Kind == GivenNumber && g.Label != "" })
	if called { // "tel 221…" is no other number
		told = slices.DeleteFunc(told, func(g Given) bool { return g.Kind == GivenNumber && g.Label == "" })
	}
	found, with := sole(r.open(), func(s *Step) string {
		value, _ := r.early(s, told)
		if value == "" && !called && r.s.Offers != nil && s.Ident && digitsIn(r.t.Input.Text) >= shortestFact && !unasked.MatchString(strings.TrimSpace(r.t.Input.Text)) {
			value, _ = r.tryAt(s, Input{From: Person, Text: r.t.Input.Text})
		}
		return value
	})
	if found == nil {
		return false, nil
	}
	r.keepAt(found, with)
	r.pose(r.notes())
	return true, nil
}

// open are the other questions of the form that have no answer yet, and take one early.
func (r *run) open() (all []*Step) {
	for i := range r.m.flow.Steps {
		if s := &r.m.flow.Steps[i]; s != r.s && s.Keep && s.Early != nil && !r.known(s) && !r.skips(s) {
			all = append(all, s)
		}
	}
	return all
}

// keepAt remembers an answer to another question than the current one, and that it was noted.
func (r *run) keepAt(s *Step, value string) {
	here := r.s
	r.s = s
	r.keep(value)
	r.s, r.d.Redo = here, true
	r.noted = append(r.noted, s)
}

// ahead keeps what is told where nothing of it is asked yet: who somebody is, beside the terms.
func (r *run) ahead() bool {
	if r.s.Yes == "" || r.d.Asking != "" || len(r.d.Path) > 0 || r.d.Proof != nil {
		return false
	}
	facts := slices.DeleteFunc(slices.Clone(r.told), func(g Given) bool { return g.Kind != GivenNumber && g.Kind != GivenEmail && g.Kind != GivenDate })
	if len(facts) == 0 {
		return false
	}
	r.remember(facts)
	r.remark(r.t.Text("fields_kept")+"\n\n"+r.question(), r.offers())
	return true
}

// asksFor tells whether a later open question of the form takes what was told.
func (r *run) asksFor(g Given) bool {
	return slices.ContainsFunc(r.open(), func(s *Step) bool {
		value, _ := r.early(s, []Given{g})
		return value != "" && r.m.place(s.Name) > r.m.place(r.s.Name)
	})
}

// besideAnswer keeps what a message tells besides the answer, as far as a later question takes it by its form.
func (r *run) besideAnswer(value string) {
	if r.s.Field == nil || r.t.Input.Choice != "" {
		return
	}
	r.remember(slices.DeleteFunc(slices.Clone(r.told), func(g Given) bool {
		if g.Label != "" || g.Kind != GivenNumber && g.Kind != GivenDate && g.Kind != GivenEmail || g.Text == strings.TrimSpace(r.t.Input.Text) {
			return true
		}
		v, ok := r.tryAt(r.s, Input{From: Person, Text: g.Text})
		return ok && v == value || !r.asksFor(g)
	}))
}

// byForm finds the one option after which a message answers a question that knows its answers by their form.
func (r *run) byForm(ctx context.Context) (bool, error) {
	if r.s.Offers == nil {
		return false, nil
	}
	option, with, value := "", (*Step)(nil), ""
	for _, o := range r.s.Offers(r.t) {
		s, v := r.hanging(o.ID, r.t.Input.Text, true)
		if s == nil {
			continue
		}
		if _, ok := r.tryAt(r.s, Input{From: Person, Choice: o.ID, Text: o.Label}); !ok {
			continue
		}
		if with != nil {
			return false, nil
		}
		option, with, value = o.ID, s, v
	}
	if with == nil {
		return false, nil
	}
	return true, r.both(ctx, option, with, value)
}

// hanging finds the question that hangs on the current one and takes an answer after an option; certain wants one whose
// answers tell by their form what they are.
func (r *run) hanging(option, said string, certain bool) (found *Step, value string) {
	kept := r.d.Values
	defer func() { r.d.Values, r.t.Values = kept, kept }()
	for i := range r.m.flow.Steps {
		s := &r.m.flow.Steps[i]
		if !slices.Contains(s.Needs, r.s.Name) || s.Early == nil {
			continue
		}
		if r.t.Values[r.s.Name] != option {
			r.d.Values = maps.Clone(kept)
			r.d.Values[r.s.Name] = option
			r.t.Values = r.d.Values
		}
		if r.known(s) || r.skips(s) {
			continue
		}
		v, ok := r.tryAt(s, Input{From: Person, Text: said})
		if ok && certain {
			v, _ = s.Early(r.t, Given{Kind: GivenNumber, Text: v})
		}
		if ok && v != "" {
			return s, v
		}
	}
	return nil, ""
}

// implied is the one option after which the form asks for what was called by its name, where no other leads there: an RFC, where only
// those are asked for it who have no key. A date alone says too little.
func (r *run) implied(named []Given) (option string) {
	if !r.s.Keep || r.s.Offers == nil || !slices.ContainsFunc(named, func(g Given) bool { return g.Kind == GivenNumber }) {
		return ""
	}
	kept := r.d.Values
	defer func() { r.d.Values, r.t.Values = kept, kept }()
	for _, o := range r.s.Offers(r.t) {
		if _, ok := r.tryAt(r.s, Input{From: Person, Choice: o.ID, Text: o.Label}); !ok {
			continue
		}
		r.d.Values = maps.Clone(kept)
		r.d.Values[r.s.Name] = o.ID
		r.t.Values = r.d.Values
		asked := slices.ContainsFunc(r.m.flow.Steps, func(s Step) bool {
			value, _ := r.early(&s, named)
			return slices.Contains(s.Needs, r.s.Name) && !r.known(&s) && !r.skips(&s) && value != ""
		})
		if asked && option != "" {
			return ""
		}
		if asked {
			option = o.ID
		}
	}
	return option
}

// both takes an option and the answer that hangs on it.
func (r *run) both(ctx context.Context, option string, s *Step, value string) error {
	r.keep(option)
	r.noted = append(r.noted, r.s)
	r.keepAt(s, value)
	return r.accept(ctx, option)
}

// rechosen reads another answer to the choice that the current question hangs on: "no tengo clave", asked for the key.
func (r *run) rechosen(ctx context.Context) (bool, error) {
	text := r.t.Input.Text
	if strings.ContainsFunc(text, unicode.IsDigit) || !strings.Contains(Plain(text), " ") && len(text) < shortestWord || r.d.Asking != "" && r.d.Asking != "keep" {
		return false, nil
	}
	for _, name := range r.s.Needs {
		choice := r.m.at(name)
		if choice == nil || choice.Offers == nil || !slices.Contains(r.d.Path, name) {
			continue
		}
		if option, ok := r.tryAt(choice, Input{From: Person, Text: text}); ok && option != r.d.Values[name] {
			return true, r.amend(ctx, choice, option)
		}
	}
	return false, nil
}

// asksBack tells of a question instead of an answer: "¿cuál de las dos?". It holds no answer: no number, no address.
func asksBack(text string) bool {
	if digitsIn(text) > 0 || strings.Contains(text, "@") {
		return false
	}
	first, _, more := strings.Cut(Plain(text), " ")
	return more && (strings.Contains(text, "?") || asking[first])
}

// asking are words that questions begin with.
var asking = setOf("que cual cuales donde como cuanto cuantos cuantas quien what which where how")
