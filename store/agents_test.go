package store_test

import (
	"errors"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"ventanilla/backend/secret"
	"ventanilla/flows"
	"ventanilla/store"
)

// hire adds an agent and enrols it.
func hire(t *testing.T, g *store.Agents, a store.Agent) {
	t.Helper()
	token, err := g.Add(t.Context(), a)
	if err != nil {
		t.Fatal(err)
	}
	if err := g.Enrol(t.Context(), token.Reveal(), "hash", 7); err != nil {
		t.Fatal(err)
	}
}

func TestAnEnrolmentLinkWorksOnceAndForADay(t *testing.T) {
	w := newWorld(t)
	g := w.Agents()
	token, err := g.Add(t.Context(), store.Agent{Name: "Laura", Role: store.Answers, Portals: []string{"mseg"}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := g.Add(t.Context(), store.Agent{Name: "laura"}); !errors.Is(err, store.ErrAgentExists) {
		t.Errorf("the same name again: got %v", err)
	}
	for _, wrong := range []string{"", "x", token.Reveal()[:32] + strings.Repeat("0", 32), strings.Repeat("0", 64)} {
		if _, err := g.Enrolling(t.Context(), wrong); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("token %q: got %v, want ErrNotFound", wrong, err)
		}
	}
	var won atomic.Int64
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if err := g.Enrol(t.Context(), token.Reveal(), "hash", 7); err == nil {
				won.Add(1)
			}
		})
	}
	if all.Wait(); won.Load() != 1 {
		t.Errorf("%d enrolments with one link, want 1", won.Load())
	}
	late, err := g.Add(t.Context(), store.Agent{Name: "Pedro", Role: store.Audits})
	if err != nil {
		t.Fatal(err)
	}
	w.clock.Advance(store.EnrolFor)
	if err := g.Enrol(t.Context(), late.Reveal(), "hash", 7); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("a day later: got %v, want ErrNotFound", err)
	}
}

func TestASessionEndsBySilenceByAgeByAHandAndWithItsAgent(t *testing.T) {
	w := newWorld(t)
	g := w.Agents()
	hire(t, g, store.Agent{Name: "Laura", Role: store.Answers})
	begin := func() store.Session {
		s, err := g.Begin(t.Context(), "token", "Laura", "Firefox")
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	open := func() bool {
		_, a, err := g.Session(t.Context(), "token")
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			t.Fatal(err)
		}
		return err == nil && a.Name == "Laura"
	}
	end := func(s store.Session) {
		if err := g.End(t.Context(), s.ID); err != nil {
			t.Fatal(err)
		}
	}
	s := begin()
	w.clock.Advance(store.SessionIdle - time.Second)
	if !open() {
		t.Error("over before half an hour of silence")
	}
	w.clock.Advance(store.SessionIdle)
	if open() {
		t.Error("open after half an hour of silence")
	}
	end(s)
	s = begin()
	for range 3*12 - 1 {
		w.clock.Advance(20 * time.Minute)
		if !open() {
			t.Fatal("over while it was used")
		}
	}
	w.clock.Advance(20 * time.Minute)
	if open() {
		t.Error("open after twelve hours")
	}
	end(s)
	s = begin()
	if end(s); open() {
		t.Error("open after it was ended")
	}
	begin()
	if err := g.Remove(t.Context(), "LAURA"); err != nil {
		t.Fatal(err)
	}
	if all, err := g.Sessions(t.Context()); open() || err != nil || len(all) != 0 {
		t.Errorf("after its agent was removed: %v, %v", all, err)
	}
}

// RULES: data.audit
func TestTheTrailOfAgentsIsPartOfWhatIsVerified(t *testing.T) {
	w := newWorld(t)
	g := w.Agents()
	hire(t, g, store.Agent{Name: "Laura", Role: store.Answers})
	if err := g.Remove(t.Context(), "Laura"); err != nil {
		t.Fatal(err)
	}
	hire(t, g, store.Agent{Name: "Laura", Role: store.Supervises}) // she came back
	k := flows.Key{Portal: "mseg", Channel: "telegram", Person: "1"}
	err := w.Update(t.Context(), k, func(c *store.Conversation) error {
		c.Audit(flows.Audit{What: "case_opened", Detail: map[string]string{"case": "V123456"}}, w.clock.Now())
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	w.clock.Advance(48 * time.Hour)
	if _, err := w.Checkpoint(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n, err := w.VerifyTrails(t.Context()); n != 2 || err != nil {
		t.Fatalf("got %d trails, %v; want those of a conversation and an agent", n, err)
	}
	lines, err := g.Trail(t.Context(), "Laura")
	if err != nil {
		t.Fatal(err)
	}
	var what []string
	for _, l := range lines {
		what = append(what, l.What)
	}
	if want := []string{"agent_added", "agent_enrolled", "agent_removed", "agent_added", "agent_enrolled"}; !slices.Equal(what, want) {
		t.Errorf("got %q, want %q", what, want)
	}
	if names, err := w.Cases(t.Context(), "v123456"); err != nil || !slices.Equal(names, []string{w.Name(k)}) {
		t.Errorf("the case leads to %q, %v", names, err)
	}
	if names, err := w.Cases(t.Context(), "V12345"); err != nil || len(names) != 0 {
		t.Errorf("half a number leads to %q, %v", names, err)
	}
	es, err := w.kv.List(t.Context(), "u.", "", 1)
	if err != nil || len(es) != 1 {
		t.Fatal(es, err)
	}
	if _, err := w.kv.Put(t.Context(), store.Entry{Key: es[0].Key, Rev: es[0].Rev}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.VerifyTrails(t.Context()); !errors.Is(err, store.ErrTampered) {
		t.Errorf("a line was taken out: got %v", err)
	}
}

func TestSessionsAreCarriedOverALeapOfTheClockAndNoLonger(t *testing.T) {
	w := newWorld(t)
	g := w.Agents()
	hire(t, g, store.Agent{Name: "Laura", Role: store.Answers})
	open := func(token secret.Text) bool {
		_, _, err := g.Session(t.Context(), token)
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			t.Fatal(err)
		}
		return err == nil
	}
	leap := func(d time.Duration) {
		if err := g.Carry(t.Context(), d); err != nil {
			t.Fatal(err)
		}
		w.clock.Advance(d)
	}
	for _, token := range []secret.Text{"old", "new"} {
		if _, err := g.Begin(t.Context(), token, "Laura", "Firefox"); err != nil {
			t.Fatal(err)
		}
		if token == "old" {
			w.clock.Advance(store.SessionIdle + time.Second)
		}
	}
	leap(time.Hour)
	leap(100 * 24 * time.Hour)
	if open("old") || !open("new") {
		t.Errorf("one that was over is open: %v; one that was not: %v", open("old"), open("new"))
	}
	w.clock.Advance(store.SessionIdle + time.Second)
	if open("new") {
		t.Error("open after half an hour of silence")
	}
}
