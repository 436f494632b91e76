package bot_test

import (
	"context"
	"errors"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"ventanilla/bot"
)

type word struct{}

// A Brief ends when a context of package context would, with the same error, whether or not anybody waits for it.
func TestABriefContextEndsLikeAnyOther(t *testing.T) {
	cause := errors.New("the cause")
	for name, end := range map[string]func(parent context.CancelCauseFunc, own func()){
		"its time is over":     func(context.CancelCauseFunc, func()) { time.Sleep(time.Minute) },
		"its parent ends":      func(parent context.CancelCauseFunc, _ func()) { parent(cause) },
		"it is closed":         func(_ context.CancelCauseFunc, own func()) { own() },
		"it is closed, late":   func(_ context.CancelCauseFunc, own func()) { time.Sleep(time.Minute); own() },
		"nothing happens":      func(context.CancelCauseFunc, func()) { time.Sleep(time.Second - 1) },
		"it is closed in time": func(_ context.CancelCauseFunc, own func()) { own(); time.Sleep(time.Minute) },
		"its parent, then all": func(parent context.CancelCauseFunc, own func()) { parent(cause); own(); time.Sleep(time.Minute) },
	} {
		for _, waits := range []bool{false, true} {
			synctest.Test(t, func(t *testing.T) {
				parent, cancel := context.WithCancelCause(context.WithValue(t.Context(), word{}, "kept"))
				defer cancel(nil)
				brief := bot.Within(parent, time.Second)
				defer brief.Close()
				want, stop := context.WithTimeout(parent, time.Second)
				defer stop()
				told, child := 0, context.Context(brief)
				if waits {
					context.AfterFunc(brief, func() { told++ })
					var done context.CancelFunc
					child, done = context.WithCancel(brief)
					defer done()
				}
				end(cancel, func() { stop(); brief.Close() })
				synctest.Wait()
				over := want.Err() != nil
				if !errors.Is(brief.Err(), want.Err()) || (brief.Err() != nil) != over || !errors.Is(child.Err(), want.Err()) {
					t.Errorf("%s, waited for %t: got %v, its child %v, want %v", name, waits, brief.Err(), child.Err(), want.Err())
				}
				if waits && (told == 1) != over {
					t.Errorf("%s: who waited was told %d times, over %t", name, told, over)
				}
				if got, want := context.Cause(brief), context.Cause(want); !errors.Is(got, want) && waits {
					t.Errorf("%s: got the cause %v, want %v", name, got, want)
				}
				select {
				case <-brief.Done():
					if !over {
						t.Errorf("%s: it is done", name)
					}
				default:
					if over {
						t.Errorf("%s, waited for %t: it is not done", name, waits)
					}
				}
				if !errors.Is(brief.Err(), want.Err()) {
					t.Errorf("%s: asked for Done it says %v, want %v", name, brief.Err(), want.Err())
				}
				if got := brief.Value(word{}); got != "kept" {
					t.Errorf("got the value %v", got)
				}
			})
		}
	}
}

// Its deadline is that of its parent where that comes first.
func TestABriefContextEndsWithItsParentsTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		parent, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		brief := bot.Within(parent, time.Minute)
		defer brief.Close()
		outer, _ := parent.Deadline()
		if got, ok := brief.Deadline(); !ok || !got.Equal(outer) {
			t.Errorf("got %v, %t, want %v", got, ok, outer)
		}
		<-brief.Done()
		if !errors.Is(brief.Err(), context.DeadlineExceeded) {
			t.Errorf("got %v", brief.Err())
		}
	})
}

// What is made of it ends with it without a goroutine of its own that waits for that.
func TestWhatIsMadeOfABriefContextCostsNoGoroutine(t *testing.T) {
	brief := bot.Within(t.Context(), time.Hour)
	defer brief.Close()
	before := runtime.NumGoroutine()
	var last context.Context
	for range 100 {
		child, cancel := context.WithCancel(brief)
		defer cancel()
		last = child
	}
	if more := runtime.NumGoroutine() - before; more > 50 {
		t.Errorf("100 children took %d goroutines", more)
	}
	brief.Close()
	if !errors.Is(last.Err(), context.Canceled) {
		t.Errorf("got %v", last.Err())
	}
}
