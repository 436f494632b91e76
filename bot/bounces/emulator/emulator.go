// Package emulator is the mailbox of what comes back, with the IMAP that mail servers speak, on
// loopback: for the demo and for tests.
//
// It keeps everything in memory and takes messages from this process only.
package emulator

import (
	"bytes"
	"crypto/tls"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"sync"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapserver"
	"github.com/emersion/go-imap/v2/imapserver/imapmemserver"
)

// folder is the only one there is.
const folder = "INBOX"

// Options are what a mailbox may differ in; the zero value is plain IMAP with the extensions that all servers have today.
type Options struct {
	TLS      *tls.Config // nil: plain
	StartTLS bool        // TLS begins on request
	Old      bool        // the server cannot remove single messages (UIDPLUS)
	Log      *slog.Logger
}

// Mailbox is a running server. Make one with [Listen].
type Mailbox struct {
	o        Options
	user     *imapmemserver.User
	accounts *imapmemserver.Server
	addr     string
	login    *url.Userinfo

	mu     sync.Mutex
	server *imapserver.Server // nil while down
	done   sync.WaitGroup
}

// Listen starts a mailbox on a loopback address such as "127.0.0.1:0", with one user.
func Listen(addr, user, password string, o Options) (*Mailbox, error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	m := &Mailbox{o: o, addr: addr, login: url.UserPassword(user, password), user: imapmemserver.NewUser(user, password), accounts: imapmemserver.New()}
	m.accounts.AddUser(m.user)
	if err := m.user.Create(folder, nil); err != nil {
		return nil, fmt.Errorf("making the folder: %w", err)
	}
	return m, m.Up()
}

// URL is its address as the settings take it.
func (m *Mailbox) URL() string {
	u := url.URL{Scheme: "imap", User: m.login, Host: m.addr, Path: folder}
	switch {
	case m.o.StartTLS:
		u.Scheme = "imap+starttls"
	case m.o.TLS != nil:
		u.Scheme = "imaps"
	}
	return u.String()
}

// Up starts answering, on the same port as before. It does nothing if it is up.
func (m *Mailbox) Up() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.server != nil {
		return nil
	}
	l, err := net.Listen("tcp", m.addr)
	if err != nil {
		return fmt.Errorf("starting the mailbox of what comes back: %w", err)
	}
	m.addr, m.server = l.Addr().String(), m.newServer()
	if m.o.TLS != nil && !m.o.StartTLS {
		l = tls.NewListener(l, m.o.TLS)
	}
	server := m.server
	m.done.Go(func() {
		if err := server.Serve(l); err != nil {
			m.o.Log.Debug("the mailbox of what comes back stopped", "err", err)
		}
		_ = l.Close() // the server knows it only once Serve runs
	})
	return nil
}

func (m *Mailbox) newServer() *imapserver.Server {
	o := &imapserver.Options{Caps: imap.CapSet{imap.CapIMAP4rev1: {}, imap.CapUIDPlus: {}}, InsecureAuth: m.o.TLS == nil, Logger: quiet{m.o.Log},
		NewSession: func(*imapserver.Conn) (imapserver.Session, *imapserver.GreetingData, error) {
			return m.accounts.NewSession(), nil, nil
		}}
	if m.o.Old {
		delete(o.Caps, imap.CapUIDPlus)
	}
	if m.o.StartTLS {
		o.TLSConfig = m.o.TLS
	}
	return imapserver.New(o)
}

// Down refuses every connection and cuts those that are open. Messages are kept.
func (m *Mailbox) Down() {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.server != nil {
		_ = m.server.Close()
	}
	m.server = nil
}

// Close stops the mailbox and waits until its work is done.
func (m *Mailbox) Close() error {
	m.Down()
	m.done.Wait()
	return nil
}

// Deliver puts a message into the mailbox.
func (m *Mailbox) Deliver(raw []byte) error {
	_, err := m.user.Append(folder, bytes.NewReader(raw), &imap.AppendOptions{})
	return err
}

// Counts tells how many messages there are, and how many of them nobody has read.
func (m *Mailbox) Counts() (all, unread int) {
	s, err := m.user.Status(folder, &imap.StatusOptions{NumMessages: true, NumUnseen: true})
	if err != nil { // the folder is never removed
		return 0, 0
	}
	return int(*s.NumMessages), int(*s.NumUnseen)
}

// quiet sends the library's complaints about cut connections to the debug log.
type quiet struct{ log *slog.Logger }

func (q quiet) Printf(format string, v ...any) { q.log.Debug(fmt.Sprintf(format, v...)) }
