package payslip

import (
	"context"
	"errors"
	"slices"
	"strings"
	"unicode"

	"ventanilla/backend"
	"ventanilla/backend/portal"
	"ventanilla/flows"
	"ventanilla/flows/account"
	"ventanilla/flows/period"
)

// start keeps what the first sentence asks for, looks what is known of the person,
// and asks for what is missing.
func (p payslips) start(_ context.Context, t *flows.Turn) (string, error) {
	if t.Values["begun"] == "" {
		t.Values["begun"] = "1"
		if p.hear(t) {
			return "elsewhere", nil
		}
	}
	account.Ask(t, portal.Payslip, account.Code)
	if !account.Proven(t) {
		return "unproven", nil
	}
	return "", nil
}

// hear keeps the period that the sentence names with which the errand began, and
// tells whether it asks for payslips that are kept in another place.
func (p payslips) hear(t *flows.Turn) (elsewhere bool) {
	said := t.Input.Text
	if t.Input.From != flows.Person || t.Input.Choice != "" || !strings.ContainsFunc(said, unicode.IsLetter) {
		said = t.Told(flows.GivenWish) // asked for before another errand, or before a question in between
	}
	if said == "" {
		return false
	}
	if t.Values["place"] = p.elsewhere.Find(said); t.Values["place"] != "" {
		return true
	}
	delete(t.Values, "place")
	w := p.asked(t, said)
	w.Other = !w.Each && t.Dialog.Proof.Valid(t.At) && ofOther.MatchString(flows.Plain(said)) // of whom nothing is known, every account is one like any other
	if w.Reading.Kind != period.None || w.Other {
		p.wish(t, w)
	}
	return false
}

// beside keeps which payslip somebody names while they are asked who they are.
func (p payslips) beside(t *flows.Turn, said string) string {
	w := p.asked(t, said)
	switch w.Reading.Kind {
	case period.None, period.Ambiguous, period.Invalid, period.Unknown, period.Future:
		return ""
	}
	p.wish(t, w)
	return "wish_noted"
}

// heard forgets what was asked for before: the next time that somebody wants a payslip they mean another one.
func heard(t *flows.Turn) {
	t.Dialog.Given = slices.DeleteFunc(slices.Clone(t.Dialog.Given), func(g flows.Given) bool { return g.Kind == flows.GivenWish })
}

func (p payslips) read(t *flows.Turn, text string) period.Reading {
	return period.Read(text, t.At.In(p.Profile.Location()), p.country)
}

// find looks for what the person wants among the payslips of the account.
func (p payslips) find(ctx context.Context, t *flows.Turn) (string, error) {
	var several wish
	if get(t, "wish", &several); several.Each {
		delete(t.Values, "wish")
		return p.ofAll(ctx, t, several)
	}
	if event, err := p.shut(ctx, t); err != nil || event != "" {
		return event, err
	}
	w := p.wished(t)
	heard(t)
	if event, err := p.turn(ctx, t, &w); err != nil || event != "" {
		return event, err
	}
	list, event, err := p.list(ctx, t)
	if err != nil || event != "" {
		return event, err
	}
	switch {
	case len(w.IDs) > 0:
		return p.byID(ctx, t, list, w.IDs)
	case len(w.Again) > 0:
		return p.sendAgain(ctx, t, w.Again)
	case w.Before != "":
		i := slices.IndexFunc(list, func(s backend.Payslip) bool { return s.ID == w.Before })
		return p.byPlace(ctx, t, list, i+1)
	case w.Back > 0:
		return p.byCount(ctx, t, list, w.Back)
	case w.List:
		p.show(t, list, w.From)
		return "show", nil
	case w.Perhaps:
		if asks, err := p.perhapsEach(ctx, t); err != nil || asks {
			return "two", err
		}
		return p.byReading(ctx, t, list, w.Reading)
	case w.Reading.Kind != period.None:
		return p.byReading(ctx, t, list, w.Reading)
	}
	return "ask", nil
}

// list fetches the payslips of the account, or says why there are none.
func (p payslips) list(ctx context.Context, t *flows.Turn) (list []backend.Payslip, event string, err error) {
	list, err = p.core.Payslips(ctx, p.Profile.ID, t.Values["account"])
	e, known := errors.AsType[*backend.Error](err)
	switch {
	case err == nil && len(list) > 0:
		return list, "", nil
	case err == nil, known && e.Code == backend.NotFound:
		return nil, "empty", nil
	case known && !e.Later():
		return nil, "refused", nil
	}
	return nil, "", err
}

// place fills the other place that the person asks about.
func (p payslips) place(t *flows.Turn) []string {
	for _, l := range p.Profile.Payslips.Elsewhere {
		if l.ID == t.Values["place"] {
			return []string{"label", l.Label, "link", l.URL}
		}
	}
	return []string{"label", "", "link", p.Profile.URL}
}

// longest leaves room for what is said before the addresses (RULES: talk.size).
const longest = 300

// places fills all other places that payslips may be in.
func (p payslips) places(t *flows.Turn) []string {
	lines := []string{}
	for _, l := range p.Profile.Payslips.Elsewhere {
		lines = append(lines, "\n• "+l.Label+": "+l.URL)
	}
	for len(strings.Join(lines, "")) > longest {
		lines = lines[:len(lines)-1]
	}
	if len(lines) == 0 {
		return []string{"places", ""}
	}
	return []string{"places", t.Text("places", "lines", strings.Join(lines, ""))}
}
