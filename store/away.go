package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"ventanilla/flows"
)

// Expired is the reason given for a reply that was not delivered before its Until.
const Expired = "expired"

func (s *Store) awayEntry(name string, out Outbound) Entry {
	return Entry{Key: away + name + "." + s.names.name("outbound", out.ID), Due: earlier(later(out.At, out.Not), out.Until)}
}

// reportOf is what the dialog hears of a reply's fate, if it asked to.
func reportOf(out Outbound, failed string, now time.Time) (in Inbound, heard bool) {
	if out.Reply.Ref == "" {
		return in, false
	}
	in = Inbound{ID: out.ID + "/sent", At: now, Input: flows.Input{From: flows.System, Event: "sent", Ref: out.Reply.Ref}}
	if failed != "" {
		in.ID = out.ID + "/undelivered"
		in.Input.Event, in.Input.Values = "undelivered", map[string]string{"reason": failed}
	}
	return in, true
}

// Done removes a reply that was delivered (failed is ""), or that never will be,
// with the reason. If it has a Ref, the dialog hears "sent" or "undelivered" in the
// same transaction. Doing it twice is doing it once. One that its network took and that has
// a receipt in [Outbound].Sent is remembered until Known, in case it comes back ([Store.Returned]).
func (s *Store) Done(ctx context.Context, a Away, failed string) error {
	name := s.Name(a.Key)
	e := s.awayEntry(name, a.Out)
	report, heard := reportOf(a.Out, failed, s.clock.Now())
	if failed != "" {
		a.Out.Sent = ""
	}
	return s.retry(ctx, name, func() error {
		// The record first: whoever ends the reply after this look changes it too.
		c, err := s.Load(ctx, a.Key)
		if err != nil {
			return err
		}
		there, err := s.kv.Get(ctx, e.Key)
		switch {
		case errors.Is(err, ErrNotFound):
			return nil
		case err != nil:
			return fmt.Errorf("ending a reply: %w", err)
		case !heard:
			return s.removeAway(ctx, there, c, a)
		}
		c.ended(a.Out, failed)
		s.take(c, report)
		c.queue.drop = append(c.queue.drop, e.Key)
		c.queue.taken = append(c.queue.taken, a)
		return s.Save(ctx, c)
	})
}

// removeAway removes a reply of which no dialog waits to hear.
func (s *Store) removeAway(ctx context.Context, e Entry, c *Conversation, a Away) error {
	w := &write{seal: s.sealer.Load()}
	if !a.Out.At.Before(c.Erased) { // of an erased person nothing new is kept
		s.addReturnable(w, s.Name(a.Key), a)
	}
	if w.err != nil {
		return w.err
	}
	return s.remove(ctx, e, w.with...)
}

// remove deletes an entry and writes others, all or nothing.
func (s *Store) remove(ctx context.Context, e Entry, with ...Entry) error {
	if _, err := s.kv.Put(ctx, Entry{Key: e.Key, Rev: e.Rev}, with...); err != nil {
		return fmt.Errorf("removing %s: %w", kindOf(e.Key), err)
	}
	return nil
}

// PostponeAway keeps a reply until a later moment, and counts the try. It
// returns [ErrConflict] if the reply was done or postponed meanwhile.
func (s *Store) PostponeAway(ctx context.Context, a Away, until time.Time) error {
	a.Out.Tries++
	return s.DelayAway(ctx, a, until)
}

// DelayAway is PostponeAway for a reply that was not tried.
func (s *Store) DelayAway(ctx context.Context, a Away, until time.Time) error {
	a.Out.Not = until
	w := &write{seal: s.sealer.Load()}
	e := s.awayEntry(s.Name(a.Key), a.Out)
	e.Rev = a.rev
	if w.add(e, a); w.err != nil {
		return w.err
	}
	if _, err := s.kv.Put(ctx, w.with[0]); err != nil {
		return fmt.Errorf("postponing a reply: %w", err)
	}
	return nil
}
