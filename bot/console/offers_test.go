package console_test

import (
	"fmt"
	"strings"
	"testing"

	"ventanilla/flows"
	"ventanilla/store"
)

func TestWhatCouldBeTappedAndWhatWasTappedReadAsOnThePhone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	laura := w.hire("Laura", store.Answers)
	offer := []flows.Option{{ID: "new", Label: "No, quiero una nueva"}, {ID: "old", Label: "Sí, la sé <b>"}}
	for _, k := range []flows.Key{ana, beto} {
		w.change(k, func(c *store.Conversation) {
			c.Say("q", "", flows.Reply{Text: "¿Te acordás?", Offer: offer, Not: w.later()}, w.clock.Now())
			c.Say("p", "", flows.Reply{Text: "Elegí", Button: "Elegir mi clave", Not: w.later()}, w.clock.Now())
		})
	}
	w.ok(w.worker.Receive(t.Context(), ana, store.Inbound{ID: "tap", Input: flows.Input{From: flows.Person, Choice: "new"}}))
	_, page := laura.get(w.talk(ana, ""))
	if got := plain(page); !strings.Contains(got, "¿Te acordás? No, quiero una nueva Sí, la sé <b>") || !strings.Contains(got, "Elegir mi clave") {
		t.Errorf("what could be tapped is not there:\n%s", got)
	}
	for _, after := range []int{0, 1, 2} { // the question is on the page that is open, or comes along
		_, part := laura.get(w.talk(ana, fmt.Sprint("lines?after=", after)))
		if !strings.Contains(part, `<span class="choice">No, quiero una nueva</span>`) {
			t.Errorf("after line %d what was tapped reads\n%s", after, part)
		}
	}
	if _, page := laura.get(w.talk(beto, "")); !strings.Contains(page, `class="offers numbered"`) {
		t.Errorf("on WhatsApp what can be chosen has no numbers:\n%s", page)
	}
}
