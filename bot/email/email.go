// Package email sends what the bot says by mail: codes, notices and links that
// outlive a chat. It is a channel that only sends, one SMTP connection a mail.
//
// It never receives, never retries by itself and never logs an address, a
// subject or a body.
package email

import (
	"context"
	"crypto/tls"
	"fmt"
	"log/slog"
	"net/mail"
	"regexp"
	"strings"
	"time"

	gomail "github.com/wneessen/go-mail"
	"github.com/wneessen/go-mail/smtp"

	"ventanilla/backend/secret"
	"ventanilla/bot"
)

// Config is what a channel needs.
type Config struct {
	URL     secret.Text               // smtp://host:port, smtp+starttls://user:password@host:port or smtps://…
	From    string                    // "Mesa de Ayuda <no-reply@example.org>"
	Voice   func(portal string) Voice // in whose name a portal's mails are written
	Now     func() time.Time          // dates the mails
	Log     *slog.Logger
	Timeout time.Duration // for one mail, from connecting to the answer; 30 s if zero
	TLS     *tls.Config   // nil: the machine's roots
	Returns string        // bare address that mails which cannot be delivered come back to; "": that of From
	IDKey   secret.Text   // signs the ids of mails, so that nobody can make one up; see [Channel.Own]
}

// Voice is an organisation as its mails show it.
type Voice struct {
	Name         string // of the sender, beside the address of Config.From; "" leaves the one there
	Organisation string // heads the mail
	Signature    string // under the mail
	Colour       string // of the band on top: "#1a5fb4"; anything else is ignored
	Locale       string // "es-AR"; tells screen readers the language
}

// Channel sends mails. It is safe for concurrent use.
type Channel struct {
	cfg    Config
	from   mail.Address
	domain string // of the sender: names the message ids
	server server
	ids    *regexp.Regexp // what looks like one of ours
}

var _ bot.Channel = (*Channel)(nil)

const (
	connectTime = 5 * time.Second
	wholeTime   = 30 * time.Second
)

// New checks the settings and returns a channel; it does not connect yet.
// Errors name the setting that is wrong, without its password.
func New(cfg Config) (*Channel, error) {
	from, err := mail.ParseAddress(cfg.From)
	if err != nil {
		return nil, fmt.Errorf("mail sender %q: %w", cfg.From, err)
	}
	s, err := parseServer(cfg.URL)
	if err != nil {
		return nil, fmt.Errorf("mail server: its address %w", err)
	}
	if cfg.Returns != "" && CheckReturns(cfg.Returns) != nil {
		return nil, fmt.Errorf("address for what comes back %q: %w", cfg.Returns, CheckReturns(cfg.Returns))
	}
	if cfg.Timeout == 0 {
		cfg.Timeout = wholeTime
	}
	domain := from.Address[strings.LastIndex(from.Address, "@")+1:]
	return &Channel{cfg: cfg, from: *from, domain: domain, server: s, ids: ownIDs(domain)}, nil
}

// Send implements [bot.Channel]. The receipt is the Message-ID, which depends on
// the delivery's id and conversation only: a mail that is sent again can be recognised as the same.
// A recipient or a message that the server refuses for good (5xx) is Never; all
// else is worth another try. A mail the server took is never reported as failed.
func (c *Channel) Send(ctx context.Context, d bot.Delivery) (receipt string, err error) {
	msg, err := c.compose(d)
	if err != nil {
		return "", &bot.SendError{Never: true, Err: err}
	}
	ctx, cancel := context.WithTimeout(ctx, c.cfg.Timeout)
	defer cancel()
	began := time.Now()
	err = c.transmit(ctx, msg)
	c.cfg.Log.DebugContext(ctx, "mail", "portal", d.Portal, "taken", msg.IsDelivered(), "took", time.Since(began))
	if msg.IsDelivered() {
		return msg.GetMessageID(), nil
	}
	return "", classify(err)
}

// transmit makes one connection for one mail, so that a server that says nothing holds up nothing else.
func (c *Channel) transmit(ctx context.Context, msg *gomail.Msg) error {
	return c.connected(ctx, func(client *gomail.Client, conn *smtp.Client) error { return client.SendWithSMTPClient(conn, msg) })
}

// connected connects, signs in, and leaves politely when use returns.
func (c *Channel) connected(ctx context.Context, use func(*gomail.Client, *smtp.Client) error) error {
	client, err := c.server.client(ctx, c.domain, c.cfg)
	if err != nil {
		return err
	}
	dialing, cancel := context.WithTimeout(ctx, connectTime)
	defer cancel()
	conn, err := client.DialToSMTPClientWithContext(dialing)
	if err != nil {
		return err
	}
	// The library does not look at ctx once it is connected, and its Close waits for the command that hangs.
	stop := context.AfterFunc(ctx, func() { _ = conn.Text.Close() })
	defer stop()
	defer func() {
		if client.CloseWithSMTPClient(conn) != nil {
			_ = conn.Close()
		}
	}()
	return use(client, conn)
}
