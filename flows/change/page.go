package change

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"ventanilla/backend"
	"ventanilla/flows"
	"ventanilla/flows/account"
)

// page is the one-time page (RULES: pw.page, pw.current). Where the organisation has an
// agreement of use, a box must be ticked.
func (c change) page() *flows.Form {
	fields := []flows.Field{{Name: "current", Label: "field_current", Hint: "hint_current", Kind: "current-password", Autocomplete: "current-password"}}
	fields = append(fields, account.PasswordFields()...)
	if c.Profile.Agreement.Asked() {
		fields = append(fields, flows.Field{Name: "accept", Label: "field_accept", Kind: "check", Link: c.Profile.Agreement.URL})
	}
	return &flows.Form{Name: "change", Title: "page_title", Intro: "page_intro", Fields: fields, Veiled: true, Check: c.check, Submit: c.submit}
}

// check judges while the person types.
func (c change) check(ctx context.Context, t *flows.Turn, v flows.FormValues) (flows.Judgement, error) {
	j, err := c.JudgePassword(ctx, t, v)
	if err == nil && unchanged(v) {
		j.Problems["password"] = t.Text("pw_same")
	}
	return j, err
}

func unchanged(v flows.FormValues) bool {
	return v["password"] != "" && flows.Same(v["password"].Reveal(), v["current"])
}

// judge says what is wrong with the page before the core is asked.
func (c change) judge(ctx context.Context, t *flows.Turn, v flows.FormValues) (map[string]string, error) {
	problems, err := c.JudgeWhole(ctx, t, v)
	if err != nil {
		return nil, err
	}
	if v["current"] == "" {
		problems["current"] = t.Text("current_empty")
	}
	if unchanged(v) {
		problems["password"] = t.Text("pw_same")
	}
	if c.Profile.Agreement.Asked() && v["accept"] == "" {
		problems["accept"] = t.Text("accept_empty")
	}
	return problems, nil
}

// submit asks the core to change the password.
func (c change) submit(ctx context.Context, t *flows.Turn, v flows.FormValues) (flows.Outcome, error) {
	problems, err := c.judge(ctx, t, v)
	if err != nil || len(problems) > 0 {
		return flows.Outcome{Problems: problems}, err
	}
	claimed, err := c.claimed(ctx, t)
	if err != nil {
		return flows.Outcome{}, err
	}
	if account.Proven(t) {
		if frozen, err := c.Frozen(ctx, t); err != nil || frozen {
			return flows.Outcome{Event: "not_me", State: "failed", Title: t.Text("page_failed_title"), Text: t.Text("page_frozen")}, err
		}
	}
	today, open, err := c.SpendTry(ctx, t, c.PasswordTries(), ids(claimed))
	if err != nil {
		return flows.Outcome{}, err
	}
	if !today {
		return flows.Outcome{Event: "change_spent", State: "failed", Title: t.Text("page_wrong_title"), Text: t.Text("page_wrong")}, nil
	}
	return c.tryAll(ctx, t, claimed, open, v)
}

// claimed are the accounts that the current password may be of: the one that was proven,
// or those of the person that somebody says to be.
func (c change) claimed(ctx context.Context, t *flows.Turn) ([]backend.Account, error) {
	if !account.Proven(t) {
		return c.Accounts(ctx, t)
	}
	a, err := c.Core.Account(ctx, c.Profile.ID, t.Values["account"])
	if err != nil {
		return nil, fmt.Errorf("reading the account: %w", err)
	}
	return []backend.Account{a}, nil
}

func ids(accounts []backend.Account) (list []string) {
	for _, a := range accounts {
		list = append(list, a.ID)
	}
	return list
}

// tryAll asks the core for each of the accounts that may still be tried; for nobody's it
// asks as much (RULES: enum.same).
func (c change) tryAll(ctx context.Context, t *flows.Turn, claimed []backend.Account, open []string, v flows.FormValues) (flows.Outcome, error) {
	if len(claimed) == 0 {
		claimed, open = []backend.Account{{ID: "nobody"}}, []string{"nobody"}
	}
	for _, a := range claimed {
		frozen, err := c.Guard.Frozen(ctx, c.Subject(a.ID))
		if err != nil {
			return flows.Outcome{}, err
		}
		if frozen.After(t.At) || !slices.Contains(open, a.ID) {
			continue
		}
		if o, decided, err := c.try(ctx, t, a, v); decided || err != nil {
			return o, err
		}
	}
	return c.wrong(ctx, t)
}

// try asks the core for one account. What it says of somebody who typed the right password is
// told; everything else is a wrong one, also that it will not be asked so often. decided is
// false for a password that is not the account's.
func (c change) try(ctx context.Context, t *flows.Turn, a backend.Account, v flows.FormValues) (o flows.Outcome, decided bool, err error) {
	err = c.core.Change(ctx, t.Op("change/"+a.ID), c.Profile.ID, a.ID, v["current"], v["password"])
	e, known := errors.AsType[*backend.Error](err)
	switch {
	case err == nil:
		o, err = c.changed(ctx, t, a)
		return o, true, err
	case !known:
		return o, false, fmt.Errorf("changing the password: %w", err)
	case e.Code == backend.WeakPassword:
		return flows.Outcome{Problems: map[string]string{"password": c.Violated(t, e.Violated)}}, true, nil
	case e.Code == backend.Locked:
		return flows.Outcome{Event: "change_locked", State: "part", Title: t.Text("page_locked_title"), Text: t.Text("page_locked")}, true, nil
	case e.Code == backend.RateLimited && account.Proven(t): // who is proven need not wait: see missed
		return c.another(t), true, nil
	case e.Later() && e.Code != backend.RateLimited:
		return o, false, fmt.Errorf("changing the password: %w", err)
	}
	return o, false, nil
}

func (c change) changed(ctx context.Context, t *flows.Turn, a backend.Account) (flows.Outcome, error) {
	if err := c.GiveBack(ctx, t, []string{a.ID}); err != nil {
		return flows.Outcome{}, err
	}
	o := flows.Outcome{Event: "password_changed", Values: map[string]string{"account": a.ID, "username": a.Username, "was": account.Demanded(a.State)}, State: "done",
		Title: t.Text("page_done_title"), Text: t.Text("page_done", "username", a.Username), Link: c.Profile.URL}
	c.CanEnd(ctx, o.Values)
	return o, nil
}

// pageTries are how many wrong current passwords a page takes before the chat shows another way.
const pageTries = 3

// wrong says that the current password does not do. It says the same of a person whom nobody knows.
func (c change) wrong(ctx context.Context, t *flows.Turn) (flows.Outcome, error) {
	left, err := c.Guard.Spend(ctx, "page/"+t.Dialog.Entered, flows.Budget{Kind: "change.page", Max: pageTries, Per: pageLife}, t.Op("wrong"))
	if err != nil {
		return flows.Outcome{}, err
	}
	if left.OK && left.N > 0 {
		return flows.Outcome{Problems: map[string]string{"current": t.Text("current_wrong")}}, nil
	}
	return c.another(t), nil
}

// another ends the page; the chat shows another way.
func (c change) another(t *flows.Turn) flows.Outcome {
	return flows.Outcome{Event: "change_wrong", State: "failed", Title: t.Text("page_wrong_title"), Text: t.Text("page_wrong")}
}

// warn tells owners of accounts for which no tries are left, unseen by whoever is in the chat.
func (c change) warn(ctx context.Context, t *flows.Turn) (string, error) {
	claimed, err := c.claimed(ctx, t)
	if err != nil {
		return "", err
	}
	for _, a := range claimed {
		budget := c.PasswordTries().For(t, ids(claimed))[0]
		left, err := c.Guard.Peek(ctx, c.Subject(a.ID), budget)
		if err != nil {
			return "", err
		}
		if left.N > 0 || budget.Max == 0 {
			continue
		}
		if err := c.alarm(ctx, t, a.ID); err != nil {
			return "", err
		}
	}
	return known(ctx, t)
}

func (c change) alarm(ctx context.Context, t *flows.Turn, id string) error {
	hits, err := c.Addresses(ctx, id)
	if err != nil {
		return err
	}
	for _, h := range hits {
		if err := c.Once(ctx, t, h, "guesses", c.Grant(t, h, "go_on", account.NoticeLife)); err != nil {
			return err
		}
	}
	return nil
}

// tell writes to every address of the account, and keeps what was agreed to (RULES: notify.all).
func (c change) tell(ctx context.Context, t *flows.Turn) (string, error) {
	if v := c.Profile.Agreement.Version; v != "" {
		t.Note(flows.Audit{What: "agreed", Account: t.Values["account"], Detail: map[string]string{"version": v}})
	}
	return "", c.Tell(ctx, t, "changed", "password_changed")
}

// told fills what is said at the end: the user name, and why the portal had asked for another password.
func (c change) told(t *flows.Turn) []string {
	was := ""
	if t.Values["was"] != "" {
		was = t.Text("was_"+t.Values["was"]) + " "
	}
	return append(append(c.Username(t), "was", was), account.LeftOpen(t)...)
}
