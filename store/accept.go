package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"ventanilla/flows"
)

// Accept records in as waiting for an answer. When it returns nil the message is
// safe, or was refused for good, and may be acknowledged. Accepting the same id
// twice within [SeenFor] is once.
//
// A person who writes too fast (Limits.Chat, Limits.Inbox; RULES: flood.chat) gets
// one notice a minute, and what they write meanwhile is not kept. While an agent
// holds the conversation, the person's lines go to the transcript only and the
// agent's to the chat.
func (s *Store) Accept(ctx context.Context, k flows.Key, in Inbound) error {
	return s.retry(ctx, s.Name(k), func() error {
		c, changed, err := s.Receive(ctx, k, in)
		if err != nil || !changed {
			return err
		}
		return s.Save(ctx, c)
	})
}

// Receive does what [Store.Accept] does, up to the write: it returns the
// conversation with in accepted, and whether that changed anything. Nothing is
// safe before [Store.Save] returned nil, which may write an answer at once with
// it. On ErrConflict begin again with Receive.
func (s *Store) Receive(ctx context.Context, k flows.Key, in Inbound) (c *Conversation, changed bool, err error) {
	if in.ID == "" {
		return nil, false, errors.New("accepting a message: it has no id")
	}
	if c, err = s.Load(ctx, k); err != nil {
		return nil, false, err
	}
	if dup, err := s.accepted(ctx, c, in); err != nil || dup {
		return c, false, err
	}
	return c, s.take(c, in), nil
}

func (s *Store) has(ctx context.Context, key string) (bool, error) {
	_, err := s.kv.Get(ctx, key)
	if errors.Is(err, ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("looking for %s: %w", kindOf(key), err)
	}
	return true, nil
}

// take puts a new message where it belongs and tells whether anything changed.
func (s *Store) take(c *Conversation, in Inbound) bool {
	if in.At.IsZero() {
		in.At = s.clock.Now()
	}
	if !c.markedLately(s.clock.Now()) {
		c.Marks.Ids = nil
	}
	if ofPerson(in) {
		c.Heard = in.At.Truncate(time.Second)
		if in.Opt != OptOut && s.floods(c, in) {
			return s.notice(c, in)
		}
		if s.screen != nil {
			in.Input = s.screen(c.Key, c.Dialog, in.Input)
		}
		if in.Name != "" {
			c.Name = in.Name
		}
	}
	s.mark(c, in)
	if in.Input.Event != "tick" {
		c.line(heardLine(in))
	}
	switch {
	case s.opt(c, in): // said and done, or not wanted
	case c.Holder != nil && ofPerson(in): // the engine is out: the agent reads it
	case c.Holder != nil && in.Input.From == flows.Agent && in.Input.Text != "":
		c.Outbox = append(c.Outbox, Outbound{ID: in.ID + "/0", At: in.At, Reply: flows.Reply{Text: in.Input.Text}, N: c.Lines})
	default:
		c.Inbox = append(c.Inbox, in)
	}
	return true
}

// ofPerson tells whether a message counts against the person's bounds.
func ofPerson(in Inbound) bool {
	return in.Input.From != flows.Agent && in.Input.From != flows.System
}

// floods counts a message and tells whether it is one too many.
func (s *Store) floods(c *Conversation, in Inbound) bool {
	waiting := 0
	for _, x := range c.Inbox {
		if ofPerson(x) {
			waiting++
		}
	}
	fast := c.Flood.count(s.limits.Chat, in.At)
	return fast || s.limits.Inbox > 0 && waiting >= s.limits.Inbox
}

// count adds a message at a moment unless it is over the budget. The estimate is that of a
// sliding window: the minute before counts in proportion to how much of it the
// last minute covers.
func (f *Flood) count(b flows.Budget, at time.Time) (over bool) {
	if b.Max <= 0 || b.Per <= 0 {
		return false
	}
	if age := at.Sub(f.From); age >= 2*b.Per || f.From.IsZero() {
		*f = Flood{From: at.Truncate(time.Millisecond)}
	} else if age >= b.Per {
		*f = Flood{From: f.From.Add(b.Per), Prev: f.N}
	}
	covered := 1 - float64(at.Sub(f.From))/float64(b.Per)
	if float64(f.Prev)*min(max(covered, 0), 1)+float64(f.N) > float64(b.Max-1) {
		return true
	}
	f.N++
	return false
}

// notice says once a minute that a person writes too fast.
func (s *Store) notice(c *Conversation, in Inbound) bool {
	told := c.Flood.Told && in.At.Sub(c.Flood.From) < max(s.limits.Chat.Per, time.Minute)
	if told || s.flooded == nil {
		return false
	}
	if s.limits.Chat.Max <= 0 { // only the inbox is bounded: the notice itself begins the minute
		c.Flood.From = in.At
	}
	c.Flood.Told = true
	s.mark(c, in)
	c.Say(in.ID+"/0", in.Origin, s.flooded(c.Key), in.At)
	return true
}
