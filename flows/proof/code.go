package proof

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"ventanilla/backend"
	"ventanilla/backend/portal"
	"ventanilla/flows"
	"ventanilla/flows/account"
)

// triesPerCode is RULES code.tries.
const triesPerCode = 5

func takeCode(_ *flows.Turn, in flows.Input) (string, string) {
	if in.Choice != "" {
		return in.Choice, ""
	}
	if code := flows.ReadCode(in.Text, flows.CodeDigits); code != "" {
		return code, ""
	}
	switch want := account.AboutMail.Find(in.Text); want {
	case "":
		return "", "code_form"
	case "wait":
		return "", "no_hurry"
	default:
		return want, ""
	}
}

func takeMissing(t *flows.Turn, in flows.Input) (string, string) {
	value, problem := takeCode(t, in)
	if problem != "" || value == "missing" {
		return "", "tap_option"
	}
	return value, ""
}

// check judges a code. The tries are spent before the comparison, on every
// account that it could be for, so that a crash or a race never gives one back.
func (p proof) check(ctx context.Context, t *flows.Turn) (string, error) {
	hits, err := account.Hits(t)
	if err != nil {
		return "", err
	}
	wrong, _ := strconv.Atoi(t.Values["wrong"])
	if wrong >= triesPerCode {
		return "spent_code", nil
	}
	today, open, err := p.spendTries(ctx, t, hits)
	if err != nil {
		return "", err
	}
	if h, ok := p.matching(t, hits, open); ok {
		if !today || !slices.Contains(open, h.Account) {
			return "spent_day", nil
		}
		return p.prove(ctx, t, hits, h)
	}
	t.Values["wrong"] = strconv.Itoa(wrong + 1)
	switch {
	case !today:
		return "spent_day", nil
	case wrong+1 >= triesPerCode:
		return "spent_code", nil
	}
	return "wrong", nil
}

// spendTries counts a try, and tells owners of accounts for which none is left.
func (p proof) spendTries(ctx context.Context, t *flows.Turn, hits []account.Hit) (today bool, open []string, err error) {
	accounts := ids(hits)
	if today, open, err = p.SpendTry(ctx, t, p.CodeTries(), accounts); err != nil {
		return false, nil, err
	}
	for i, h := range hits {
		first := slices.IndexFunc(hits, func(x account.Hit) bool { return x.Account == h.Account }) == i
		if !first || slices.Contains(open, h.Account) {
			continue
		}
		if err := p.Once(ctx, t, h, "tries", p.Grant(t, h, "go_on", account.NoticeLife)); err != nil {
			return false, nil, err
		}
	}
	return today, open, nil
}

// ids are the accounts of hits, each once.
func ids(hits []account.Hit) (list []string) {
	for _, h := range hits {
		if !slices.Contains(list, h.Account) {
			list = append(list, h.Account)
		}
	}
	return list
}

// matching finds the address that the typed code was sent to, of an account with tries left if there is one.
func (p proof) matching(t *flows.Turn, hits []account.Hit, open []string) (found account.Hit, ok bool) {
	if t.Values["nonce"] == "" {
		return account.Hit{}, false
	}
	for _, h := range hits {
		ref := flows.CodeRef{Account: h.Address, Nonce: t.Values["nonce"]}
		same := flows.Same(t.Answer, p.Codes.Code(t.Key, ref)) && h.Code
		if same && (!ok || !slices.Contains(open, found.Account)) {
			found, ok = h, true
		}
	}
	return found, ok
}

// prove accepts a right code once: the nonce dies with it. Only the accounts
// that hold the proven address are the person's now.
func (p proof) prove(ctx context.Context, t *flows.Turn, hits []account.Hit, h account.Hit) (string, error) {
	if !p.alive(t) || h.New && account.Needs(t) != account.Address {
		return "expired", nil
	}
	delete(t.Values, "nonce")
	t.Dialog.Mail, t.Values["proven_at"] = nil, t.At.Format(time.RFC3339Nano)
	mine := slices.DeleteFunc(slices.Clone(hits), func(x account.Hit) bool { return x.Address != h.Address })
	if account.Needs(t) == account.Address { // it says nothing of who owns the account
		t.Values["address"] = h.Address
		return "", account.SetHits(t, mine)
	}
	if err := p.GiveBack(ctx, t, ids(mine)); err != nil {
		return "", err
	}
	if account.Service(t) == portal.Register && account.Needs(t) == account.Code {
		mine = openable(mine)
	}
	if err := account.SetHits(t, mine); err != nil {
		return "", err
	}
	if !slices.ContainsFunc(mine, func(x account.Hit) bool { return x.Account != mine[0].Account }) {
		return p.take(ctx, t, mine[0])
	}
	h, ok := p.named(t, mine)
	if !ok {
		return "several", nil
	}
	t.Say("with_account", "label", h.Label)
	return p.take(ctx, t, h)
}

// named finds the one of several proven accounts that the person meant from the start: they said what they are there.
func (p proof) named(t *flows.Turn, mine []account.Hit) (found account.Hit, ok bool) {
	options := account.HitOptions(t)
	for _, f := range p.Fields(t) {
		if v := t.Values[f.ID]; v != "" && f.Kind == portal.KindChoice && f.Asked(t.Values) {
			id := account.Labelled(f.Display(v, t.Values), options)
			if i := slices.IndexFunc(options, func(o flows.Option) bool { return o.ID == id }); i >= 0 {
				return mine[i], true
			}
		}
	}
	return account.Hit{}, false
}

// openable are the accounts that a registration can be about: those never opened, if there is one.
func openable(mine []account.Hit) []account.Hit {
	unopened := slices.DeleteFunc(slices.Clone(mine), func(x account.Hit) bool { return !x.Unopened })
	if len(unopened) == 0 {
		return mine
	}
	return unopened
}

// take makes one of the proven accounts the one that the dialog is about.
func (p proof) take(ctx context.Context, t *flows.Turn, h account.Hit) (string, error) {
	at, err := time.Parse(time.RFC3339Nano, t.Values["proven_at"])
	if err != nil {
		return "", fmt.Errorf("reading when the code was typed: %w", err)
	}
	hits, err := account.Hits(t)
	if err != nil {
		return "", err
	}
	known := flows.Proof{Account: h.Account, Method: backend.MethodCode, Address: h.Address, At: at, Errands: []string{t.Errand()}}
	for _, x := range hits {
		if x.Account != h.Account && !slices.Contains(known.Also, x.Account) {
			known.Also = append(known.Also, x.Account)
		}
	}
	t.Prove(known)
	return "", p.Enter(ctx, t, h.Account)
}

// usable tells whether there is a code that can still be typed.
func usable(_ context.Context, t *flows.Turn) (string, error) {
	if wrong, _ := strconv.Atoi(t.Values["wrong"]); t.Values["nonce"] == "" || wrong >= triesPerCode {
		return "void", nil
	}
	return "", nil
}

// alive tells whether the code could still be used when the answer arrived. Its
// life starts when a mail server took it (RULES: code.life); without word of
// that, it cannot have been later than the mail was worth sending.
func (p proof) alive(t *flows.Turn) bool {
	m := t.Dialog.Mail
	switch {
	case m == nil:
		return false
	case m.Taken.IsZero():
		return !t.At.After(m.Asked.Add(account.MailLife + p.Limits.CodeLife))
	}
	return !t.At.After(m.Taken.Add(p.Limits.CodeLife))
}

func (p proof) choose(ctx context.Context, t *flows.Turn) (string, error) {
	hit, err := account.ChosenHit(t)
	if err != nil {
		return "", err
	}
	return p.take(ctx, t, hit)
}

// takeConfirm takes an option, or the complaint of who has a temporary password already.
func (p proof) takeConfirm(t *flows.Turn, in flows.Input) (string, string) {
	switch {
	case in.Choice != "":
		return in.Choice, ""
	case p.temporary(t) && account.AboutTemporary.Find(in.Text) == "stuck":
		return "find", ""
	}
	return "", "confirm_again"
}
