package account

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"ventanilla/backend/portal"
	"ventanilla/flows"
)

// MailLife is how long a code's mail is worth sending: afterwards the dialog has closed.
const MailLife = 25 * time.Minute

// What a mail brings: a code to type in the chat, a temporary password to sign in with, or a
// link to the page where a password is chosen.
const (
	ACode      = "code"
	ATemporary = "temporary"
	ALink      = "link"
)

// Lookup asks the core whose account it may be and sends a mail to each address.
// Found, not found and several go the same way. The event is Post's, or
// "too_many" for a chat that claimed to be too many people (RULES: flood.starts).
func (d Desk) Lookup(what string) flows.Do {
	return func(ctx context.Context, t *flows.Turn) (string, error) {
		if event, err := d.Claims(ctx, t); err != nil || event != "" {
			return event, err
		}
		if err := d.Answered(ctx, t); err != nil {
			return "", err
		}
		hits, err := d.Find(ctx, t)
		if err != nil {
			return "", err
		}
		if err := SetHits(t, hits); err != nil {
			return "", err
		}
		return d.post(ctx, t, what)
	}
}

// Claims counts whom a chat that proved nothing claims to be, each once. The event is "" or "too_many" (RULES: flood.starts).
func (d Desk) Claims(ctx context.Context, t *flows.Turn) (string, error) {
	if t.Dialog.Proof.Valid(t.At) {
		return "", nil
	}
	left, err := d.Guard.Spend(ctx, Chat(t), d.Limits.Starts, d.Identity(t))
	if err != nil || left.OK {
		return "", err
	}
	return "too_many", nil
}

// Answered lets a code for another account of the same person go at once if the latest one came back: it is no repetition of it
// (RULES: code.resend). How many there are in a quarter of an hour and for an account in a day stays as it is.
func (d Desk) Answered(ctx context.Context, t *flows.Turn) error {
	if t.Values["nonce"] != "" || !t.Dialog.Proof.Valid(t.At) {
		return nil
	}
	return d.Guard.Clear(ctx, Chat(t), ACode+".gap")
}

// CameBack lets the next mail go at once where the latest one found nobody.
func (d Desk) CameBack(ctx context.Context, t *flows.Turn) error {
	if err := d.Guard.Clear(ctx, Chat(t), d.gap(t, brings(t)).Kind); err != nil {
		return fmt.Errorf("letting the next mail go: %w", err)
	}
	return nil
}

// Post sends a new code to each distinct address of the accounts found, or has a
// temporary password or a link sent for each account, within the budgets. It kills the
// conversation's earlier code. The event is "" once it is under way, "too_soon" or
// "resend_spent" (RULES: code.resend). The core makes a temporary password while the
// mail leaves, so asking changes nothing (RULES: temp.keeps).
func (d Desk) Post(what string) flows.Do {
	return func(ctx context.Context, t *flows.Turn) (string, error) { return d.post(ctx, t, what) }
}

func (d Desk) post(ctx context.Context, t *flows.Turn, what string) (string, error) {
	for _, limit := range []struct {
		flows.Budget
		event string
	}{{d.gap(t, what), "too_soon"}, {d.resends(t, what), "resend_spent"}} {
		left, err := d.Guard.Spend(ctx, Chat(t), limit.Budget, t.Op(ACode))
		if err != nil {
			return "", err
		}
		if !left.OK {
			t.Values["again_at"] = left.Next.Format(time.RFC3339)
			return limit.event, nil
		}
	}
	hits, err := d.recipients(ctx, t)
	if err != nil {
		return "", err
	}
	if ok, err := d.strangers(ctx, t, hits); err != nil || !ok {
		return "resend_spent", err
	}
	if m := t.Dialog.Mail; m != nil && brings(t) == ALink { // the one before counts no more
		if err := d.renewLinks(ctx, m.Ref, t.Op("end")); err != nil {
			return "", err
		}
	}
	nonce := t.Random(16)
	t.Dialog.Mail = &flows.Mailed{Ref: what + "/" + nonce, Asked: t.Now}
	for _, old := range []string{"nonce", "wrong", "slow", "counted"} {
		delete(t.Values, old)
	}
	if what == ACode {
		t.Values["nonce"] = nonce
	}
	if len(hits) == 0 { // the same budgets, so that nobody can tell
		_, err := d.Guard.Spend(ctx, d.Identity(t), d.Limits.CodeMails, t.Op(ACode))
		return "", err
	}
	if hits, err = d.mailAll(ctx, t, hits, what); err != nil {
		return "", err
	}
	return "", SetHits(t, hits)
}

// mailAll sends one code to each distinct address, or one temporary password for each account and address.
func (d Desk) mailAll(ctx context.Context, t *flows.Turn, hits []Hit, what string) (all []Hit, err error) {
	sent := []string{}
	for _, h := range hits {
		h.Code = what == ACode && slices.Contains(sent, h.Address)
		if !h.Code {
			if h.Code, err = d.mailTo(ctx, t, h, what); err != nil {
				return nil, err
			}
		}
		if h.Code {
			sent = append(sent, h.Address)
		}
		all = append(all, h)
	}
	return all, nil
}

// gap is the time between two mails of one conversation (RULES: code.resend).
func (d Desk) gap(t *flows.Turn, what string) flows.Budget {
	b := flows.Budget{Kind: counted(t, what) + ".gap", Max: 1, Per: d.Limits.ResendGap}
	if b.Per == 0 {
		b.Max = 0
	}
	return b
}

// resends is how often one conversation may ask for the same thing.
func (d Desk) resends(t *flows.Turn, what string) flows.Budget {
	b := d.Limits.Resend
	if kind := counted(t, what); kind != ACode {
		b.Kind += "." + kind
	}
	return b
}

// counted is as what a mail counts: a code to a new address is another thing than one to the account.
func counted(t *flows.Turn, what string) string {
	if Needs(t) == Address {
		return "address"
	}
	return what
}

// recipients are the accounts found. After a proof the account itself says where codes for it go.
func (d Desk) recipients(ctx context.Context, t *flows.Turn) ([]Hit, error) {
	hits, err := Hits(t)
	if Needs(t) != Address { // a code to an address that nobody proved proves no account
		hits = slices.DeleteFunc(hits, func(h Hit) bool { return h.New })
	}
	if err != nil || len(hits) > 0 || t.Values["account"] == "" || Needs(t) == Address {
		return hits, err
	}
	return d.Addresses(ctx, t.Values["account"])
}

// mailTo sends one code or temporary password, or says to the owner why there is none.
func (d Desk) mailTo(ctx context.Context, t *flows.Turn, h Hit, what string) (bool, error) {
	if h.New {
		return d.mailNew(ctx, t, h)
	}
	until, err := d.Guard.Frozen(ctx, d.Subject(h.Account))
	if err != nil {
		return false, err
	}
	if until.After(t.At) && t.Values[Thawing] == "" {
		return false, d.Once(ctx, t, h, "frozen")
	}
	budget := d.Limits.CodeMails
	if t.Known(h.Account) {
		budget = d.Limits.CodeMailsOwn
	}
	left, err := d.Guard.Spend(ctx, d.Subject(h.Account), budget, t.Op(ACode))
	switch {
	case err != nil:
		return false, err
	case !left.OK:
		return false, d.Once(ctx, t, h, "limit", d.Grant(t, h, "go_on", NoticeLife))
	case what != ACode && h.Closed:
		return false, d.Once(ctx, t, h, "closed")
	case what != ACode && h.Unopened:
		return false, d.Once(ctx, t, h, d.unopened())
	}
	t.Send(d.secretLetter(t, h, what))
	return true, nil
}

// unopened is what is written to whoever never opened the account: where that can be done here, how.
func (d Desk) unopened() string {
	if d.Profile.Offers(portal.Register) {
		return "unregistered"
	}
	return "unopened"
}

// strangers bounds to how many addresses that nobody proved yet one account, and one
// chat, sends mails in a day: each may belong to somebody who has nothing to do with
// the organisation. A proof does not give them back.
func (d Desk) strangers(ctx context.Context, t *flows.Turn, hits []Hit) (ok bool, err error) {
	for _, h := range hits {
		if !h.New {
			continue
		}
		for _, subject := range []string{d.Subject(h.Account), Chat(t)} {
			left, err := d.Guard.Spend(ctx, subject, d.Limits.NewAddresses, h.Address)
			if err != nil {
				return false, err
			}
			if !left.OK {
				t.Values["again_at"] = left.Next.Format(time.RFC3339)
				return false, nil
			}
		}
	}
	return true, nil
}

// mailNew sends a code to an address that nobody has proven yet. Whoever reads it
// may have nothing to do with the organisation, so the address has a budget of its
// own and the mail says no more than that it was typed.
func (d Desk) mailNew(ctx context.Context, t *flows.Turn, h Hit) (bool, error) {
	left, err := d.Guard.Spend(ctx, "address/"+d.Profile.ID+"/"+h.Address, d.Limits.CodeMails, t.Op(ACode))
	if err != nil || !left.OK {
		return false, err
	}
	reply := d.Letter(t, h, "address")
	reply.Code = &flows.CodeRef{Account: h.Address, Nonce: t.Values["nonce"]}
	reply.Ref, reply.Until = t.Dialog.Mail.Ref, t.Now.Add(MailLife)
	t.Send(reply)
	return true, nil
}

// secretLetter is a mail that names a secret without containing it (RULES: code.stored).
func (d Desk) secretLetter(t *flows.Turn, h Hit, what string) (reply flows.Reply) {
	switch what {
	case ALink:
		return d.linkLetter(t, h, "reset")
	case ATemporary:
		reply = d.Letter(t, h, what, d.Grant(t, h, "stop", NoticeLife))
		reply.Temporary = &flows.AccountRef{Account: h.Account, Op: t.Op(ATemporary + "/" + h.Account)}
	default:
		reply = d.Letter(t, h, what, d.Grant(t, h, "stop", MailLife+d.Limits.CodeLife))
		reply.Code = &flows.CodeRef{Account: h.Address, Nonce: t.Values["nonce"]}
	}
	reply.Ref, reply.Until = t.Dialog.Mail.Ref, t.Now.Add(MailLife)
	return reply
}

// Once sends a notice at most once a day to an address (RULES: flood.account).
func (d Desk) Once(ctx context.Context, t *flows.Turn, h Hit, kind string, grants ...flows.Grant) error {
	budget := flows.Budget{Kind: "notice." + kind, Max: 1, Per: 24 * time.Hour}
	left, err := d.Guard.Spend(ctx, d.Subject(h.Account)+"/"+h.Address, budget, t.Op(kind))
	if err != nil || !left.OK {
		return err
	}
	t.Send(d.Letter(t, h, kind, append(grants, d.Grant(t, h, "stop", d.Limits.GrantLife))...))
	return nil
}

// Letter is a mail, of the sentences "mail_"+kind and "mail_"+kind+"_subject", in the organisation's name that says who asked, where and when (RULES: code.context).
func (d Desk) Letter(t *flows.Turn, h Hit, kind string, grants ...flows.Grant) flows.Reply {
	sender := harmless(t.Input.Sender)
	if sender == "" {
		sender = t.Text("no_sender")
	}
	at := t.Now.In(d.Profile.Location())
	pairs := []string{"errand", t.ErrandText("errand"), "channel", channelName(t.Key.Channel), "sender", sender, "label", h.Label, "username", h.Username,
		"time", at.Format("15:04"), "date", at.Format("2/1/2006"), "n", strconv.Itoa(int(d.Limits.CodeLife / time.Minute))}
	pairs = append(pairs, d.LinkWords(t)...)
	text := strings.ReplaceAll(t.Text("mail_"+kind, pairs...), " ()", "") // an account has no label for who only wants to be reached at a new address
	return flows.Reply{To: "email:" + h.Address, Title: t.Text("mail_"+kind+"_subject", pairs...), Text: strings.TrimSpace(text), Grants: grants}
}

// Grant is a link in a mail to this person about this account.
func (d Desk) Grant(t *flows.Turn, h Hit, kind string, life time.Duration) flows.Grant {
	return flows.Grant{ID: t.Random(16), Kind: kind, Label: t.Text("link_" + kind), Account: h.Account, Address: h.Address, Claimed: d.Identity(t), Until: t.At.Add(life)}
}

func channelName(channel string) string {
	switch channel {
	case "telegram":
		return "Telegram"
	case "whatsapp":
		return "WhatsApp"
	default:
		return channel
	}
}

// harmless keeps the letters of a name that a stranger chose: it goes into a
// mail that its owner trusts, so it must not carry an address or a sentence.
func harmless(name string) string {
	s := strings.Map(func(c rune) rune {
		if unicode.IsLetter(c) || c == ' ' || c == '\'' || c == '-' {
			return c
		}
		return -1
	}, name)
	return Shortened(strings.Join(strings.Fields(s), " "), 40)
}

// WatchMail is the [flows.Step.Watch] of steps that wait for a mail. It tells everybody who waits for a code the same when mails are not
// going out, and when they go out again, whether there is a mail for them or not.
func (d Desk) WatchMail(t *flows.Turn) time.Time {
	m, lost := t.Dialog.Mail, voice(t)+"mail_lost"
	switch {
	case m == nil:
		return time.Time{}
	case t.At.Before(m.Asked.Add(5 * time.Second)):
		d.MailDown() // asked for everybody alike, so that whoever knows has looked by then
		return m.Asked.Add(5 * time.Second)
	case t.Values["slow"] != "" && !t.At.Before(m.Asked.Add(MailLife)):
		delete(t.Values, "slow")
		t.Say(lost)
	case d.MailDown() && t.Values["slow"] == "":
		t.Values["slow"] = "1"
		t.Say("mail_slow")
	case !d.MailDown() && t.Values["slow"] != "":
		delete(t.Values, "slow")
		t.Values["counted"] = t.At.Format(time.RFC3339)
		t.Say("mail_back")
	}
	if t.Values["slow"] == "" {
		return time.Time{}
	}
	return t.At.Add(15 * time.Second)
}
