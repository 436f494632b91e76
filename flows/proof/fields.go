package proof

import (
	"slices"
	"strconv"
	"strings"

	"ventanilla/backend/natid"
	"ventanilla/backend/portal"
	"ventanilla/flows"
	"ventanilla/flows/account"
)

// summary fills "corroborá tus datos". Where identifiers may not be shown in the
// chat, the page has shown them.
func (p proof) summary(t *flows.Turn) []string {
	lines := []string{}
	for _, f := range p.Fields(t) {
		v := t.Values[f.ID]
		shown := f.Display(v, t.Values)
		if t.Pages {
			shown = f.Mask(v, t.Values)
		}
		if v != "" {
			lines = append(lines, "• "+account.Title(f.For(t.Values).Label)+": "+shown)
		}
	}
	return []string{"summary", strings.Join(lines, "\n")}
}

// fields are one step for each thing the organisation asks of a person.
func (p proof) fields() (steps []flows.Step) {
	for _, f := range p.all() {
		s := flows.Step{Name: f.ID, Say: "ask_field", Help: "help_field", Keep: true, Masked: f.IsSensitive(), Sensitive: f.IsSensitive(), Take: takeField(f), Field: pageField(f),
			Skip: func(t *flows.Turn) bool { return !p.asks(t, f) },
			Fill: p.fieldWords(f), Offers: fieldOptions(f), Show: func(t *flows.Turn) string { return f.Display(t.Values[f.ID], t.Values) },
			Mask:  func(t *flows.Turn) string { return f.Mask(t.Values[f.ID], t.Values) },
			Label: func(t *flows.Turn) string { return account.Title(f.For(t.Values).Label) }}
		if f.Depends != "" {
			s.Needs = []string{f.Depends}
		}
		steps = append(steps, s)
	}
	return steps
}

// all are the questions of all errands that this sub-dialog serves.
func (p proof) all() []portal.Field {
	return slices.DeleteFunc(slices.Clone(p.Profile.Identity), func(f portal.Field) bool { return f.Saves != "" })
}

// asks tells whether the errand in hand has this question.
func (p proof) asks(t *flows.Turn, f portal.Field) bool {
	return f.Asked(t.Values) && slices.ContainsFunc(p.Fields(t), func(x portal.Field) bool { return x.ID == f.ID })
}

// fieldWords fills a question: which of how many it is, unless it is the only one,
// and before the first what it is for, in the words of the errand.
func (p proof) fieldWords(f portal.Field) func(*flows.Turn) []string {
	return func(t *flows.Turn) []string {
		asked, q, intro, step := p.Fields(t), f.For(t.Values), "", ""
		total := strconv.Itoa(len(asked))
		n := strconv.Itoa(1 + slices.IndexFunc(asked, func(x portal.Field) bool { return x.ID == f.ID }))
		if len(t.Dialog.Path) == 0 && n == "1" {
			intro = t.ErrandText(p.intro(t), "total", total) + "\n\n"
		}
		if len(asked) > 1 {
			step = t.Text("step", "n", n, "total", total) + " "
		}
		return []string{"intro", intro, "step", step, "ask", q.Ask, "label", q.Label, "label_up", account.UpperFirst(q.Label), "where", q.Where, "n", n, "total", total}
	}
}

// intro is the sentence of the errand that says what the questions are for.
func (p proof) intro(t *flows.Turn) string {
	if p.temporary(t) {
		return "proof_intro_temp"
	}
	return "proof_intro"
}

// pageField is a question as a page asks it, with where to find the answer.
func pageField(f portal.Field) func(*flows.Turn) flows.Field {
	return func(t *flows.Turn) flows.Field {
		q := f.For(t.Values)
		field := flows.Field{Name: f.ID, Label: account.Title(q.Label), Hint: q.Where, Kind: "text", Autocomplete: "off", Optional: f.Optional, Digits: slices.Contains(ofDigits, q.Kind)}
		if q.Kind == portal.KindChoice {
			field.Kind, field.Options = "choice", fieldOptions(f)(t)
		}
		return field
	}
}

// ofDigits are the kinds of identifiers that a keyboard of digits can write.
var ofDigits = []string{"digits", "ar.dni", "ar.libreta", "ar.cuit", "ar.cbu", "ar.account", "ec.cedula", "ec.ruc"}

func fieldOptions(f portal.Field) func(*flows.Turn) []flows.Option {
	return func(t *flows.Turn) (all []flows.Option) {
		for _, o := range f.For(t.Values).Options {
			all = append(all, flows.Option{ID: o.ID, Label: o.Label})
		}
		return all
	}
}

func takeField(f portal.Field) flows.Take {
	return func(t *flows.Turn, in flows.Input) (string, string) {
		typed := in.Text
		if in.Choice != "" {
			typed = in.Choice
		}
		value, reason := f.Parse(typed, t.Values)
		if reason == natid.Empty && account.Without.Find(typed) != "" {
			return "", "bad_without"
		}
		if reason != "" {
			return "", "bad_" + string(reason)
		}
		return value, ""
	}
}
