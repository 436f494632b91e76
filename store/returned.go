package store

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"ventanilla/flows"
)

func (s *Store) returnablePrefix(receipt string) string {
	return returnable + s.names.name("receipt", receipt) + "."
}

// addReturnable remembers a reply that a network took, without what it said and whom it went to.
func (s *Store) addReturnable(w *write, name string, a Away) {
	if a.Out.Sent == "" {
		return
	}
	channel, _, _ := strings.Cut(a.Out.Reply.To, ":")
	out := Outbound{ID: a.Out.ID, At: a.Out.At, N: a.Out.N, Reply: flows.Reply{To: channel + ":", Ref: a.Out.Reply.Ref}}
	w.add(Entry{Key: s.returnablePrefix(a.Out.Sent) + name, Expires: a.Out.Known}, Away{Key: a.Key, Out: out})
}

// Returned ends for good a reply that was [Store.Done] with a receipt, because it came
// back after all: the dialog hears "undelivered" with the reason, if it asked to, and the record
// knows the network's code. It returns the reply without its words and address. Only a receipt
// that was really given is found, and only once: otherwise it returns [ErrNotFound].
func (s *Store) Returned(ctx context.Context, receipt, failed, code string) (a Away, err error) {
	es, err := s.kv.List(ctx, s.returnablePrefix(receipt), "", 1)
	if err != nil {
		return a, fmt.Errorf("looking for what came back: %w", err)
	}
	if len(es) == 0 || past(es[0].Expires, s.clock.Now()) {
		return a, ErrNotFound
	}
	if err := s.unseal(es[0], &a); err != nil {
		return a, err
	}
	a.Out.Why = code
	return a, s.retry(ctx, s.Name(a.Key), func() error { return s.takeBack(ctx, a, es[0].Key, failed) })
}

func (s *Store) takeBack(ctx context.Context, a Away, key, failed string) error {
	c, err := s.Load(ctx, a.Key)
	if err != nil {
		return err
	}
	there, err := s.kv.Get(ctx, key)
	if err != nil {
		return fmt.Errorf("taking back what came back: %w", err)
	}
	report, heard := reportOf(a.Out, failed, s.clock.Now())
	if !heard || a.Out.At.Before(c.Erased) { // nothing of before comes into a tombstone
		return s.remove(ctx, there)
	}
	c.Fates.Mailed = slices.DeleteFunc(slices.Clone(c.Fates.Mailed), func(n uint64) bool { return n == a.Out.N })
	c.ended(a.Out, failed)
	s.take(c, report)
	c.queue.drop = append(c.queue.drop, key)
	return s.Save(ctx, c)
}

// ReturnableFor is how long it is worth remembering what may come back: mail servers try for
// up to five days (RFC 5321, section 4.5.4.1).
const ReturnableFor = 6 * 24 * time.Hour
