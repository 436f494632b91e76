package bot_test

import (
	"testing"

	"ventanilla/bot"
	"ventanilla/flows"
	"ventanilla/store"
)

// RULES: agent.never. An act that was accepted and not done yet is over once somebody else takes the conversation over:
// the dialog never hears of it, and the trail says so.
func TestAnActEndsWhenSomebodyElseTakesOver(t *testing.T) {
	w := newWorld(t)
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	in := store.Inbound{ID: "act", At: w.clock.Now(), Name: "Laura", Input: flows.Input{Event: flows.AidEvent + "unlock", Values: map[string]string{flows.AidReason: "lo pidió"}}}
	must(w.store.Bid(t.Context(), ana, in))
	must(w.worker.Takeover(t.Context(), ana, "Pedro"))
	before, err := w.store.Load(t.Context(), ana)
	must(err)
	must(w.worker.Drain(t.Context(), ana))
	c, err := w.store.Load(t.Context(), ana)
	must(err)
	if len(c.Inbox) != 0 || c.Turns != before.Turns {
		t.Errorf("%d wait and the dialog answered %d times, want none", len(c.Inbox), c.Turns-before.Turns)
	}
	lines, err := w.store.AuditTrail(t.Context(), ana, 0, 10)
	must(err)
	if last := lines[len(lines)-1]; last.What != "aided" || last.Who != "Laura" || last.Detail["outcome"] != bot.AidHeld {
		t.Errorf("the trail ends with %+v", last)
	}
}
