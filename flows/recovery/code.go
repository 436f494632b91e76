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
	switch s := flows.Plain(in.Text); {
	case strings.Contains(s, "no me llego"), strings.Contains(s, "no llega"), strings.Contains(s, "no llego"), strings.Contains(s, "no recibi"),
		strings.Contains(s, "otro codigo"), strings.Contains(s, "reenvi"), strings.Contains(s, "mandame otro"), strings.Contains(s, "no tengo correo"),
		strings.Contains(s, "no tengo ese"), strings.Contains(s, "no lo veo"), strings.Contains(s, "no esta"), strings.Contains(s, "no aparece"):
		return "missing", ""
	}
	return "", "code_form"
}

func (r recovery) takeMissing(t *flows.Turn, in flows.Input) (string, string) {
	value, problem := takeCode(t, in)
	switch s := flows.Plain(in.Text); {
	case in.Choice != "":
		return in.Choice, ""
	case strings.Contains(s, "otro codigo"), strings.Contains(s, "reenvi"), strings.Contains(s, "mandame otro"):
		return "resend", ""
	case strings.Contains(s, "no tengo"), strings.Contains(s, "otro correo"), strings.Contains(s, "otro mail"), strings.Contains(s, "cambie"):
		return "no_mail", ""
	case problem != "" || value == "missing":
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
	open, err := r.spendTries(ctx, t, hits)
	if err != nil {
		return "", err
	}
	if h, ok := r.matching(t, hits, open); ok {
		return r.prove(ctx, t, hits, h)
	}
	t.Values["wrong"] = strconv.Itoa(wrong + 1)
	switch {
	case len(open) == 0:
		return "spent_day", nil
	case wrong+1 >= triesPerCode:
		return "spent_code", nil
	}
	return "wrong", nil
}

// spendTries returns the subjects that still had a try today.
func (r recovery) spendTries(ctx context.Context, t *flows.Turn, hits []hit) (open []string, err error) {
	subjects := []string{r.identity(t)}
	if len(hits) > 0 {
		subjects = nil
		for _, h := range hits {
			if s := r.subject(h.Account); !slices.Contains(subjects, s) {
				subjects = append(subjects, s)
			}
		}
	}
	for _, s := range subjects {
		budget := r.Limits.CodeTries
		if t.Known(strings.TrimPrefix(s, r.subject(""))) {
			budget = r.Limits.CodeTriesOwn
		}
		day, err := r.Guard.Spend(ctx, s, budget, t.Op("try"))
		if err != nil {
			return nil, err
		}
		ever, err := r.Guard.Spend(ctx, s, r.Limits.CodeFails, t.Op("try"))
		if err != nil {
			return nil, err
		}
		if day.OK && ever.OK {
			open = append(open, s)
		}
	}
	return open, nil
}

// matching finds the address that the typed code was sent to.
func (r recovery) matching(t *flows.Turn, hits []hit, open []string) (found hit, ok bool) {
	if t.Values["nonce"] == "" {
		return hit{}, false
	}
	for _, h := range hits {
		ref := flows.CodeRef{Account: h.Address, Nonce: t.Values["nonce"]}
		if flows.Same(t.Answer, r.Codes.Code(t.Key, ref)) && h.Code && slices.Contains(open, r.subject(h.Account)) && !ok {
			found, ok = h, true
		}
	}
	return found, ok
}

// prove accepts a right code once: the nonce dies with it. Only the accounts
// that hold the proven address are the person's now.
func (r recovery) prove(ctx context.Context, t *flows.Turn, hits []hit, h hit) (string, error) {
	if m := t.Dialog.Mail; m != nil && !m.Taken.IsZero() && t.At.After(m.Taken.Add(r.Limits.CodeLife)) {
		return "expired", nil
	}
	delete(t.Values, "nonce")
	t.Dialog.Mail = nil
	mine := slices.DeleteFunc(slices.Clone(hits), func(x hit) bool { return x.Address != h.Address })
	if err := setHits(t, mine); err != nil {
		return "", err
	}
	for _, x := range mine {
		if err := r.Guard.Clear(ctx, r.subject(x.Account), r.Limits.CodeTries.Kind, r.Limits.CodeTriesOwn.Kind, r.Limits.CodeFails.Kind, r.Limits.CodeMails.Kind); err != nil {
			return "", err
		}
	}
	if len(mine) > 1 {
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
	t.Prove(flows.Proof{Account: h.Account, Method: backend.MethodCode, Address: h.Address, At: t.At})
	t.Values["account"], t.Values["username"] = h.Account, a.Username
	if !a.State.Registered {
		return "unregistered", nil
	}
	return "", nil
}

// accounts offers the accounts that hold the proven address.
func (r recovery) accounts(t *flows.Turn) (all []flows.Option) {
	hits, _ := getHits(t) // written by this flow; choose reports what cannot be read
	for i, h := range hits {
		all = append(all, flows.Option{ID: "acc-" + strconv.Itoa(i), Label: h.Label})
	}
	return all
}

func (r recovery) takeAccount(_ *flows.Turn, in flows.Input) (string, string) {
	if !strings.HasPrefix(in.Choice, "acc-") {
		return "", "tap_option"
	}
	return in.Choice, ""
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

// status says how things stand before the proof: only what was asked, never
// what became of it (RULES: talk.status, enum.same).
func (r recovery) status(ctx context.Context, t *flows.Turn) error {
	m := t.Dialog.Mail
	if m == nil {
		t.Say("status_none")
		return nil
	}
	wrong, _ := strconv.Atoi(t.Values["wrong"])
	zone := r.Profile.Location()
	resend, err := r.Guard.Peek(ctx, chat(t), r.Limits.Resend)
	if err != nil {
		return err
	}
	next := m.Asked.Add(r.Limits.ResendGap)
	if resend.N == 0 && r.Limits.Resend.Max > 0 && resend.Next.After(next) {
		next = resend.Next
	}
	left := max(m.Asked.Add(r.Limits.CodeLife).Sub(t.At), 0)
	t.Say("status_code", "asked", m.Asked.In(zone).Format("15:04:05"), "left", clock(left),
		"tries", strconv.Itoa(triesPerCode-wrong), "wait", clock(max(next.Sub(t.At), 0)))
	return nil
}

func (r recovery) minutes(*flows.Turn) []string {
	return []string{"n", strconv.Itoa(int(r.Limits.CodeLife / time.Minute))}
}

// wait fills how long until another code can be asked for.
func (r recovery) wait(t *flows.Turn) []string {
	at, err := time.Parse(time.RFC3339, t.Values["again_at"])
	if err != nil {
		at = t.At
	}
	return []string{"wait", clock(max(at.Sub(t.At), 0)), "at", at.In(r.Profile.Location()).Format("15:04")}
}

// clock writes a duration as "9:05" (minutes and seconds).
func clock(d time.Duration) string {
	s := int(d.Round(time.Second) / time.Second)
	return fmt.Sprintf("%d:%02d", s/60, s%60)
}
