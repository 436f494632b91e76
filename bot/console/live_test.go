package console

import (
	"context"
	"testing"
	"testing/synctest"
	"time"
)

func TestWritesAreNotedInPausesUntilSomebodyComes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLive(time.Now)
		rested := func(ctx context.Context) time.Duration {
			began := time.Now()
			l.rest(ctx)
			return time.Since(began)
		}
		if got := rested(t.Context()); l.watched() || got != pause {
			t.Errorf("with nobody there: watched %t, a pause of %v", l.watched(), got)
		}
		time.AfterFunc(pause/2, l.asks)
		if got := rested(t.Context()); !l.watched() || got != pause/2 {
			t.Errorf("when somebody comes: watched %t, a pause of %v", l.watched(), got)
		}
		if time.Sleep(gone - time.Second); !l.watched() {
			t.Error("they are taken to be gone too soon")
		}
		if time.Sleep(time.Second); l.watched() {
			t.Error("they are gone, and somebody watches")
		}
		p := l.open("", "ana")
		if !l.watched() {
			t.Error("a page is open, and nobody watches")
		}
		if l.leave(p); l.watched() {
			t.Error("the page is closed, and somebody watches")
		}
		over, cancel := context.WithCancel(t.Context())
		cancel()
		if got := rested(over); got != 0 {
			t.Errorf("at the end: a pause of %v", got)
		}
	})
}
