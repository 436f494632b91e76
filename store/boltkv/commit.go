package boltkv

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"

	bolt "go.etcd.io/bbolt"

	"ventanilla/store"
)

// maxBatch bounds one transaction, and with it how long the first waits for the last.
const maxBatch = 4096

// gatherRounds is how often the committer lets all who are ready to run go first,
// so that their puts share its sync. Who is alone waits for nobody. With two rounds
// instead of eight, 32 busy chats took a fourteenth more processor time a turn.
const gatherRounds = 8

// put is one Put, or one sweep, on its way through the committer.
type put struct {
	entry store.Entry
	with  []store.Entry
	sweep bool // instead: delete what expired; rev is then how many
	rev   uint64
	err   error
	done  chan struct{}
}

var putPool = sync.Pool{New: func() any { return &put{done: make(chan struct{}, 1)} }}

// committer holds the puts that wait. One goroutine takes them all at once.
type committer struct {
	mu     sync.Mutex
	queue  []*put
	closed bool
	wake   chan struct{} // holds a token if there may be work
}

// Put implements store.KV. Once a put waits for its commit, the end of ctx does
// not call it back: its outcome would be unknown.
func (kv *KV) Put(ctx context.Context, e store.Entry, with ...store.Entry) (uint64, error) {
	if err := check(e); err != nil {
		return 0, err
	}
	if err := check(with...); err != nil {
		return 0, err
	}
	return kv.submit(ctx, e, with, false)
}

// Sweep deletes up to 256 entries whose Expires has come and returns how many.
// A running store does so by itself; a test may hurry it.
func (kv *KV) Sweep(ctx context.Context) (int, error) {
	n, err := kv.submit(ctx, store.Entry{}, nil, true)
	return int(n), err
}

func (kv *KV) submit(ctx context.Context, e store.Entry, with []store.Entry, sweep bool) (uint64, error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	p := putPool.Get().(*put)
	p.entry, p.with, p.sweep, p.rev, p.err = e, with, sweep, 0, nil
	if !kv.puts.add(p) {
		return 0, ErrClosed
	}
	<-p.done
	rev, err := p.rev, p.err
	p.entry, p.with = store.Entry{}, nil
	putPool.Put(p)
	return rev, err
}

func (c *committer) add(p *put) bool {
	c.mu.Lock()
	if c.closed {
		c.mu.Unlock()
		return false
	}
	c.queue = append(c.queue, p)
	c.mu.Unlock()
	c.nudge()
	return true
}

func (c *committer) nudge() {
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

func (c *committer) shut() {
	c.mu.Lock()
	c.closed = true
	c.mu.Unlock()
	c.nudge()
}

// take waits for puts and returns those that wait, none when the store is closing.
func (c *committer) take(batch []*put) []*put {
	for range c.wake {
		for range gatherRounds {
			runtime.Gosched()
		}
		c.mu.Lock()
		n := min(len(c.queue), maxBatch)
		batch = append(batch[:0], c.queue[:n]...)
		rest := copy(c.queue, c.queue[n:])
		clear(c.queue[rest:])
		c.queue = c.queue[:rest]
		more := rest > 0 || c.closed
		closed := c.closed
		c.mu.Unlock()
		if more {
			c.nudge()
		}
		if n > 0 || closed {
			return batch
		}
	}
	return nil
}

// commitAll is the one goroutine that writes.
func (kv *KV) commitAll() {
	t := &transaction{}
	for batch := []*put(nil); ; {
		if batch = kv.puts.take(batch); len(batch) == 0 {
			return
		}
		t.renew(kv.clock.Now())
		err := kv.commit(t, batch)
		if err != nil {
			err = fmt.Errorf("committing: %w", err)
		}
		// Claims and watches hear of it before the writers do: nobody can have
		// overtaken what they are told. After an error the state is unknown, so they look.
		kv.announce(t.changed, err)
		for _, p := range batch {
			if err != nil {
				p.rev, p.err = 0, err
			}
			p.done <- struct{}{}
		}
		clear(batch)
	}
}

// errNothing rolls a transaction back that has nothing to write.
var errNothing = errors.New("nothing to write")

// commit applies a batch in one transaction. The outcomes in the puts count only if it returns nil.
func (kv *KV) commit(t *transaction, batch []*put) error {
	err := guarded(func() error {
		return kv.db.Update(func(tx *bolt.Tx) error {
			t.begin(tx)
			for _, p := range batch {
				if err := t.apply(p); err != nil {
					return err
				}
			}
			if !t.dirty {
				return errNothing
			}
			return errors.Join(t.entries.SetSequence(t.rev), kv.cut(Before))
		})
	})
	if errors.Is(err, errNothing) {
		return nil
	}
	if err != nil {
		return err
	}
	return kv.cut(After)
}

func (kv *KV) cut(s Stage) error {
	if kv.onCut == nil {
		return nil
	}
	return kv.onCut(s)
}
