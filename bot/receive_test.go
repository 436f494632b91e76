package bot_test

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"ventanilla/bot"
	"ventanilla/flows"
	"ventanilla/store"
)

// spy counts writes and lets a test fail them.
type spy struct {
	bot.Conversations
	saves  atomic.Int64
	before func(n int64) error // called before the n-th Save
}

func (s *spy) Save(ctx context.Context, c *store.Conversation) error {
	n := s.saves.Add(1)
	if s.before != nil {
		if err := s.before(n); err != nil {
			return err
		}
	}
	return s.Conversations.Save(ctx, c)
}

func (w *world) receive(in store.Inbound) {
	w.t.Helper()
	if err := w.worker.Receive(w.t.Context(), ana, in); err != nil {
		w.t.Fatal(err)
	}
}

// settled waits for what Receive began, as a stopping process does.
func (w *world) settled() {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	w.worker.Stop(ctx)
	if ctx.Err() != nil {
		w.t.Fatal("what Receive began does not end")
	}
}

func TestAQuickAnswerIsOneWriteWithItsMessage(t *testing.T) {
	w := newWorld(t)
	s := &spy{Conversations: w.store}
	w.worker = w.newWorker(s)
	release := make(chan struct{})
	w.phone.hook(func(context.Context, bot.Delivery) error { <-release; return nil })
	w.receive(said("1", "a"))
	if n := s.saves.Load(); n != 1 {
		t.Errorf("acknowledged after %d writes, want 1", n)
	}
	if c := w.load(); c.Turns != 1 || len(c.Inbox) != 0 || len(c.Outbox) != 1 {
		t.Errorf("%d turns, inbox %v, outbox %v when acknowledged", c.Turns, c.Inbox, c.Outbox)
	}
	close(release)
	w.settled()
	w.saw("eco: a")
	w.worker = w.newWorker(s)
	w.receive(said("1", "a"))
	w.settled()
	w.saw("eco: a")
	if n := s.saves.Load(); n != 1 {
		t.Errorf("%d writes for one turn and a duplicate, want 1: that the line left is noted later", n)
	}
}

// RULES: wa.ack
func TestASlowTurnIsAcknowledgedBeforeItEndsAndRunsOnce(t *testing.T) {
	w := newWorld(t)
	release := make(chan struct{})
	w.engine.hook(func(context.Context, flows.Call) error { <-release; return nil })
	began := time.Now()
	w.receive(said("1", "a"))
	if took := time.Since(began); took > 2*time.Second {
		t.Errorf("acknowledged after %v", took)
	}
	if c := w.load(); len(c.Inbox) != 1 {
		t.Errorf("inbox %v when acknowledged, want the message", c.Inbox)
	}
	w.receive(said("2", "b"))
	close(release)
	w.settled()
	w.saw("eco: a", "eco: b")
	if got := w.engine.ids(); len(got) != 2 {
		t.Errorf("turns %v, want each message once", got)
	}
}

func TestAMessageIsSafeHoweverItsQuickAnswerFails(t *testing.T) {
	tests := []struct {
		name string
		turn func(context.Context, flows.Call) error
		save func(n int64) error
		slow bool // the turn ends only when its message was accepted without it
	}{
		{name: "an outage", turn: func(context.Context, flows.Call) error { return outage{} }},
		{name: "a panic", turn: func(context.Context, flows.Call) error { panic("boom") }},
		{name: "a conflict", save: func(n int64) error {
			if n == 1 {
				return store.ErrConflict
			}
			return nil
		}},
		{name: "a panic of the store", save: func(n int64) error {
			if n == 1 {
				panic("boom")
			}
			return nil
		}},
		{name: "a slow outage", slow: true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			w.worker = w.newWorker(&spy{Conversations: w.store, before: tt.save})
			w.engine.hook(tt.turn)
			if tt.slow {
				w.engine.hook(func(context.Context, flows.Call) error {
					eventually(t, "the message is accepted", func() bool { return len(w.load().Inbox) == 1 })
					return outage{}
				})
			}
			w.receive(said("1", "a"))
			if c := w.load(); len(c.Inbox) != 1 || c.Inbox[0].ID != "1" {
				t.Errorf("inbox %v when acknowledged, want the message", c.Inbox)
			}
			w.settled()
			w.engine.hook(nil)
			w.clock.Advance(time.Minute)
			w.drain()
			w.saw("eco: a")
		})
	}
}

// Who answers the moment a line arrives still gets a quick answer, though the
// end of the line's delivery is being written.
func TestAnAnswerInTheSameMomentIsQuickToo(t *testing.T) {
	w := newWorld(t)
	s := &spy{Conversations: w.store}
	w.worker = w.newWorker(s)
	next := make(chan error, 1)
	w.phone.hook(func(_ context.Context, d bot.Delivery) error {
		if d.Reply.Text == "eco: a" {
			go func() { next <- w.worker.Receive(context.Background(), ana, said("2", "b")) }()
		}
		return nil
	})
	w.receive(said("1", "a"))
	if err := <-next; err != nil {
		t.Fatal(err)
	}
	w.settled()
	w.saw("eco: a", "eco: b")
	if n := s.saves.Load(); n != 2 {
		t.Errorf("%d writes for two turns and two lines, want 2", n)
	}
}

func TestAMessageIsNotAcknowledgedWhenTheStoreFails(t *testing.T) {
	w := newWorld(t)
	down := errors.New("disk full")
	w.worker = w.newWorker(&broken{w.store, down})
	if err := w.worker.Receive(t.Context(), ana, said("1", "a")); !errors.Is(err, down) {
		t.Errorf("Receive: %v, want %v", err, down)
	}
	w.settled()
	w.saw()
}

// broken is a store whose disk is full.
type broken struct {
	bot.Conversations
	err error
}

func (b *broken) Save(context.Context, *store.Conversation) error        { return b.err }
func (b *broken) Accept(context.Context, flows.Key, store.Inbound) error { return b.err }

func TestReceiveAndTheRunnerTogetherAnswerEachMessageOnce(t *testing.T) {
	w := newWorld(t)
	stop := w.run()
	const people, each = 8, 12
	var all sync.WaitGroup
	for p := range people {
		k := flows.Key{Portal: "mseg", Channel: "telegram", Person: fmt.Sprint(p)}
		all.Go(func() {
			for i := range each {
				in := said(fmt.Sprint(i), fmt.Sprintf("%d-%d", p, i))
				for range 2 { // the network delivers everything twice, at the same time
					all.Go(func() {
						if err := w.worker.Receive(t.Context(), k, in); err != nil {
							t.Error(err)
						}
					})
				}
			}
		})
	}
	all.Wait()
	eventually(t, "everything is answered", func() bool { return len(w.phone.texts()) >= people*each })
	stop()
	seen := map[string]int{}
	for _, s := range w.phone.texts() {
		seen[s]++
	}
	for s, n := range seen {
		if n != 1 {
			t.Errorf("%q was sent %d times", s, n)
		}
	}
	if len(seen) != people*each {
		t.Errorf("%d different answers, want %d", len(seen), people*each)
	}
}

// Whoever cannot be answered before being acknowledged is made safe, soon, and answered later.
func TestACrowdIsAcknowledgedWhileTheCoreHangs(t *testing.T) {
	const people = 150 // more than are answered at a time
	w := newWorld(t)
	release := make(chan struct{})
	w.engine.hook(func(context.Context, flows.Call) error { <-release; return nil })
	stop := w.run()
	began := time.Now()
	errs := make(chan error, people)
	for i := range people {
		k := flows.Key{Portal: "mseg", Channel: "telegram", Person: strconv.Itoa(i)}
		go func() { errs <- w.worker.Receive(context.Background(), k, said("1", "a")) }()
	}
	for range people {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("the last was acknowledged after %v", took)
	}
	close(release)
	eventually(t, "everybody is answered once", func() bool { return len(w.phone.texts()) == people })
	stop()
}
