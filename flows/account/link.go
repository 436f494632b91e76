package account

import (
	"context"
	"strconv"
	"time"

	"ventanilla/flows"
)

// A mailed link opens a page that takes a password, so it asks for the PIN that stands in the chat
// beside the news of the mail (RULES: link.forwarded). The link outlives its dialog (RULES: link.token),
// and so does the PIN: it derives from the mail's Ref (Grant.PIN) and not from a visit of the dialog, and
// whoever asked still has the message that shows it. A newer mail of the same conversation ends the
// links before it; so do "No fui yo" and, for its account, the password once it is set.

// LinkLife is how long a mailed link works: what the organisation says, at most 24 hours (RULES: link.token).
func (d Desk) LinkLife() time.Duration {
	if h := d.Profile.LinkHours; h > 0 {
		return min(time.Duration(h)*time.Hour, 24*time.Hour)
	}
	return d.Limits.GrantLife
}

// LinkPIN is the [flows.Step.PIN] of steps that wait for a mailed link to be used.
func LinkPIN(t *flows.Turn) string {
	if t.Dialog.Mail == nil {
		return ""
	}
	return t.Dialog.Mail.Ref
}

// LinkWords fill how long a mailed link works, as {life}.
func (d Desk) LinkWords(t *flows.Turn) []string {
	life := d.LinkLife()
	if life < time.Hour {
		return []string{"life", t.Text("minutes_n", "n", strconv.Itoa(int(life/time.Minute)))}
	}
	return []string{"life", t.Text("hours_n", "n", strconv.Itoa(int(life/time.Hour)))}
}

// linkLetter is a mail with a link to the page called kind, and another that ends it.
func (d Desk) linkLetter(t *flows.Turn, h Hit, kind string) flows.Reply {
	page, stop := d.Grant(t, h, kind, d.LinkLife()), d.Grant(t, h, "stop", max(NoticeLife, d.LinkLife()))
	page.PIN, stop.PIN = t.Dialog.Mail.Ref, t.Dialog.Mail.Ref
	reply := d.Letter(t, h, ALink, page, stop)
	reply.Ref, reply.Until = t.Dialog.Mail.Ref, t.Now.Add(min(MailLife, d.LinkLife()))
	return reply
}

// ended are the subjects under which it is noted that links are no more: all of a mail, or those of one account.
func ended(pin, account string) []string {
	return []string{"link/" + pin, "link/" + pin + "/" + account}
}

// endedFor is longer than any link lives.
var endedFor = flows.Budget{Kind: "link.ended", Max: 1, Per: 25 * time.Hour}

// LinkEnded tells whether a mailed link that was never used counts no more all the same. What op itself ended counts
// for op: a page whose answer was lost is sent again, and does the rest.
func (d Desk) LinkEnded(ctx context.Context, g flows.Grant, op string) (bool, error) {
	for _, subject := range ended(g.PIN, g.Account) {
		left, err := d.Guard.Peek(ctx, subject, endedFor)
		if err == nil && left.N == 0 {
			left, err = d.Guard.Spend(ctx, subject, endedFor, op)
		}
		if err != nil || !left.OK {
			return true, err
		}
	}
	return false, nil
}

// renewed marks the links of a mail as replaced by those of a newer one.
var renewed = flows.Budget{Kind: "link.newer", Max: 1, Per: endedFor.Per}

// renewLinks ends the links of a mail for op because a newer one is under way.
func (d Desk) renewLinks(ctx context.Context, pin, op string) error {
	if _, err := d.Guard.Spend(ctx, ended(pin, "")[0], renewed, op); err != nil {
		return err
	}
	return d.EndLinks(ctx, pin, "", op)
}

// LinkOver is what to say of a mailed link that counts no more although it was never used, and ""
// of one that does: "link_newer" if a newer mail was asked for, otherwise "link_late". It changes nothing.
func (d Desk) LinkOver(ctx context.Context, g flows.Grant) (say string, err error) {
	left, err := d.Guard.Peek(ctx, ended(g.PIN, "")[0], renewed)
	if err != nil || left.N == 0 {
		return "link_newer", err
	}
	for _, subject := range ended(g.PIN, g.Account) {
		if left, err = d.Guard.Peek(ctx, subject, endedFor); err != nil || left.N == 0 {
			return "link_late", err
		}
	}
	return "", nil
}

// EndLinks ends the links of a mail for op; with an account, those for it alone.
func (d Desk) EndLinks(ctx context.Context, pin, account, op string) error {
	subject := ended(pin, account)[0]
	if account != "" {
		subject = ended(pin, account)[1]
	}
	_, err := d.Guard.Spend(ctx, subject, endedFor, op)
	return err
}
