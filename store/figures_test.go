package store_test

import (
	"context"
	"errors"
	"math"
	"slices"
	"sync"
	"testing"
	"time"

	"ventanilla/flows"
	"ventanilla/store"
)

func TestFiguresOfTheSameNameAreMergedOnceAndOthersAdded(t *testing.T) {
	w := newWorld(t)
	day := "20261122"
	began, sent := store.Figure{What: store.CountBegan, Channel: "telegram"}, store.Figure{What: store.CountReply, Channel: "telegram", Outcome: store.ReplySent}
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			for range 2 { // twice the same
				if err := w.AddFigures(t.Context(), "mseg", day, string(rune('a'+i)), store.Figures{began: 1, sent: uint64(i)}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	got := store.Figures{}
	read := func(portal, from, to string) {
		got = store.Figures{}
		err := w.EachFigures(t.Context(), portal, from, to, func(_ string, f store.Figures) error { got.Merge(f); return nil })
		if err != nil {
			t.Fatal(err)
		}
	}
	if read("mseg", "20261101", "20261231"); got.Sum(store.Figure{What: store.CountBegan}) != 8 || got.Sum(sent) != 28 {
		t.Errorf("got %v", got)
	}
	for _, other := range [][3]string{{"iess", day, day}, {"mseg", "20261101", "20261121"}, {"mseg", "20261123", "20261231"}} {
		if read(other[0], other[1], other[2]); len(got) != 0 {
			t.Errorf("%v: got %v, want none", other, got)
		}
	}
}

// The day after the last that has four digits is no reason to read on for ever.
func TestFiguresEndWithTheirLastDay(t *testing.T) {
	w := newWorld(t)
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	err := w.EachFigures(ctx, "mseg", "99991230", "99991231", func(string, store.Figures) error { return nil })
	if err != nil {
		t.Errorf("the last days of 9999: %v", err)
	}
	if err := w.EachFigures(ctx, "mseg", "20261122", "", func(string, store.Figures) error { return nil }); err == nil {
		t.Error("what is no day is taken for one")
	}
}

func TestLengthsOfTimeAreReadBackToATwentieth(t *testing.T) {
	f := store.Figures{}
	for s := 1; s <= 1000; s++ {
		f[store.Figure{What: store.CountTook, Channel: "telegram", Errand: "recovery", Span: store.SpanOf(time.Duration(s) * time.Second)}]++
	}
	for q, want := range map[float64]float64{0.5: 500, 0.9: 900} {
		got, of := f.Quantile(q, store.Figure{What: store.CountTook, Errand: "recovery"})
		if of != 1000 || math.Abs(got.Seconds()/want-1) > 0.06 {
			t.Errorf("quantile %v: got %v of %d, want %v s of 1000", q, got, of, want)
		}
	}
	if got, of := f.Quantile(0.5, store.Figure{What: store.CountTook, Channel: "whatsapp"}); got != 0 || of != 0 {
		t.Errorf("of nothing: got %v of %d", got, of)
	}
}

func TestWhatWasSetAsideWaitsWhileAnAgentHasTheConversation(t *testing.T) {
	w := newWorld(t)
	err := w.Update(t.Context(), ana, func(c *store.Conversation) error {
		c.SetAside(store.Inbound{ID: "m1", Input: flows.Input{From: flows.Person, Text: "hola"}}, store.TroubleBug, "panic", "V123456", w.clock.Now())
		return c.Hold("Pedro", w.clock.Now())
	})
	list, err2 := w.broken()
	if err != nil || err2 != nil || len(list) != 1 {
		t.Fatalf("set aside: %v, %v, %v", list, err, err2)
	}
	if err := w.Retry(t.Context(), list[0].ID, "Laura"); !errors.Is(err, store.ErrHeld) {
		t.Errorf("while Pedro has it: %v", err)
	}
	if x, err := w.SetAsideOf(t.Context(), list[0].ID); err != nil || x.In.Input.Text != "hola" {
		t.Errorf("then it is %v, %v", x, err)
	}
}

// The acts of a day are those of that day, of conversations and of agents, however long their trails are.
func TestTheActsOfADayAreReadFromTheEndOfEachTrail(t *testing.T) {
	w := newWorld(t)
	note := func(k flows.Key, what string) {
		if err := w.Update(t.Context(), k, func(c *store.Conversation) error {
			c.Audit(flows.Audit{What: what, Who: "Laura"}, w.clock.Now())
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	}
	first := w.clock.Now()
	note(ana, "one")
	note(ana, "two")
	note(beto, "three")
	w.clock.Advance(24 * time.Hour)
	note(ana, "four")
	if _, err := w.Agents().Add(t.Context(), store.Agent{Name: "Laura", Role: store.Answers}); err != nil {
		t.Fatal(err)
	}
	for day, want := range map[time.Time][]string{first: {"mseg one", "mseg three", "mseg two"}, w.clock.Now(): {" agent_added", "mseg four"}, first.AddDate(0, 0, -1): nil} {
		var got []string
		err := w.Acts(t.Context(), day, func(a store.Act) error {
			got = append(got, a.Portal+" "+a.What)
			return nil
		})
		slices.Sort(got)
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: got %q, %v; want %q", day, got, err, want)
		}
	}
	if n, err := w.VerifyDay(t.Context(), first); err != nil || n != 2 {
		t.Errorf("verified %d trails of the first day, %v; want 2", n, err)
	}
}

// RULES: talk.stuck
func TestWhatWasSetAsideComesBackOnceHoweverManyAsk(t *testing.T) {
	w := newWorld(t)
	in := store.Inbound{ID: "m1", Input: flows.Input{From: flows.Person, Text: "hola"}}
	if err := w.Accept(t.Context(), ana, in); err != nil {
		t.Fatal(err)
	}
	if err := w.Update(t.Context(), ana, func(c *store.Conversation) error {
		c.SetAside(c.Inbox[0], store.TroubleBug, "panic: nil map", "V123456", w.clock.Now())
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	list, err := w.broken()
	if err != nil || len(list) != 1 {
		t.Fatalf("set aside: %v, %v", list, err)
	}
	w.clock.Advance(24 * time.Hour)
	var won, lost int
	var mu sync.Mutex
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			err := w.Retry(t.Context(), list[0].ID, "Laura")
			mu.Lock()
			defer mu.Unlock()
			switch {
			case err == nil:
				won++
			case errors.Is(err, store.ErrNotFound):
				lost++
			default:
				t.Error(err)
			}
		})
	}
	all.Wait()
	c, err := w.Load(t.Context(), ana)
	if err != nil || won != 1 || lost != 19 || len(c.Inbox) != 1 || c.Inbox[0].Input.Text != "hola" {
		t.Errorf("%d won, %d lost, the inbox holds %v, %v", won, lost, c.Inbox, err)
	}
	// RULES: code.life. A code and a proof that ended since count for it no more.
	if age := w.clock.Now().Sub(c.Inbox[0].At); age > time.Minute {
		t.Errorf("it comes back as if written %v ago", age)
	}
	trail, err := w.AuditTrail(t.Context(), ana, 0, 10)
	if err != nil || len(trail) != 1 || trail[0].What != "retried" || trail[0].Who != "Laura" {
		t.Errorf("the trail is %v, %v", trail, err)
	}
	if err := w.Dismiss(t.Context(), list[0].ID, "Laura", "bug"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("dismissing what came back: %v", err)
	}
}
