package recovery

import (
	"context"
	"fmt"
	"time"

	"ventanilla/backend/mailaddr"
	"ventanilla/flows"
)

// noticeLife is how long "No fui yo" works from a notice: the longest a mailed
// link may live (RULES: link.token), since people read such mails late.
const noticeLife = 24 * time.Hour

// tellOwner writes to every address the core knows that the password changed
// (RULES: notify.all).
func (r recovery) tellOwner(ctx context.Context, t *flows.Turn) (string, error) {
	account := t.Values["account"]
	t.Note(flows.Audit{What: "password_set", Account: account})
	a, err := r.Core.Account(ctx, r.Profile.ID, account)
	if err != nil {
		return "", fmt.Errorf("reading whom to tell: %w", err)
	}
	for _, address := range a.Addresses {
		to, err := mailaddr.Parse(address.Email)
		if err != nil {
			continue
		}
		h := hit{Account: account, Label: a.Label, Address: to.String()}
		t.Send(r.letter(t, h, "changed", r.grant(t, h, "not_me", noticeLife)))
	}
	return "", nil
}

// notMe freezes self-service for the account after a change its owner did not
// make, and opens a case (RULES: notme).
func (r recovery) notMe(ctx context.Context, t *flows.Turn, _ flows.FormValues) (flows.Outcome, error) {
	until := t.At.Add(r.Limits.FreezeLife)
	if err := r.Guard.Freeze(ctx, r.subject(t.Grant.Account), until); err != nil {
		return flows.Outcome{}, fmt.Errorf("freezing: %w", err)
	}
	return flows.Outcome{Event: "not_me", State: "done", Title: t.Text("not_me_done_title"),
		Text: t.Text("not_me_done", "until", until.In(r.Profile.Location()).Format("2/1/2006"))}, nil
}

// stop cancels what somebody else began in this person's name, and blocks that
// chat. Before a proof it does no more: whoever reads a mail must not be able
// to freeze an account (RULES: notme).
func (r recovery) stop(_ context.Context, t *flows.Turn, _ flows.FormValues) (flows.Outcome, error) {
	return flows.Outcome{Event: "stop", State: "done", Title: t.Text("stop_done_title"), Text: t.Text("stop_done")}, nil
}

// goOn lets the reader of the mailbox ask for codes again after strangers used up the day's (RULES: flood.account).
func (r recovery) goOn(ctx context.Context, t *flows.Turn, _ flows.FormValues) (flows.Outcome, error) {
	if err := r.Guard.Clear(ctx, r.subject(t.Grant.Account), r.Limits.CodeMails.Kind); err != nil {
		return flows.Outcome{}, fmt.Errorf("giving the mails back: %w", err)
	}
	return flows.Outcome{State: "done", Title: t.Text("go_on_done_title"), Text: t.Text("go_on_done")}, nil
}
