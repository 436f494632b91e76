package app

import (
	"context"
	"errors"
	"io"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"ventanilla/cmd/ventanilla/settings"
	"ventanilla/flows"
	"ventanilla/store"
	"ventanilla/store/boltkv"
)

// idle is a program that was opened and does not run, on settings that reach nobody.
func idle(t *testing.T, o Options, more ...string) *App {
	t.Helper()
	text := `public: {listen: "127.0.0.1:0", url: "https://bot.example.org"}
console: {listen: "127.0.0.1:0"}
store: bolt:./v.db
keys: file:./v.key
core: {url: "http://127.0.0.1:1", token: x}
mail: {url: "smtp://127.0.0.1:1", from: "Mesa de Ayuda <no-reply@example.org>"}
bots:
  - {portal: mseg, telegram: {token: "5000000001:x", mode: poll, api: "http://127.0.0.1:1"}}
`
	conf, err := settings.Parse(filepath.Join(t.TempDir(), "v.yaml"), []byte(text+strings.Join(more, "\n")),
		func(string) (string, bool) { return "", false }, func(string) ([]byte, error) { return nil, io.EOF })
	if err != nil {
		t.Fatal(err)
	}
	a, err := New(t.Context(), conf, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = a.Close() })
	return a
}

// note adds a line to the audit trail of somebody.
func note(t *testing.T, a *App) {
	t.Helper()
	err := a.store.Update(t.Context(), flows.Key{Portal: "mseg", Channel: "telegram", Person: "1"}, func(c *store.Conversation) error {
		c.Audit(flows.Audit{What: "proof"}, a.opt.Clock.Now())
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// signed counts the checkpoints.
func signed(t *testing.T, a *App) int {
	t.Helper()
	es, err := a.kv.List(t.Context(), "k.", "", 10)
	if err != nil {
		t.Fatal(err)
	}
	return len(es)
}

func until(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); !ok(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("never: %s", what)
		}
	}
}

// toMidnight moves the clock to a moment after the next midnight UTC.
func toMidnight(c *flows.Clock, after time.Duration) {
	now := c.Now()
	c.Advance(now.Truncate(24 * time.Hour).Add(24*time.Hour + after).Sub(now))
}

// RULES: data.audit
func TestADayIsSignedOnceItIsClosedAndNotADayLater(t *testing.T) {
	clock := &flows.Clock{}
	a := idle(t, Options{Clock: clock})
	note(t, a)
	toMidnight(clock, 2*time.Minute) // the day is over and not closed
	go func() { _ = a.checkpoints(t.Context()) }()
	if n := signed(t, a); n != 0 {
		t.Errorf("%d days were signed while answers of them may still be written", n)
	}
	for day := range 3 {
		clock.Advance(store.DayGrace)
		until(t, "the day is signed", func() bool { return signed(t, a) == day+1 })
		note(t, a)
		toMidnight(clock, 2*time.Minute)
	}
	if err := a.store.VerifyCheckpoint(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestTheNextSigningIsWhenTheNextDayCloses(t *testing.T) {
	for now, want := range map[string]string{
		"2026-03-01T00:00:00Z": "2026-03-01T00:11:00Z", "2026-03-01T00:10:59Z": "2026-03-01T00:11:00Z",
		"2026-03-01T00:11:00Z": "2026-03-02T00:11:00Z", "2026-03-01T23:59:59Z": "2026-03-02T00:11:00Z",
	} {
		at, err := time.Parse(time.RFC3339, now)
		if err != nil {
			t.Fatal(err)
		}
		if got := signing(at).Format(time.RFC3339); got != want {
			t.Errorf("at %s: got %s, want %s", now, got, want)
		}
	}
}

// RULES: data.audit
func TestSigningThatFailedIsTriedAgainInMinutes(t *testing.T) {
	clock := &flows.Clock{}
	var full atomic.Bool
	var refused atomic.Int64
	a := idle(t, Options{Clock: clock, Store: boltkv.Options{OnCommit: func(boltkv.Stage) error {
		if !full.Load() {
			return nil
		}
		refused.Add(1)
		return errors.New("no space left on device")
	}}})
	note(t, a)
	toMidnight(clock, store.DayGrace+2*time.Minute)
	full.Store(true)
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- a.checkpoints(ctx) }()
	until(t, "signing fails", func() bool { return refused.Load() > 0 })
	full.Store(false)
	clock.Advance(10 * time.Minute)
	until(t, "the day is signed", func() bool { return signed(t, a) == 1 })
	stop()
	if err := <-done; err != nil {
		t.Errorf("it ended with %v", err)
	}
}
