package store_test

import (
	"context"
	"crypto/rand"
	"errors"
	"slices"
	"strconv"
	"testing"
	"time"

	"pgregory.net/rapid"

	"ventanilla/flows"
	"ventanilla/store"
	"ventanilla/store/boltkv"
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

// Whoever works on conversations, in whatever order they load, save and leave: a load gives what was saved last.
func TestALoadGivesWhatWasSavedLastWhateverIsInHand(t *testing.T) {
	w := newWorld(t)
	rapid.Check(t, func(t *rapid.T) {
		key := flows.Key{Portal: "mseg", Channel: "telegram", Person: rapid.StringMatching("[a-z]{12}").Draw(t, "person")}
		var out []*store.Conversation
		want, n := "", 0
		load := func(t *rapid.T) *store.Conversation {
			c, err := w.Load(context.Background(), key)
			if err != nil || c.Name != want || slices.Contains(out, c) {
				t.Fatalf("loaded %q, %v, want %q, for one alone", c.Name, err, want)
			}
			return c
		}
		one := func(t *rapid.T) *store.Conversation {
			if len(out) == 0 {
				t.Skip("nobody has it")
			}
			i := rapid.IntRange(0, len(out)-1).Draw(t, "which")
			c := out[i]
			out = slices.Delete(out, i, i+1)
			return c
		}
		t.Repeat(map[string]func(*rapid.T){
			"load":  func(t *rapid.T) { out = append(out, load(t)) },
			"leave": func(t *rapid.T) { one(t).Leave() },
			"save": func(t *rapid.T) {
				c, old := one(t), want
				n++
				fresh := c.Name == old
				c.Name = strconv.Itoa(n)
				err := w.Save(context.Background(), c)
				if err == nil {
					want, out = c.Name, append(out, c)
				}
				if (err == nil) != fresh {
					t.Fatalf("saved over %q: %v, it was read fresh: %v", old, err, fresh)
				}
			},
			"": func(t *rapid.T) { load(t).Leave() },
		})
	})
}

// Between the moment at which a write is on the disk and that at which its writer knows, the one before is left.
func TestWhatIsLeftDuringAWriteDoesNotHideIt(t *testing.T) {
	w := newWorld(t)
	w.accept(ana, said("1", "hola"))
	c := w.load(ana)
	w.save(c)
	other := w.load(ana)
	var seen string
	w.cut = func(at boltkv.Stage) error {
		if at == boltkv.After {
			c.Leave()
			seen = w.load(ana).Name
		}
		return nil
	}
	other.Name = "Ana María"
	w.save(other)
	w.cut = nil
	if got := w.load(ana).Name; seen != "Ana María" || got != "Ana María" {
		t.Errorf("name %q during the write and %q after it, want what is on the disk", seen, got)
	}
}

// saveUnheard saves what is on the disk then, and of which the writer hears that it failed.
func (w *world) saveUnheard(c *store.Conversation) {
	w.t.Helper()
	w.cut = func(at boltkv.Stage) error {
		if at == boltkv.After {
			return errors.New("cut")
		}
		return nil
	}
	if err := w.Save(w.t.Context(), c); err == nil {
		w.t.Fatal("the writer heard of no error")
	}
	w.cut = nil
}

func TestWhatIsInHandIsReadAgainAfterAWriteOfUnknownEnd(t *testing.T) {
	w := newWorld(t)
	w.accept(ana, said("1", "hola"))
	c := w.load(ana)
	w.save(c)
	other := w.load(ana)
	c.Leave()
	other.Name = "Ana María"
	w.saveUnheard(other)
	c.Leave()
	if got := w.load(ana).Name; got != "Ana María" {
		t.Errorf("name %q, want what is on the disk", got)
	}
}

// late is a driver with a moment between the end of a write and its writer's hearing of it.
type late struct {
	store.KV
	then func()
}

func (l *late) Put(ctx context.Context, e store.Entry, with ...store.Entry) (uint64, error) {
	rev, err := l.KV.Put(ctx, e, with...)
	if then := l.then; then != nil {
		l.then = nil
		then()
	}
	return rev, err
}

func TestAWriteOfUnknownEndCountsAlthoughAnEarlierOneIsHeardOfLater(t *testing.T) {
	w := newWorld(t)
	w.accept(ana, said("1", "hola"))
	kv := &late{KV: w.kv}
	var err error
	if w.Store, err = store.New(t.Context(), kv, w.options); err != nil {
		t.Fatal(err)
	}
	c := w.load(ana)
	kv.then = func() {
		other := w.load(ana)
		other.Name = "Ana María"
		w.saveUnheard(other)
	}
	w.save(c)
	c.Leave()
	if got := w.load(ana).Name; got != "Ana María" {
		t.Errorf("name %q, want what is on the disk", got)
	}
}

// Sealing anew changes the revision and nothing else.
func TestWhatIsInHandIsSavedAfterItsRecordWasSealedAnew(t *testing.T) {
	w := newWorld(t)
	w.accept(ana, said("1", "hola"))
	c := w.load(ana)
	w.save(c)
	c.Leave()
	if err := w.keys.Rotate(rand.Reader); err != nil {
		t.Fatal(err)
	}
	if err := w.UseKeys(t.Context(), w.keys); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Rekey(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.update(ana, func(c *store.Conversation) { c.Name = "Ana María" })
	w.restart()
	if got := w.load(ana).Name; got != "Ana María" {
		t.Errorf("name %q, want what was saved", got)
	}
}

func TestStoresBesideEachOtherSeeWhatTheOtherWrote(t *testing.T) {
	w := newWorld(t)
	w.accept(ana, said("1", "hola"))
	c := w.load(ana)
	w.save(c)
	c.Leave()
	past, err := w.Beside(t.Context(), w.options)
	if err != nil {
		t.Fatal(err)
	}
	if err := past.Update(t.Context(), ana, func(c *store.Conversation) error { c.Name = "Ana María"; return nil }); err != nil {
		t.Fatal(err)
	}
	if got := w.load(ana).Name; got != "Ana María" {
		t.Errorf("name %q, want what the other store wrote", got)
	}
}
