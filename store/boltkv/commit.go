package boltkv

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"time"

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
	for batch := []*put(nil); ; {
		if batch = kv.puts.take(batch); len(batch) == 0 {
			return
		}
		t := &transaction{now: make([]byte, 8)}
		putMoment(t.now, kv.clock.Now())
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

// transaction is one bbolt transaction for many puts.
type transaction struct {
	entries, due, expires *bolt.Bucket
	look                  *bolt.Cursor // over entries; one for all, because each makes room for its way down
	rev                   uint64       // the latest revision given; one counter for all keys, so that a key made anew never repeats one
	now                   []byte
	changed               []store.Entry
	dirty                 bool // something was written, if only in an index
}

func (t *transaction) begin(tx *bolt.Tx) {
	t.entries, t.due, t.expires = tx.Bucket(entriesBucket), tx.Bucket(dueBucket), tx.Bucket(expiresBucket)
	t.look = t.entries.Cursor()
	t.rev = t.entries.Sequence()
}

// get returns what stands under a key now, nil if nothing does.
func (t *transaction) get(key []byte) []byte {
	if k, v := t.look.Seek(key); bytes.Equal(k, key) {
		return v
	}
	return nil
}

// apply does one put. An error fails the whole batch; a conflict is only the put's own.
func (t *transaction) apply(p *put) (err error) {
	if p.sweep {
		p.rev, err = t.sweep()
		return err
	}
	key := []byte(p.entry.Key)
	old := t.get(key)
	if revision(old) != p.entry.Rev {
		p.err = store.ErrConflict
		return nil
	}
	if err := t.replace(p.entry, key, old); err != nil {
		return err
	}
	if len(p.entry.Value) > 0 {
		p.rev = t.rev
	}
	for _, e := range p.with {
		if err := t.write(e); err != nil {
			return err
		}
	}
	return nil
}

func revision(b []byte) uint64 {
	if len(b) < headSize {
		return 0
	}
	return binary.BigEndian.Uint64(b)
}

var noTimes [16]byte

// write puts or deletes one entry and keeps the indexes.
func (t *transaction) write(e store.Entry) error {
	key := []byte(e.Key)
	return t.replace(e, key, t.get(key))
}

// replace is write for an entry whose old value is known.
func (t *transaction) replace(e store.Entry, key, old []byte) error {
	if old == nil && len(e.Value) == 0 {
		return nil
	}
	t.rev++
	t.dirty = true
	e.Rev = t.rev
	was, is := noTimes, noTimes
	if len(old) >= headSize {
		copy(was[:], old[8:headSize])
	}
	var err error
	if len(e.Value) > 0 {
		b := encodeEntry(e, t.rev)
		copy(is[:], b[8:headSize])
		err = t.entries.Put(key, b)
		e.Value = b[headSize:] // for who watches: the caller may use its buffer again
	} else {
		e.Due = time.Time{}
		err = t.entries.Delete(key)
	}
	t.changed = append(t.changed, e)
	return errors.Join(err, reindex(t.due, e.Key, was[:8], is[:8]), reindex(t.expires, e.Key, was[8:], is[8:]))
}

// reindex moves a key in an index from one time to another.
func reindex(index *bolt.Bucket, key string, was, is []byte) error {
	if string(was) == string(is) {
		return nil
	}
	if string(was) != string(noTimes[:8]) {
		if err := index.Delete(indexKey(was, key)); err != nil {
			return err
		}
	}
	if string(is) != string(noTimes[:8]) {
		return index.Put(indexKey(is, key), []byte{})
	}
	return nil
}
