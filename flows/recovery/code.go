package recovery

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"ventanilla/backend"
	"ventanilla/flows"
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
	switch want := aboutMail.Find(in.Text); want {
	case "":
		return "", "code_form"
	case "wait":
		return "", "no_hurry"
	default:
		return want, ""
	}
}

// takeAnother reads the answer where no code counts any more.
func takeAnother(_ *flows.Turn, in flows.Input) (string, string) {
	switch want := aboutMail.Find(in.Text); {
	case in.Choice != "":
		return in.Choice, ""
	case want == "no_mail":
		return want, ""
	case want == "resend" || want == "missing":
		return "resend", ""
	case flows.ReadCode(in.Text, flows.CodeDigits) != "":
		return "", "code_void"
	}
	return "", "tap_option"
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
func (r recovery) check(ctx context.Context, t *flows.Turn) (string, error) {
	hits, err := getHits(t)
	if err != nil {
		return "", err
	}
	wrong, _ := strconv.Atoi(t.Values["wrong"])
	if wrong >= triesPerCode {
		return "spent_code", nil
	}
	today, open, err := r.spendTries(ctx, t, hits)
	if err != nil {
		return "", err
	}
	if h, ok := r.matching(t, hits, open); ok {
		if !today || !slices.Contains(open, h.Account) {
			return "spent_day", nil
		}
		return r.prove(ctx, t, hits, h)
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

// tries are the budgets that a wrong code is counted in: one a day, and one for
// ever. Chats that proved an account before have their own, so that strangers
// cannot lock out its owner (RULES: code.tries, harm.none).
func (r recovery) tries(t *flows.Turn, hits []hit) []flows.Budget {
	if slices.ContainsFunc(hits, func(h hit) bool { return t.Known(h.Account) }) {
		return []flows.Budget{r.Limits.CodeTriesOwn, r.failsOwn()}
	}
	return []flows.Budget{r.Limits.CodeTries, r.Limits.CodeFails}
}

func (r recovery) failsOwn() flows.Budget {
	b := r.Limits.CodeFails
	b.Kind += ".own"
	return b
}

// spendTries counts a try against what was typed and, unseen, against every
// account that this could be. Only the first decides what a stranger hears:
// otherwise two ways to name one account would tell that it exists.
func (r recovery) spendTries(ctx context.Context, t *flows.Turn, hits []hit) (today bool, open []string, err error) {
	budgets := r.tries(t, hits)
	if today, err = r.spend(ctx, r.identity(t), budgets, t.Op("try")); err != nil {
		return false, nil, err
	}
	done := map[string]bool{}
	for _, h := range hits {
		if done[h.Account] {
			continue
		}
		done[h.Account] = true
		ok, err := r.spend(ctx, r.subject(h.Account), budgets, t.Op("try"))
		if err != nil {
			return false, nil, err
		}
		if ok {
			open = append(open, h.Account)
		} else if err := r.once(ctx, t, h, "tries", r.grant(t, h, "go_on", noticeLife)); err != nil {
			return false, nil, err
		}
	}
	return today, open, nil
}

func (r recovery) spend(ctx context.Context, subject string, budgets []flows.Budget, op string) (ok bool, err error) {
	for _, b := range budgets {
		left, err := r.Guard.Spend(ctx, subject, b, op)
		if err != nil {
			return false, err
		}
		if !left.OK {
			return false, nil // not compared, so it is no failure either
		}
	}
	return true, nil
}

// matching finds the address that the typed code was sent to, of an account with tries left if there is one.
func (r recovery) matching(t *flows.Turn, hits []hit, open []string) (found hit, ok bool) {
	if t.Values["nonce"] == "" {
		return hit{}, false
	}
	for _, h := range hits {
		ref := flows.CodeRef{Account: h.Address, Nonce: t.Values["nonce"]}
		same := flows.Same(t.Answer, r.Codes.Code(t.Key, ref)) && h.Code
		if same && (!ok || !slices.Contains(open, found.Account)) {
			found, ok = h, true
		}
	}
	return found, ok
}

// prove accepts a right code once: the nonce dies with it. Only the accounts
// that hold the proven address are the person's now.
func (r recovery) prove(ctx context.Context, t *flows.Turn, hits []hit, h hit) (string, error) {
	if !r.alive(t) {
		return "expired", nil
	}
	delete(t.Values, "nonce")
	t.Dialog.Mail, t.Values["proven_at"] = nil, t.At.Format(time.RFC3339Nano)
	mine := slices.DeleteFunc(slices.Clone(hits), func(x hit) bool { return x.Address != h.Address })
	if err := setHits(t, mine); err != nil {
		return "", err
	}
	proven := []string{r.identity(t)}
	for _, x := range mine {
		proven = append(proven, r.subject(x.Account))
	}
	for _, subject := range proven {
		if err := r.Guard.Clear(ctx, subject, r.Limits.CodeTries.Kind, r.Limits.CodeTriesOwn.Kind, r.Limits.CodeFails.Kind, r.failsOwn().Kind, r.Limits.CodeMails.Kind); err != nil {
			return "", err
		}
	}
	if slices.ContainsFunc(mine, func(x hit) bool { return x.Account != h.Account }) {
		return "several", nil
	}
	return r.take(ctx, t, mine[0])
}

// take makes one of the proven accounts the one that the dialog is about.
func (r recovery) take(ctx context.Context, t *flows.Turn, h hit) (string, error) {
	a, err := r.Core.Account(ctx, r.Profile.ID, h.Account)
	if err != nil {
		return "", fmt.Errorf("reading the account: %w", err)
	}
	at, err := time.Parse(time.RFC3339Nano, t.Values["proven_at"])
	if err != nil {
		return "", fmt.Errorf("reading when the code was typed: %w", err)
	}
	t.Prove(flows.Proof{Account: h.Account, Method: backend.MethodCode, Address: h.Address, At: at})
	t.Values["account"], t.Values["username"] = h.Account, a.Username
	switch {
	case !a.State.Registered:
		return "unregistered", nil
	case t.Values["part"] != "":
		return "unlock_left", nil
	}
	return "", nil
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
func (r recovery) alive(t *flows.Turn) bool {
	m := t.Dialog.Mail
	switch {
	case m == nil:
		return false
	case m.Taken.IsZero():
		return !t.At.After(m.Asked.Add(mailLife + r.Limits.CodeLife))
	}
	return !t.At.After(m.Taken.Add(r.Limits.CodeLife))
}

// accounts offers the accounts that hold the proven address.
func (r recovery) accounts(t *flows.Turn) (all []flows.Option) {
	hits, _ := getHits(t) // written by this flow; choose reports what cannot be read
	for i, h := range hits {
		all = append(all, flows.Option{ID: "acc-" + strconv.Itoa(i), Label: h.Label})
	}
	return all
}

// takeAccount takes a tap, or words of one label: "la de docente".
func (r recovery) takeAccount(t *flows.Turn, in flows.Input) (string, string) {
	if in.Choice != "" {
		return in.Choice, ""
	}
	found := ""
	for _, o := range r.accounts(t) {
		label := " " + flows.Plain(o.Label) + " "
		if !slices.ContainsFunc(strings.Fields(flows.Plain(in.Text)), func(w string) bool {
			return len(w) > 3 && strings.Contains(label, " "+w+" ")
		}) {
			continue
		}
		if found != "" {
			return "", "tap_option"
		}
		found = o.ID
	}
	if found == "" {
		return "", "tap_option"
	}
	return found, ""
}

func (r recovery) choose(ctx context.Context, t *flows.Turn) (string, error) {
	hits, err := getHits(t)
	if err != nil {
		return "", err
	}
	i, err := strconv.Atoi(strings.TrimPrefix(t.Answer, "acc-"))
	if err != nil || i < 0 || i >= len(hits) {
		return "", fmt.Errorf("choosing account %q of %d", t.Answer, len(hits))
	}
	return r.take(ctx, t, hits[i])
}
