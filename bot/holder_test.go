package bot_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"ventanilla/bot"
	"ventanilla/flows"
	"ventanilla/store"
)

// Two agents and an answer race for the same conversation, a thousand times.
func TestATakeoverHasOneOwnerAndNoLineOfTheBotAfterIt(t *testing.T) {
	w := newWorld(t)
	races := 1000
	if testing.Short() {
		races = 100
	}
	for i := range races {
		k := flows.Key{Portal: "mseg", Channel: "telegram", Person: fmt.Sprint(i)}
		var won atomic.Bool
		var late atomic.Int64
		w.phone.hook(func(_ context.Context, d bot.Delivery) error {
			if won.Load() {
				late.Add(1)
			}
			return nil
		})
		winner := raceOnce(t, w, k, &won)
		c, err := w.store.Load(t.Context(), k)
		if err != nil {
			t.Fatal(err)
		}
		if c.Holder == nil || c.Holder.Agent != winner || late.Load() != 0 || len(c.Outbox) != 0 {
			t.Fatalf("race %d: holder %+v, want %q; %d lines sent after the takeover, %d waiting", i, c.Holder, winner, late.Load(), len(c.Outbox))
		}
	}
}

// raceOnce lets a message with three replies and two agents loose, and returns who won.
func raceOnce(t *testing.T, w *world, k flows.Key, won *atomic.Bool) (winner string) {
	t.Helper()
	var all sync.WaitGroup
	var mu sync.Mutex
	start := make(chan struct{})
	for _, agent := range []string{"marta", "pedro"} {
		all.Go(func() {
			<-start
			err := w.worker.Takeover(t.Context(), k, agent)
			if err == nil {
				won.Store(true)
				mu.Lock()
				defer mu.Unlock()
				if winner != "" {
					t.Errorf("both %s and %s won", winner, agent)
				}
				winner = agent
			} else if !errors.Is(err, store.ErrHeld) {
				t.Error(err)
			}
		})
	}
	all.Go(func() {
		<-start
		if err := w.worker.Receive(t.Context(), k, said("1", "three")); err != nil {
			t.Error(err)
		}
	})
	all.Go(func() {
		<-start
		if err := w.worker.Drain(t.Context(), k); err != nil {
			t.Error(err)
		}
	})
	close(start)
	all.Wait()
	if err := w.worker.Drain(t.Context(), k); err != nil { // waits for whoever is still at the desk
		t.Error(err)
	}
	return winner
}

func TestATakeoverWaitsForTheLineThatIsBeingSent(t *testing.T) {
	w := newWorld(t)
	sending, release := make(chan struct{}), make(chan struct{})
	var once sync.Once
	w.phone.hook(func(context.Context, bot.Delivery) error {
		once.Do(func() { close(sending) })
		<-release
		return nil
	})
	w.accept(said("1", "three"))
	drained := make(chan error, 1)
	go func() { drained <- w.worker.Drain(t.Context(), ana) }()
	<-sending
	impatient, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := w.worker.Takeover(impatient, ana, "marta"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Takeover while a line is being sent: %v, want to wait", err)
	}
	taken := make(chan error, 1)
	go func() { taken <- w.worker.Takeover(t.Context(), ana, "marta") }()
	close(release)
	if err := errors.Join(<-taken, <-drained); err != nil {
		t.Fatal(err)
	}
	w.saw("uno")
	if c := w.load(); c.Holder == nil || len(c.Outbox) != 0 {
		t.Errorf("holder %v, outbox %v", c.Holder, c.Outbox)
	}
}

// RULES: talk.stuck
func TestATakeoverDoesNotWaitForTheCore(t *testing.T) {
	w := newWorld(t)
	hanging, release := make(chan struct{}), make(chan struct{})
	w.engine.hook(func(context.Context, flows.Call) error {
		close(hanging)
		<-release
		return nil
	})
	w.accept(said("1", "a"))
	drained := make(chan error, 1)
	go func() { drained <- w.worker.Drain(t.Context(), ana) }()
	<-hanging
	if err := w.worker.Takeover(t.Context(), ana, "marta"); err != nil {
		t.Fatal(err)
	}
	close(release)
	if err := <-drained; err != nil {
		t.Fatal(err)
	}
	w.saw()
	if got := w.load().Dialog.Step; got != "a;" {
		t.Errorf("the dialog stands at %q, want what the turn did", got)
	}
	lines, err := w.store.Transcript(t.Context(), ana, 0, 10)
	if err != nil || len(lines) != 2 || lines[1].From != store.Note {
		t.Errorf("transcript %+v, %v: want the reply as a note to the agent", lines, err)
	}
}

func TestThePersonHearsThatAHumanIsThereAndTheTrailWhoCameAndWent(t *testing.T) {
	w := newWorld(t)
	w.engine.greets = true
	for range 2 { // again is once
		if err := w.worker.Takeover(t.Context(), ana, "marta"); err != nil {
			t.Fatal(err)
		}
	}
	w.drain()
	w.saw("agent_here agent marta")
	if err := w.worker.Free(t.Context(), ana, "marta", "jefa"); err != nil {
		t.Fatal(err)
	}
	w.drain()
	if err := w.worker.Takeover(t.Context(), ana, "pedro"); err != nil {
		t.Fatal(err)
	}
	if err := w.worker.Finish(t.Context(), ana, "marta", "solved"); !errors.Is(err, store.ErrHeld) {
		t.Errorf("who does not hold it closes it: %v", err)
	}
	if err := w.worker.Finish(t.Context(), ana, "pedro", "solved"); err != nil {
		t.Fatal(err)
	}
	lines, err := w.store.AuditTrail(t.Context(), ana, 0, 10)
	if err != nil {
		t.Fatal(err)
	}
	got := ""
	for _, l := range lines {
		got += l.What + " " + l.Who + ";"
	}
	if want := "taken_over marta;freed jefa;taken_over pedro;closed_by_agent pedro;"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	in := w.load().Inbox
	if len(in) != 1 || in[0].Input.Values["close"] != "yes" {
		t.Errorf("the dialog is to hear %+v, want that it is over", in)
	}
}
