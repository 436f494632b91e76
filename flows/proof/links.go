package proof

import (
	"context"
	"fmt"

	"ventanilla/flows"
)

// notMe freezes self-service for the account after a change its owner did not
// make, and opens a case (RULES: notme).
func (p proof) notMe(ctx context.Context, t *flows.Turn, _ flows.FormValues) (flows.Outcome, error) {
	until := t.At.Add(p.Limits.FreezeLife)
	if err := p.Guard.Freeze(ctx, p.Subject(t.Grant.Account), until); err != nil {
		return flows.Outcome{}, fmt.Errorf("freezing: %w", err)
	}
	if err := p.CallOff(ctx, t.Grant.Account, t.At); err != nil {
		return flows.Outcome{}, err
	}
	return flows.Outcome{Event: "not_me", Values: map[string]string{"account": t.Grant.Account}, State: "done", Title: t.Text("not_me_done_title"),
		Text: t.Text("not_me_done", "until", until.In(p.Profile.Location()).Format("2/1/2006"))}, nil
}

// stop cancels what somebody else began in this person's name, ends the links that
// were mailed for it, and blocks that chat. Before a proof it does no more: whoever reads a mail must not be able
// to freeze an account (RULES: notme).
func (p proof) stop(ctx context.Context, t *flows.Turn, _ flows.FormValues) (flows.Outcome, error) {
	if t.Grant.PIN != "" {
		if err := p.EndLinks(ctx, t.Grant.PIN, "", t.Op("end")); err != nil {
			return flows.Outcome{}, fmt.Errorf("ending the links: %w", err)
		}
	}
	return flows.Outcome{Event: "stop", Values: map[string]string{"account": t.Grant.Account}, State: "done", Title: t.Text("stop_done_title"), Text: t.Text("stop_done")}, nil
}

// goOn lets the reader of the mailbox go on after strangers used up the day's codes
// or tries (RULES: flood.account, harm.none).
func (p proof) goOn(ctx context.Context, t *flows.Turn, _ flows.FormValues) (flows.Outcome, error) {
	for _, subject := range []string{p.Subject(t.Grant.Account), t.Grant.Claimed} {
		guesses := p.PasswordTries()
		if err := p.Guard.Clear(ctx, subject, p.Limits.CodeMails.Kind, p.Limits.CodeTries.Kind, p.Limits.CodeFails.Kind, p.Limits.DataStarts.Kind, guesses.Day.Kind, guesses.Fails.Kind); err != nil {
			return flows.Outcome{}, fmt.Errorf("giving mails and tries back: %w", err)
		}
	}
	return flows.Outcome{State: "done", Title: t.Text("go_on_done_title"), Text: t.Text("go_on_done")}, nil
}
