package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"ventanilla/backend"
	"ventanilla/backend/portal"
	"ventanilla/bot/email"
	"ventanilla/bot/telegram"
	"ventanilla/cmd/ventanilla/settings"
	"ventanilla/flows"
	"ventanilla/store"
)

// CheckOnline asks core, mail server and chat networks whether they would let us
// in, and writes a line for each that does. It changes nothing; its error holds all that failed.
func CheckOnline(ctx context.Context, s *settings.Settings, out io.Writer) error {
	known, err := profiles(s)
	if err != nil {
		return err
	}
	var failed []error
	ask := func(path, what string, f func() (string, error)) {
		said, err := f()
		if err != nil {
			failed = append(failed, fmt.Errorf("%s: %s: %w", s.At(path), what, err))
			return
		}
		_, _ = fmt.Fprintf(out, "ok: %s: %s\n", what, said)
	}
	ask("mail.url", "mail", func() (string, error) { return "the server takes mails", askMail(ctx, s.Mail) })
	if b := s.Mail.Bounces; b != nil {
		ask("mail.bounces", "bounces", func() (string, error) { return "the mailbox can be read", askBounces(ctx, *b) })
	}
	for i, b := range s.Bots {
		ask("core.url", "core, portal "+b.Portal, func() (string, error) { return askCore(ctx, s.Core, known[b.Portal]) })
		if b.Telegram != nil {
			ask(fmt.Sprintf("bots[%d].telegram", i), "telegram, portal "+b.Portal, func() (string, error) { return askTelegram(ctx, s, b) })
		}
		if b.WhatsApp != nil {
			ask(fmt.Sprintf("bots[%d].whatsapp", i), "whatsapp, portal "+b.Portal, func() (string, error) { return askWhatsApp(ctx, s, b) })
		}
	}
	return errors.Join(failed...)
}

// askCore asks whether the core takes the token, knows the organisation and can do what its profile offers.
func askCore(ctx context.Context, c settings.Core, p portal.Profile) (string, error) {
	client, err := backend.New(backend.Config{URL: c.URL, Token: c.Token})
	if err != nil {
		return "", err
	}
	can, err := client.Capabilities(ctx, p.ID)
	switch backend.CodeOf(err) {
	case "":
	case backend.NotFound:
		return "", fmt.Errorf("it does not know portal %q", p.ID)
	case backend.Unauthorized:
		return "", errors.New("it does not accept the token")
	case backend.Unavailable:
		return "", fmt.Errorf("it does not answer: %w", err)
	default:
		return "", err
	}
	if missing := lacks(p, can); len(missing) > 0 {
		return "", fmt.Errorf("it cannot %s, which the profile of %q offers", strings.Join(missing, ", nor "), p.ID)
	}
	return "it answers and takes the token", nil
}

// lacks lists what a profile offers and its core cannot do.
func lacks(p portal.Profile, can backend.Capabilities) (list []string) {
	for _, need := range []struct {
		wanted, able bool
		what         string
	}{
		{p.Offers(portal.Recover) && p.Recovery == portal.ByTemporary, can.Temporary, "make temporary passwords (recovery: temporary)"},
		{p.Offers(portal.Unlock), can.Unlock, "unlock accounts"},
		{p.Offers(portal.Register), can.Register, "open accounts"},
		{p.Offers(portal.Register) && p.Trust == portal.TrustInvitation, can.Invitations, "check invitations (trust: invitation)"},
		{p.Offers(portal.Change), can.Change, "change passwords"},
		{p.Offers(portal.Payslip), can.Payslips, "fetch payslips"},
		{p.Offers(portal.Contact), can.Contact, "change contact data"},
	} {
		if need.wanted && !need.able {
			list = append(list, need.what)
		}
	}
	return list
}

func askTelegram(ctx context.Context, s *settings.Settings, b settings.Bot) (string, error) {
	nobody := func(context.Context, flows.Key, store.Inbound) error { return errors.New("a check accepts nothing") }
	c, err := telegram.New(telegram.Config{Portal: b.Portal, Token: b.Telegram.Token, Secret: b.Telegram.Secret, API: b.Telegram.API,
		PublicURL: s.Public.URL, Accept: nobody})
	if err != nil {
		return "", err
	}
	h, err := c.Check(ctx)
	if err != nil {
		return "", err
	}
	want := s.Public.URL + c.Path()
	switch {
	case b.Telegram.Mode == "poll" && h.Webhook != "":
		return fmt.Sprintf("@%s; it still has a webhook, which serve takes away", h.Username), nil
	case b.Telegram.Mode == "webhook" && h.Webhook != want:
		return fmt.Sprintf("@%s; its webhook is %q, serve sets %s", h.Username, h.Webhook, want), nil
	case h.LastError != "":
		return "", fmt.Errorf("@%s cannot reach %s: %s (%d updates wait)", h.Username, h.Webhook, h.LastError, h.Waiting)
	}
	return fmt.Sprintf("@%s, %d updates wait", h.Username, h.Waiting), nil
}

// askMail goes as far as a mail does before it names a recipient. Its errors repeat no password.
func askMail(ctx context.Context, m settings.Mail) error {
	channel, err := email.New(mailing(m))
	if err != nil {
		return err
	}
	return channel.Probe(ctx)
}
