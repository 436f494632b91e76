package store

import (
	"context"
	"fmt"
	"strings"
	"time"

	"ventanilla/flows"
)

// Trouble is the kind of what kept a message from being processed.
type Trouble string

// The kinds of trouble.
const (
	TroubleUnknown Trouble = ""       // also of what was set aside before kinds were kept
	TroubleBug     Trouble = "bug"    // a mistake of the program
	TroubleNoBot   Trouble = "no_bot" // the organisation has no bot any more
	TroubleCore    Trouble = "core"   // the organisation's system
)

// Broken is a message that could not be processed and was set aside with a case,
// so that the conversation goes on (RULES: talk.stuck).
type Broken struct {
	ID     string    `json:"-"` // names it to [Store.Retry] and [Store.Dismiss]
	Case   string    `json:"case"`
	At     time.Time `json:"at"`
	Key    flows.Key `json:"key"`
	Flow   string    `json:"flow,omitempty"`
	Step   string    `json:"step,omitempty"`
	In     Inbound   `json:"in"`
	Kind   Trouble   `json:"kind,omitempty"`
	Reason string    `json:"reason"` // for the operator; holds no secret
}

// SetAside takes a message off the inbox and keeps it under a case number, with
// the next Save. The case must hold nothing that tells who the person is.
func (c *Conversation) SetAside(in Inbound, kind Trouble, reason, caseID string, now time.Time) {
	c.forget(in.ID)
	c.queue.broken = append(c.queue.broken, Broken{Case: caseID, At: now, Key: c.Key,
		Flow: c.Dialog.Flow, Step: c.Dialog.Step, In: in, Kind: kind, Reason: reason})
}

// EachBroken calls visit for each message that was set aside, by case number, until that returns an error. It
// holds a few at a time.
func (s *Store) EachBroken(ctx context.Context, visit func(Broken) error) error {
	return s.each(ctx, setAside, func(e Entry) error {
		var x Broken
		if err := s.unseal(e, &x); err != nil {
			return fmt.Errorf("reading what was set aside: %w", err)
		}
		x.ID = strings.TrimPrefix(e.Key, setAside)
		return visit(x)
	})
}

// Retry puts a message that was set aside back into the inbox of its conversation, at the word of an
// agent. Of several who do so one wins; the others get [ErrNotFound], as for one that is not there
// (any more). While an agent holds the conversation nobody would answer: [ErrHeld]. It comes back as if it was
// written now, so that no code or proof counts for it that has ended since (RULES: code.life); and what an agent wanted
// to do for the person, without what a second agent said then (RULES: agent.never).
func (s *Store) Retry(ctx context.Context, id, by string) error {
	return s.resolve(ctx, id, func(c *Conversation, x Broken) error {
		if c.Holder != nil {
			return ErrHeld
		}
		x.In.Failures = 0
		if x.In.Input.From != flows.System { // those report what was
			x.In.At = s.clock.Now()
		}
		if x.In.Acts() {
			delete(x.In.Input.Values, flows.AidSecond)
		}
		c.Inbox = append(c.Inbox, x.In)
		c.Audit(flows.Audit{What: "retried", Who: by, Detail: map[string]string{"case": x.Case}}, s.clock.Now())
		return nil
	})
}

// DismissReasons are the words with which a message is let go.
var DismissReasons = []string{"solved", "repeated", "worthless", "reported"}

// Dismiss forgets a message that was set aside, at the word of an agent, who says why in a word for the
// trail. It returns [ErrNotFound] for one that is not there (any more).
func (s *Store) Dismiss(ctx context.Context, id, by, why string) error {
	return s.resolve(ctx, id, func(c *Conversation, x Broken) error {
		c.Audit(flows.Audit{What: "dismissed", Who: by, Detail: map[string]string{"case": x.Case, "reason": why}}, s.clock.Now())
		return nil
	})
}

// SetAsideOf returns a message that was set aside, or [ErrNotFound].
func (s *Store) SetAsideOf(ctx context.Context, id string) (x Broken, err error) {
	e, err := s.kv.Get(ctx, setAside+id)
	if err == nil {
		err = s.unseal(e, &x)
	}
	if err != nil {
		return x, fmt.Errorf("looking for what was set aside: %w", err)
	}
	x.ID = id
	return x, nil
}

// resolve ends a message that was set aside with a change of its conversation, in one transaction.
func (s *Store) resolve(ctx context.Context, id string, change func(*Conversation, Broken) error) error {
	return s.retry(ctx, setAside+id, func() error {
		x, err := s.SetAsideOf(ctx, id)
		if err != nil {
			return err
		}
		c, err := s.Load(ctx, x.Key)
		if err != nil {
			return err
		}
		// The record first: whoever ended it before this look changed the record, too.
		if _, err := s.SetAsideOf(ctx, id); err != nil {
			return err
		}
		if err := change(c, x); err != nil {
			return err
		}
		c.queue.drop = append(c.queue.drop, setAside+id)
		return s.Save(ctx, c)
	})
}
