package register

import (
	"slices"
	"strconv"
	"strings"

	"ventanilla/backend"
	"ventanilla/backend/portal"
	"ventanilla/flows"
	"ventanilla/flows/account"
)

// given are the questions whose answers become contact data.
func (r register) given() (steps []flows.Step) {
	for _, f := range r.asks {
		s := account.FieldStep(f)
		if f.Saves == portal.SavesStreet {
			s.Do, s.Field = account.RestOf, nil
		}
		options := s.Offers
		s.Say, s.Fill = "ask_given", r.givenWords(f)
		s.Skip = func(t *flows.Turn) bool { return !f.Asked(t.Values) }
		s.Offers = func(t *flows.Turn) []flows.Option { return append(options(t), account.WhereOption(t)) }
		s.Needs = slices.DeleteFunc(s.Needs, func(id string) bool {
			return !slices.ContainsFunc(r.asks, func(x portal.Field) bool { return x.ID == id })
		})
		steps = append(steps, s)
	}
	return steps
}

// givenWords fills a question: which of how many it is, in which part of the errand.
func (r register) givenWords(f portal.Field) func(*flows.Turn) []string {
	return func(t *flows.Turn) []string {
		asked := slices.DeleteFunc(slices.Clone(r.asks), func(x portal.Field) bool { return !x.Asked(t.Values) })
		n := 1 + slices.IndexFunc(asked, func(x portal.Field) bool { return x.ID == f.ID })
		step := ""
		if len(asked) > 1 {
			step = r.StageOf(t, 3, n, len(asked))
		}
		return append(account.FieldWords(t, f), "step", step)
	}
}

// stage fills in which part of the errand a step is; who came by a key is one part ahead of the others.
func (r register) stage(n int) func(*flows.Turn) []string {
	return func(t *flows.Turn) []string { return []string{"step", r.Stage(t, n+r.Stages(t)-3)} }
}

// summary is what will be kept. A code that came to the e-mail was typed, so it may be shown whole.
func (r register) summary(t *flows.Turn) []string {
	lines := []string{}
	if r.picks {
		lines = append(lines, "• "+t.Text(r.said("mail_label", "contact_label"))+": "+clipped(t.Values["chosen"]))
	}
	for _, f := range r.asks {
		if v := t.Values[f.ID]; v != "" {
			lines = append(lines, "• "+account.Title(f.For(t.Values).Label)+": "+clipped(f.Display(v, t.Values)))
		}
	}
	return []string{"summary", strings.Join(lines, "\n")}
}

// clipped keeps the review within a message (RULES: talk.size); who wrote so much knows the rest.
func clipped(s string) string {
	const most = 50
	if r := []rune(s); len(r) > most {
		return string(r[:most-1]) + "…"
	}
	return s
}

// takeReview takes a no for what it means where only the e-mail can be changed.
func (r register) takeReview(_ *flows.Turn, in flows.Input) (string, string) {
	switch {
	case in.Choice != "":
		return in.Choice, ""
	case r.picks && strings.HasPrefix(flows.Plain(in.Text)+" ", "no "):
		return "pick", ""
	}
	return "", "review_again"
}

// postal is the address as it was typed, nil if nothing of it was asked.
func (r register) postal(t *flows.Turn) *backend.Postal {
	var p backend.Postal
	for _, f := range r.asks {
		v := t.Values[f.ID]
		switch f.Saves {
		case portal.SavesStreet:
			p.Street = v
		case portal.SavesCity:
			p.City = v
		case portal.SavesRegion:
			p.Region = v
		case portal.SavesPostcode:
			p.Postcode = v
		}
	}
	if p == (backend.Postal{}) {
		return nil
	}
	return &p
}

// saved is the answer that becomes a part of the contact data.
func (r register) saved(t *flows.Turn, part portal.Part) string {
	for _, f := range r.asks {
		if f.Saves == part {
			return t.Values[f.ID]
		}
	}
	return ""
}

// formWords fills the invitation to the page.
func (r register) formWords(t *flows.Turn) []string {
	return []string{"left", account.About(t, r.left(t)), "step", r.Stage(t, r.Stages(t)), "n", strconv.Itoa(r.Stages(t))}
}
