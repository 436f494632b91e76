// Package payslip sends people their payslips: the period as they say it, of any of
// their accounts, after a fresh proof (RULES: link.chat).
//
// It never sees a document: it names one, and the bytes pass from the core to the
// person's phone and are kept nowhere (RULES: data.retention). It never says what
// stands in one either.
package payslip

import (
	"context"
	"embed"
	"io/fs"
	"slices"
	"strings"
	"time"

	"ventanilla/backend"
	"ventanilla/backend/portal"
	"ventanilla/flows"
	"ventanilla/flows/account"
	"ventanilla/flows/intent"
)

//go:embed texts/*.yaml
var texts embed.FS

// Core is what the errand asks of the account system; see [backend.Client].
type Core interface {
	Payslips(ctx context.Context, portal, account string) ([]backend.Payslip, error)
}

// New returns the flow of one organisation.
func New(d account.Desk, core Core) flows.Flow {
	_, region, _ := strings.Cut(d.Profile.Locale, "-")
	p := payslips{Desk: d, core: core, country: region, elsewhere: finder(d.Profile.Payslips.Elsewhere)}
	dir, _ := fs.Sub(texts, "texts") // a constant name: cannot fail
	return flows.Flow{Name: "payslip", Texts: dir, Aids: p.aids(), Asides: map[string]flows.Aside{"undelivered": lostElsewhere}, Beside: p.beside, Steps: slices.Concat(p.gate(), p.choosing(), p.others(), p.delivered())}
}

type payslips struct {
	account.Desk
	core      Core
	country   string          // whose words for periods count: "AR"
	elsewhere *intent.Phrases // what people call payslips that are kept in another place, to its id
}

// finder finds places by their labels and the other words for them.
func finder(places []portal.Link) *intent.Phrases {
	lists := map[string][]string{}
	for _, l := range places {
		lists[l.ID] = append([]string{l.Label}, l.Words...)
	}
	return intent.List(lists)
}

// gate are the steps before the first question of the errand's own.
func (p payslips) gate() []flows.Step {
	return []flows.Step{
		{Name: "start", Do: p.start, On: flows.On{"unproven": "proof/", "elsewhere": "elsewhere", "next": "find"}},
		{Name: "find", Do: p.find, On: p.found(nil)},
		p.question(flows.Step{Name: "elsewhere", Say: "elsewhere", Fill: p.place, Offer: []string{"here"}, Yes: "here"}, flows.On{"here": "start"}),
		p.unregistered(),
		{Name: "frozen", Say: "frozen", On: flows.On{"next": "handoff/"}},
		{Name: "refused", Say: "refused", On: flows.On{"next": "handoff/"}},
	}
}

// unregistered is the end of the way for an account that was never opened, and the beginning of another where people may open it here.
func (p payslips) unregistered() flows.Step {
	s := flows.Step{Name: "unregistered", Say: "unregistered", Offer: []string{"word/persona", "other"}}
	if !p.Profile.Offers(portal.Register) {
		return p.question(s, nil)
	}
	s.Offer, s.Yes = append([]string{"register"}, s.Offer...), "register"
	return p.question(s, flows.On{"register": "register/"})
}

// choosing are the questions that lead to a payslip.
func (p payslips) choosing() []flows.Step {
	return []flows.Step{
		p.question(flows.Step{Name: "ask", Say: "ask", Offer: []string{"latest", "last3", "list", "other"}, Yes: "latest"}, nil),
		{Name: "page", On: flows.On{"next": "list"}},
		p.question(flows.Step{Name: "list", Say: "list", Fill: listed, Offers: p.shown}, nil),
		p.question(flows.Step{Name: "choose", Say: "choose", Fill: why, Offers: p.shown, Offer: []string{"list"}}, nil),
		p.question(flows.Step{Name: "empty", Say: "empty", Fill: p.places, Offer: []string{"other", "done"}, Yes: "other"}, nil),
		p.question(flows.Step{Name: "two", Say: "two", Fill: p.here, Offer: []string{"each", "two_here"}, Yes: "each"}, nil),
		{Name: "late", Say: "late", On: flows.On{"next": "start"}},
	}
}

// others are the ways to another account of the same person.
func (p payslips) others() []flows.Step {
	return []flows.Step{
		{Name: "other", Do: p.other, On: flows.On{"beyond": "beyond", "next": "which"}},
		{Name: "which", Say: "which", Help: "help_which", Left: "left", Offers: p.accounts, Offer: []string{"another_account"}, Take: p.takeAccount, Do: p.switchTo,
			On: flows.On{"another_account": "beyond", "late": "late", "undelivered": "losing", "next": "start"}},
		{Name: "beyond", Do: p.beyond, Acts: true, On: flows.On{"fields": "other_fields", "none": "no_other", "too_soon": "other_soon", "resend_spent": "proof/resend_spent", "next": "other_code"}},
		{Name: "other_code", Say: "other_code", On: flows.On{"next": "proof/code_again"}},
		{Name: "other_soon", Say: "other_soon", On: flows.On{"next": "proof/too_soon"}},
		{Name: "other_fields", Say: "other_fields", On: flows.On{"next": p.identity()}},
		p.question(flows.Step{Name: "no_other", Say: "no_other", Fill: p.places, Offer: []string{"other_data", "another", "done"}, Yes: "another"}, flows.On{"other_data": "forget"}),
		{Name: "forget", Do: p.forget, On: flows.On{"next": "other_fields"}},
	}
}

// afterwards is for how long a month is understood that somebody writes later: who they are is known, and a new code is all it takes.
const afterwards = 2 * time.Hour

// delivered are the steps once payslips are on their way.
func (p payslips) delivered() []flows.Step {
	return []flows.Step{
		{Name: "sent", Solves: true, On: flows.On{"next": "more"}},
		p.question(flows.Step{Name: "more", Say: "more", Fill: handed, Offers: p.rest, Offer: []string{"another", "other", "done"}, Yes: "another", Status: statusSent,
			Wait: afterwards, Rests: true, Past: func(t *flows.Turn) bool { return !account.Proven(t) }}, flows.On{"timeout": flows.End}),
		p.question(flows.Step{Name: "opens", Say: "how_opens", Again: "how_opens", Offer: []string{"another", "word/persona", "done"}, Yes: "another"}, nil),
		{Name: "losing", Do: p.losing, On: flows.On{"next": "lost"}},
		p.question(flows.Step{Name: "lost", Say: "lost", Fill: p.loss, Offers: retry, Offer: []string{"another", "word/persona", "done"}, Yes: "retry"}, nil),
		{Name: "done", Say: "done", On: flows.On{"next": flows.End}},
	}
}

// question completes a step that a period, or one of the errand's own words, answers.
func (p payslips) question(s flows.Step, more flows.On) flows.Step {
	fill := s.Fill
	s.Fill = func(t *flows.Turn) []string {
		words := []string{"field", p.password(t)}
		if fill != nil {
			words = append(words, fill(t)...)
		}
		return words
	}
	s.Take, s.Do, s.On, s.Left = p.take, p.answer, p.found(more), "left"
	if s.Help == "" {
		s.Help = "help_ask"
	}
	if s.Again == "" {
		s.Again = "ask_again"
	}
	s.On["again"], s.On["beyond"], s.On["opens"] = s.Name, "beyond", "opens"
	s.On["unproven"], s.On["late"], s.On["other"], s.On["another"], s.On["done"], s.On["undelivered"] = "start", "late", "other", "ask", "done", "losing"
	if s.Name == "elsewhere" {
		s.Take = p.takeThere
	} else {
		s.On["elsewhere"] = "elsewhere"
	}
	return s
}

// found is where each outcome of looking for payslips leads.
func (p payslips) found(more flows.On) flows.On {
	on := flows.On{"frozen": "frozen", "unregistered": "unregistered", "refused": "refused", "empty": "empty", "ask": "ask", "show": "page", "choose": "choose", "two": "two", "beyond": "beyond", "other": "other", "next": "sent"}
	for event, dst := range more {
		on[event] = dst
	}
	return on
}

// identity is the first of the questions about who somebody is.
func (p payslips) identity() string {
	for _, f := range p.Profile.Identity {
		if f.Saves == "" {
			return "proof/" + f.ID
		}
	}
	return "proof/"
}
