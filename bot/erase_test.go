package bot_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"ventanilla/bot"
	"ventanilla/flows"
)

// RULES: data.retention. Nothing of a person is left once they have read that it will be so.
func TestWhoWantsToBeForgottenIsAfterTheLastLine(t *testing.T) {
	w := newWorld(t)
	w.accept(said("1", "hola"), said("2", "forget"))
	w.drain()
	w.saw("eco: hola", "te olvido")
	c := w.load()
	if lines, err := w.store.Transcript(t.Context(), ana, 0, 10); err != nil || len(lines) > 0 || c.Name != "" || c.Dialog.Step != "" || c.Dialog.Memory.Forget {
		t.Errorf("after the last line there is still %+v, %+v, %v", c, lines, err)
	}
	w.accept(said("3", "hola de nuevo"))
	w.drain()
	w.saw("eco: hola", "te olvido", "eco: hola de nuevo")
}

type unforgetting struct{ bot.Eraser }

func (unforgetting) Erase(context.Context, flows.Key) error { return errors.New("the disk is full") }

// A wish that could not be fulfilled is not forgotten: the record is due again.
func TestForgettingIsTriedAgain(t *testing.T) {
	w := newWorld(t)
	w.worker.Eraser = unforgetting{}
	w.accept(said("1", "forget"))
	if err := w.worker.Drain(t.Context(), ana); err == nil {
		t.Error("nobody heard that the disk is full")
	}
	w.worker.Eraser = w.store
	if due := w.load().Due(); due.IsZero() || due.After(w.clock.Now().Add(time.Minute)) {
		t.Errorf("the record is due at %v", due)
	}
	w.clock.Advance(time.Minute)
	w.drain()
	if c := w.load(); c.Dialog.Memory.Forget {
		t.Error("the person is still remembered")
	}
}
