package console_test

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"ventanilla/bot"
	"ventanilla/flows"
	"ventanilla/store"
)

// races is how many times something is tried that happens at once. VENTANILLA_RACES sets another number.
func races() int {
	if n, err := strconv.Atoi(os.Getenv("VENTANILLA_RACES")); err == nil {
		return n
	}
	switch {
	case raced:
		return 60
	case testing.Short():
		return 150
	}
	return 1000
}

// gate keeps the sends to some people open until it is opened for them.
type gate struct {
	mu     sync.Mutex
	closed map[string]chan struct{} // by person
	begun  map[string]chan struct{}
}

// shut keeps the next send to a person open, and returns what tells that it began and what lets it end.
func (g *gate) shut(person string) (begun <-chan struct{}, open func()) {
	g.mu.Lock()
	defer g.mu.Unlock()
	began, closed := make(chan struct{}), make(chan struct{})
	g.begun[person], g.closed[person] = began, closed
	return began, sync.OnceFunc(func() { close(closed) })
}

func (g *gate) hold(d bot.Delivery) {
	g.mu.Lock()
	began, closed := g.begun[d.To], g.closed[d.To]
	delete(g.begun, d.To)
	g.mu.Unlock()
	if began != nil {
		close(began)
		<-closed
	}
}

// Two agents and the bot race for a conversation, over HTTP, half of the time while a line of the bot is
// being sent: one owner, no double voice.
func TestOfTwoAgentsOneGetsTheConversation(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	laura, pedro := w.hire("Laura", store.Answers), w.hire("Pedro", store.Answers)
	g := &gate{closed: map[string]chan struct{}{}, begun: map[string]chan struct{}{}}
	w.phone.held = g.hold
	n := races()
	lanes := make(chan struct{}, 8)
	var all sync.WaitGroup
	for i := range n {
		lanes <- struct{}{}
		all.Go(func() {
			defer func() { <-lanes }()
			w.race(i, g, laura, pedro)
		})
	}
	all.Wait()
}

// race is one of them.
func (w *world) race(i int, g *gate, agents ...*browser) {
	k := flows.Key{Portal: "mseg", Channel: "telegram", Person: fmt.Sprint("race", i)}
	var all sync.WaitGroup
	open := func() {}
	if i%2 == 0 {
		var begun <-chan struct{}
		begun, open = g.shut(k.Person)
		all.Go(func() { w.writes1(k, fmt.Sprint("m", i), "hola") })
		<-begun // the bot's line is on its way, and stays so
	} else {
		w.writes1(k, fmt.Sprint("m", i), "hola")
	}
	var won, spoke atomic.Int64
	var began sync.WaitGroup
	began.Add(len(agents) + 1)
	for _, b := range agents {
		all.Go(func() {
			began.Done()
			if status, _ := b.post(w.talk(k, "take"), nil); status == http.StatusSeeOther {
				won.Add(1)
			} else if status != http.StatusConflict {
				w.t.Errorf("got %d", status)
			}
			if status, _ := b.post(w.talk(k, "say"), line("Soy "+b.name)); status == http.StatusSeeOther {
				spoke.Add(1)
			}
		})
	}
	all.Go(func() { began.Done(); w.writes1(k, fmt.Sprint("r", i), "persona") })
	began.Wait()
	open()
	all.Wait()
	if won.Load() != 1 || spoke.Load() != 1 {
		w.t.Errorf("race %d: %d got it and %d spoke, want one", i, won.Load(), spoke.Load())
		return
	}
	c, err := w.store.Load(w.t.Context(), k)
	if err != nil || c.Holder == nil {
		w.t.Errorf("race %d: nobody holds it, %v", i, err)
		return
	}
	agent := c.Holder.Agent
	c.Leave()
	w.until("the agent's line left", func() bool { return slices.Contains(w.phone.heard(k.Person), "Soy "+agent) })
	heard := w.phone.heard(k.Person)
	if at := slices.IndexFunc(heard, func(s string) bool { return strings.HasPrefix(s, "Ahora te atiende") }); at < 0 || len(heard) != at+2 {
		w.t.Errorf("race %d: after the takeover the person heard %q", i, heard)
	}
}

// Agents take, answer, hand back and close while the person writes: whoever speaks holds it at that moment, of each
// takeover the person hears, and what the bot says is never between an agent's coming and going.
func TestTakingAndHandingBackAtOnceNeverHasTwoVoices(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	agents := []*browser{w.hire("Laura", store.Answers), w.hire("Pedro", store.Answers), w.hire("Jefa", store.Supervises)}
	n := max(races()/20, 5)
	var all sync.WaitGroup
	for i := range n {
		k := flows.Key{Portal: "mseg", Channel: "telegram", Person: fmt.Sprint("turns", i)}
		w.writes(k, "Ana", "hola")
		for _, b := range agents {
			all.Go(func() {
				for range 4 {
					b.post(w.talk(k, "take"), nil)
					b.post(w.talk(k, "say"), line("Soy "+b.name))
					act := []string{"return", "close"}[rand.IntN(2)]
					b.post(w.talk(k, act), form("mseg"))
				}
			})
		}
		all.Go(func() {
			for j := range 6 {
				w.writes1(k, fmt.Sprint("t", i, ".", j), "¿hola?")
			}
		})
		all.Wait()
		w.until("nothing is left", func() bool {
			c, err := w.store.Load(t.Context(), k)
			w.ok(err)
			defer c.Leave()
			return c.Holder == nil && len(c.Inbox) == 0 && len(c.Outbox) == 0
		})
		w.oneVoice(k)
	}
}

// oneVoice reads what a person heard: who spoke had come and not gone.
func (w *world) oneVoice(k flows.Key) {
	w.t.Helper()
	here := ""
	for _, said := range w.phone.heard(k.Person) {
		switch {
		case strings.HasPrefix(said, "Ahora te atiende una persona: "):
			here, _, _ = strings.Cut(strings.TrimPrefix(said, "Ahora te atiende una persona: "), ",")
		case strings.HasPrefix(said, "Soy "):
			if agent := strings.TrimPrefix(said, "Soy "); agent != here {
				w.t.Errorf("%s spoke while %q was there:\n%q", agent, here, w.phone.heard(k.Person))
				return
			}
		case strings.HasPrefix(said, "La persona que te atendía"):
			here = ""
		case here != "":
			w.t.Errorf("the bot said %q while %s was there:\n%q", said, here, w.phone.heard(k.Person))
			return
		}
	}
}

// writes1 is writes for several at once.
func (w *world) writes1(k flows.Key, id, text string) {
	err := w.worker.Receive(w.t.Context(), k, store.Inbound{ID: id, Name: "Ana", Input: flows.Input{From: flows.Person, Text: text}})
	if err != nil {
		w.t.Error(err)
	}
}
