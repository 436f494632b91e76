package emulator

import (
	"fmt"
	"io"
	"net"
	"slices"
	"time"

	"github.com/emersion/go-smtp"
)

// Kinds of fault, as POST /demo/fault names them.
const (
	Later   = "4xx"     // 451: the recipient is refused for now, as greylisting does
	Never   = "5xx"     // 550: the recipient is refused for good
	Sender  = "sender"  // 450: we are refused for now, whoever the mail is for
	Silence = "silence" // the connection is accepted and nothing is ever said
	Drop    = "drop"    // the mail is kept and the connection cut before the answer
	Slow    = "slow"    // the answer to the mail takes Delay
)

// Fault is something that goes wrong.
type Fault struct {
	Kind    string
	Address string        // for this recipient only; "" for everybody. Sender and Silence know no recipient yet.
	Times   int           // so many times; 0 until [Mailbox.Clear]
	Delay   time.Duration // of Slow; 2 s if zero
}

// Fail adds a fault. It returns an error if the kind is not one of the constants.
func (m *Mailbox) Fail(f Fault) error {
	if !slices.Contains([]string{Later, Never, Sender, Silence, Drop, Slow}, f.Kind) {
		return fmt.Errorf("mail has no fault %q", f.Kind)
	}
	f.Address = key(f.Address)
	if f.Delay == 0 {
		f.Delay = 2 * time.Second
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.faults = append(m.faults, &f)
	return nil
}

// Clear ends all faults; dead addresses stay dead.
func (m *Mailbox) Clear() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.faults = nil
}

// Dead makes an address one that no longer exists: 550 5.1.1 (RFC 3463).
func (m *Mailbox) Dead(address string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.dead[key(address)] = true
}

// strike takes one time of the first fault of a kind that concerns one of the addresses.
func (m *Mailbox) strike(kind string, addresses ...string) (Fault, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for i, f := range m.faults {
		if f.Kind != kind || f.Address != "" && !slices.Contains(addresses, f.Address) {
			continue
		}
		if f.Times == 1 {
			m.faults = slices.Delete(m.faults, i, i+1)
		}
		f.Times = max(f.Times-1, 0)
		return *f, true
	}
	return Fault{}, false
}

// refuse returns the answer to a recipient that is not taken, nil if it is.
func (m *Mailbox) refuse(address string) error {
	m.mu.Lock()
	dead := m.dead[address]
	m.mu.Unlock()
	var answer *smtp.SMTPError
	if dead {
		answer = &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "<" + address + "> user unknown"}
	} else if _, ok := m.strike(Never, address); ok {
		answer = &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 7, 1}, Message: "<" + address + "> refused"}
	} else if _, ok := m.strike(Later, address); ok {
		answer = &smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 7, 1}, Message: "<" + address + "> greylisted, try again later"}
	} else {
		return nil
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.counts.Refused++
	return answer
}

// gate is the listener: it counts connections and keeps those that are to hear nothing.
type gate struct {
	net.Listener
	mailbox *Mailbox
}

func (g *gate) Accept() (net.Conn, error) {
	for {
		c, err := g.Listener.Accept()
		if err != nil {
			return nil, err
		}
		_, silent := g.mailbox.strike(Silence)
		if !g.admit(c, silent) {
			return c, nil
		}
	}
}

// admit counts a connection and keeps a silent one, to be closed by Down.
func (g *gate) admit(c net.Conn, silent bool) (held bool) {
	g.mailbox.mu.Lock()
	defer g.mailbox.mu.Unlock()
	g.mailbox.counts.Connections++
	if silent {
		g.mailbox.held = append(g.mailbox.held, c)
	}
	return silent
}

// session is one mail's way in.
type session struct {
	mailbox *Mailbox
	conn    *smtp.Conn
	from    string // as the envelope has it
	to      []string
}

var _ smtp.Session = (*session)(nil)

func (s *session) Reset()        { s.from, s.to = "", nil }
func (s *session) Logout() error { return nil }

func (s *session) Mail(from string, _ *smtp.MailOptions) error {
	if _, ok := s.mailbox.strike(Sender); ok {
		return &smtp.SMTPError{Code: 450, EnhancedCode: smtp.EnhancedCode{4, 7, 1}, Message: "too many mails from you, try again later"}
	}
	s.from = from
	return nil
}

func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	if err := s.mailbox.refuse(key(to)); err != nil {
		return err
	}
	s.to = append(s.to, key(to))
	return nil
}

func (s *session) Data(r io.Reader) error {
	raw, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	if f, ok := s.mailbox.strike(Slow, s.to...); ok && !s.mailbox.pause(f.Delay) {
		return &smtp.SMTPError{Code: 421, EnhancedCode: smtp.EnhancedCode{4, 3, 2}, Message: "going down"}
	}
	if err := s.mailbox.keep(s.mailbox.giveBack(s.from, s.to, raw), raw); err != nil {
		return err
	}
	if _, ok := s.mailbox.strike(Drop, s.to...); ok {
		return s.conn.Conn().Close()
	}
	return nil
}

// pause waits in real time; false means that the mailbox went down meanwhile.
func (m *Mailbox) pause(d time.Duration) bool {
	m.mu.Lock()
	closed := m.closed
	m.mu.Unlock()
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-closed:
		return false
	}
}
