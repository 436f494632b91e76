package app

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/smtp"
	"net/url"

	"ventanilla/backend"
	"ventanilla/bot/telegram"
	"ventanilla/cmd/ventanilla/settings"
	"ventanilla/flows"
	"ventanilla/store"
)

// CheckOnline asks core, mail server and chat networks whether they would let us
// in, and writes a line for each that does. It changes nothing; its error holds all that failed.
func CheckOnline(ctx context.Context, s *settings.Settings, out io.Writer) error {
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
	for i, b := range s.Bots {
		ask("core.url", "core, portal "+b.Portal, func() (string, error) { return askCore(ctx, s.Core, b.Portal) })
		ask(fmt.Sprintf("bots[%d].telegram", i), "telegram, portal "+b.Portal, func() (string, error) { return askTelegram(ctx, s, b) })
	}
	return errors.Join(failed...)
}

func askCore(ctx context.Context, c settings.Core, portal string) (string, error) {
	client, err := backend.New(backend.Config{URL: c.URL, Token: c.Token})
	if err != nil {
		return "", err
	}
	if _, err = client.Capabilities(ctx, portal); err != nil {
		return "", err
	}
	return "it answers and takes the token", nil
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

// askMail connects, greets and signs in, and sends nothing. Its errors repeat no password.
func askMail(ctx context.Context, m settings.Mail) error {
	u, err := url.Parse(m.URL.Reveal())
	if err != nil {
		return errors.New("the address cannot be read")
	}
	defaults := map[string]string{"smtp": "25", "smtp+starttls": "587", "smtps": "465"}
	addr := net.JoinHostPort(u.Hostname(), cmp.Or(u.Port(), defaults[u.Scheme]))
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", addr)
	if err != nil {
		return fmt.Errorf("connecting: %w", err)
	}
	defer context.AfterFunc(ctx, func() { _ = conn.Close() })()
	if u.Scheme == "smtps" {
		conn = tls.Client(conn, &tls.Config{ServerName: u.Hostname(), MinVersion: tls.VersionTLS12})
	}
	c, err := smtp.NewClient(conn, u.Hostname())
	if err != nil {
		return errors.Join(fmt.Errorf("greeting: %w", err), conn.Close())
	}
	defer func() { _ = c.Close() }()
	return signIn(c, u)
}

func signIn(c *smtp.Client, u *url.URL) error {
	if u.Scheme == "smtp+starttls" {
		if err := c.StartTLS(&tls.Config{ServerName: u.Hostname(), MinVersion: tls.VersionTLS12}); err != nil {
			return fmt.Errorf("turning on TLS: %w", err)
		}
	}
	if password, ok := u.User.Password(); ok {
		if err := c.Auth(smtp.PlainAuth("", u.User.Username(), password, u.Hostname())); err != nil {
			return fmt.Errorf("signing in: %w", err)
		}
	}
	if err := c.Noop(); err != nil {
		return fmt.Errorf("asking: %w", err)
	}
	return c.Quit()
}
