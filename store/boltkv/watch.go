package boltkv

import (
	"bytes"
	"context"
	"strings"
	"sync"

	"ventanilla/store"
)

// watchers are those who want to hear of changes.
type watchers struct {
	mu  sync.RWMutex
	all map[*watcher]struct{}
}

// Watch implements store.KV. A deletion is sent as an entry without Value, with
// the revision of the deletion.
func (kv *KV) Watch(ctx context.Context, prefix string) (<-chan store.Entry, error) {
	w := &watcher{prefix: prefix, latest: map[string]store.Entry{}, wake: make(chan struct{}, 1)}
	out := make(chan store.Entry)
	s := &kv.watchers
	s.mu.Lock()
	defer s.mu.Unlock()
	if kv.closed() {
		return nil, ErrClosed
	}
	if s.all == nil {
		s.all = map[*watcher]struct{}{}
	}
	s.all[w] = struct{}{}
	kv.finished.Go(func() {
		defer close(out)
		defer s.remove(w)
		w.run(ctx, kv.done, out)
	})
	return out, nil
}

// announce tells claims and watches what was committed.
func (kv *KV) announce(changed []store.Entry, err error) {
	if err != nil {
		kv.leases.rouse()
	} else {
		kv.leases.note(changed)
	}
	kv.watchers.tell(changed, err)
}

func (s *watchers) remove(w *watcher) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.all, w)
}

// tell hands changes to who watches them. What failed to commit is not told.
func (s *watchers) tell(changed []store.Entry, err error) {
	if err != nil {
		return
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	for w := range s.all {
		for _, e := range changed {
			if strings.HasPrefix(e.Key, w.prefix) {
				e.Value = bytes.Clone(e.Value) // the caller may use its buffer again
				w.put(e)
			}
		}
	}
}

// watcher holds the newest unsent entry of each key, so that a slow reader
// costs memory in proportion to keys, never to changes, and blocks nobody.
type watcher struct {
	prefix string
	wake   chan struct{}

	mu     sync.Mutex
	latest map[string]store.Entry
	order  []string
}

func (w *watcher) put(e store.Entry) {
	w.mu.Lock()
	if _, queued := w.latest[e.Key]; !queued {
		w.order = append(w.order, e.Key)
	}
	w.latest[e.Key] = e
	w.mu.Unlock()
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

func (w *watcher) take() (e store.Entry, ok bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.order) == 0 {
		return e, false
	}
	e = w.latest[w.order[0]]
	delete(w.latest, e.Key)
	w.order = w.order[1:]
	return e, true
}

func (w *watcher) run(ctx context.Context, done <-chan struct{}, out chan<- store.Entry) {
	for {
		e, ok := w.take()
		if !ok {
			select {
			case <-w.wake:
				continue
			case <-ctx.Done():
				return
			case <-done:
				return
			}
		}
		select {
		case out <- e:
		case <-ctx.Done():
			return
		case <-done:
			return
		}
	}
}
