package emulator

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/smtp"
	"net/textproto"
	"strings"
	"testing"
	"time"

	"errors"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var noon = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

func mailbox(t *testing.T) *Mailbox {
	t.Helper()
	m, err := Listen("127.0.0.1:0", func() time.Time { return noon }, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = m.Close() })
	return m
}

const letter = "From: =?utf-8?q?Jos=C3=A9?= <jose@example.org>\r\nTo: ana@example.org\r\nSubject: =?utf-8?q?Contrase=C3=B1a?=\r\nMessage-ID: <1@example.org>\r\nMIME-Version: 1.0\r\n" +
	"Content-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nhola =C3=B1\r\n" +
	"--b\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<a href=\"https://a.example/x?a=1&amp;b=2\">uno</a><a href=\"https://a.example/x?a=1&amp;b=2\">otra vez</a><a href=\"javascript:x\">no</a>\r\n--b--\r\n"

// send speaks the protocol with the standard library, which shares no code with the server.
func send(m *Mailbox, to string, raw string) error {
	return smtp.SendMail(m.Addr(), nil, "jose@example.org", []string{to}, []byte(raw))
}

func answer(err error) int {
	if e, ok := errors.AsType[*textproto.Error](err); ok {
		return e.Code
	}
	return 0
}

func TestAMailIsKeptAsItsReaderSeesIt(t *testing.T) {
	m := mailbox(t)
	if err := send(m, "Ana@Example.org", letter); err != nil {
		t.Fatal(err)
	}
	got := m.Mails("ana@example.org")
	if len(got) != 1 {
		t.Fatalf("got %d mails, want 1", len(got))
	}
	g := got[0]
	if g.Subject != "Contraseña" || g.From != "José <jose@example.org>" || strings.TrimSpace(g.Text) != "hola ñ" || g.MessageID != "1@example.org" || !g.At.Equal(noon) {
		t.Errorf("got %+v", g)
	}
	if want := []string{"https://a.example/x?a=1&b=2"}; fmt.Sprint(g.Links) != fmt.Sprint(want) {
		t.Errorf("got links %v, want %v", g.Links, want)
	}
}

func TestTheSameMailTwiceIsKeptTwice(t *testing.T) {
	m := mailbox(t)
	for range 2 {
		if err := send(m, "ana@example.org", letter); err != nil {
			t.Fatal(err)
		}
	}
	if got := len(m.Mails("ana@example.org")); got != 2 {
		t.Errorf("got %d mails, want 2", got)
	}
}

func TestWaitingEndsWithTheNextMailOrWithPatience(t *testing.T) {
	m := mailbox(t)
	arrived := make(chan int, 1)
	go func() {
		mails, err := m.Wait(context.Background(), "ana@example.org", 0)
		if err != nil {
			t.Error(err)
		}
		arrived <- len(mails)
	}()
	if err := send(m, "ana@example.org", letter); err != nil {
		t.Fatal(err)
	}
	if got := <-arrived; got != 1 {
		t.Errorf("got %d mails, want 1", got)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := m.Wait(ctx, "ana@example.org", 1); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want that waiting was given up", err)
	}
}

func TestEachFaultLooksAsOnARealServer(t *testing.T) {
	for _, tc := range []struct {
		fault Fault
		want  int // 0: no answer at all
		kept  int
	}{{Fault{Kind: Later}, 451, 0}, {Fault{Kind: Never}, 550, 0}, {Fault{Kind: Never, Address: "ANA@example.org"}, 550, 0}, {Fault{Kind: Drop}, 0, 1}} {
		t.Run(tc.fault.Kind, func(t *testing.T) {
			m := mailbox(t)
			tc.fault.Times = 1
			if err := m.Fail(tc.fault); err != nil {
				t.Fatal(err)
			}
			err := send(m, "ana@example.org", letter)
			if err == nil || answer(err) != tc.want || len(m.Mails("ana@example.org")) != tc.kept {
				t.Errorf("got %v and %d mails, want answer %d and %d", err, len(m.Mails("ana@example.org")), tc.want, tc.kept)
			}
			if err := send(m, "ana@example.org", letter); err != nil {
				t.Errorf("the fault happened more than once: %v", err)
			}
		})
	}
}

func TestAFaultForOneAddressLeavesTheOthersAlone(t *testing.T) {
	m := mailbox(t)
	m.Dead("ana@example.org")
	_ = m.Fail(Fault{Kind: Later, Address: "eva@example.org"})
	for to, want := range map[string]int{"ana@example.org": 550, "eva@example.org": 451} {
		if got := answer(send(m, to, letter)); got != want {
			t.Errorf("%s: got %d, want %d", to, got, want)
		}
	}
	if err := send(m, "leo@example.org", letter); err != nil {
		t.Error(err)
	}
	m.Clear()
	if err := send(m, "eva@example.org", letter); err != nil {
		t.Errorf("after Clear: %v", err)
	}
	if got := m.Counts(); got.Taken != 2 || got.Refused != 2 || got.Connections != 4 {
		t.Errorf("got %+v", got)
	}
}

func TestSilenceIsAConnectionWithoutAWord(t *testing.T) {
	m := mailbox(t)
	_ = m.Fail(Fault{Kind: Silence})
	c, err := net.Dial("tcp", m.Addr())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	if err := c.SetReadDeadline(time.Now().Add(50 * time.Millisecond)); err != nil {
		t.Fatal(err)
	}
	n, err := c.Read(make([]byte, 1))
	var timeout net.Error
	if n != 0 || !errors.As(err, &timeout) || !timeout.Timeout() {
		t.Errorf("got %d bytes and %v, want silence", n, err)
	}
}

func TestASlowServerAnswersInTheEndAndEndsAtOnceWhenItGoesDown(t *testing.T) {
	m := mailbox(t)
	_ = m.Fail(Fault{Kind: Slow, Times: 1, Delay: 20 * time.Millisecond})
	if err := send(m, "ana@example.org", letter); err != nil {
		t.Error(err)
	}
	_ = m.Fail(Fault{Kind: Slow, Delay: time.Hour})
	failed := make(chan error, 1)
	go func() { failed <- send(m, "ana@example.org", letter) }()
	for m.Counts().Connections < 2 {
		if _, err := m.Wait(t.Context(), "ana@example.org", 0); err != nil {
			t.Fatal(err)
		}
	}
	m.Down()
	if err := <-failed; err == nil {
		t.Error("got nil, want that the mail failed")
	}
}

func TestDownAndUpKeepThePortAndTheMails(t *testing.T) {
	m := mailbox(t)
	if err := send(m, "ana@example.org", letter); err != nil {
		t.Fatal(err)
	}
	before := m.URL()
	m.Down()
	m.Down()
	if err := send(m, "ana@example.org", letter); err == nil {
		t.Error("a mail was taken while the server was down")
	}
	for range 2 {
		if err := m.Up(); err != nil {
			t.Fatal(err)
		}
	}
	if err := send(m, "ana@example.org", letter); err != nil || m.URL() != before || len(m.Mails("ana@example.org")) != 2 {
		t.Errorf("got %v at %s with %d mails", err, m.URL(), len(m.Mails("ana@example.org")))
	}
}

func TestWhatIsNotAMailIsRefused(t *testing.T) {
	m := mailbox(t)
	for _, raw := range []string{"", "no header at all", "Subject: x\r\n\r\nno sender", "From: a@b.example\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\ncut"} {
		if got := answer(send(m, "ana@example.org", raw)); got != 554 {
			t.Errorf("%q: got %d, want 554", raw, got)
		}
	}
	if err := m.Fail(Fault{Kind: "earthquake"}); err == nil {
		t.Error("an unknown fault was taken")
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(letter))
	f.Add([]byte("From: a@b.example\r\n\r\nhttps://a.example/"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		m, err := read(raw)
		if err == nil && m.From == "" {
			t.Errorf("%q was read without a sender", raw)
		}
	})
}
