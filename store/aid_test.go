package store_test

import (
	"errors"
	"strconv"
	"testing"
	"time"

	"ventanilla/flows"
	"ventanilla/store"
)

// act is what Laura does for the person.
func (w *world) act(id string, more ...string) store.Inbound {
	values := map[string]string{flows.AidReason: "lo pidió por teléfono", flows.AidAccount: "acc-1"}
	for i := 0; i+1 < len(more); i += 2 {
		values[more[i]] = more[i+1]
	}
	return store.Inbound{ID: id, At: w.clock.Now(), Name: "Laura", Input: flows.Input{Event: flows.AidEvent + "unlock", Values: values}}
}

func (w *world) plea(id string) store.Plea {
	in := w.act(id)
	return store.Plea{ID: id, Agent: in.Name, Event: in.Input.Event, Values: in.Input.Values, At: in.At}
}

func (w *world) must(err error, want error) {
	w.t.Helper()
	if !errors.Is(err, want) {
		w.t.Errorf("got %v, want %v", err, want)
	}
}

// RULES: agent.never. An act is accepted once, says nothing of a second agent by itself, and is not accepted behind
// the back of who holds the conversation.
func TestAnActIsAcceptedOnceAndFromNobodyElseThanTheHolder(t *testing.T) {
	w := newWorld(t)
	for range 3 {
		w.must(w.Bid(t.Context(), ana, w.act("a", flows.AidSecond, "Pedro")), nil)
	}
	c := w.load(ana)
	if len(c.Inbox) != 1 || c.Inbox[0].Input.From != flows.Agent || c.Inbox[0].Input.Values[flows.AidSecond] != "" {
		t.Fatalf("waiting: %+v", c.Inbox)
	}
	w.update(ana, func(c *store.Conversation) { _ = c.Hold("Pedro", w.clock.Now()) })
	w.must(w.Bid(t.Context(), ana, w.act("b")), store.ErrHeld)
	w.must(w.Plead(t.Context(), ana, w.plea("p")), store.ErrHeld)
	w.update(ana, func(c *store.Conversation) { c.HandBack(); _ = c.Hold("Laura", w.clock.Now()) })
	w.must(w.Bid(t.Context(), ana, w.act("b")), nil)
	lines, err := w.AuditTrail(t.Context(), ana, 0, 10)
	if err != nil || len(lines) != 2 || lines[0].What != "aid_asked" || lines[0].Who != "Laura" || lines[0].Detail[flows.AidReason] == "" {
		t.Errorf("the trail: %+v, %v", lines, err)
	}
}

// RULES: agent.never. What waits for a second agent is one for each act and agent, survives a restart, is allowed once, by
// somebody else, while one of the two holds the conversation or nobody does; and is erased with the person.
func TestWhatTakesTwoAgentsWaitsForOneOther(t *testing.T) {
	w := newWorld(t)
	for _, id := range []string{"p", "p", "q"} {
		w.must(w.Plead(t.Context(), ana, w.plea(id)), nil)
	}
	w.restart()
	if some, err := w.Pleaded(t.Context(), everywhere); err != nil || len(some) != 1 || some[0].ID != "q" || some[0].Name != w.Name(ana) {
		t.Fatalf("waiting: %+v, %v", some, err)
	}
	w.must(w.Allow(t.Context(), ana, "p", "Pedro"), store.ErrNotFound)
	w.must(w.Allow(t.Context(), ana, "q", "LAURA"), store.ErrOwnPlea)
	w.update(ana, func(c *store.Conversation) { _ = c.Hold("Otro", w.clock.Now()) })
	w.must(w.Allow(t.Context(), ana, "q", "Pedro"), store.ErrHeld)
	w.update(ana, func(c *store.Conversation) { c.HandBack(); _ = c.Hold("Pedro", w.clock.Now()) })
	w.must(w.Allow(t.Context(), ana, "q", "Pedro"), nil)
	w.must(w.Allow(t.Context(), ana, "q", "Eva"), store.ErrNotFound)
	c := w.load(ana)
	if len(c.Pleas) != 0 || len(c.Inbox) != 1 || c.Inbox[0].Name != "Laura" || c.Inbox[0].Input.Values[flows.AidSecond] != "Pedro" {
		t.Errorf("afterwards %+v waits, and %+v", c.Pleas, c.Inbox)
	}
	w.update(ana, func(c *store.Conversation) { c.HandBack() })
	w.must(w.Plead(t.Context(), ana, w.plea("r")), nil)
	w.must(w.Erase(t.Context(), ana), nil)
	w.must(w.Allow(t.Context(), ana, "r", "Pedro"), store.ErrNotFound)
	if some, err := w.Pleaded(t.Context(), everywhere); err != nil || len(some) != 0 {
		t.Errorf("erased: %+v, %v", some, err)
	}
	w.must(w.Plead(t.Context(), ana, w.plea("s")), nil)
	w.clock.Advance(store.PleaLife)
	if some, err := w.Pleaded(t.Context(), everywhere); err != nil || len(some) != 0 {
		t.Errorf("a quarter of an hour later: %+v, %v", some, err)
	}
}

// RULES: agent.never. An act that was set aside and comes back a day later rests on what holds then: neither on a proof
// of the day before nor on what a second agent said.
func TestAnActThatWasSetAsideComesBackAsAskedForNow(t *testing.T) {
	w := newWorld(t)
	w.must(w.Plead(t.Context(), ana, w.plea("p")), nil)
	w.must(w.Allow(t.Context(), ana, "p", "Pedro"), nil)
	w.update(ana, func(c *store.Conversation) {
		c.SetAside(c.Inbox[0], store.TroubleBug, "panic", "V123456", w.clock.Now())
	})
	w.clock.Advance(24 * time.Hour)
	list, err := w.broken()
	if err != nil || len(list) != 1 {
		t.Fatalf("set aside: %+v, %v", list, err)
	}
	w.must(w.Retry(t.Context(), list[0].ID, "Eva"), nil)
	in := w.load(ana).Inbox[0]
	if in.Input.Values[flows.AidSecond] != "" || in.Input.Values[flows.AidAccount] != "acc-1" || w.clock.Now().Sub(in.At) > time.Minute {
		t.Errorf("it comes back as %+v", in)
	}
}

func everywhere(string) bool { return true }

func TestABusyOrganisationHidesNoPleaOfAnother(t *testing.T) {
	w := newWorld(t)
	at := w.clock.Now()
	for i := range 120 {
		k := flows.Key{Channel: "telegram", Portal: "busy", Person: strconv.Itoa(i)}
		if err := w.Plead(t.Context(), k, store.Plea{ID: "p", Agent: "Laura", Event: "aid/unlock", Values: map[string]string{}, At: at}); err != nil {
			t.Fatal(err)
		}
	}
	k := flows.Key{Channel: "telegram", Portal: "quiet", Person: "1"}
	if err := w.Plead(t.Context(), k, store.Plea{ID: "q", Agent: "Laura", Event: "aid/unlock", Values: map[string]string{}, At: at}); err != nil {
		t.Fatal(err)
	}
	some, err := w.Pleaded(t.Context(), func(portal string) bool { return portal == "quiet" })
	if err != nil || len(some) != 1 || some[0].ID != "q" {
		t.Errorf("got %v, %v; want the one plea of the quiet organisation", some, err)
	}
	if all, err := w.Pleaded(t.Context(), everywhere); err != nil || len(all) != 100 {
		t.Errorf("got %d, %v; want the hundred that end first", len(all), err)
	}
}
