package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Act is a line of some trail: of a conversation, or of an agent, where Name and Portal are "".
type Act struct {
	Name   string // of the conversation; see [Store.Name]
	Portal string
	AuditLine
}

// Acts calls visit for each audit line of a day (UTC), trail after trail, those of a trail in the
// order in which they were written, until that returns an error. It reads a trail from its end, so
// that one that is long costs no more than what the day added.
func (s *Store) Acts(ctx context.Context, at time.Time, visit func(Act) error) error {
	day := dayOf(at)
	prefix := trailDays + day + "."
	return s.each(ctx, prefix, func(e Entry) error {
		var head Chain
		if err := s.unseal(e, &head); err != nil {
			return errors.Join(ErrTampered, err)
		}
		name := strings.TrimPrefix(e.Key, prefix)
		lines, err := s.linesOf(ctx, name, head.N, day)
		if err != nil {
			return err
		}
		act := Act{}
		if c, err := s.Find(ctx, name); err == nil {
			act.Name, act.Portal = name, c.Key.Portal
			c.Leave()
		}
		for _, l := range slices.Backward(lines) {
			act.AuditLine = l
			if err := visit(act); err != nil {
				return err
			}
		}
		return nil
	})
}

// linesOf returns the lines of a trail that were written on a day, from the last one that it then had on, the latest first.
func (s *Store) linesOf(ctx context.Context, name string, last uint64, day string) (lines []AuditLine, err error) {
	for n := last; n > 0; n-- {
		e, err := s.kv.Get(ctx, numbered(trail, name, n))
		if errors.Is(err, ErrNotFound) {
			return lines, fmt.Errorf("%w: line %d of %s is missing", ErrTampered, n, name)
		}
		var l AuditLine
		if err == nil {
			err = s.unseal(e, &l)
		}
		if err != nil {
			return lines, fmt.Errorf("reading the audit trail: %w", err)
		}
		if at := dayOf(l.At); at < day {
			return lines, nil
		} else if at == day {
			lines = append(lines, l)
		}
	}
	return lines, nil
}

// Signed tells whether a day (UTC) has its checkpoint.
func (s *Store) Signed(ctx context.Context, at time.Time) (bool, error) {
	return s.has(ctx, checkpoints+dayOf(at))
}

// VerifyDay verifies every trail that grew on a day (UTC), and the day's checkpoint if it has one. It returns
// how many trails that are, or an [ErrTampered] that says what is wrong (RULES: data.audit).
func (s *Store) VerifyDay(ctx context.Context, at time.Time) (trails int, err error) {
	day := dayOf(at)
	c, err := s.checkpoint(ctx, day)
	switch {
	case errors.Is(err, ErrNotFound): // it is open
		trails, _, err = s.heads(ctx, day, func(name string, head Chain) error { return s.verifyChain(ctx, name, head, false) })
		return trails, err
	case err != nil:
		return 0, err
	}
	before := Checkpoint{}
	if c.Previous != "" {
		if before, err = s.checkpoint(ctx, c.Previous); err != nil {
			return 0, fmt.Errorf("%w: the checkpoint of %s: %w", ErrTampered, c.Previous, err)
		}
	}
	return c.Heads, s.verifyCheckpoint(ctx, c, before)
}

func (s *Store) checkpoint(ctx context.Context, day string) (c Checkpoint, err error) {
	e, err := s.kv.Get(ctx, checkpoints+day)
	if err != nil {
		return c, fmt.Errorf("reading a checkpoint: %w", err)
	}
	if err := s.unseal(e, &c); err != nil {
		return c, errors.Join(ErrTampered, err)
	}
	return c, nil
}

// EachConversation calls visit for each conversation that was not erased, in no order that means
// anything, until that returns an error. It holds one at a time.
func (s *Store) EachConversation(ctx context.Context, visit func(*Conversation) error) error {
	return s.each(ctx, conversations, func(e Entry) error {
		c, err := s.conversation(e)
		if err != nil {
			return err
		}
		if !c.Erased.IsZero() && c.Key.Person == "" {
			return nil
		}
		c.name = strings.TrimPrefix(e.Key, conversations)
		return visit(c)
	})
}
