package email

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/mail"
	"net/textproto"
	"net/url"
	"strconv"
	"strings"
	"time"

	gomail "github.com/wneessen/go-mail"

	"ventanilla/backend/secret"
	"ventanilla/bot"
)

// server is the mail server of the settings.
type server struct {
	scheme, host string
	port         int
	user         string
	password     secret.Text
}

var defaultPorts = map[string]int{"smtp": 25, "smtp+starttls": 587, "smtps": 465}

// CheckURL tells what is wrong with the address of a mail server, without its password.
func CheckURL(address secret.Text) error {
	_, err := parseServer(address)
	return err
}

// CheckFrom tells what is wrong with a sender.
func CheckFrom(from string) error {
	if _, err := mail.ParseAddress(from); err != nil {
		return errors.New(`must be an address such as "Mesa de Ayuda <no-reply@example.org>"`)
	}
	return nil
}

// CheckReturns tells what is wrong with an address that mails come back to.
func CheckReturns(address string) error {
	if a, err := mail.ParseAddress(address); err != nil || a.Address != address {
		return errors.New("must be a bare address such as bounces@example.org")
	}
	return nil
}

// parseServer reads the address of a mail server. A password over a line that anyone can read is refused.
func parseServer(address secret.Text) (server, error) {
	u, err := url.Parse(address.Reveal())
	if err != nil { // the library's error repeats the password
		return server{}, errors.New("must be smtp://, smtp+starttls:// or smtps://host:port")
	}
	port, known := defaultPorts[u.Scheme]
	if !known || u.Hostname() == "" {
		return server{}, errors.New("must be smtp://, smtp+starttls:// or smtps://host:port")
	}
	if strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "" {
		return server{}, errors.New("must be only scheme, user and password if there are any, host and port")
	}
	s := server{scheme: u.Scheme, host: u.Hostname(), port: port, user: u.User.Username()}
	if p, ok := u.User.Password(); ok {
		s.password = secret.Text(p)
	}
	if u.User != nil && u.Scheme == "smtp" {
		return server{}, errors.New("would send a password without TLS; use smtp+starttls:// or smtps://")
	}
	if u.Port() != "" {
		if s.port, err = strconv.Atoi(u.Port()); err != nil {
			return server{}, fmt.Errorf("has the port %q: %w", u.Port(), err)
		}
	}
	return s, nil
}

// client makes a client for one connection: the library's remembers how it
// signed in, and must not be shared.
func (s server) client(ctx context.Context, helo string, cfg Config) (*gomail.Client, error) {
	options := []gomail.Option{
		gomail.WithPort(s.port), gomail.WithHELO(helo), gomail.WithoutNoop(), gomail.WithoutRset(),
		gomail.WithTimeout(cfg.Timeout / 2), // once for signing in, once for the mail
		gomail.WithTLSPolicy(gomail.NoTLS),
	}
	if cfg.TLS != nil {
		options = append(options, gomail.WithTLSConfig(cfg.TLS.Clone()))
	}
	switch s.scheme {
	case "smtps":
		options = append(options, gomail.WithSSL())
	case "smtp+starttls":
		options = append(options, gomail.WithTLSPolicy(gomail.TLSMandatory))
	}
	if s.scheme != "smtps" {
		options = append(options, gomail.WithDialContextFunc(dialer(ctx)))
	}
	if s.user != "" {
		options = append(options, gomail.WithSMTPAuth(gomail.SMTPAuthAutoDiscover),
			gomail.WithUsername(s.user), gomail.WithPassword(s.password.Reveal()))
	}
	return gomail.NewClient(s.host, options...)
}

// dialer makes connections that end with ctx, even while the server's greeting is awaited.
func dialer(ctx context.Context) gomail.DialContextFunc {
	var d net.Dialer
	return func(dialing context.Context, network, address string) (net.Conn, error) {
		c, err := d.DialContext(dialing, network, address)
		if err == nil {
			context.AfterFunc(ctx, func() { _ = c.Close() })
		}
		return c, err
	}
}

const (
	afterNetwork = 5 * time.Second  // nobody answered
	afterRefused = 15 * time.Second // the server answered "later", as greylisting does
	afterServer  = time.Minute      // the server refuses us altogether: the operator must act
)

// classify turns what went wrong into what to do about it. The error it keeps
// repeats nothing that the server said, because servers repeat addresses.
func classify(err error) *bot.SendError {
	sendErr, known := errors.AsType[*gomail.SendError](err)
	if !known {
		return connecting(err)
	}
	code := sendErr.ErrorCode()
	shown := strings.TrimSpace(fmt.Sprintf("smtp %d %s", code, sendErr.EnhancedStatusCode()))
	safe := fmt.Errorf("%s: the mail server answered %d %s", sendErr.Reason, code, sendErr.EnhancedStatusCode())
	switch {
	case code == 0:
		return &bot.SendError{After: afterNetwork, Whole: true, Code: "network", Err: fmt.Errorf("%s: the connection failed", sendErr.Reason)}
	case sendErr.Reason == gomail.ErrSMTPMailFrom && code < 500:
		return &bot.SendError{After: afterRefused, Whole: true, Code: shown, Err: safe}
	case sendErr.Reason == gomail.ErrSMTPMailFrom:
		return &bot.SendError{After: afterServer, Whole: true, Code: shown, Err: safe}
	case code < 500:
		return &bot.SendError{After: afterRefused, Code: shown, Err: safe}
	default:
		return &bot.SendError{Never: true, Code: shown, Err: safe}
	}
}

// connecting judges a failure before the mail was begun: it is never the recipient's.
func connecting(err error) *bot.SendError {
	if answer, ok := errors.AsType[*textproto.Error](err); ok {
		return &bot.SendError{After: afterServer, Whole: true, Code: "smtp sign-in", Err: fmt.Errorf("signing in: the mail server answered %d", answer.Code)}
	}
	return &bot.SendError{After: afterNetwork, Whole: true, Code: "network", Err: fmt.Errorf("connecting to the mail server: %w", err)}
}
