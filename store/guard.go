package store

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"ventanilla/flows"
)

var _ flows.Guard = (*Guards)(nil)

// Guards keeps budgets and freezes in a store, each as one entry that is swapped,
// so that two who spend at once cannot both take the last one.
type Guards struct{ s *Store }

// Guards returns the budgets and freezes kept in the store.
func (s *Store) Guards() *Guards { return &Guards{s} }

// spent is one use of a budget: when, and a keyed hash of the op.
type spent struct {
	at int64 // Unix milliseconds
	op uint64
}

// Spend implements [flows.Guard]. A budget without a limit writes nothing.
func (g *Guards) Spend(ctx context.Context, subject string, b flows.Budget, op string) (left flows.Left, err error) {
	if b.Max <= 0 {
		return flows.Left{OK: true, N: math.MaxInt}, nil
	}
	key := g.key(subject, b.Kind)
	sum := g.s.names.sum("op", op)
	hash := binary.BigEndian.Uint64(sum[:])
	err = g.s.retry(ctx, key, func() error {
		left, err = g.spend(ctx, key, b, hash)
		return err
	})
	return left, err
}

func (g *Guards) spend(ctx context.Context, key string, b flows.Budget, op uint64) (flows.Left, error) {
	now := g.s.clock.Now()
	uses, rev, err := g.uses(ctx, key, b, now)
	if err != nil {
		return flows.Left{}, err
	}
	again := slices.ContainsFunc(uses, func(u spent) bool { return u.op == op })
	if again || len(uses) >= b.Max {
		left := leftOf(uses, b)
		left.OK = again
		return left, nil
	}
	uses = append(uses, spent{now.UnixMilli(), op})
	left := leftOf(uses, b)
	left.OK = true
	return left, g.put(ctx, Entry{Key: key, Rev: rev, Expires: now.Add(b.Per)}, encodeUses(uses))
}

// Peek implements [flows.Guard]. OK tells whether one could be taken.
func (g *Guards) Peek(ctx context.Context, subject string, b flows.Budget) (flows.Left, error) {
	if b.Max <= 0 {
		return flows.Left{OK: true, N: math.MaxInt}, nil
	}
	uses, _, err := g.uses(ctx, g.key(subject, b.Kind), b, g.s.clock.Now())
	left := leftOf(uses, b)
	left.OK = left.N > 0
	return left, err
}

// Clear implements [flows.Guard].
func (g *Guards) Clear(ctx context.Context, subject string, kinds ...string) error {
	for _, kind := range kinds {
		if err := g.erase(ctx, g.key(subject, kind)); err != nil {
			return err
		}
	}
	return nil
}

// Freeze implements [flows.Guard].
func (g *Guards) Freeze(ctx context.Context, subject string, until time.Time) error {
	key := g.frozenKey(subject)
	if until.IsZero() {
		return g.erase(ctx, key)
	}
	b := binary.BigEndian.AppendUint64(nil, uint64(until.UnixMilli()))
	return g.s.retry(ctx, key, func() error {
		_, rev, err := g.get(ctx, key)
		if err != nil {
			return err
		}
		return g.put(ctx, Entry{Key: key, Rev: rev, Expires: until}, b)
	})
}

// Frozen implements [flows.Guard].
func (g *Guards) Frozen(ctx context.Context, subject string) (time.Time, error) {
	b, _, err := g.get(ctx, g.frozenKey(subject))
	if err != nil || len(b) != 8 {
		return time.Time{}, err
	}
	until := time.UnixMilli(int64(binary.BigEndian.Uint64(b))).UTC()
	if past(until, g.s.clock.Now()) {
		return time.Time{}, nil
	}
	return until, nil
}

func (g *Guards) key(subject, kind string) string {
	return guards + g.s.names.name("budget", subject, kind)
}

func (g *Guards) frozenKey(subject string) string { return guards + g.s.names.name("frozen", subject) }

// uses returns what of a budget was used within its window, oldest first.
func (g *Guards) uses(ctx context.Context, key string, b flows.Budget, now time.Time) ([]spent, uint64, error) {
	value, rev, err := g.get(ctx, key)
	if err != nil {
		return nil, 0, err
	}
	uses, err := decodeUses(value)
	since := now.Add(-b.Per).UnixMilli()
	return slices.DeleteFunc(uses, func(u spent) bool { return u.at <= since }), rev, err
}

func (g *Guards) get(ctx context.Context, key string) (value []byte, rev uint64, err error) {
	e, err := g.s.kv.Get(ctx, key)
	if errors.Is(err, ErrNotFound) {
		return nil, 0, nil
	}
	if err != nil {
		return nil, 0, fmt.Errorf("reading a budget: %w", err)
	}
	value, err = g.s.sealer.Load().open(key, e.Value)
	return value, e.Rev, err
}

func (g *Guards) put(ctx context.Context, e Entry, plain []byte) error {
	v, err := g.s.sealer.Load().seal(nil, []byte(e.Key), plain)
	if err != nil {
		return err
	}
	e.Value = v
	if _, err := g.s.kv.Put(ctx, e); err != nil {
		return fmt.Errorf("writing a budget: %w", err)
	}
	return nil
}

func (g *Guards) erase(ctx context.Context, key string) error {
	return g.s.retry(ctx, key, func() error {
		_, rev, err := g.get(ctx, key)
		if err != nil || rev == 0 {
			return err
		}
		return g.s.remove(ctx, Entry{Key: key, Rev: rev})
	})
}

func leftOf(uses []spent, b flows.Budget) flows.Left {
	left := flows.Left{N: max(b.Max-len(uses), 0)}
	if left.N == 0 && len(uses) > 0 {
		left.Next = time.UnixMilli(uses[len(uses)-b.Max].at).Add(b.Per).UTC()
	}
	return left
}

func encodeUses(uses []spent) []byte {
	b := make([]byte, 0, 16*len(uses))
	for _, u := range uses {
		b = binary.BigEndian.AppendUint64(b, uint64(u.at))
		b = binary.BigEndian.AppendUint64(b, u.op)
	}
	return b
}

func decodeUses(b []byte) ([]spent, error) {
	if len(b)%16 != 0 {
		return nil, errors.New("reading a budget: it has an odd length")
	}
	uses := make([]spent, len(b)/16)
	for i := range uses {
		uses[i] = spent{int64(binary.BigEndian.Uint64(b[16*i:])), binary.BigEndian.Uint64(b[16*i+8:])}
	}
	return uses, nil
}
