package webform

import (
	"context"
	"sync"
	"time"
)

// memo answers a request that is sent again as it was answered before, and lets
// only one of equal requests act at a time. It lives in memory: after a restart
// the core's idempotency keys do the same, only with another page as the result.
type memo struct {
	now func() time.Time
	mu  sync.Mutex
	all map[string]*remembered
}

type remembered struct {
	turn  chan struct{} // held by who acts
	page  *view         // the answer, once there is one
	until time.Time
}

const (
	rememberFor = 10 * time.Minute
	rememberMax = 4096
)

// enter waits for its turn. It returns the answer if there is one already; else
// leave must be called with the answer, nil if the request may still be repeated.
func (m *memo) enter(ctx context.Context, key string) (known *view, leave func(*view), err error) {
	r := m.get(key)
	select {
	case r.turn <- struct{}{}:
	case <-ctx.Done():
		return nil, nil, ctx.Err()
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if r.page != nil {
		<-r.turn
		return r.page, nil, nil
	}
	return nil, func(page *view) {
		m.mu.Lock()
		r.page = page
		m.mu.Unlock()
		<-r.turn
	}, nil
}

func (m *memo) get(key string) *remembered {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := m.now()
	if len(m.all) >= rememberMax || m.all == nil {
		m.forget(now)
	}
	r := m.all[key]
	if r == nil {
		r = &remembered{turn: make(chan struct{}, 1)}
		m.all[key] = r
	}
	r.until = now.Add(rememberFor)
	return r
}

// forget drops what is old; if nothing is, all of it: better a plainer page than no memory left.
func (m *memo) forget(now time.Time) {
	kept := map[string]*remembered{}
	for key, r := range m.all {
		if r.until.After(now) {
			kept[key] = r
		}
	}
	if len(kept) >= rememberMax {
		clear(kept)
	}
	m.all = kept
}

// meter counts requests by the minute, to keep one page from keeping the core busy.
type meter struct {
	now  func() time.Time
	mu   sync.Mutex
	from time.Time
	n    map[string]int
}

// over counts one more and tells whether that is more than most within the current minute.
func (m *meter) over(key string, most int) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if now := m.now(); now.Sub(m.from) >= time.Minute || m.n == nil {
		m.from, m.n = now, map[string]int{}
	}
	m.n[key]++
	return m.n[key] > most
}
