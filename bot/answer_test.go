package bot_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"ventanilla/bot"
	"ventanilla/flows"
	"ventanilla/store"
)

func TestMessagesAreAnsweredInOrderAndOnce(t *testing.T) {
	w := newWorld(t)
	w.accept(said("1", "a"), said("1", "a"), said("2", "three"), said("2", "three"))
	w.drain()
	w.saw("eco: a", "uno", "dos", "tres")
	w.drain()
	w.saw("eco: a", "uno", "dos", "tres")
	if c := w.load(); c.Turns != 2 || len(c.Inbox)+len(c.Outbox) != 0 || !c.Due().IsZero() {
		t.Errorf("something is left: %d turns, inbox %v, outbox %v, due %v", c.Turns, c.Inbox, c.Outbox, c.Due())
	}
}

func TestAMessageThatArrivesDuringATurnDoesNotRunItAgain(t *testing.T) {
	w := newWorld(t)
	w.engine.hook(func(_ context.Context, c flows.Call) error {
		if c.Input.Text == "a" {
			w.accept(said("2", "b"))
		}
		return nil
	})
	w.accept(said("1", "a"))
	w.drain()
	w.saw("eco: a", "eco: b")
	if got, want := w.engine.ids(), []string{"1", "2"}; !slices.Equal(got, want) {
		t.Errorf("turns %v, want %v: the same result goes into the fresh record", got, want)
	}
}

func TestATurnRunsAgainUnderTheSameIDWhenTheDialogMoved(t *testing.T) {
	w := newWorld(t)
	moved := false
	w.engine.hook(func(ctx context.Context, c flows.Call) error {
		if moved {
			return nil
		}
		moved = true
		other, err := w.store.Load(ctx, ana)
		if err != nil {
			return err
		}
		other.Answer(event("x", "elsewhere"), flows.Result{Dialog: flows.Dialog{Step: "moved;"}}, w.clock.Now())
		return w.store.Save(ctx, other)
	})
	w.accept(said("1", "a"))
	w.drain()
	if got, want := w.engine.ids(), []string{"1", "1"}; !slices.Equal(got, want) {
		t.Errorf("turns %v, want %v", got, want)
	}
	if got, want := w.load().Dialog.Step, "moved;a;"; got != want {
		t.Errorf("the dialog stands at %q, want %q", got, want)
	}
	w.saw("eco: a")
}

func TestTurnIDsOfTwoConversationsDiffer(t *testing.T) {
	w := newWorld(t)
	beto := flows.Key{Portal: "mseg", Channel: "telegram", Person: "1002"}
	for _, k := range []flows.Key{ana, beto} {
		if err := w.store.Accept(t.Context(), k, said("7", "a")); err != nil {
			t.Fatal(err)
		}
		if err := w.worker.Drain(t.Context(), k); err != nil {
			t.Fatal(err)
		}
	}
	if a, b := w.engine.calls[0].ID, w.engine.calls[1].ID; a == b || !strings.HasSuffix(a, "/7") {
		t.Errorf("turn ids %q and %q: idempotency keys of two people must differ", a, b)
	}
}

// RULES: talk.stuck
func TestAnOutageIsSaidOnceAfterFiveSecondsAndEndsWithTheAnswer(t *testing.T) {
	w := newWorld(t)
	w.engine.hook(func(context.Context, flows.Call) error { return outage{} })
	w.accept(said("1", "a"))
	w.drain()
	w.saw()
	due := w.load().Due()
	if wait := due.Sub(w.clock.Now()); wait <= 0 || wait > 5*time.Second {
		t.Fatalf("the next try is in %v, want within the five seconds", wait)
	}
	for range 20 {
		w.clock.Advance(5 * time.Second)
		w.drain()
	}
	w.saw("later")
	if s := w.load().Stuck; s == nil || s.Tries < 3 || s.Next.Sub(w.clock.Now()) > time.Minute {
		t.Errorf("after a minute and a half it stands at %+v", s)
	}
	w.engine.hook(nil)
	w.clock.Advance(time.Minute)
	w.drain()
	w.saw("later", "eco: a")
	if c := w.load(); c.Stuck != nil || !c.Due().IsZero() {
		t.Errorf("trouble remains: %+v, due %v", c.Stuck, c.Due())
	}
}

// A turn that hangs is cut so that the notice comes in time; RULES: talk.stuck
func TestATurnThatHangsIsAnOutage(t *testing.T) {
	w := newWorld(t)
	w.engine.hook(func(ctx context.Context, _ flows.Call) error { <-ctx.Done(); return ctx.Err() })
	in := said("1", "a")
	in.At = w.clock.Now().Add(-4500 * time.Millisecond)
	w.accept(in)
	w.drain()
	w.saw("later")
}

// RULES: talk.stuck
func TestANewerMessageOvertakesAStuckOneThatIsThenDropped(t *testing.T) {
	w := newWorld(t)
	w.engine.hook(func(_ context.Context, c flows.Call) error {
		if c.Input.Text == "menú" {
			return nil
		}
		return outage{}
	})
	w.accept(said("1", "a"), event("e", "password_set"), said("2", "b"))
	w.drain()
	w.saw()
	w.accept(said("3", "menú"))
	w.drain()
	w.saw("eco: menú")
	c := w.load()
	if len(c.Inbox) != 1 || c.Inbox[0].ID != "e" {
		t.Fatalf("inbox %+v, want only what the system reported", c.Inbox)
	}
	if c.Due().Before(w.clock.Now()) {
		t.Errorf("due %v: what is stuck must not be tried in a loop", c.Due())
	}
	w.engine.hook(nil)
	w.clock.Advance(time.Minute)
	w.drain()
	w.saw("eco: menú", "eco: password_set")
	lines, err := w.store.Transcript(t.Context(), ana, 0, 50)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.ContainsFunc(lines, func(l store.Line) bool { return l.Text == "b" }) {
		t.Error("the dropped message is not in the transcript")
	}
}

// The question still stands, and so does the answer to it; RULES: talk.stuck
func TestHelpDuringAnOutageKeepsTheAnswerThatIsStuck(t *testing.T) {
	w := newWorld(t)
	waits := map[string]bool{}
	w.engine.hook(func(_ context.Context, c flows.Call) error {
		waits[c.Input.Text] = c.Waits
		if c.Input.Text == "ayuda" {
			return nil
		}
		return outage{}
	})
	w.accept(said("1", "sí"))
	w.drain()
	w.accept(said("2", "ayuda"))
	w.drain()
	w.saw("eco: ayuda")
	if waits["sí"] || !waits["ayuda"] {
		t.Errorf("told that an earlier message waits: %v, want so of the second alone", waits)
	}
	c := w.load()
	if len(c.Inbox) != 1 || c.Inbox[0].ID != "1" || c.Stuck == nil || c.Stuck.ID != "1" {
		t.Fatalf("inbox %+v, stuck %+v, want the answer to wait", c.Inbox, c.Stuck)
	}
	if !c.Due().After(w.clock.Now()) {
		t.Errorf("due %v: what is stuck must not be tried in a loop", c.Due())
	}
	w.engine.hook(nil)
	w.clock.Advance(time.Minute)
	w.drain()
	w.saw("eco: ayuda", "eco: sí")
}

// RULES: talk.stuck
func TestWhatArrivesDuringAFailingTurnIsTriedAtOnce(t *testing.T) {
	w := newWorld(t)
	w.engine.hook(func(_ context.Context, c flows.Call) error {
		if c.Input.Text == "a" {
			w.accept(said("2", "menú"))
			return outage{}
		}
		return nil
	})
	w.accept(said("1", "a"))
	w.drain()
	w.saw("eco: menú")
	if c := w.load(); len(c.Inbox) != 0 || c.Stuck != nil {
		t.Errorf("inbox %v, stuck %v", c.Inbox, c.Stuck)
	}
}

func TestAnEventWhoseTurnHangsStepsAsideForThePerson(t *testing.T) {
	w := newWorld(t)
	hanging := make(chan struct{}, 9)
	w.engine.hook(func(ctx context.Context, c flows.Call) error {
		if c.Input.Event == "password_set" {
			hanging <- struct{}{}
			<-ctx.Done()
			return ctx.Err()
		}
		return nil
	})
	w.accept(event("e", "password_set"))
	done := make(chan error, 1)
	go func() { done <- w.worker.Drain(t.Context(), ana) }()
	<-hanging
	began := time.Now()
	w.receive(said("1", "hola"))
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	w.saw("eco: hola")
	if took := time.Since(began); took > 3*time.Second {
		t.Errorf("the person waited %v", took)
	}
	if c := w.load(); len(c.Inbox) != 1 || c.Inbox[0].ID != "e" {
		t.Errorf("inbox %v, want the event", c.Inbox)
	}
}

func TestASystemEventThatIsStuckNeverDelaysThePerson(t *testing.T) {
	w := newWorld(t)
	w.engine.hook(func(_ context.Context, c flows.Call) error {
		if c.Input.Event == "password_set" {
			return outage{}
		}
		return nil
	})
	w.accept(event("e", "password_set"))
	w.drain()
	for _, id := range []string{"1", "2", "3"} {
		w.accept(said(id, id))
		w.drain()
	}
	w.saw("eco: 1", "eco: 2", "eco: 3")
	c := w.load()
	if c.Stuck == nil || c.Stuck.ID != "e" || !c.Due().After(w.clock.Now()) {
		t.Errorf("stuck %+v due %v, want the event to wait for its time", c.Stuck, c.Due())
	}
}

// A longer retry does not keep a newer message waiting; RULES: talk.stuck
func TestARetryThatHangsIsInterruptedByANewerMessage(t *testing.T) {
	w := newWorld(t)
	w.engine.hook(func(context.Context, flows.Call) error { return outage{} })
	w.accept(said("1", "a"))
	w.clock.Advance(6 * time.Second)
	w.drain()
	w.saw("later")
	hanging := make(chan struct{})
	w.engine.hook(func(ctx context.Context, c flows.Call) error {
		if c.Input.Text == "menú" {
			return nil
		}
		close(hanging)
		<-ctx.Done()
		return ctx.Err()
	})
	w.clock.Advance(time.Minute)
	done := make(chan error, 1)
	go func() { done <- w.worker.Drain(t.Context(), ana) }()
	<-hanging
	began := time.Now()
	if err := w.worker.Receive(t.Context(), ana, said("2", "menú")); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("the newer message waited %v", took)
	}
	w.saw("later", "eco: menú")
}

// RULES: talk.stuck
func TestAPoisonedMessageIsSetAsideWithACaseAndTheConversationGoesOn(t *testing.T) {
	tests := []struct {
		name   string
		poison func() error
		tries  int
	}{
		{"a panic", func() error { panic("boom") }, 1},
		{"a permanent refusal", func() error { return refusal{} }, 1},
		{"five failures that are no outage", func() error { return errOdd }, 5},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			w.engine.hook(func(_ context.Context, c flows.Call) error {
				if c.Input.Text == "poison" {
					return tt.poison()
				}
				return nil
			})
			w.accept(said("1", "poison"))
			for range tt.tries {
				w.drain()
				w.clock.Advance(time.Minute)
			}
			w.accept(said("2", "b"))
			w.drain()
			texts := w.phone.texts()
			if n := len(texts); n < 2 || texts[n-2] != "broken case C-1" || texts[n-1] != "eco: b" {
				t.Errorf("the person sees %q, want the case and then the answer", texts)
			}
			if got := len(w.engine.ids()); got != tt.tries+1 {
				t.Errorf("%d turns, want %d", got, tt.tries+1)
			}
			list, err := w.broken()
			if err != nil || len(list) != 1 || list[0].Case != "C-1" || list[0].In.ID != "1" {
				t.Errorf("set aside: %+v, %v", list, err)
			}
		})
	}
}

// A newer message does not pay for an older one's failures; RULES: talk.stuck
func TestFailuresAreCountedByMessage(t *testing.T) {
	w := newWorld(t)
	w.engine.hook(func(context.Context, flows.Call) error { return errOdd })
	w.accept(said("1", "a"))
	for range 4 {
		w.drain()
		w.clock.Advance(time.Minute)
	}
	w.accept(said("2", "b"))
	for range 4 {
		w.drain()
		w.clock.Advance(time.Minute)
	}
	if list, err := w.broken(); err != nil || len(list) != 0 {
		t.Errorf("set aside after four failures each: %+v, %v", list, err)
	}
	w.drain()
	if list, err := w.broken(); err != nil || len(list) == 0 {
		t.Errorf("nothing was set aside after five failures: %v", err)
	}
}

func TestFailuresOfAnOutageNeverSetAMessageAside(t *testing.T) {
	w := newWorld(t)
	w.engine.hook(func(context.Context, flows.Call) error { return outage{} })
	w.accept(said("1", "a"))
	for range 30 {
		w.drain()
		w.clock.Advance(time.Minute)
	}
	w.engine.hook(func(context.Context, flows.Call) error { return errOdd })
	w.drain()
	w.engine.hook(nil)
	w.clock.Advance(time.Minute)
	w.drain()
	w.saw("later", "eco: a")
}

func TestSilenceIsHeardAtItsTimeAndOnce(t *testing.T) {
	w := newWorld(t)
	w.accept(said("1", "wait"))
	w.drain()
	w.clock.Advance(4 * time.Minute)
	w.drain()
	w.saw("espero")
	w.clock.Advance(2 * time.Minute)
	w.drain()
	w.drain()
	w.saw("espero", "eco: tick")
	if got, want := w.engine.ids(), []string{"1", "tick/1"}; !slices.Equal(got, want) {
		t.Errorf("turns %v, want %v", got, want)
	}
}

func TestASilenceThatFailsIsTriedAgainLaterAndNotInALoop(t *testing.T) {
	w := newWorld(t)
	w.accept(said("1", "wait"))
	w.drain()
	w.clock.Advance(6 * time.Minute)
	w.engine.hook(func(context.Context, flows.Call) error { return outage{} })
	w.drain()
	if due := w.load().Due(); !due.After(w.clock.Now()) {
		t.Fatalf("due %v, want later than now", due)
	}
	w.engine.hook(nil)
	w.clock.Advance(time.Minute)
	w.drain()
	w.saw("espero", "eco: tick")
	w.engine.hook(func(context.Context, flows.Call) error { panic("boom") })
	w.accept(said("2", "x"))
	w.drain()
	if due := w.load().Due(); !due.IsZero() {
		t.Errorf("due %v after everything was set aside", due)
	}
}

func TestWhileAnAgentHoldsTheEngineIsOutAndTheSystemIsWalkedSilently(t *testing.T) {
	w := newWorld(t)
	w.engine.hook(func(context.Context, flows.Call) error { return outage{} })
	w.accept(said("1", "a"))
	w.drain()
	if err := w.worker.Takeover(t.Context(), ana, "marta"); err != nil {
		t.Fatal(err)
	}
	w.engine.hook(nil)
	w.accept(said("2", "b"), event("e", "mail ana@example.org"), store.Inbound{ID: "m", Name: "marta", Input: flows.Input{From: flows.Agent, Text: "Hola, soy Marta"}})
	w.clock.Advance(time.Minute)
	w.drain()
	w.saw("Hola, soy Marta")
	c := w.load()
	if len(c.Inbox) != 0 || c.Stuck != nil || c.Dialog.Step != "mail ana@example.org;" {
		t.Errorf("inbox %v, stuck %v, dialog %q", c.Inbox, c.Stuck, c.Dialog.Step)
	}
	stop := w.run()
	eventually(t, "the mail leaves", func() bool { return len(w.mail.texts()) == 1 })
	stop()
	w.drain() // that it left is heard, too
	if err := w.worker.Handback(t.Context(), ana, "pedro"); err == nil {
		t.Error("another agent handed it back")
	}
	if err := w.worker.Handback(t.Context(), ana, "marta"); err != nil {
		t.Fatal(err)
	}
	w.drain()
	if got := w.phone.texts(); got[len(got)-1] != "eco: handback" {
		t.Errorf("the person sees %q, want where things stand at the end", got)
	}
}

var _ bot.Accept = (*bot.Worker)(nil).Receive
