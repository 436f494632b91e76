package proof

import (
	"slices"
	"strconv"
	"strings"

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
		shown := account.Shown(t, f)
		if t.Pages {
			shown = account.Masked(t, f)
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
		s := account.FieldStep(f)
		s.Say, s.Fill, s.Skip = "ask_field", p.fieldWords(f), func(t *flows.Turn) bool { return !asks(t, &f) }
		s.Take = account.Uninvited(p.Profile, s.Take)
		options := s.Offers
		s.Offers = func(t *flows.Turn) []flows.Option {
			if p.Stages(t) == 0 {
				return options(t)
			}
			return append(options(t), account.WhereOption(t))
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
func asks(t *flows.Turn, f *portal.Field) bool {
	return f.Asked(t.Values) && f.Identifies(account.Service(t))
}

// fieldWords fills a question: which of how many it is, unless it is the only one,
// and before the first what it is for, in the words of the errand.
func (p proof) fieldWords(f portal.Field) func(*flows.Turn) []string {
	return func(t *flows.Turn) []string {
		place, asked := placeOf(t, f.ID, p.Profile.Identity)
		words, intro, step := account.FieldWords(t, f), "", ""
		total, n := strconv.Itoa(asked), strconv.Itoa(place)
		if len(t.Dialog.Path) == t.Took && (n == "1" || t.Took > 0) {
			left := strconv.Itoa(max(1, asked-t.Took))
			intro = t.ErrandText(p.intro(t), "total", left, "questions", t.Text("questions_n", "n", left))
			if t.Errand() != "change" && account.Service(t) != portal.Register && account.NoMail.Find(t.Told(flows.GivenWish)) != "" {
				intro = t.Text("intro_no_mail")
			}
			intro += "\n\n"
		}
		switch {
		case p.Stages(t) > 0:
			step = p.StageOf(t, 1, place, asked)
		case asked > 1:
			step = t.Text("step", "n", n, "total", total) + " "
		}
		return append(words, "intro", intro, "step", step, "n", n, "total", total)
	}
}

// placeOf counts the questions of the errand in hand: which of them a field is, 0 if it is none, and how many there are.
func placeOf(t *flows.Turn, id string, all []portal.Field) (place, asked int) {
	for i := range all {
		x := &all[i]
		if !asks(t, x) {
			continue
		}
		if asked++; x.ID == id && place == 0 {
			place = asked
		}
	}
	return place, asked
}

// intro is the sentence of the errand that says what the questions are for.
func (p proof) intro(t *flows.Turn) string {
	switch {
	case p.temporary(t):
		return "proof_intro_temp"
	case p.Profile.Recovery == portal.ByLink && t.Errand() == "recovery":
		return "proof_intro_link"
	}
	return "proof_intro"
}
