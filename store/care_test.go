package store_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"ventanilla/flows"
	"ventanilla/store"
)

// going is a conversation in which something goes on.
func (w *world) going(k flows.Key) {
	w.t.Helper()
	w.update(k, func(c *store.Conversation) {
		c.Answer(store.Inbound{ID: "x"}, flows.Result{Dialog: flows.Dialog{Flow: "handoff", Step: "waiting"}}, w.clock.Now())
	})
}

func TestLabelsAreFewShortAndOnceEach(t *testing.T) {
	w := newWorld(t)
	now := w.clock.Now()
	c := w.load(ana)
	for _, one := range []struct {
		label string
		want  error
	}{{" Sin   mail ", nil}, {"sin MAIL", store.ErrUnchanged}, {"", store.ErrLabel}, {"—", store.ErrLabel}, {"una etiqueta de veinticinco", store.ErrLabel}, {"DNI 26.756.539", store.ErrLabel}, {"señora de Núñez, la 3.ª", nil}} {
		if err := c.Label("Laura", one.label, now); !errors.Is(err, one.want) {
			t.Errorf("%q: got %v, want %v", one.label, err, one.want)
		}
	}
	for i := range 5 {
		err := c.Label("Laura", fmt.Sprint("etiqueta ", i), now)
		if full := i == 4; errors.Is(err, store.ErrLabel) != full {
			t.Errorf("label %d: got %v", i+3, err)
		}
	}
	if err := c.Unlabel("Laura", "SIN MAIL", now); err != nil || len(c.Care.Labels) != 5 {
		t.Errorf("taking one off: %v, %q", err, c.Care.Labels)
	}
	w.save(c)
	w.restart()
	if k, err := w.CareOf(t.Context(), w.Name(ana)); err != nil || len(k.Labels) != 5 || k.Labels[0] != "señora de Núñez, la 3.ª" {
		t.Errorf("the list knows %q, %v", k.Labels, err)
	}
}

func TestATransferChangesTheHolderAndAnAssignmentDoesNot(t *testing.T) {
	w := newWorld(t)
	now := w.clock.Now()
	w.going(ana)
	until := now.Add(3 * time.Minute)
	w.update(ana, func(c *store.Conversation) {
		if err := c.Assign("Laura", "Pedro", until, now); err != nil || c.Holder != nil {
			t.Errorf("assigning: %v, held by %v", err, c.Holder)
		}
		_ = c.Hold("Laura", now)
		if c.Care != nil {
			t.Errorf("who takes it ends the assignment: %+v", c.Care)
		}
		if err := c.Assign("Pedro", "Pedro", until, now); !errors.Is(err, store.ErrHeld) {
			t.Errorf("transferring what another holds: got %v", err)
		}
		if err := c.Assign("Laura", "Pedro", until, now); err != nil || c.Holder.Agent != "Pedro" {
			t.Errorf("transferring: %v, held by %+v", err, c.Holder)
		}
		if c.Accept("Laura", now) || !c.Accept("Pedro", now) || c.Care != nil {
			t.Errorf("only who was asked accepts: %+v", c.Care)
		}
	})
	if err := w.load(beto).Assign("Laura", "Pedro", until, now); !errors.Is(err, store.ErrOver) {
		t.Errorf("assigning where nothing goes on: got %v", err)
	}
}

func TestWhatNobodyAnsweredIsKnownAfterARestartUntilSomebodyTakesIt(t *testing.T) {
	w := newWorld(t)
	w.going(ana)
	asked := w.clock.Now()
	w.update(ana, func(c *store.Conversation) { _ = c.Assign("Laura", "Pedro", asked.Add(time.Minute), asked) })
	w.restart()
	if k, _ := w.CareOf(t.Context(), w.Name(ana)); k.Asked == nil || k.Asked.To != "Pedro" || !k.Asked.Until.Equal(asked.Add(time.Minute)) {
		t.Fatalf("after a restart: %+v", k)
	}
	w.update(ana, func(c *store.Conversation) {
		if c.Unanswered(asked.Add(time.Second), asked) {
			t.Error("another assignment than the one that ran out was ended")
		}
		if !c.Unanswered(c.Care.Asked.At, asked) || c.Care.Missed == nil || c.Care.Missed.To != "Pedro" || c.Care.Missed.By != "Laura" {
			t.Errorf("got %+v", c.Care)
		}
	})
	w.update(ana, func(c *store.Conversation) { _ = c.Hold("Ema", asked) })
	if k, _ := w.CareOf(t.Context(), w.Name(ana)); !k.Empty() {
		t.Errorf("after somebody took it: %+v", k)
	}
	for _, e := range w.dump() {
		if e.Key[:2] == "q." {
			t.Error("an empty entry stayed")
		}
	}
}

func TestADialogThatEndsByItselfAsksNobody(t *testing.T) {
	w := newWorld(t)
	w.going(ana)
	now := w.clock.Now()
	w.update(ana, func(c *store.Conversation) {
		_ = c.Label("Laura", "vip", now)
		_ = c.Assign("Laura", "Pedro", now.Add(time.Minute), now)
	})
	w.update(ana, func(c *store.Conversation) { c.Answer(store.Inbound{ID: "y"}, flows.Result{}, now) })
	if k, _ := w.CareOf(t.Context(), w.Name(ana)); k.Asked != nil || len(k.Labels) != 1 {
		t.Errorf("got %+v", k)
	}
	if err := w.Erase(t.Context(), ana); err != nil {
		t.Fatal(err)
	}
	if k, _ := w.CareOf(t.Context(), w.Name(ana)); !k.Empty() {
		t.Errorf("after erasing: %+v", k)
	}
}

func TestWhoGoesAwayIsBackByThemselves(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	for what, one := range map[string]struct {
		agent store.Agent
		want  bool
	}{"available": {store.Agent{}, true}, "away": {store.Agent{Away: now}, false}, "back later": {store.Agent{Away: now, Back: now.Add(time.Minute)}, false},
		"back by now": {store.Agent{Away: now.Add(-time.Hour), Back: now}, true}} {
		if got := one.agent.Takes(now); got != one.want {
			t.Errorf("%s: got %v", what, got)
		}
	}
}
