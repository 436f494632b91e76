package store_test

import (
	"testing"
	"time"

	"ventanilla/flows"
	"ventanilla/store"
)

// sent is a conversation whose one reply is with the network, while its record
// rests; left tells whether the note of that waits.
func (w *world) sent(reply flows.Reply) (c *store.Conversation, left bool) {
	w.t.Helper()
	w.accept(ana, said("1", "hola"))
	c = w.load(ana)
	c.Answer(c.Inbox[0], flows.Result{Dialog: c.Dialog, Replies: []flows.Reply{reply}}, w.clock.Now())
	c.Attend(w.clock.Now().Add(time.Second))
	w.save(c)
	return c, c.Left("1/0", w.clock.Now())
}

func TestALineThatLeftIsGoneForWhoeverLoads(t *testing.T) {
	w := newWorld(t)
	old := w.load(ana)
	_, left := w.sent(flows.Reply{Text: "buenas"})
	if !left {
		t.Fatal("the note does not wait")
	}
	for range 2 { // who only looks takes nothing away
		if c := w.load(ana); len(c.Outbox) != 0 || !c.Owes() {
			t.Fatalf("outbox %v, owes %v, want none and the note", c.Outbox, c.Owes())
		}
	}
	if err := w.Save(t.Context(), old); err == nil {
		t.Fatal("a copy from before was saved")
	}
	w.accept(ana, said("2", "dale"))
	w.restart()
	if c := w.load(ana); len(c.Outbox) != 0 || len(c.Inbox) != 1 {
		t.Errorf("outbox %v and inbox %v after the next write, want none and the message", c.Outbox, c.Inbox)
	}
}

// Who loaded the conversation before the line left may write after it.
func TestALineThatLeftStaysGoneWhenAnotherWrites(t *testing.T) {
	w := newWorld(t)
	w.accept(ana, said("1", "hola"))
	c := w.load(ana)
	c.Answer(c.Inbox[0], flows.Result{Dialog: c.Dialog, Replies: []flows.Reply{{Text: "buenas"}}}, w.clock.Now())
	c.Attend(w.clock.Now().Add(time.Second))
	w.save(c)
	other := w.load(ana)
	if !c.Left("1/0", w.clock.Now()) {
		t.Fatal("the note does not wait")
	}
	c.Leave()
	w.save(other)
	if c := w.load(ana); len(c.Outbox) != 0 || !c.Owes() {
		t.Errorf("outbox %v, owes %v, want none and the note", c.Outbox, c.Owes())
	}
}

func TestSettleWritesTheNotesThatWait(t *testing.T) {
	w := newWorld(t)
	c, _ := w.sent(flows.Reply{Text: "buenas"})
	c.Leave()
	if err := w.Settle(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.restart()
	if c := w.load(ana); len(c.Outbox) != 0 {
		t.Errorf("outbox %v after the end, want none", c.Outbox)
	}
}

func TestTheNoteOfALineWaitsOnlyWhereThatIsHarmless(t *testing.T) {
	tests := map[string]func(w *world) bool{
		"the dialog hears of it": func(w *world) bool { _, left := w.sent(flows.Reply{Text: "x", Ref: "m"}); return left },
		"another line waits": func(w *world) bool {
			w.accept(ana, said("1", "hola"))
			c := w.answer(ana, flows.Reply{Text: "x"}, flows.Reply{Text: "y"})
			c.Attend(w.clock.Now().Add(time.Second))
			w.save(c)
			return c.Left("1/0", w.clock.Now())
		},
		"the record does not rest": func(w *world) bool {
			w.accept(ana, said("1", "hola"))
			return w.answer(ana, flows.Reply{Text: "x"}).Left("1/0", w.clock.Now())
		},
	}
	for name, left := range tests {
		t.Run(name, func(t *testing.T) {
			if left(newWorld(t)) {
				t.Error("the note waits")
			}
		})
	}
}

func TestARecordThatIsAttendedWakesNobody(t *testing.T) {
	w := newWorld(t)
	w.accept(ana, said("1", "hola"))
	c := w.load(ana)
	c.Attend(w.clock.Now().Add(time.Minute))
	w.save(c)
	if e, err := w.kv.Get(t.Context(), "c."+w.Name(ana)); err != nil || !e.Due.After(w.clock.Now().Add(50*time.Second)) {
		t.Errorf("due %v, %v, want a minute from now", e.Due, err)
	}
	w.save(c)
	if e, err := w.kv.Get(t.Context(), "c."+w.Name(ana)); err != nil || e.Due.After(w.clock.Now()) {
		t.Errorf("due %v, %v after the next write, want now", e.Due, err)
	}
}

// A conversation that was left is read again when its record changed.
func TestWhatIsInHandNeverHidesAChange(t *testing.T) {
	w := newWorld(t)
	w.accept(ana, said("1", "hola"))
	c, other := w.load(ana), w.load(ana)
	c.Leave()
	other.Name = "Ana María"
	w.save(other)
	if got := w.load(ana).Name; got != "Ana María" {
		t.Errorf("name %q, want what was saved last", got)
	}
	if a, b := w.load(ana), w.load(ana); a == b {
		t.Error("two loads share one conversation")
	}
}
