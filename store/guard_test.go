package store_test

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"

	"ventanilla/flows"
)

var tries = flows.Budget{Kind: "code.tries", Max: 10, Per: 24 * time.Hour}

func spend(t testing.TB, g flows.Guard, subject string, b flows.Budget, op string) flows.Left {
	t.Helper()
	left, err := g.Spend(t.Context(), subject, b, op)
	if err != nil {
		t.Fatal(err)
	}
	return left
}

func peek(t testing.TB, g flows.Guard, subject string, b flows.Budget) flows.Left {
	t.Helper()
	left, err := g.Peek(t.Context(), subject, b)
	if err != nil {
		t.Fatal(err)
	}
	return left
}

// RULES: code.tries
func TestABudgetIsSpentAndComesBackOneByOne(t *testing.T) {
	w := newWorld(t)
	g, begun := w.Guards(), w.clock.Now()
	for i := range 10 {
		if left := spend(t, g, "account/17", tries, fmt.Sprint("op", i)); !left.OK || left.N != 9-i {
			t.Fatalf("spending %d: %+v", i, left)
		}
		w.clock.Advance(time.Hour)
	}
	w.restart()
	g = w.Guards()
	left := spend(t, g, "account/17", tries, "op-more")
	if left.OK || left.N != 0 || left.Next.Sub(begun.Add(24*time.Hour)).Abs() > time.Minute {
		t.Fatalf("over the budget: %+v, want the next a day after %v", left, begun)
	}
	if left := peek(t, g, "account/17", tries); left.OK || left.N != 0 {
		t.Fatalf("peeking: %+v", left)
	}
	if left := spend(t, g, "account/18", tries, "op0"); !left.OK {
		t.Fatal("one account's budget is another's")
	}
	if left := spend(t, g, "account/17", flows.Budget{Kind: "code.mails", Max: 1, Per: time.Hour}, "op0"); !left.OK {
		t.Fatal("one budget is another")
	}
	w.clock.Advance(14*time.Hour + time.Minute)
	if left := spend(t, g, "account/17", tries, "op-again"); !left.OK || left.N != 0 {
		t.Fatalf("a day after the first: %+v", left)
	}
	if left := spend(t, g, "account/17", tries, "op-again-2"); left.OK {
		t.Fatal("two came back at once")
	}
}

func TestTheSameOpCountsOnceInItsWindow(t *testing.T) {
	w := newWorld(t)
	g, b := w.Guards(), flows.Budget{Kind: "k", Max: 2, Per: time.Hour}
	for range 5 {
		if left := spend(t, g, "s", b, "a"); !left.OK || left.N != 1 {
			t.Fatalf("got %+v", left)
		}
	}
	spend(t, g, "s", b, "b")
	if left := spend(t, g, "s", b, "a"); !left.OK || left.N != 0 {
		t.Fatalf("a rerun after the last was taken: %+v", left)
	}
	w.clock.Advance(time.Hour)
	if left := spend(t, g, "s", b, "a"); !left.OK || left.N != 1 {
		t.Fatalf("an hour later: %+v", left)
	}
}

// RULES: code.tries
func TestManyWhoSpendAtOnceCannotBothTakeTheLast(t *testing.T) {
	w := newWorld(t)
	g := w.Guards()
	var granted, peeked atomic.Int32
	var wg sync.WaitGroup
	for i := range 100 {
		wg.Go(func() {
			left, err := g.Spend(t.Context(), "account/17", tries, fmt.Sprint("op", i/2))
			if err != nil {
				t.Error(err)
			}
			if left.OK {
				granted.Add(1)
			}
			if left, err := g.Peek(t.Context(), "account/17", tries); err != nil || left.N < 0 {
				peeked.Add(1)
			}
		})
	}
	wg.Wait()
	// each op is asked for twice: an op that was granted is granted again
	if n := granted.Load(); n < 10 || n > 20 || peek(t, g, "account/17", tries).N != 0 || peeked.Load() > 0 {
		t.Fatalf("%d of 100 were granted", n)
	}
}

func TestABudgetWithoutALimitWritesNothing(t *testing.T) {
	w := newWorld(t)
	before := len(w.dump())
	left := spend(t, w.Guards(), "s", flows.Budget{Kind: "k", Per: time.Hour}, "a")
	if again := peek(t, w.Guards(), "s", flows.Budget{Kind: "k"}); !left.OK || left.N != math.MaxInt || again != left {
		t.Fatalf("got %+v and %+v", left, again)
	}
	if after := len(w.dump()); after != before {
		t.Fatalf("%d entries before and %d after", before, after)
	}
}

func TestABudgetIsGivenBackWhole(t *testing.T) {
	w := newWorld(t)
	g := w.Guards()
	for i := range 10 {
		spend(t, g, "account/17", tries, fmt.Sprint(i))
		spend(t, g, "account/17", flows.Budget{Kind: "code.mails", Max: 20, Per: time.Hour}, fmt.Sprint(i))
	}
	for range 2 {
		if err := g.Clear(t.Context(), "account/17", "code.tries", "never.spent"); err != nil {
			t.Fatal(err)
		}
	}
	if left := peek(t, g, "account/17", tries); left.N != 10 {
		t.Fatalf("got %+v", left)
	}
	if left := peek(t, g, "account/17", flows.Budget{Kind: "code.mails", Max: 20, Per: time.Hour}); left.N != 10 {
		t.Fatalf("another budget of the subject: %+v", left)
	}
}

func TestASmallerLimitThanWasSpentIsOver(t *testing.T) {
	w := newWorld(t)
	g := w.Guards()
	for i := range 10 {
		spend(t, g, "s", tries, fmt.Sprint(i))
		w.clock.Advance(time.Minute)
	}
	small := tries
	small.Max = 3
	left := spend(t, g, "s", small, "x")
	want := w.clock.Now().Add(24*time.Hour - 3*time.Minute) // when only two of them are left in the window
	if left.OK || left.N != 0 || left.Next.Sub(want).Abs() > time.Second {
		t.Fatalf("got %+v, want next at %v", left, want)
	}
}

// RULES: notme
func TestAFreezeLastsUntilItsMomentOrItsThaw(t *testing.T) {
	w := newWorld(t)
	g := w.Guards()
	frozen := func() time.Time {
		until, err := g.Frozen(t.Context(), "account/17")
		if err != nil {
			t.Fatal(err)
		}
		return until
	}
	freeze := func(until time.Time) {
		if err := g.Freeze(t.Context(), "account/17", until); err != nil {
			t.Fatal(err)
		}
	}
	if !frozen().IsZero() {
		t.Fatal("frozen from the start")
	}
	until := w.clock.Now().Add(7 * 24 * time.Hour).Truncate(time.Millisecond)
	freeze(until)
	w.restart()
	g = w.Guards()
	if got := frozen(); !got.Equal(until) {
		t.Fatalf("frozen until %v, want %v", got, until)
	}
	freeze(time.Time{})
	if !frozen().IsZero() {
		t.Fatal("frozen after the thaw")
	}
	freeze(until)
	w.clock.Advance(7 * 24 * time.Hour)
	if !frozen().IsZero() {
		t.Fatal("frozen after its moment")
	}
}

// budgetModel is what a budget would be in memory.
type budgetModel struct {
	at  []time.Time
	ops []string
}

func (m *budgetModel) window(now time.Time, per time.Duration) {
	for len(m.at) > 0 && now.Sub(m.at[0]) >= per {
		m.at, m.ops = m.at[1:], m.ops[1:]
	}
}

// RULES: code.tries
func TestBudgetsDoWhatAListInMemoryWould(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		w := newWorld(t)
		defer func() { _ = w.kv.Close(); _ = os.RemoveAll(filepath.Dir(w.path)) }()
		g := w.Guards()
		b := flows.Budget{Kind: "k", Max: rapid.IntRange(1, 4).Draw(rt, "max"), Per: time.Hour}
		subjects := map[string]*budgetModel{"a": {}, "b": {}}
		subject := rapid.SampledFrom([]string{"a", "b"})
		rt.Repeat(map[string]func(*rapid.T){
			"spend": func(rt *rapid.T) {
				s, op := subject.Draw(rt, "subject"), fmt.Sprint(rapid.IntRange(0, 5).Draw(rt, "op"))
				m := subjects[s]
				m.window(w.clock.Now(), b.Per)
				again := slices.Contains(m.ops, op)
				ok := again || len(m.ops) < b.Max
				if ok && !again {
					m.at, m.ops = append(m.at, w.clock.Now()), append(m.ops, op)
				}
				if left := spend(t, g, s, b, op); left.OK != ok || left.N != b.Max-len(m.ops) {
					rt.Fatalf("got %+v, want %v and %d", left, ok, b.Max-len(m.ops))
				}
			},
			"clear": func(rt *rapid.T) {
				s := subject.Draw(rt, "subject")
				if err := g.Clear(t.Context(), s, b.Kind); err != nil {
					rt.Fatal(err)
				}
				*subjects[s] = budgetModel{}
			},
			"advance": func(rt *rapid.T) {
				w.clock.Advance(time.Duration(rapid.IntRange(1, 40).Draw(rt, "minutes")) * time.Minute)
			},
			"restart": func(*rapid.T) { w.restart(); g = w.Guards() },
			"": func(rt *rapid.T) {
				for s, m := range subjects {
					m.window(w.clock.Now(), b.Per)
					left := peek(t, g, s, b)
					if left.N != b.Max-len(m.ops) || left.OK != (left.N > 0) {
						rt.Fatalf("%s: got %+v with %d of %d spent", s, left, len(m.ops), b.Max)
					}
					if !left.OK && left.Next.Sub(m.at[0].Add(b.Per)).Abs() > time.Second {
						rt.Fatalf("%s: next at %v, want %v", s, left.Next, m.at[0].Add(b.Per))
					}
				}
			},
		})
	})
}
