package boltkv

import (
	"bytes"
	"context"
	"errors"
	"time"

	bolt "go.etcd.io/bbolt"

	"ventanilla/store"
)

// sweepBatch bounds what one transaction forgets.
const sweepBatch = 256

// sweep deletes what expired, the longest expired first.
func (t *transaction) sweep() (n uint64, err error) {
	var keys [][]byte
	c := t.expires.Cursor()
	for k, _ := c.First(); len(keys) < sweepBatch && t.over(k); k, _ = c.Next() {
		keys = append(keys, bytes.Clone(k))
	}
	for _, key := range keys {
		// Deleting the index's key by itself would matter only if the entry had none.
		if err := errors.Join(t.write(store.Entry{Key: string(key[8:])}), t.expires.Delete(key)); err != nil {
			return 0, err
		}
	}
	t.dirty = t.dirty || len(keys) > 0
	return uint64(len(keys)), nil
}

// over tells whether the time of an index key has come.
func (t *transaction) over(k []byte) bool { return len(k) > 8 && bytes.Compare(k[:8], t.now) <= 0 }

// sweepAll forgets what expired: one batch at each look, and all of it while nobody writes.
// It lets go of the file's pages too.
func (kv *KV) sweepAll(every time.Duration) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-kv.done:
			return
		case <-tick.C:
		}
		kv.leases.purge()
		kv.letGo()
		for kv.stale() {
			// An error is the next writer's to report; the sweep tries again at the next look.
			if n, err := kv.Sweep(context.Background()); err != nil || n == 0 || kv.puts.waiting() {
				break
			}
		}
	}
}

// stale tells whether anything expired, without a write transaction.
func (kv *KV) stale() (yes bool) {
	t := transaction{now: appendMoment(nil, kv.clock.Now())}
	err := kv.view(context.Background(), func(tx *bolt.Tx) error {
		k, _ := tx.Bucket(expiresBucket).Cursor().First()
		yes = t.over(k)
		return nil
	})
	return yes && err == nil
}

// waiting tells whether somebody wants to write.
func (c *committer) waiting() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.queue) > 0
}
