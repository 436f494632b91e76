package webform

import (
	"context"
	"sync"
	"time"

	"ventanilla/flows"
)

// memo answers a request that is sent again as it was answered before, and lets
// only one request of a scope act at a time. It lives in memory: after a restart
// the core's idempotency keys do the same, only with another page as the result.
type memo struct {
	now func() time.Time
	mu  sync.Mutex
	all map[string]*remembered
}

type remembered struct {
	turn  chan struct{}    // held by who acts
	pages map[string]*view // the answers, by request, where there is one
	until time.Time
}

const (
	rememberFor = 10 * time.Minute
	rememberMax = 4096
)

// enter waits for its turn. It returns the answer if the request has one already;
// else leave must be called with the answer, nil if the request may still be repeated.
func (m *memo) enter(ctx context.Context, scope, request string) (known *view, leave func(*view), err error) {
	r := m.get(scope)
	select {
	case r.turn <- struct{}{}:
	case <-ctx.Done():
		return nil, nil, ctx.Err()
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if page := r.pages[request]; page != nil {
		<-r.turn
		return page, nil, nil
	}
	return nil, func(page *view) {
		m.mu.Lock()
		if page != nil {
			r.pages[request] = page
		}
		m.mu.Unlock()
		<-r.turn
	}, nil
}

func (m *memo) get(scope string) *remembered {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := m.now()
	if len(m.all) >= rememberMax || m.all == nil {
		m.forget(now)
	}
	r := m.all[scope]
	if r == nil {
		r = &remembered{turn: make(chan struct{}, 1), pages: map[string]*view{}}
		m.all[scope] = r
	}
	r.until = now.Add(rememberFor)
	return r
}

// forget drops what is old; if nothing is, all of it: better a plainer page than no memory left.
func (m *memo) forget(now time.Time) {
	kept := map[string]*remembered{}
	for scope, r := range m.all {
		if r.until.After(now) {
			kept[scope] = r
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

// kept holds the rules that pages were last shown with, for when the core is not asked again.
type kept struct {
	mu    sync.Mutex
	rules map[string][]flows.Rule // by visit
}

func (k *kept) put(visit string, rules []flows.Rule) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.rules == nil || len(k.rules) >= rememberMax {
		k.rules = map[string][]flows.Rule{}
	}
	k.rules[visit] = rules
}

func (k *kept) get(visit string) []flows.Rule {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.rules[visit]
}
