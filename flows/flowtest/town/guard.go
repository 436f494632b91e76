package town

import (
	"context"
	"maps"
	"time"

	"ventanilla/flows"
)

// Guard keeps budgets in memory, for one goroutine.
type Guard struct {
	clock  *flows.Clock
	spent  map[string]map[string]time.Time
	frozen map[string]time.Time
}

var _ flows.Guard = (*Guard)(nil)

// NewGuard returns a guard that counted nothing yet.
func NewGuard(clock *flows.Clock) *Guard {
	return &Guard{clock: clock, spent: map[string]map[string]time.Time{}, frozen: map[string]time.Time{}}
}

// Cold is how many subjects were ever frozen.
func (g *Guard) Cold() int { return len(g.frozen) }

func (g *Guard) left(subject string, b flows.Budget) (map[string]time.Time, flows.Left) {
	key := b.Kind + " " + subject
	if g.spent[key] == nil {
		g.spent[key] = map[string]time.Time{}
	}
	var next time.Time
	for op, at := range g.spent[key] {
		if end := at.Add(b.Per); !end.After(g.clock.Now()) {
			delete(g.spent[key], op)
		} else if next.IsZero() || end.Before(next) {
			next = end
		}
	}
	n := b.Max - len(g.spent[key])
	return g.spent[key], flows.Left{OK: n > 0 || b.Max == 0, N: max(n, 0), Next: next}
}

// Spend implements [flows.Guard].
func (g *Guard) Spend(_ context.Context, subject string, b flows.Budget, op string) (flows.Left, error) {
	ops, left := g.left(subject, b)
	if _, again := ops[op]; again {
		left.OK = true
		return left, nil
	}
	if left.OK {
		ops[op] = g.clock.Now()
		left.N--
	}
	return left, nil
}

// Peek implements [flows.Guard].
func (g *Guard) Peek(_ context.Context, subject string, b flows.Budget) (flows.Left, error) {
	_, left := g.left(subject, b)
	return left, nil
}

// Clear implements [flows.Guard].
func (g *Guard) Clear(_ context.Context, subject string, kinds ...string) error {
	for _, k := range kinds {
		delete(g.spent, k+" "+subject)
	}
	return nil
}

// Freeze implements [flows.Guard].
func (g *Guard) Freeze(_ context.Context, subject string, until time.Time) error {
	g.frozen[subject] = until
	return nil
}

// Frozen implements [flows.Guard].
func (g *Guard) Frozen(_ context.Context, subject string) (time.Time, error) {
	if until := g.frozen[subject]; until.After(g.clock.Now()) {
		return until, nil
	}
	return time.Time{}, nil // as the store has it: what is over was never there
}

// Mark remembers what was counted so far; what it returns forgets all that was counted since.
func (g *Guard) Mark() (forget func()) {
	spent, frozen := map[string]map[string]time.Time{}, maps.Clone(g.frozen)
	for key, ops := range g.spent {
		spent[key] = maps.Clone(ops)
	}
	return func() {
		g.spent, g.frozen = spent, frozen
	}
}

// Reset forgets all that was counted and frozen.
func (g *Guard) Reset() {
	clear(g.spent)
	clear(g.frozen)
}
