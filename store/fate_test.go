package store_test

import (
	"slices"
	"strconv"
	"testing"
	"time"

	"ventanilla/flows"
	"ventanilla/store"
)

func TestALineWhoseReportIsAwaitedIsBounded(t *testing.T) {
	now := time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC)
	c := &store.Conversation{}
	for i := range 80 {
		id := strconv.Itoa(i)
		c.Say(id, "", flows.Reply{Text: id, Until: now.Add(time.Minute)}, now)
		c.Sent(id, "S"+id)
		c.Await(id, now.Add(10*time.Minute), now)
	}
	if n := len(c.Outbox); n != 16 || c.Outbox[0].ID != "64" || c.Full() {
		t.Fatalf("%d lines wait for reports from %s on, full %v; want the last 16", n, c.Outbox[0].ID, c.Full())
	}
	if got := c.Due(); !got.Equal(now.Add(10 * time.Minute)) {
		t.Errorf("due at %v, want when the reports are given up: a line that was sent is not expired", got)
	}
	c.Expire(now.Add(5 * time.Minute))
	if len(c.Outbox) != 16 {
		t.Errorf("%d lines are left after their Until", len(c.Outbox))
	}
	c.Postpone("70", now.Add(time.Hour))
	if out, ok := c.Line("70"); !ok || out.Sent != "" || !out.Known.IsZero() || out.Tries != 1 {
		t.Errorf("a line to be sent again is %+v", out)
	}
	c.Expire(now.Add(10 * time.Minute))
	if len(c.Outbox) != 0 || len(c.Inbox) != 0 {
		t.Errorf("left: %+v %+v", c.Outbox, c.Inbox)
	}
	if _, ok := c.Line("70"); ok {
		t.Error("a line that is gone is found")
	}
}

// RULES: wa.policy
func TestWhoWantsSilenceHasIt(t *testing.T) {
	w := newWorld(t)
	now := w.clock.Now()
	person := func(id, text, opt string) store.Inbound {
		return store.Inbound{ID: id, At: now, Opt: opt, Input: flows.Input{From: flows.Person, Text: text}}
	}
	w.update(ana, func(c *store.Conversation) {
		c.Say("a", "", flows.Reply{Text: "en camino"}, now)
		c.Sent("a", "S1")
		c.Say("b", "", flows.Reply{Text: "espera", Ref: "r1"}, now)
	})
	for _, in := range []store.Inbound{person("1", "alta", store.OptIn), person("2", "baja", store.OptOut), person("3", "hola", ""),
		{ID: "4", Input: flows.Input{From: flows.Agent, Text: "¿hola?"}}} {
		if err := w.Accept(t.Context(), ana, in); err != nil {
			t.Fatal(err)
		}
	}
	c := w.load(ana)
	var waits []string
	for _, in := range c.Inbox {
		waits = append(waits, in.Input.Text+in.Input.Event+" "+in.Input.Values["reason"])
	}
	if want := []string{"alta ", "undelivered muted"}; !slices.Equal(waits, want) {
		t.Errorf("the engine hears %q, want %q", waits, want)
	}
	if len(c.Outbox) != 1 || c.Outbox[0].ID != "a" || !c.Muted.Equal(now) {
		t.Errorf("muted %v, outbox %+v", c.Muted, c.Outbox)
	}
	w.update(ana, func(c *store.Conversation) {
		c.Say("c", "", flows.Reply{Text: "no", Ref: "r2"}, now)
		c.Say("d", "", flows.Reply{To: "email:ana@example.org", Text: "sí"}, now)
	})
	if c = w.load(ana); len(c.Outbox) != 1 || c.Inbox[len(c.Inbox)-1].Input.Ref != "r2" {
		t.Errorf("a line for who wants silence: outbox %+v, inbox %+v", c.Outbox, c.Inbox)
	}
	if err := w.Accept(t.Context(), ana, person("5", "alta", store.OptIn)); err != nil {
		t.Fatal(err)
	}
	w.update(ana, func(c *store.Conversation) { c.Say("e", "", flows.Reply{Text: "de nuevo"}, now) })
	if c = w.load(ana); !c.Muted.IsZero() || len(c.Outbox) != 2 {
		t.Errorf("after the end of silence: muted %v, outbox %+v", c.Muted, c.Outbox)
	}
}

// The person's last message is known, whoever answers it. RULES: wa.window
func TestWhenThePersonWasHeardIsKnown(t *testing.T) {
	w := newWorld(t)
	at := w.clock.Now().Add(-time.Hour)
	for _, in := range []store.Inbound{{ID: "1", At: at, Input: flows.Input{From: flows.Person, Text: "hola"}}, {ID: "2", Input: flows.Input{From: flows.System, Event: "tick"}},
		{ID: "3", Input: flows.Input{From: flows.Agent, Text: "hola"}}} {
		if err := w.Accept(t.Context(), ana, in); err != nil {
			t.Fatal(err)
		}
	}
	if got := w.load(ana).Heard; !got.Equal(at.Truncate(time.Second)) {
		t.Errorf("heard %v, want %v", got, at)
	}
}

func TestWhatBecameOfALineIsRememberedBesideTheRecordAndCostsNoWriteOfItsOwn(t *testing.T) {
	w := newWorld(t)
	now := w.clock.Now()
	w.update(ana, func(c *store.Conversation) {
		c.Say("a", "", flows.Reply{Text: "uno"}, now)
		c.Say("b", "", flows.Reply{Text: "dos"}, now)
		c.Say("m", "", flows.Reply{To: "email:ana@example.org", Text: "correo", Ref: "r"}, now)
		c.Say("c", "", flows.Reply{Text: "tres"}, now)
	})
	w.update(ana, func(c *store.Conversation) {
		if out, _ := c.Line("c"); out.N != 4 {
			t.Fatalf("the outbox says line %d, want 4 as in the transcript", out.N)
		}
		c.Delivered("a", now)
		c.Trouble("b", "twilio 63016")
		c.Drop("b", "refused", now)
		c.Drop("c", "expired", now)
		if c.Arrived(1, false) {
			t.Error("that a line arrived asks for a write of its own")
		}
		if c.Arrived(99, true) {
			t.Error("a line that there is not was read")
		}
	})
	mail := w.mail()
	if err := w.Done(t.Context(), mail, ""); err != nil {
		t.Fatal(err)
	}
	c := w.load(ana)
	if f := c.Fates; f.Delivered != 1 || f.Read != 0 || !slices.Equal(f.Mailed, []uint64{3}) || !slices.Equal(f.Lost, []store.Lost{{N: 2, Why: "twilio 63016"}, {N: 4, Why: "expired"}}) {
		t.Errorf("got %+v", f)
	}
	if c.Arrived(1, true) {
		t.Error("nobody looks, and yet that a line was read asks for a write")
	}
	if got := w.load(ana).Fates.Read; got != 1 {
		t.Errorf("read up to line %d, want 1 without a write", got)
	}
	w.update(ana, func(c *store.Conversation) {
		if err := c.Hold("Laura", now); err != nil {
			t.Fatal(err)
		}
	})
	w.restart()
	if c = w.load(ana); c.Fates.Read != 1 {
		t.Errorf("after the next write and a restart: read up to %d, want 1", c.Fates.Read)
	}
	c.Fates.Read = 0
	if !c.Arrived(1, true) {
		t.Error("an agent is there, and that a line was read asks for no write")
	}
	w.update(ana, func(c *store.Conversation) {
		for i := range 40 {
			id := "x" + strconv.Itoa(i)
			c.Announce(id, flows.Reply{Text: id}, now)
			c.Drop(id, "expired", now)
		}
	})
	if n := len(w.load(ana).Fates.Lost); n != 12 {
		t.Errorf("%d lost lines are remembered, want the last 12", n)
	}
}
