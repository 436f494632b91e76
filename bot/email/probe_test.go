package email_test

import (
	"context"
	"crypto/tls"
	"net"
	"strings"
	"testing"
	"time"

	"ventanilla/bot/email"
	"ventanilla/bot/email/emulator"
)

func TestAProbeAsksWhatAMailWouldAndSendsNone(t *testing.T) {
	m := mailbox(t)
	if err := channel(t, config(m.URL())).Probe(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := m.Counts(); got.Connections != 1 || got.Taken != 0 || got.Refused != 0 {
		t.Errorf("got %+v, want one connection and nothing sent", got)
	}
}

// RULES: enum.same: what concerns one recipient does not show in a probe, what concerns everybody does.
func TestAProbeFailsOnlyWhereEveryMailWould(t *testing.T) {
	for name, tc := range map[string]struct {
		fails func(*emulator.Mailbox)
		want  string // "": it succeeds
	}{
		"one recipient has to wait":    {fault(emulator.Later), ""},
		"one recipient is refused":     {fault(emulator.Never), ""},
		"one answer is cut off":        {fault(emulator.Drop), ""},
		"nobody listens":               {(*emulator.Mailbox).Down, "connecting to the mail server"},
		"we are refused, whoever asks": {fault(emulator.Sender), "naming the sender: the mail server answered 450"},
	} {
		t.Run(name, func(t *testing.T) {
			m := mailbox(t)
			tc.fails(m)
			err := channel(t, config(m.URL())).Probe(t.Context())
			if tc.want == "" && err != nil || tc.want != "" && (err == nil || !strings.Contains(err.Error(), tc.want)) {
				t.Errorf("got %v, want %q", err, tc.want)
			}
			m.Clear()
			if err := m.Up(); err != nil {
				t.Fatal(err)
			}
			if err := channel(t, config(m.URL())).Probe(t.Context()); err != nil {
				t.Errorf("when it works again: %v", err)
			}
		})
	}
}

func fault(kind string) func(*emulator.Mailbox) {
	return func(m *emulator.Mailbox) { _ = m.Fail(emulator.Fault{Kind: kind}) }
}

func TestAProbeOfAServerThatSaysNothingEnds(t *testing.T) {
	m := mailbox(t)
	fault(emulator.Silence)(m)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	began := time.Now()
	if err := channel(t, config(m.URL())).Probe(ctx); err == nil {
		t.Error("a server that says nothing was taken for one that works")
	}
	if took := time.Since(began); took > 2*time.Second {
		t.Errorf("it took %v", took)
	}
}

func TestAProbeSignsInAsMailsDo(t *testing.T) {
	for _, scheme := range []string{"smtps", "smtp+starttls"} {
		t.Run(scheme, func(t *testing.T) {
			s := newSecureServer(t, scheme == "smtps")
			cfg := config(scheme + "://ana:hunter2@" + s.addr)
			cfg.TLS = &tls.Config{RootCAs: s.roots, ServerName: "example.com"}
			if err := channel(t, cfg).Probe(t.Context()); err != nil {
				t.Fatal(err)
			}
			if s.user != "ana" || s.password != "hunter2" || !s.encrypted {
				t.Errorf("got %s %s, encrypted %v", s.user, s.password, s.encrypted)
			}
			cfg.TLS = nil
			if err := channel(t, cfg).Probe(t.Context()); err == nil || strings.Contains(err.Error(), "hunter2") {
				t.Errorf("got %v, want that nobody vouches for the server", err)
			}
		})
	}
}

func TestAProbeHasAnEndOfItsOwn(t *testing.T) {
	t.Parallel() // it takes as long as a probe may
	if email.ProbeTime > 4*time.Second {
		t.Errorf("a probe takes up to %v: who waits for a code is told after 5 s", email.ProbeTime)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0") // nobody accepts
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	began := time.Now()
	if err := channel(t, config("smtp://"+l.Addr().String())).Probe(context.Background()); err == nil {
		t.Error("a server that never greets was taken for one that works")
	}
	if took := time.Since(began); took > email.ProbeTime+time.Second {
		t.Errorf("it took %v", took)
	}
}
