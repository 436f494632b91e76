package account

import (
	"context"
	"slices"

	"ventanilla/flows"
)

// Tries are the budgets of wrong answers to one question: so many a day, and so many
// in a row for ever. Chats that proved an account before have their own, so that
// strangers cannot lock out its owner (RULES: code.tries, harm.none).
type Tries struct{ Day, Own, Fails flows.Budget }

// CodeTries count wrong codes.
func (d Desk) CodeTries() Tries {
	return Tries{d.Limits.CodeTries, d.Limits.CodeTriesOwn, d.Limits.CodeFails}
}

// PasswordTries count wrong current passwords, by the numbers of wrong codes but apart from
// them: who forgot the password must still be able to get in by a code.
func (d Desk) PasswordTries() Tries {
	tries := d.CodeTries()
	for _, b := range []*flows.Budget{&tries.Day, &tries.Own, &tries.Fails} {
		b.Kind += ".password"
	}
	return tries
}

// For are the budgets of this chat, for answers about any of the accounts.
func (x Tries) For(t *flows.Turn, accounts []string) []flows.Budget {
	if slices.ContainsFunc(accounts, t.Known) {
		return []flows.Budget{x.Own, x.failsOwn()}
	}
	return []flows.Budget{x.Day, x.Fails}
}

func (x Tries) failsOwn() flows.Budget {
	b := x.Fails
	b.Kind += ".own"
	return b
}

// SpendTry counts a try against what was typed and, unseen, against every account
// that this could be. Only the first decides what a stranger hears (today): otherwise
// two ways to name one account would tell that it exists. Of the accounts, open are those with
// tries left; nothing may be compared for the others.
func (d Desk) SpendTry(ctx context.Context, t *flows.Turn, x Tries, accounts []string) (today bool, open []string, err error) {
	budgets := x.For(t, accounts)
	if today, err = d.spend(ctx, d.Identity(t), budgets, t.Op("try")); err != nil {
		return false, nil, err
	}
	for _, a := range accounts {
		ok, err := d.spend(ctx, d.Subject(a), budgets, t.Op("try"))
		if err != nil {
			return false, nil, err
		}
		if ok {
			open = append(open, a)
		}
	}
	return today, open, nil
}

func (d Desk) spend(ctx context.Context, subject string, budgets []flows.Budget, op string) (ok bool, err error) {
	for _, b := range budgets {
		left, err := d.Guard.Spend(ctx, subject, b, op)
		if err != nil {
			return false, err
		}
		if !left.OK {
			return false, nil // not compared, so it is no failure either
		}
	}
	return true, nil
}

// GiveBack makes tries new for what was typed and for accounts that were proven (RULES: code.tries).
func (d Desk) GiveBack(ctx context.Context, t *flows.Turn, accounts []string) error {
	subjects := []string{d.Identity(t)}
	for _, a := range accounts {
		subjects = append(subjects, d.Subject(a))
	}
	kinds := []string{d.Limits.CodeMails.Kind, d.Limits.DataStarts.Kind}
	for _, x := range []Tries{d.CodeTries(), d.PasswordTries()} {
		kinds = append(kinds, x.Day.Kind, x.Own.Kind, x.Fails.Kind, x.failsOwn().Kind)
	}
	for _, s := range subjects {
		if err := d.Guard.Clear(ctx, s, kinds...); err != nil {
			return err
		}
	}
	return nil
}
