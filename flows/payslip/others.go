package payslip

import (
	"context"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"ventanilla/backend"
	"ventanilla/backend/portal"
	"ventanilla/flows"
	"ventanilla/flows/account"
	"ventanilla/flows/period"
)

// owned is another account of the same person, with the proof that it rests on.
type owned struct {
	Account string      `json:"a"`
	Label   string      `json:"l"`
	Proof   flows.Proof `json:"p"`
}

// other looks which other accounts this person proved. A period that the same
// sentence names is kept for the account to come.
func (p payslips) other(ctx context.Context, t *flows.Turn) (string, error) {
	w := p.wished(t)
	if !w.Other { // of an answer just now
		w = wish{}
		if t.Input.Choice == "" {
			w = p.asked(t, t.Input.Text)
			if w.Reading.Kind == period.None && same.MatchString(flows.Plain(t.Input.Text)) { // "y de la otra también"
				w.Reading = p.sentLast(t)
			}
		}
	}
	if w.Other, w.Of = false, ""; w.Reading.Kind != period.None {
		p.wish(t, w)
	}
	all, err := p.proven(ctx, t)
	if err != nil {
		return "", err
	}
	put(t, "owned", all)
	if !slices.ContainsFunc(all, func(o owned) bool { return o.Account != t.Values["account"] }) {
		return "beyond", nil
	}
	return "", nil
}

// same is how people ask for the same as before, of another account.
var same = regexp.MustCompile(`\b(tambien|igual|lo mismo|(el|la) mism[oa]( mes| periodo| quincena)?|same)\b`)

// sentLast are the periods of what was sent just now.
func (p payslips) sentLast(t *flows.Turn) period.Reading {
	var some []named
	get(t, "batch", &some)
	titles := []string{}
	for _, n := range some {
		titles = append(titles, n.Title)
	}
	return p.read(t, strings.Join(titles, " y "))
}

// proven are the accounts that were proven in this dialog and still count, this one among them.
func (p payslips) proven(ctx context.Context, t *flows.Turn) (all []owned, err error) {
	get(t, "owned", &all)
	all = slices.DeleteFunc(all, func(o owned) bool { return !o.Proof.Valid(t.At) })
	if !account.Proven(t) {
		return all, nil
	}
	for _, id := range append([]string{t.Dialog.Proof.Account}, t.Dialog.Proof.Also...) {
		if slices.ContainsFunc(all, func(o owned) bool { return o.Account == id }) {
			continue
		}
		a, err := p.Core.Account(ctx, p.Profile.ID, id)
		if err != nil && backend.CodeOf(err) != backend.NotFound {
			return nil, fmt.Errorf("reading another account: %w", err)
		}
		if err == nil {
			proof := *t.Dialog.Proof
			proof.Account = id
			proof.Also = slices.DeleteFunc(append([]string{t.Dialog.Proof.Account}, t.Dialog.Proof.Also...), func(x string) bool { return x == id })
			all = append(all, owned{id, account.Shortened(a.Label, 60), proof})
		}
	}
	return all, nil
}

// accounts offers the other accounts that were proven.
func (p payslips) accounts(t *flows.Turn) (all []flows.Option) {
	var mine []owned
	get(t, "owned", &mine)
	for i, o := range mine {
		if o.Account != t.Values["account"] {
			all = append(all, flows.Option{ID: "acc-" + strconv.Itoa(i), Label: o.Label})
		}
	}
	return all
}

// takeAccount takes a tap, or words of one label: "la de docente".
func (p payslips) takeAccount(t *flows.Turn, in flows.Input) (string, string) {
	if in.Choice != "" {
		return in.Choice, ""
	}
	all := p.accounts(t)
	if about.Find(in.Text) == "other" && len(all) == 1 && len(strings.Fields(in.Text)) > 2 { // "el mismo mes de la otra cuenta": it is the one that is offered
		return all[0].ID, ""
	}
	if about.Find(in.Text) == "other" {
		return "another_account", ""
	}
	id := account.Labelled(in.Text, p.accounts(t))
	if id == "" {
		return "", "tap_option"
	}
	return id, ""
}

// switchTo goes on with another account that was proven.
func (p payslips) switchTo(ctx context.Context, t *flows.Turn) (string, error) {
	var mine []owned
	get(t, "owned", &mine)
	i, err := strconv.Atoi(strings.TrimPrefix(t.Answer, "acc-"))
	if err != nil || i < 0 || i >= len(mine) {
		return "", fmt.Errorf("choosing account %q of %d", t.Answer, len(mine))
	}
	if !mine[i].Proof.Valid(t.At) {
		return "late", nil
	}
	leave(t)
	proof := mine[i].Proof
	t.Dialog.Proof = &proof
	return "", p.Enter(ctx, t, proof.Account)
}

// named goes to the one other account that an answer names, which is told of no
// account that was not proven: those that the core knows are only looked at.
func (p payslips) named(ctx context.Context, t *flows.Turn) (string, error) {
	event, turned, err := p.turnTo(ctx, t, t.Input.Text)
	switch {
	case err != nil || event != "":
		return event, err
	case !turned:
		return "again", nil
	}
	return p.find(ctx, t)
}

// turn goes to the account that a wish is of, if it says so: "el último de la otra", "octubre de docente". What leads away from
// here keeps the wish.
func (p payslips) turn(ctx context.Context, t *flows.Turn, w *wish) (event string, err error) {
	if w.Other {
		p.wish(t, *w)
		return "other", nil
	}
	of := w.Of
	if w.Of = ""; !telling(of) {
		return "", nil
	}
	p.wish(t, *w)
	if event, _, err = p.turnTo(ctx, t, of); err == nil && event == "" {
		p.wished(t)
	}
	return event, err
}

// asksForSlip begins words that ask for a payslip, or for anything: they name no account.
var asksForSlip = regexp.MustCompile(`^(ener|febr|marz|abri|mayo|juni|juli|agos|sept|seti|octu|novi|dici|january|june|july|march|april|august|ultim|penultim|anteultim|antepenultim|anterior|pasad|quincena|aguinald|decim|` +
	`reci|sueld|haber|boleta|comprobante|talon|nomina|liquidacion|payslip|bono|quier|necesit|dame|mand|pasa|envi|favor|porfa|hola|buen|para|este|esta|todos|todas|tamb|ahora|month|last|latest|the|please|mese?s?$|primer|segund)`)

// telling tells whether a sentence holds a word that may name an account.
func telling(sentence string) bool {
	return slices.ContainsFunc(strings.Fields(flows.Plain(sentence)), func(w string) bool {
		return len(w) > 3 && !asksForSlip.MatchString(w) && (len(w) > 4 || strings.Trim(w, "0123456789") != "")
	})
}

// turnTo goes to the one account that words name; it leads beyond if that one was not proven yet. Words that fit the account that the
// dialog is about name no other.
func (p payslips) turnTo(ctx context.Context, t *flows.Turn, of string) (event string, turned bool, err error) {
	mine, err := p.proven(ctx, t)
	if err != nil {
		return "", false, err
	}
	put(t, "owned", mine)
	var all []flows.Option
	for i, o := range mine {
		all = append(all, flows.Option{ID: "acc-" + strconv.Itoa(i), Label: o.Label})
	}
	known, err := p.recall(ctx, t)
	if err != nil {
		return "", false, err
	}
	if known {
		hits, err := p.Find(ctx, t)
		if err != nil {
			return "", false, err
		}
		for _, h := range hits {
			if !slices.ContainsFunc(mine, func(o owned) bool { return o.Account == h.Account }) && !hasOption(all, h.Account) {
				all = append(all, flows.Option{ID: h.Account, Label: h.Label})
			}
		}
	}
	id := account.Labelled(of, all)
	i, err := strconv.Atoi(strings.TrimPrefix(id, "acc-"))
	switch {
	case id == "":
		return "", false, nil
	case err != nil || !strings.HasPrefix(id, "acc-"):
		return "beyond", false, nil
	case mine[i].Account == t.Values["account"]:
		return "", false, nil
	}
	t.Answer = id
	_, err = p.switchTo(ctx, t) // those that came too late are not among them
	return "", true, err
}

func hasOption(all []flows.Option, id string) bool {
	return slices.ContainsFunc(all, func(o flows.Option) bool { return o.ID == id })
}

// beyond looks for accounts of the same person that a mail of their own must prove.
// What was typed is kept; who typed nothing in this dialog is asked.
func (p payslips) beyond(ctx context.Context, t *flows.Turn) (string, error) {
	account.Ask(t, portal.Payslip, account.Code)
	if known, err := p.recall(ctx, t); err != nil || !known {
		return "fields", err
	}
	var mine []owned
	get(t, "owned", &mine)
	hits, err := p.Find(ctx, t)
	if err != nil {
		return "", err
	}
	hits = slices.DeleteFunc(hits, func(h account.Hit) bool {
		return slices.ContainsFunc(mine, func(o owned) bool { return o.Account == h.Account })
	})
	if len(hits) == 0 {
		return "none", nil
	}
	if err := p.Answered(ctx, t); err != nil {
		return "", err
	}
	leave(t)
	delete(t.Values, "account")
	if err := account.SetHits(t, hits); err != nil {
		return "", err
	}
	return p.Post(account.ACode)(ctx, t)
}

// recall tells whether it is known who the person says they are: typed in this errand, or in an earlier one that proved the account,
// of which the core has it.
func (p payslips) recall(ctx context.Context, t *flows.Turn) (known bool, err error) {
	if account.Claimed(t) || !account.Proven(t) {
		return account.Claimed(t), nil
	}
	a, err := p.Core.Account(ctx, p.Profile.ID, t.Values["account"])
	if err != nil {
		return false, fmt.Errorf("reading who has the account: %w", err)
	}
	said := map[string]string{}
	for _, f := range p.Fields(t) {
		if !f.Asked(said) {
			continue
		}
		v, _ := f.Parse(a.Identifiers[f.ID], said)
		if v == "" && !f.Optional {
			return false, nil
		}
		said[f.ID] = v
	}
	maps.Copy(t.Values, said)
	t.Values["claimed"] = "1"
	return true, nil
}

// leave forgets what was sent of an account that the dialog is no longer about.
func leave(t *flows.Turn) {
	t.Dialog.Mail = nil
	for _, key := range []string{"batch", "rest", "lost"} {
		delete(t.Values, key)
	}
}

// forget takes back who the person said they are, to ask again.
func (p payslips) forget(_ context.Context, t *flows.Turn) (string, error) {
	for _, f := range p.Fields(t) {
		delete(t.Values, f.ID)
	}
	delete(t.Values, "claimed")
	return "", nil
}
