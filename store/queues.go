package store

import (
	"context"
	"sync"
)

// queues lets one at a time through per name. The zero value is ready.
type queues struct {
	mu sync.Mutex
	m  map[string]*turnstile
}

type turnstile struct {
	open chan struct{} // holds a token while nobody is inside
	refs int
}

// enter waits for the name's turn, or for the end of ctx; leave must follow.
func (q *queues) enter(ctx context.Context, name string) (leave func(), err error) {
	t := q.join(name)
	select {
	case <-t.open:
		return func() {
			t.open <- struct{}{}
			q.quit(name, t)
		}, nil
	case <-ctx.Done():
		q.quit(name, t)
		return nil, ctx.Err()
	}
}

func (q *queues) join(name string) *turnstile {
	q.mu.Lock()
	defer q.mu.Unlock()
	t := q.m[name]
	if t == nil {
		t = &turnstile{open: make(chan struct{}, 1)}
		t.open <- struct{}{}
		if q.m == nil {
			q.m = map[string]*turnstile{}
		}
		q.m[name] = t
	}
	t.refs++
	return t
}

func (q *queues) quit(name string, t *turnstile) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if t.refs--; t.refs == 0 {
		delete(q.m, name)
	}
}
