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

// Who changed something and is forgotten at once does not so silence the owner of the
// account: the notice that waited is still mailed, with the link that stops it all, and
// brings nothing back. RULES: data.retention, notme
func TestForgettingKeepsTheNoticesToTheOwnerAndNotTheCodes(t *testing.T) {
	w := newWorld(t)
	w.mail.hook(failing("", -1, &bot.SendError{After: time.Minute, Err: errors.New("421")}))
	until := w.clock.Now().Add(24 * time.Hour)
	w.say(flows.Reply{To: "email:ana@example.org", Text: "Cambió tu clave", Grants: []flows.Grant{{ID: "g1", Kind: "not_me", Label: "No fui yo", Account: "17", Until: until}}})
	w.accept(said("1", "mail ana@example.org"), said("2", "forget"))
	w.drain()
	if w.load().Erased.IsZero() {
		t.Fatal("the person is still remembered")
	}
	stop := w.run()
	w.mail.hook(nil)
	w.clock.Advance(2 * time.Minute)
	eventually(t, "the notice is mailed", func() bool { return len(w.mail.texts()) > 0 && w.idle() })
	stop()
	sent := w.mail.deliveries()
	if len(sent) != 1 || sent[0].Reply.Text != "Cambió tu clave" || len(sent[0].Links) != 1 || sent[0].To != "ana@example.org" {
		t.Errorf("got %+v, want the notice and its link only", sent)
	}
	w.saw("te mandé un mail", "te olvido")
	if c := w.load(); c.Erased.IsZero() || len(c.Inbox) != 0 || c.Dialog.Step != "" || c.Turns != 2 {
		t.Errorf("the tombstone is %+v", c)
	}
	if g, err := w.store.UseGrant(t.Context(), "g1", "request"); err != nil || g.Key != ana || g.Grant.Account != "17" {
		t.Errorf("the link: %+v, %v", g, err)
	}
}

// idle tells whether no mail waits.
func (w *world) idle() bool {
	es, err := w.kv.List(w.t.Context(), "o.", "", 1)
	return err == nil && len(es) == 0
}
