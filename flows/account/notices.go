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
// in the sentences "mail_"+kind, and to the linked chats, in "told_"+kind, with
// "No fui yo" (RULES: notify.all).
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
	t.Send(d.Word(t, account, hits, kind))
	return nil
}

// Word is what the other chats that hear of an account are told: the sentence
// "told_"+kind, which names what, when and which channel. Hits are its addresses, of
// which it has its label. Which chats those are, and whether there are any, is not known here.
func (d Desk) Word(t *flows.Turn, account string, hits []Hit, kind string) flows.Reply {
	label := d.Profile.Short
	if len(hits) > 0 {
		label = hits[0].Label
	}
	at := t.Now.In(d.Profile.Location())
	return flows.Reply{To: "linked:" + account, Title: kind, Text: t.Text("told_"+kind, "label", label,
		"channel", channelName(t.Key.Channel), "time", at.Format("15:04"), "date", at.Format("2/1/2006"))}
}
