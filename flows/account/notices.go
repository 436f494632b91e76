package account

import (
	"context"
	"fmt"
	"time"

	"ventanilla/flows"
)

// NoticeLife is how long "No fui yo" works from a notice: the longest a mailed
// link may live (RULES: link.token), since people read such mails late.
const NoticeLife = 24 * time.Hour

// Tell notes in the audit what was done, and writes to every address the core knows,
// in the sentences "mail_"+kind, with "No fui yo" (RULES: notify.all).
func (d Desk) Tell(ctx context.Context, t *flows.Turn, kind string, done ...string) error {
	return d.TellOf(ctx, t, t.Values["account"], kind, done...)
}

// TellOf is [Desk.Tell] of an account that the dialog is not about.
func (d Desk) TellOf(ctx context.Context, t *flows.Turn, account, kind string, done ...string) error {
	for _, what := range done {
		t.Note(flows.Audit{What: what, Account: account})
	}
	hits, err := d.Addresses(ctx, account)
	if err != nil {
		return fmt.Errorf("reading whom to tell: %w", err)
	}
	for _, h := range hits {
		t.Send(d.Letter(t, h, kind, d.Grant(t, h, "not_me", NoticeLife)))
	}
	return nil
}
