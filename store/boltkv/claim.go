package boltkv

import (
	"bytes"
	"context"
	"sync"
	"time"

	bolt "go.etcd.io/bbolt"

	"ventanilla/store"
)

// leases are the claims that live, and who waits for the next.
type leases struct {
	turn chan struct{} // held by the one claimer who looks or waits

	mu     sync.Mutex
	held   map[string]lease
	missed bool               // something came due since the claimer began to look
	wake   context.CancelFunc // ends the claimer's wait; nil if it does not wait
	target time.Time          // until when it waits
}

type lease struct {
	until time.Time // real time
	due   time.Time // the entry's Due as last committed
}

// longWait is for a claimer that has nothing to wait for; a put ends it earlier.
const longWait = 24 * time.Hour

// Claim implements store.KV. Claimers are served one after the other.
func (kv *KV) Claim(ctx context.Context, n int, lease time.Duration) ([]store.Entry, error) {
	select {
	case kv.leases.turn <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-kv.done:
		return nil, ErrClosed
	}
	defer func() { <-kv.leases.turn }()
	for {
		if kv.closed() {
			return nil, ErrClosed
		}
		kv.leases.look()
		keys, next, err := kv.lease(ctx, n, lease)
		if err != nil {
			return nil, err
		}
		es, err := kv.confirm(ctx, keys)
		if err != nil || len(es) > 0 {
			return es, err
		}
		if len(keys) > 0 {
			continue
		}
		if err := kv.await(ctx, next); err != nil {
			return nil, err
		}
	}
}

// wait is what a claimer with nothing to claim waits for.
type wait struct {
	due   time.Time // by the clock
	lease time.Time // in real time: the first end of a lease on something due
}

// lease finds keys that are due and not leased, in the order of Due, and leases them.
func (kv *KV) lease(ctx context.Context, n int, d time.Duration) (keys []string, next wait, err error) {
	now := kv.clock.Now()
	limit := appendMoment(make([]byte, 0, 8), now)
	next.due = now.Add(longWait)
	err = kv.view(ctx, func(tx *bolt.Tx) error {
		c := tx.Bucket(dueBucket).Cursor()
		for k, _ := c.First(); k != nil && len(keys) < n; k, _ = c.Next() {
			if len(k) < 9 {
				return ErrDamaged
			}
			if bytes.Compare(k[:8], limit) > 0 {
				next.due = moment(k[:8])
				break
			}
			key := string(k[8:])
			if until, ok := kv.leases.take(key, moment(k[:8]), d); ok {
				keys = append(keys, key)
			} else {
				next.lease = earliest(next.lease, until)
			}
		}
		return nil
	})
	if err != nil {
		kv.leases.drop(keys)
		keys = nil
	}
	return keys, next, err
}

// confirm reads the entries now that they are leased: what it finds cannot be
// older than the last Release. Those that are not due any more are let go.
func (kv *KV) confirm(ctx context.Context, keys []string) (es []store.Entry, err error) {
	if len(keys) == 0 {
		return nil, nil
	}
	var gone []string
	now := kv.clock.Now()
	err = kv.view(ctx, func(tx *bolt.Tx) error {
		b := tx.Bucket(entriesBucket)
		for _, key := range keys {
			e, err := decodeEntry(key, b.Get([]byte(key)))
			if err != nil {
				return err
			}
			if e.Due.IsZero() || e.Due.After(now) {
				gone = append(gone, key)
			} else {
				es = append(es, e)
			}
		}
		return nil
	})
	if err != nil {
		gone, es = keys, nil
	}
	kv.leases.drop(gone)
	return es, err
}

// await waits for the clock, a put, a release or the end of a lease, whichever is first.
func (kv *KV) await(ctx context.Context, next wait) error {
	var cancel context.CancelFunc
	waiting := ctx
	if next.lease.IsZero() {
		waiting, cancel = context.WithCancel(ctx)
	} else {
		waiting, cancel = context.WithDeadline(ctx, next.lease)
	}
	defer cancel()
	if !kv.leases.sleep(next.due, cancel) {
		return nil
	}
	defer kv.leases.awake()
	_ = kv.clock.WaitUntil(waiting, next.due) // whatever ended it, the claimer looks again
	return ctx.Err()
}

// Release implements store.KV.
func (kv *KV) Release(key string) {
	l := &kv.leases
	l.mu.Lock()
	defer l.mu.Unlock()
	held, ok := l.held[key]
	delete(l.held, key)
	if ok {
		l.came(held.due)
	}
}

// look begins a search: what comes due from now on may have been missed by it.
func (l *leases) look() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.missed = false
}

// take leases a key that is due, or returns until when somebody else has it.
func (l *leases) take(key string, due time.Time, d time.Duration) (until time.Time, ok bool) {
	now := time.Now()
	l.mu.Lock()
	defer l.mu.Unlock()
	if held, ok := l.held[key]; ok && held.until.After(now) {
		return held.until, false
	}
	if l.held == nil {
		l.held = map[string]lease{}
	}
	l.held[key] = lease{until: now.Add(d), due: due}
	return time.Time{}, true
}

func (l *leases) drop(keys []string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, key := range keys {
		delete(l.held, key)
	}
}

// sleep notes that the claimer waits, unless it missed something.
func (l *leases) sleep(target time.Time, wake context.CancelFunc) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.missed {
		return false
	}
	l.target, l.wake = target, wake
	return true
}

func (l *leases) awake() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.wake = nil
}

// note takes account of committed entries.
func (l *leases) note(changed []store.Entry) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, e := range changed {
		if held, ok := l.held[e.Key]; ok {
			held.due = e.Due
			l.held[e.Key] = held
		} else {
			l.came(e.Due)
		}
	}
}

// came wakes the claimer if something is due earlier than what it waits for.
func (l *leases) came(due time.Time) {
	switch {
	case due.IsZero():
	case l.wake == nil:
		l.missed = true
	case due.Before(l.target):
		l.wake()
		l.wake = nil
		l.missed = true
	}
}

// rouse makes the claimer look again whatever it waits for.
func (l *leases) rouse() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.missed = true
	if l.wake != nil {
		l.wake()
	}
}

// purge forgets leases that ended without a release.
func (l *leases) purge() {
	now := time.Now()
	l.mu.Lock()
	defer l.mu.Unlock()
	for key, held := range l.held {
		if held.until.Before(now) {
			delete(l.held, key)
			l.came(held.due)
		}
	}
}

func earliest(a, b time.Time) time.Time {
	if a.IsZero() || b.Before(a) {
		return b
	}
	return a
}
