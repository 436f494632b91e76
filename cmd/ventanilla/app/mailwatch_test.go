package app

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"ventanilla/bot"
)

// mailServer is a mail server as the program meets it; its methods may be called at the same time.
type mailServer struct {
	mu     sync.Mutex
	broken bool  // for everybody
	hears  bool  // but says nothing: what is asked of it takes its whole time
	answer error // to each mail that arrives
	probes []time.Time
}

func (m *mailServer) set(change func(*mailServer)) {
	m.mu.Lock()
	defer m.mu.Unlock()
	change(m)
}

// Send implements bot.Channel.
func (m *mailServer) Send(context.Context, bot.Delivery) (string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return "", m.answer
}

func (m *mailServer) probe(ctx context.Context) error {
	m.mu.Lock()
	m.probes = append(m.probes, time.Now())
	broken, silent := m.broken, m.hears
	m.mu.Unlock()
	if silent {
		ctx, cancel := context.WithTimeout(ctx, 4*time.Second)
		defer cancel()
		<-ctx.Done()
	}
	if broken || silent {
		return errors.New("it does not work")
	}
	return nil
}

func (m *mailServer) asked() []time.Time {
	m.mu.Lock()
	defer m.mu.Unlock()
	return append([]time.Time(nil), m.probes...)
}

// watching runs f in a bubble beside a watch that ends with it.
func watching(t *testing.T, f func(t *testing.T, m *mailServer, w *watched)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		m := &mailServer{}
		w := newWatched(m, m.probe, slog.New(slog.DiscardHandler))
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- w.watch(ctx) }()
		f(t, m, w)
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

// toldAfter is what somebody hears who asks on arrival and 5 s later, as the code step does.
func toldAfter(w *watched) bool {
	w.down()
	time.Sleep(5 * time.Second)
	return w.down()
}

// sendOften tries a mail again and again, until just before somebody who asked now asks again.
func sendOften(ctx context.Context, w *watched) {
	for range 8 {
		_, _ = w.Send(ctx, bot.Delivery{})
		time.Sleep(700 * time.Millisecond)
	}
}

// RULES: enum.same: whoever asks is told the same, with a mail on its way or without one.
func TestWhetherMailIsDownDoesNotDependOnAnybodysMail(t *testing.T) {
	whole, recipient := &bot.SendError{Whole: true, Err: errors.New("cut off")}, &bot.SendError{Err: errors.New("greylisted")}
	refused := &bot.SendError{Never: true, Err: errors.New("no such address")}
	for name, tc := range map[string]struct {
		server func(*mailServer)
		want   bool
	}{
		"it works":                              {func(*mailServer) {}, false},
		"it does not work":                      {func(m *mailServer) { m.broken, m.answer = true, whole }, true},
		"it says nothing":                       {func(m *mailServer) { m.hears, m.answer = true, whole }, true},
		"one recipient's server says later":     {func(m *mailServer) { m.answer = recipient }, false},
		"one recipient does not exist":          {func(m *mailServer) { m.answer = refused }, false},
		"an error that nobody understands":      {func(m *mailServer) { m.answer = errors.New("odd") }, false},
		"one recipient's mails are cut off":     {func(m *mailServer) { m.answer = whole }, false},
		"a mail slips through, the next do not": {func(m *mailServer) { m.broken = true }, true},
	} {
		t.Run(name, func(t *testing.T) {
			for _, exists := range []bool{true, false} {
				watching(t, func(t *testing.T, m *mailServer, w *watched) {
					m.set(tc.server)
					var sending sync.WaitGroup
					if exists {
						sending.Go(func() { sendOften(t.Context(), w) })
					}
					if got := toldAfter(w); got != tc.want {
						t.Errorf("with a mail on its way (%v): down %v, want %v", exists, got, tc.want)
					}
					sending.Wait()
				})
			}
		})
	}
}

func TestWhoWaitsForAMailHearsThatItWorksAgain(t *testing.T) {
	watching(t, func(t *testing.T, m *mailServer, w *watched) {
		m.set(func(m *mailServer) { m.broken = true })
		if !toldAfter(w) {
			t.Fatal("nobody noticed that it is down")
		}
		m.set(func(m *mailServer) { m.broken = false })
		time.Sleep(5 * time.Second)
		if w.down() {
			t.Error("nobody noticed that it works again")
		}
	})
}

func TestAMailThatFailsForEverybodyBringsAProbeAbout(t *testing.T) {
	watching(t, func(t *testing.T, m *mailServer, w *watched) {
		for _, answer := range []error{nil, errors.New("odd"), &bot.SendError{Never: true, Err: errors.New("no such address")}} {
			m.set(func(m *mailServer) { m.answer = answer })
			_, _ = w.Send(t.Context(), bot.Delivery{})
		}
		time.Sleep(time.Minute)
		if n := len(m.asked()); n != 0 {
			t.Errorf("%d probes because of one recipient", n)
		}
		m.set(func(m *mailServer) {
			m.broken, m.answer = true, &bot.SendError{Whole: true, Err: errors.New("nobody listens")}
		})
		_, _ = w.Send(t.Context(), bot.Delivery{})
		synctest.Wait()
		if n := len(m.asked()); n != 1 || !w.down() {
			t.Errorf("%d probes, down %v", n, w.down())
		}
	})
}

func TestTheMailServerIsAskedOnlyWhileSomebodyWantsToKnow(t *testing.T) {
	watching(t, func(t *testing.T, m *mailServer, w *watched) {
		time.Sleep(time.Hour)
		if n := len(m.asked()); n != 0 {
			t.Fatalf("%d probes that nobody asked for", n)
		}
		began := time.Now()
		w.down()
		synctest.Wait()
		if at := m.asked(); len(at) != 1 || at[0] != began {
			t.Fatalf("got %v, want a probe at once", at)
		}
		time.Sleep(time.Hour)
		at := m.asked()
		if n := len(at); n < 30 || n > 31 || at[n-1].Sub(began) > 124*time.Second {
			t.Errorf("got %d probes, the last after %v, want one each 4 s for 2 minutes", n, at[n-1].Sub(began))
		}
		for i := range at[1:] {
			if gap := at[i+1].Sub(at[i]); gap != 4*time.Second {
				t.Errorf("%v between two probes", gap)
			}
		}
	})
}

func TestManyWhoAskMakeFewProbes(t *testing.T) {
	watching(t, func(t *testing.T, m *mailServer, w *watched) {
		for range 10_000 {
			w.down()
			time.Sleep(time.Millisecond)
		}
		if n := len(m.asked()); n < 10 || n > 15 {
			t.Errorf("got %d probes in 10 s of questions", n)
		}
	})
}
