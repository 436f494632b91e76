package recovery

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"ventanilla/flows"
)

// What a mail brings: a code to type in the chat, or a temporary password to sign in with.
const (
	aCode      = "code"
	aTemporary = "temporary"
)

// mail sends a new code to each distinct address of the accounts found, within
// the budgets. It kills the conversation's earlier code (RULES: code.resend).
func (r recovery) mail(ctx context.Context, t *flows.Turn) (string, error) {
	return r.post(ctx, t, aCode)
}

// mailTemporary has a temporary password sent for each of the accounts found,
// within the same budgets. The core makes it while the mail leaves, so asking
// changes nothing (RULES: temp.keeps).
func (r recovery) mailTemporary(ctx context.Context, t *flows.Turn) (string, error) {
	return r.post(ctx, t, aTemporary)
}

func (r recovery) post(ctx context.Context, t *flows.Turn, what string) (string, error) {
	for _, limit := range []struct {
		flows.Budget
		event string
	}{{r.gap(what), "too_soon"}, {r.resends(what), "resend_spent"}} {
		left, err := r.Guard.Spend(ctx, chat(t), limit.Budget, t.Op(aCode))
		if err != nil {
			return "", err
		}
		if !left.OK {
			t.Values["again_at"] = left.Next.Format(time.RFC3339)
			return limit.event, nil
		}
	}
	hits, err := r.recipients(ctx, t)
	if err != nil {
		return "", err
	}
	nonce := t.Random(16)
	t.Dialog.Mail = &flows.Mailed{Ref: what + "/" + nonce, Asked: t.Now}
	for _, old := range []string{"nonce", "wrong", "slow", "counted"} {
		delete(t.Values, old)
	}
	if what == aCode {
		t.Values["nonce"] = nonce
	}
	if len(hits) == 0 { // the same budgets, so that nobody can tell
		_, err := r.Guard.Spend(ctx, r.identity(t), r.Limits.CodeMails, t.Op(aCode))
		return "", err
	}
	if hits, err = r.mailAll(ctx, t, hits, what); err != nil {
		return "", err
	}
	return "", setHits(t, hits)
}

// mailAll sends one code to each distinct address, or one temporary password for each account and address.
func (r recovery) mailAll(ctx context.Context, t *flows.Turn, hits []hit, what string) (all []hit, err error) {
	sent := []string{}
	for _, h := range hits {
		h.Code = what == aCode && slices.Contains(sent, h.Address)
		if !h.Code {
			if h.Code, err = r.mailTo(ctx, t, h, what); err != nil {
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
func (r recovery) gap(what string) flows.Budget {
	b := flows.Budget{Kind: what + ".gap", Max: 1, Per: r.Limits.ResendGap}
	if b.Per == 0 {
		b.Max = 0
	}
	return b
}

// resends is how often one conversation may ask for the same thing.
func (r recovery) resends(what string) flows.Budget {
	b := r.Limits.Resend
	if what != aCode {
		b.Kind += "." + what
	}
	return b
}

// recipients are the accounts found. After a proof the account itself says where codes for it go.
func (r recovery) recipients(ctx context.Context, t *flows.Turn) ([]hit, error) {
	hits, err := getHits(t)
	if err != nil || len(hits) > 0 || t.Values["account"] == "" {
		return hits, err
	}
	return r.addresses(ctx, t.Values["account"])
}

// mailTo sends one code or temporary password, or says to the owner why there is none.
func (r recovery) mailTo(ctx context.Context, t *flows.Turn, h hit, what string) (bool, error) {
	until, err := r.Guard.Frozen(ctx, r.subject(h.Account))
	if err != nil {
		return false, err
	}
	if until.After(t.At) {
		return false, r.once(ctx, t, h, "frozen")
	}
	budget := r.Limits.CodeMails
	if t.Known(h.Account) {
		budget = r.Limits.CodeMailsOwn
	}
	left, err := r.Guard.Spend(ctx, r.subject(h.Account), budget, t.Op(aCode))
	switch {
	case err != nil:
		return false, err
	case !left.OK:
		return false, r.once(ctx, t, h, "limit", r.grant(t, h, "go_on", noticeLife))
	case what == aTemporary && h.Unopened:
		return false, r.once(ctx, t, h, "unopened")
	}
	t.Send(r.secretLetter(t, h, what))
	return true, nil
}

// secretLetter is a mail that names a secret without containing it (RULES: code.stored).
func (r recovery) secretLetter(t *flows.Turn, h hit, what string) (reply flows.Reply) {
	if what == aTemporary {
		reply = r.letter(t, h, what, r.grant(t, h, "stop", noticeLife))
		reply.Temporary = &flows.AccountRef{Account: h.Account, Op: t.Op(aTemporary + "/" + h.Account)}
	} else {
		reply = r.letter(t, h, what, r.grant(t, h, "stop", mailLife+r.Limits.CodeLife))
		reply.Code = &flows.CodeRef{Account: h.Address, Nonce: t.Values["nonce"]}
	}
	reply.Ref, reply.Until = t.Dialog.Mail.Ref, t.Now.Add(mailLife)
	return reply
}

// once sends a notice at most once a day to an address (RULES: flood.account).
func (r recovery) once(ctx context.Context, t *flows.Turn, h hit, kind string, grants ...flows.Grant) error {
	budget := flows.Budget{Kind: "notice." + kind, Max: 1, Per: 24 * time.Hour}
	left, err := r.Guard.Spend(ctx, r.subject(h.Account)+"/"+h.Address, budget, t.Op(kind))
	if err != nil || !left.OK {
		return err
	}
	t.Send(r.letter(t, h, kind, append(grants, r.grant(t, h, "stop", r.Limits.GrantLife))...))
	return nil
}

// letter is a mail in the organisation's name that says who asked, where and when (RULES: code.context).
func (r recovery) letter(t *flows.Turn, h hit, kind string, grants ...flows.Grant) flows.Reply {
	sender := harmless(t.Input.Sender)
	if sender == "" {
		sender = t.Text("no_sender")
	}
	at := t.Now.In(r.Profile.Location())
	pairs := []string{"channel", channelName(t.Key.Channel), "sender", sender, "label", h.Label, "username", h.Username,
		"time", at.Format("15:04"), "date", at.Format("2/1/2006"), "n", strconv.Itoa(int(r.Limits.CodeLife / time.Minute))}
	return flows.Reply{To: "email:" + h.Address, Title: t.Text("mail_"+kind+"_subject", pairs...),
		Text: strings.TrimSpace(t.Text("mail_"+kind, pairs...)), Grants: grants}
}

func (r recovery) grant(t *flows.Turn, h hit, kind string, life time.Duration) flows.Grant {
	return flows.Grant{ID: t.Random(16), Kind: kind, Label: t.Text("link_" + kind), Account: h.Account, Address: h.Address, Claimed: r.identity(t), Until: t.At.Add(life)}
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
	return shortened(strings.Join(strings.Fields(s), " "), 40)
}

// watchMail tells everybody who waits for a code the same when mails are not
// going out, and when they go out again, whether there is a mail for them or not.
func (r recovery) watchMail(t *flows.Turn) time.Time {
	m, lost := t.Dialog.Mail, "mail_lost"
	if waitsForTemporary(t) {
		lost = "temp_mail_lost"
	}
	switch {
	case m == nil:
		return time.Time{}
	case t.At.Before(m.Asked.Add(5 * time.Second)):
		r.MailDown() // asked for everybody alike, so that whoever knows has looked by then
		return m.Asked.Add(5 * time.Second)
	case t.Values["slow"] != "" && !t.At.Before(m.Asked.Add(mailLife)):
		delete(t.Values, "slow")
		t.Say(lost)
	case r.MailDown() && t.Values["slow"] == "":
		t.Values["slow"] = "1"
		t.Say("mail_slow")
	case !r.MailDown() && t.Values["slow"] != "":
		delete(t.Values, "slow")
		t.Values["counted"] = t.At.Format(time.RFC3339)
		t.Say("mail_back")
	}
	if t.Values["slow"] == "" {
		return time.Time{}
	}
	return t.At.Add(15 * time.Second)
}
