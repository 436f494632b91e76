package bounces_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/goleak"

	"ventanilla/backend/secret"
	"ventanilla/bot/bounces"
	"ventanilla/bot/bounces/emulator"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var ours = regexp.MustCompile(`[0-9a-f]{24}(c0ffee00){4}@ventanilla\.example`)

// desk is who hears of what came back: it awaits mails, each of which comes back once.
type desk struct {
	mu      sync.Mutex
	awaited map[string]bool
	heard   []string // "id code"
	fails   error
	only    string // the mail of which fails is said; "": of all
	during  func()
}

func (d *desk) own(text []byte) (ids []string) {
	for _, id := range ours.FindAll(text, -1) {
		ids = append(ids, string(id))
	}
	return ids
}

func (d *desk) returned(_ context.Context, id, code string) (bool, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.during != nil {
		d.during()
	}
	if d.fails != nil && (d.only == "" || d.only == id) {
		return false, d.fails
	}
	if !d.awaited[id] {
		return false, nil
	}
	delete(d.awaited, id)
	d.heard = append(d.heard, code)
	return true, nil
}

func (d *desk) all() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.heard)
}

// number is the id of one of our mails.
func number(n int) string {
	return fmt.Sprintf("%024x%s@ventanilla.example", n, strings.Repeat("c0ffee00", 4))
}

// waiting is a desk that awaits so many mails, beginning with number 0.
func waiting(n int) *desk {
	d := &desk{awaited: map[string]bool{}}
	for i := range n {
		d.awaited[number(i)] = true
	}
	return d
}

// report is a sample about a mail.
func report(t *testing.T, name string, n int) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name+".eml"))
	if err != nil {
		t.Fatal(err)
	}
	return bytes.ReplaceAll(b, []byte("00112233445566778899aabb"), fmt.Appendf(nil, "%024x", n))
}

func mailbox(t *testing.T, o emulator.Options) *emulator.Mailbox {
	t.Helper()
	m, err := emulator.Listen("127.0.0.1:0", "devoluciones@ventanilla.example", "hunter2", o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = m.Close() })
	return m
}

func reader(t *testing.T, m *emulator.Mailbox, d *desk, change ...func(*bounces.Config)) *bounces.Reader {
	t.Helper()
	cfg := bounces.Config{URL: secret.Text(m.URL()), Own: d.own, Returned: d.returned, Log: slog.New(slog.DiscardHandler)}
	for _, f := range change {
		f(&cfg)
	}
	r, err := bounces.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func deliver(t *testing.T, m *emulator.Mailbox, raw ...[]byte) {
	t.Helper()
	for _, b := range raw {
		if err := m.Deliver(b); err != nil {
			t.Fatal(err)
		}
	}
}

func read(t *testing.T, r *bounces.Reader) {
	t.Helper()
	if err := r.Read(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func TestAMailThatCameBackIsTakenToHeartOnceAndItsReportRemoved(t *testing.T) {
	m, d := mailbox(t, emulator.Options{}), waiting(2)
	deliver(t, m, report(t, "postfix", 0), report(t, "gmail", 1), report(t, "postfix-delayed", 1))
	r := reader(t, m, d)
	read(t, r)
	read(t, r)
	if got, want := d.all(), []string{"smtp 550 5.1.1", "smtp 552 5.2.1"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if all, unread := m.Counts(); all != 0 || unread != 0 {
		t.Errorf("%d messages are left, %d of them unread", all, unread)
	}
}

// An outsider who writes to the mailbox achieves nothing.
func TestWhatAStrangerWritesStaysThereForPeopleAndDoesNothing(t *testing.T) {
	m, d := mailbox(t, emulator.Options{}), waiting(1)
	huge := slices.Concat(report(t, "nobodys", 0), bytes.Repeat([]byte("relleno "), 1<<20))
	deliver(t, m, report(t, "nobodys", 0), report(t, "vacation", 7), report(t, "postfix", 5), []byte("nada"), huge, report(t, "read-receipt", 0))
	r := reader(t, m, d)
	read(t, r)
	if _, unread := m.Counts(); unread != 1 {
		t.Errorf("%d messages wait for another look, want only the report on a mail that may be noted any moment", unread)
	}
	read(t, r)
	if got := d.all(); len(got) != 0 {
		t.Errorf("heard %q", got)
	}
	all, unread := m.Counts()
	if all != 3 || unread != 0 { // the report on number 5 and what is about our own went
		t.Errorf("%d messages are left, %d of them unread; want 3 and none", all, unread)
	}
}

func TestAReportThatIsFasterThanItsMailIsLookedAtAgain(t *testing.T) {
	m, d := mailbox(t, emulator.Options{}), waiting(0)
	deliver(t, m, report(t, "exchange", 0))
	r := reader(t, m, d)
	read(t, r)
	d.awaited[number(0)] = true
	read(t, r)
	if got := d.all(); len(got) != 1 {
		t.Errorf("heard %q, want the one", got)
	}
}

func TestAServerThatCannotRemoveSingleMessagesKeepsThemMarked(t *testing.T) {
	m, d := mailbox(t, emulator.Options{Old: true}), waiting(1)
	deliver(t, m, report(t, "postfix", 0))
	r := reader(t, m, d)
	read(t, r)
	d.awaited[number(0)] = true
	read(t, r)
	if all, unread := m.Counts(); all != 1 || unread != 0 || len(d.all()) != 1 {
		t.Errorf("%d messages, %d unread, heard %q; want one that is read, and heard once", all, unread, d.all())
	}
}

// One dialog that cannot be read, or not now, keeps nobody else from hearing that a mail came back.
func TestOneThatCannotBeToldHoldsUpNoOther(t *testing.T) {
	for name, c := range map[string]struct {
		fails  error
		unread int
	}{
		"for good": {fmt.Errorf("%w: the key is gone", bounces.ErrUnreadable), 0},
		"now":      {errors.New("the disk is full"), 1},
	} {
		m, d := mailbox(t, emulator.Options{}), waiting(4)
		d.fails, d.only = c.fails, number(1)
		for n := range 4 {
			deliver(t, m, report(t, "postfix", n))
		}
		r := reader(t, m, d)
		if err := r.Read(t.Context()); (err != nil) != (c.unread > 0) {
			t.Errorf("%s: got %v", name, err)
		}
		if got := d.all(); len(got) != 3 {
			t.Errorf("%s: heard %q, want the three others", name, got)
		}
		if all, unread := m.Counts(); all != 1 || unread != c.unread {
			t.Errorf("%s: %d messages, %d unread; want the one, %d unread", name, all, unread, c.unread)
		}
		d.fails = nil
		_ = r.Read(t.Context())
		if got := len(d.all()); got != 3+c.unread {
			t.Errorf("%s: %d were heard in the end", name, got)
		}
	}
}

func TestWhatIsCutShortIsDoneAgainAndNothingIsLost(t *testing.T) {
	m, d := mailbox(t, emulator.Options{}), waiting(3)
	for n := range 3 {
		deliver(t, m, report(t, "postfix", n))
	}
	d.fails = errors.New("the disk is full")
	if err := reader(t, m, d).Read(t.Context()); !errors.Is(err, d.fails) {
		t.Errorf("got %v, want %v", err, d.fails)
	}
	if _, unread := m.Counts(); unread != 3 {
		t.Errorf("%d messages wait, want all", unread)
	}
	ctx, cancel := context.WithCancel(t.Context()) // the process ends in the middle
	d.fails, d.during = nil, cancel
	if err := reader(t, m, d).Read(ctx); err == nil {
		t.Error("a reading that was cut short went well")
	}
	d.during = nil
	for range 2 {
		read(t, reader(t, m, d))
	}
	if got := d.all(); len(got) != 3 {
		t.Errorf("heard %q, want each of the three once", got)
	}
}

func TestOneGoLooksAtSoManyMessagesOnly(t *testing.T) {
	m, d := mailbox(t, emulator.Options{}), waiting(1)
	for range 250 {
		deliver(t, m, []byte("From: x@example.org\r\n\r\nhola"))
	}
	deliver(t, m, report(t, "postfix", 0))
	r := reader(t, m, d)
	read(t, r)
	if _, unread := m.Counts(); unread != 51 || len(d.all()) != 0 {
		t.Errorf("%d messages wait, want 51", unread)
	}
	read(t, r)
	if len(d.all()) != 1 {
		t.Errorf("heard %q", d.all())
	}
}

func TestAMailboxThatIsDownIsReadWhenItIsBack(t *testing.T) {
	m, d := mailbox(t, emulator.Options{}), waiting(1)
	deliver(t, m, report(t, "postfix", 0))
	m.Down()
	reg, logs := prometheus.NewRegistry(), &lines{}
	r := reader(t, m, d, func(c *bounces.Config) {
		c.Every, c.Meters, c.Log = 5*time.Millisecond, reg, slog.New(slog.NewTextHandler(logs, nil))
	})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- r.Run(ctx) }()
	until(t, func() bool { return r.State().Trouble != "" })
	if !r.State().Read.IsZero() {
		t.Errorf("got %+v", r.State())
	}
	if err := m.Up(); err != nil {
		t.Fatal(err)
	}
	until(t, func() bool { s := r.State(); return s.Trouble == "" && !s.Read.IsZero() && len(d.all()) == 1 })
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
	if got := logs.String(); strings.Count(got, "cannot be read") != 1 || strings.Count(got, "can be read again") != 1 || strings.Contains(got, "hunter2") {
		t.Errorf("the log says\n%s", got)
	}
	if meters, err := reg.Gather(); err != nil || len(meters) != 3 {
		t.Errorf("got the meters %v, %v; want three", meters, err)
	}
}

// until waits for a condition, for as long as a loaded machine may take.
func until(t *testing.T, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); !ok(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("it does not come about")
		}
	}
}

// lines is a log.
type lines struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func TestThePasswordTravelsOnlyEncryptedAndIsNeverShown(t *testing.T) {
	web := httptest.NewTLSServer(nil) // lends its certificate, made for example.com
	defer web.Close()
	roots := x509.NewCertPool()
	roots.AddCert(web.Certificate())
	for _, begun := range []bool{false, true} {
		m, d := mailbox(t, emulator.Options{TLS: &tls.Config{Certificates: web.TLS.Certificates}, StartTLS: begun}), waiting(0)
		trusting := func(c *bounces.Config) { c.TLS = &tls.Config{RootCAs: roots, ServerName: "example.com"} }
		if err := reader(t, m, d, trusting).Check(t.Context()); err != nil {
			t.Errorf("%s: %v", m.URL(), err)
		}
		if err := reader(t, m, d).Check(t.Context()); err == nil || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: got %v, want that nobody vouches for the server", m.URL(), err)
		}
		wrong := func(c *bounces.Config) {
			trusting(c)
			c.URL = secret.Text(strings.Replace(m.URL(), "hunter2", "hunter3", 1))
		}
		if err := reader(t, m, d, wrong).Check(t.Context()); err == nil || !strings.Contains(err.Error(), "signing in") || strings.Contains(err.Error(), "hunter3") {
			t.Errorf("%s: got %v, want that the sign-in failed", m.URL(), err)
		}
		lost := func(c *bounces.Config) {
			trusting(c)
			c.URL = secret.Text(strings.Replace(m.URL(), "INBOX", "Otra", 1))
		}
		if err := reader(t, m, d, lost).Check(t.Context()); err == nil || !strings.Contains(err.Error(), "opening its folder") {
			t.Errorf("%s: got %v, want that there is no such folder", m.URL(), err)
		}
	}
}

func TestAServerThatSaysNothingIsGivenUp(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	r, err := bounces.New(bounces.Config{URL: secret.Text("imap://a:b@" + l.Addr().String()), Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := r.Read(ctx); err == nil {
		t.Error("got nil, want that it was given up")
	}
}

func TestAddressesThatCannotWorkAreRefusedWithoutShowingThePassword(t *testing.T) {
	for _, url := range []string{"", "imap.example.org", "http://a:hunter2@h/INBOX", "imaps://", "imaps://h/INBOX", "imaps://ana@h/INBOX", "imaps://ana:@h",
		"imap://ana:hunter2@mail.example.org/INBOX", "imaps://ana:hunter2@%zz", "imaps://ana:hunter2@h/INBOX?x=1"} {
		if err := bounces.CheckURL(secret.Text(url)); err == nil || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: got %v, want an error without the password", url, err)
		}
	}
	for _, url := range []string{"imaps://ana%40ministerio.example:hunter2@h", "imap+starttls://ana:hunter2@h:1143/Rebotes/2026", "imap://ana:hunter2@127.0.0.1"} {
		if err := bounces.CheckURL(secret.Text(url)); err != nil {
			t.Errorf("%s: %v", url, err)
		}
	}
}
