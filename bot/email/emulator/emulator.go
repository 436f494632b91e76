// Package emulator is a mailbox for everybody: an SMTP server on loopback that
// keeps what it is sent, for the demo and for tests, and that fails on request
// as real servers do.
//
// It never passes a mail on, and it keeps everything in memory, and in a file if it is told to.
package emulator

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/emersion/go-smtp"
)

// Mail is a message as its reader sees it.
type Mail struct {
	To        string    `json:"to"`
	Subject   string    `json:"subject"`
	From      string    `json:"from"` // as shown: "Name <address>"
	Text      string    `json:"text"`
	HTML      string    `json:"html"`
	Links     []string  `json:"links"` // addresses of the HTML part, in order, each once; of the text part if there is none
	At        time.Time `json:"at"`    // when it was taken
	MessageID string    `json:"message_id"`
	Raw       []byte    `json:"-"` // as it came over the wire
}

// Counts is what happened so far.
type Counts struct {
	Connections int `json:"connections"`
	Taken       int `json:"taken"`    // mails kept
	Refused     int `json:"refused"`  // commands answered with 4xx or 5xx by a fault or a dead address
	Returned    int `json:"returned"` // mails taken that came back
}

// Mailbox is a running server. Make one with [Listen].
type Mailbox struct {
	now  func() time.Time
	log  *slog.Logger
	addr string

	mu     sync.Mutex
	server *smtp.Server // nil while down
	listen net.Listener
	closed chan struct{}
	mails  map[string][]Mail
	dead   map[string]bool
	faults []*Fault
	counts Counts
	grown  chan struct{} // closed when a mail is kept
	held   []net.Conn    // connections that are never answered

	file      *os.File // where mails are kept; nil: nowhere
	returning map[string]bool
	deliver   func(to string, report []byte) error // nil: reports go nowhere
	done      sync.WaitGroup
}

// Listen starts a mailbox on a loopback address such as "127.0.0.1:0". Mails
// carry the time of now. It returns an error if the address cannot be listened on.
func Listen(addr string, now func() time.Time, log *slog.Logger) (*Mailbox, error) {
	m := &Mailbox{now: now, log: log, addr: addr, mails: map[string][]Mail{}, dead: map[string]bool{}, returning: map[string]bool{}, grown: make(chan struct{})}
	if err := m.Up(); err != nil {
		return nil, err
	}
	return m, nil
}

// Addr returns the host and port it listens on.
func (m *Mailbox) Addr() string { return m.addr }

// URL returns its address as the settings take it: "smtp://127.0.0.1:1025".
func (m *Mailbox) URL() string { return "smtp://" + m.addr }

// Up starts answering, on the same port as before. It does nothing if it is up.
func (m *Mailbox) Up() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.server != nil {
		return nil
	}
	l, err := net.Listen("tcp", m.addr)
	if err != nil {
		return fmt.Errorf("starting the mailbox: %w", err)
	}
	m.addr, m.server, m.listen, m.closed = l.Addr().String(), m.newServer(), l, make(chan struct{})
	server := m.server
	m.done.Go(func() {
		if err := server.Serve(&gate{Listener: l, mailbox: m}); err != nil {
			m.log.Debug("the mailbox stopped", "err", err)
		}
	})
	return nil
}

// Down refuses every connection and cuts those that are open. Mails are kept.
func (m *Mailbox) Down() {
	m.mu.Lock()
	server, listen, held := m.server, m.listen, m.held
	if server != nil {
		close(m.closed)
	}
	m.server, m.held = nil, nil
	m.mu.Unlock()
	if server == nil {
		return
	}
	_ = listen.Close() // the server knows it only once Serve runs
	_ = server.Close()
	for _, c := range held {
		_ = c.Close()
	}
}

// Close stops the mailbox and waits until its work is done.
func (m *Mailbox) Close() error {
	m.Down()
	m.done.Wait()
	if m.file == nil {
		return nil
	}
	return m.file.Close()
}

// Mails returns what an address received, oldest first. Nothing is ever removed.
func (m *Mailbox) Mails(address string) []Mail {
	m.mu.Lock()
	defer m.mu.Unlock()
	return append([]Mail{}, m.mails[key(address)]...)
}

// Addresses returns every address that received something.
func (m *Mailbox) Addresses() (all []string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for a := range m.mails {
		all = append(all, a)
	}
	return all
}

// Wait returns an address's mails as soon as there are more than n, or the error of ctx.
func (m *Mailbox) Wait(ctx context.Context, address string, n int) ([]Mail, error) {
	for {
		m.mu.Lock()
		mails, grown := append([]Mail{}, m.mails[key(address)]...), m.grown
		m.mu.Unlock()
		if len(mails) > n {
			return mails, nil
		}
		select {
		case <-grown:
		case <-ctx.Done():
			return mails, ctx.Err()
		}
	}
}

// Counts returns what happened so far.
func (m *Mailbox) Counts() Counts {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.counts
}

func (m *Mailbox) newServer() *smtp.Server {
	s := smtp.NewServer(smtp.BackendFunc(func(c *smtp.Conn) (smtp.Session, error) {
		return &session{mailbox: m, conn: c}, nil
	}))
	s.Domain, s.EnableSMTPUTF8 = "mailbox.test", true
	s.MaxMessageBytes, s.MaxRecipients = 10<<20, 10
	s.ReadTimeout, s.WriteTimeout = time.Minute, time.Minute
	s.ErrorLog = quiet{m.log}
	return s
}

func (m *Mailbox) keep(to []string, raw []byte) error {
	mail, err := read(raw)
	if err != nil {
		return &smtp.SMTPError{Code: 554, EnhancedCode: smtp.EnhancedCode{5, 6, 0}, Message: "this is not a mail: " + err.Error()}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	mail.At = m.now()
	if err := m.write(to, mail); err != nil {
		return &smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 3, 0}, Message: err.Error()}
	}
	for _, address := range to {
		mail.To = address
		m.mails[key(address)] = append(m.mails[key(address)], mail)
		m.counts.Taken++
	}
	close(m.grown)
	m.grown = make(chan struct{})
	return nil
}

func key(address string) string { return strings.ToLower(strings.TrimSpace(address)) }

// quiet sends the library's complaints about cut connections to the debug log.
type quiet struct{ log *slog.Logger }

func (q quiet) Printf(format string, v ...any) { q.log.Debug(fmt.Sprintf(format, v...)) }
func (q quiet) Println(v ...any)               { q.log.Debug(fmt.Sprint(v...)) }
