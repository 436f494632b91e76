package console_test

import (
	"fmt"
	"net/url"
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

func TestTheTranscriptSaysHowAnAgentLeft(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	laura, boss := w.hire("Laura", store.Answers), w.hire("Jefa", store.Supervises)
	w.writes(ana, "Ana", "hola", "persona")
	for _, x := range []struct {
		by             *browser
		do, form, want string
	}{
		{laura, "return", "", "Laura · la devolvió al asistente"},
		{boss, "free", "holder=Laura", "Laura · ya no la tiene"},
		{laura, "close", "outcome=elsewhere", "Laura · la cerró: sigue en otro lado"},
	} {
		laura.post(w.talk(ana, "take"), nil)
		form, err := url.ParseQuery(x.form)
		w.ok(err)
		x.by.post(w.talk(ana, x.do), form)
		if _, page := laura.get(w.talk(ana, "")); strings.Count(plain(page), x.want) != 1 {
			t.Errorf("after %s the page has no %q:\n%s", x.do, x.want, plain(page))
		}
	}
	w.until("the dialog is over", func() bool {
		_, page := laura.get(w.talk(ana, ""))
		return strings.Contains(plain(page), "No hay nada en curso")
	})
	if said := strings.Join(w.phone.heard(ana.Person), "\n"); strings.Contains(said, "la cerró") || strings.Contains(said, "la devolvió") {
		t.Errorf("the person reads of it:\n%s", said)
	}
}
