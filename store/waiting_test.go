package store_test

import (
	"testing"
	"time"

	"ventanilla/flows"
	"ventanilla/store"
)

// RULES: talk.human. Who came first is first, whoever is taken by an agent or stops
// waiting makes room, and a restart forgets nobody.
func TestThePlaceInTheLine(t *testing.T) {
	w := newWorld(t)
	key := func(person string) flows.Key { return flows.Key{Portal: "mseg", Channel: "telegram", Person: person} }
	wait := func(person string, since time.Time) {
		t.Helper()
		w.update(key(person), func(c *store.Conversation) {
			c.Dialog.Flow, c.Dialog.Step, c.Dialog.Waiting = "handoff", "waiting", since
		})
	}
	place := func(person string, since time.Time, want int) {
		t.Helper()
		if got, err := w.Place(t.Context(), key(person), since); err != nil || got != want {
			t.Errorf("%s has %d people before them, %v; want %d", person, got, err, want)
		}
	}
	start := w.clock.Now()
	at := func(n int) time.Time { return start.Add(time.Duration(n) * time.Minute) }
	wait("ana", at(1))
	wait("beto", at(2))
	wait("carla", at(3))
	w.update(flows.Key{Portal: "iess", Channel: "telegram", Person: "otro"}, func(c *store.Conversation) { c.Dialog.Waiting = at(0) })
	place("ana", at(1), 0)
	place("carla", at(3), 2)
	w.restart()
	place("carla", at(3), 2)
	w.update(key("ana"), func(c *store.Conversation) { c.Holder = &store.Holder{Agent: "laura", Since: at(4)} })
	place("carla", at(3), 1)
	w.update(key("ana"), func(c *store.Conversation) { c.Holder = nil })
	place("carla", at(3), 2)
	wait("beto", time.Time{})
	place("carla", at(3), 1)
	wait("ana", at(5)) // anew: behind
	place("carla", at(3), 0)
	if err := w.Erase(t.Context(), key("carla")); err != nil {
		t.Fatal(err)
	}
	place("ana", at(5), 0)
}
