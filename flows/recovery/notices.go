package recovery

import (
	"context"
	"fmt"
	"time"

	"ventanilla/flows"
)

// noticeLife is how long "No fui yo" works from a notice: the longest a mailed
// link may live (RULES: link.token), since people read such mails late.
const noticeLife = 24 * time.Hour

func (r recovery) tellChanged(ctx context.Context, t *flows.Turn) (string, error) {
	return "", r.tell(ctx, t, "changed", "password_set")
}

func (r recovery) tellPart(ctx context.Context, t *flows.Turn) (string, error) {
	t.Values["part"] = "1"
	return "", r.tell(ctx, t, "part", "password_set")
}

func (r recovery) tellUnlocked(ctx context.Context, t *flows.Turn) (string, error) {
	return "", r.tell(ctx, t, "unlocked", "unlocked")
}

// tell notes what was done, and writes to every address the core knows (RULES: notify.all).
func (r recovery) tell(ctx context.Context, t *flows.Turn, kind string, done ...string) error {
	account := t.Values["account"]
	for _, what := range done {
		t.Note(flows.Audit{What: what, Account: account})
	}
	hits, err := r.addresses(ctx, account)
	if err != nil {
		return fmt.Errorf("reading whom to tell: %w", err)
	}
	for _, h := range hits {
		t.Send(r.letter(t, h, kind, r.grant(t, h, "not_me", noticeLife)))
	}
	return nil
}

// notMe freezes self-service for the account after a change its owner did not
// make, and opens a case (RULES: notme).
func (r recovery) notMe(ctx context.Context, t *flows.Turn, _ flows.FormValues) (flows.Outcome, error) {
	until := t.At.Add(r.Limits.FreezeLife)
	if err := r.Guard.Freeze(ctx, r.subject(t.Grant.Account), until); err != nil {
		return flows.Outcome{}, fmt.Errorf("freezing: %w", err)
	}
	return flows.Outcome{Event: "not_me", Values: map[string]string{"account": t.Grant.Account}, State: "done", Title: t.Text("not_me_done_title"),
		Text: t.Text("not_me_done", "until", until.In(r.Profile.Location()).Format("2/1/2006"))}, nil
}

// stop cancels what somebody else began in this person's name, and blocks that
// chat. Before a proof it does no more: whoever reads a mail must not be able
// to freeze an account (RULES: notme).
func (r recovery) stop(_ context.Context, t *flows.Turn, _ flows.FormValues) (flows.Outcome, error) {
	return flows.Outcome{Event: "stop", Values: map[string]string{"account": t.Grant.Account}, State: "done", Title: t.Text("stop_done_title"), Text: t.Text("stop_done")}, nil
}

// goOn lets the reader of the mailbox go on after strangers used up the day's codes
// or tries (RULES: flood.account, harm.none).
func (r recovery) goOn(ctx context.Context, t *flows.Turn, _ flows.FormValues) (flows.Outcome, error) {
	for _, subject := range []string{r.subject(t.Grant.Account), t.Grant.Claimed} {
		if err := r.Guard.Clear(ctx, subject, r.Limits.CodeMails.Kind, r.Limits.CodeTries.Kind, r.Limits.CodeFails.Kind); err != nil {
			return flows.Outcome{}, fmt.Errorf("giving mails and tries back: %w", err)
		}
	}
	return flows.Outcome{State: "done", Title: t.Text("go_on_done_title"), Text: t.Text("go_on_done")}, nil
}
