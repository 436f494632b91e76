package bounces

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"strings"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"

	"ventanilla/backend/secret"
)

// place is the mailbox of the settings.
type place struct {
	scheme, host, port, user, folder string
	password                         secret.Text
}

var defaultPorts = map[string]string{"imap": "143", "imap+starttls": "143", "imaps": "993"}

// CheckURL tells what is wrong with the address of a mailbox, without its password.
func CheckURL(address secret.Text) error {
	_, err := parsePlace(address)
	return err
}

// parsePlace reads the address of a mailbox. A password never goes over a line that anybody can
// read, so IMAP without TLS is for this machine only.
func parsePlace(address secret.Text) (place, error) {
	u, err := url.Parse(address.Reveal()) // the library's error repeats the password
	if err != nil || defaultPorts[u.Scheme] == "" || u.Hostname() == "" {
		return place{}, errors.New("must be imaps://user:password@host/INBOX, or with imap+starttls://")
	}
	password, ok := u.User.Password()
	switch {
	case u.User.Username() == "" || !ok || password == "":
		return place{}, errors.New("must name user and password, as in imaps://user:password@host/INBOX; an @ in either is %40")
	case u.RawQuery != "" || u.Fragment != "":
		return place{}, errors.New("must be only scheme, user, password, host, port and folder")
	case u.Scheme == "imap" && !loopback(u.Hostname()):
		return place{}, errors.New("would send a password without TLS; use imap+starttls:// or imaps://")
	}
	p := place{scheme: u.Scheme, host: u.Hostname(), port: u.Port(), user: u.User.Username(), password: secret.Text(password), folder: strings.Trim(u.Path, "/")}
	if p.port == "" {
		p.port = defaultPorts[u.Scheme]
	}
	if p.folder == "" {
		p.folder = "INBOX"
	}
	return p, nil
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// session is a mailbox that is open.
type session struct{ *imapclient.Client }

// visit opens the mailbox, lets use work in it and leaves; all of it ends with ctx. The error
// repeats no password and nothing that the server said: servers repeat names.
func (p place) visit(ctx context.Context, settings *tls.Config, use func(session) error) error {
	conn, err := p.dial(ctx, settings)
	if err != nil {
		return fmt.Errorf("connecting to the mailbox: %w", err)
	}
	defer context.AfterFunc(ctx, func() { _ = conn.Close() })() // the library does not look at ctx
	defer func() { _ = conn.Close() }()
	c, err := p.greet(conn, settings)
	if err != nil {
		return saying("greeting the mail server", err)
	}
	defer func() { _ = c.Close() }()
	if err := c.Login(p.user, p.password.Reveal()).Wait(); err != nil {
		return saying("signing in at the mailbox", err)
	}
	if _, err := c.Select(p.folder, nil).Wait(); err != nil {
		return saying("opening its folder", err)
	}
	if err := use(session{c}); err != nil {
		return err
	}
	_ = c.Logout().Wait() // all is done: a server that hangs up early takes nothing back
	return nil
}

func (p place) dial(ctx context.Context, settings *tls.Config) (net.Conn, error) {
	d := &net.Dialer{Timeout: connectTime}
	address := net.JoinHostPort(p.host, p.port)
	if p.scheme != "imaps" {
		return d.DialContext(ctx, "tcp", address)
	}
	t := &tls.Dialer{NetDialer: d, Config: p.tls(settings)}
	return t.DialContext(ctx, "tcp", address)
}

func (p place) tls(settings *tls.Config) *tls.Config {
	c := &tls.Config{MinVersion: tls.VersionTLS12}
	if settings != nil {
		c = settings.Clone()
	}
	if c.ServerName == "" {
		c.ServerName = p.host
	}
	return c
}

func (p place) greet(conn net.Conn, settings *tls.Config) (*imapclient.Client, error) {
	o := &imapclient.Options{TLSConfig: p.tls(settings)}
	if p.scheme == "imap+starttls" {
		return imapclient.NewStartTLS(conn, o)
	}
	c := imapclient.New(conn, o)
	return c, c.WaitGreeting()
}

// saying is an error of the server's, without its words.
func saying(what string, err error) error {
	if _, ok := errors.AsType[*imap.Error](err); ok {
		return fmt.Errorf("%s: the mail server refuses", what)
	}
	return fmt.Errorf("%s: %w", what, err)
}

// unread lists the oldest messages that nobody has read yet, at most n.
func (s session) unread(n int) (uids []imap.UID, err error) {
	found, err := s.UIDSearch(&imap.SearchCriteria{NotFlag: []imap.Flag{imap.FlagSeen, imap.FlagDeleted}}, nil).Wait()
	if err != nil {
		return nil, saying("looking for new messages", err)
	}
	set, _ := found.All.(imap.UIDSet)
	for _, r := range set {
		for uid := r.Start; uid != 0 && uid <= r.Stop && len(uids) < n; uid++ {
			uids = append(uids, uid)
		}
	}
	return uids, nil
}

// fetch hands the beginning of a message to use, without marking it as read. One that is gone meanwhile is not there.
func (s session) fetch(uid imap.UID, use func(io.Reader) error) error {
	body := &imap.FetchItemBodySection{Peek: true, Partial: &imap.SectionPartial{Size: MaxSize}}
	cmd := s.Fetch(imap.UIDSetNum(uid), &imap.FetchOptions{UID: true, BodySection: []*imap.FetchItemBodySection{body}})
	defer func() { _ = cmd.Close() }()
	for m := cmd.Next(); m != nil; m = cmd.Next() {
		for item := m.Next(); item != nil; item = m.Next() {
			if b, ok := item.(imapclient.FetchItemDataBodySection); ok && b.Literal != nil {
				if err := use(b.Literal); err != nil {
					return err
				}
			}
		}
	}
	if err := cmd.Close(); err != nil {
		return saying("reading a message", err)
	}
	return nil
}

// mark marks messages as read, and removes those that are to go, where that touches no others.
func (s session) mark(uids []imap.UID, gone bool) error {
	if len(uids) == 0 {
		return nil
	}
	flags := []imap.Flag{imap.FlagSeen}
	if gone {
		flags = append(flags, imap.FlagDeleted)
	}
	set := imap.UIDSetNum(uids...)
	if err := s.Store(set, &imap.StoreFlags{Op: imap.StoreFlagsAdd, Silent: true, Flags: flags}, nil).Close(); err != nil {
		return saying("marking messages as read", err)
	}
	if !gone || !s.Caps().Has(imap.CapUIDPlus) {
		return nil
	}
	if err := s.UIDExpunge(set).Close(); err != nil {
		return saying("removing messages", err)
	}
	return nil
}

// connectTime is how long a connection may take to come about.
const connectTime = 10 * time.Second
