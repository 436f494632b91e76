package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"ventanilla/flows"
)

// linkRecord says that a conversation hears of an account.
type linkRecord struct {
	Key   flows.Key `json:"key"`
	Until time.Time `json:"until"`
}

// linkPrefix begins the keys of all that is linked to an account: a keyed hash says which.
func (s *Store) linkPrefix(portal, account string) string {
	return links + s.names.name("linked account", portal, account) + "."
}

// Link lets a conversation hear what happens to an account until a moment, at most
// 12 months from now (RULES: link.chat), and so long for the zero time; linking again
// begins anew. Whether somebody proved the account there is not judged here.
func (s *Store) Link(ctx context.Context, k flows.Key, portal, account string, until time.Time) error {
	now := s.clock.Now()
	until = earlier(until, now.AddDate(1, 0, 0))
	if account == "" || past(until, now) {
		return errors.New("linking a chat: there is no account, or the link is over already")
	}
	key := s.linkPrefix(portal, account) + s.Name(k)
	return s.retry(ctx, key, func() error {
		rev, err := s.revision(ctx, key)
		if err != nil {
			return err
		}
		w := &write{seal: s.sealer.Load()}
		if w.add(Entry{Key: key, Rev: rev, Expires: until}, linkRecord{Key: k, Until: until}); w.err != nil {
			return w.err
		}
		if _, err := s.kv.Put(ctx, w.with[0]); err != nil {
			return fmt.Errorf("linking a chat: %w", err)
		}
		return nil
	})
}

// Unlink ends a link; one that is not there is ended already.
func (s *Store) Unlink(ctx context.Context, k flows.Key, portal, account string) error {
	key := s.linkPrefix(portal, account) + s.Name(k)
	return s.retry(ctx, key, func() error {
		rev, err := s.revision(ctx, key)
		if err != nil || rev == 0 {
			return err
		}
		return s.remove(ctx, Entry{Key: key, Rev: rev})
	})
}

// revision is that of an entry, 0 if there is none.
func (s *Store) revision(ctx context.Context, key string) (uint64, error) {
	e, err := s.kv.Get(ctx, key)
	if errors.Is(err, ErrNotFound) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("looking for %s: %w", kindOf(key), err)
	}
	return e.Rev, nil
}

// Linked returns the conversations that hear of an account now, in no order that means anything.
func (s *Store) Linked(ctx context.Context, portal, account string) (keys []flows.Key, err error) {
	prefix, now := s.linkPrefix(portal, account), s.clock.Now()
	for after := ""; ; {
		es, err := s.kv.List(ctx, prefix, after, 64)
		if err != nil {
			return nil, fmt.Errorf("looking for linked chats: %w", err)
		}
		if len(es) == 0 {
			return keys, nil
		}
		after = es[len(es)-1].Key
		for _, e := range es {
			var l linkRecord
			if err := s.unseal(e, &l); err != nil {
				return nil, err
			}
			if !past(l.Until, now) {
				keys = append(keys, l.Key)
			}
		}
	}
}
