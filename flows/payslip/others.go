package payslip

import (
	"context"
	"fmt"
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
	delete(t.Values, "wish")
	if r := p.read(t, t.Input.Text); t.Input.Choice == "" && r.Kind != period.None {
		p.wish(t, wish{Reading: r})
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
			proof.Account, proof.Also = id, nil
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
	mine, err := p.proven(ctx, t)
	if err != nil {
		return "", err
	}
	put(t, "owned", mine)
	if id := account.Labelled(t.Input.Text, p.accounts(t)); id != "" {
		t.Answer = id
		event, err := p.switchTo(ctx, t)
		if err != nil || event != "" {
			return event, err
		}
		return p.find(ctx, t)
	}
	if !account.Claimed(t) {
		return "again", nil
	}
	hits, err := p.Find(ctx, t)
	if err != nil {
		return "", err
	}
	var options []flows.Option
	for _, h := range hits {
		if !slices.ContainsFunc(mine, func(o owned) bool { return o.Account == h.Account }) {
			options = append(options, flows.Option{ID: h.Account, Label: h.Label})
		}
	}
	if account.Labelled(t.Input.Text, options) == "" {
		return "again", nil
	}
	return "beyond", nil
}

// beyond looks for accounts of the same person that a mail of their own must prove.
// What was typed is kept; who typed nothing in this dialog is asked.
func (p payslips) beyond(ctx context.Context, t *flows.Turn) (string, error) {
	account.Ask(t, portal.Payslip, account.Code)
	if !account.Claimed(t) {
		return "fields", nil
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
