package boltkv

import (
	"bytes"
	"encoding/binary"
	"errors"
	"time"

	bolt "go.etcd.io/bbolt"

	"ventanilla/store"
)

// transaction is one bbolt transaction for many puts. One after the other has the same room.
type transaction struct {
	entries, due, expires *bolt.Bucket
	look                  *bolt.Cursor // over entries; one for all, because each makes room for its way down
	rev                   uint64       // the latest revision given; one counter for all keys, so that a key made anew never repeats one
	now                   []byte
	changed               []store.Entry
	room                  []byte // keys as bbolt wants them, and values, which it reads until it has committed
	dirty                 bool   // something was written, if only in an index
}

// maxRoom bounds what is kept of the room, in bytes; of the list of changes maxBatch does.
const maxRoom = 1 << 20

// renew forgets what the transaction before needed.
func (t *transaction) renew(now time.Time) {
	clear(t.changed)
	*t = transaction{now: appendMoment(t.now[:0], now), changed: t.changed[:0], room: t.room[:0]}
	if cap(t.room) > maxRoom {
		t.room = nil
	}
	if cap(t.changed) > maxBatch {
		t.changed = nil
	}
}

// bytes makes room for a key.
func (t *transaction) bytes(key string) []byte {
	from := len(t.room)
	t.room = append(t.room, key...)
	return t.room[from:len(t.room):len(t.room)]
}

// fill is how full a page is left that is split. Most of what is written comes behind what is there, as the pages of
// transcripts do, and never goes back to a page that is left: half full ones, which bbolt leaves by itself, cost a turn
// a seventh more pages. Fuller ones are split too often where entries come in between.
const fill = 0.7

func (t *transaction) begin(tx *bolt.Tx) {
	t.entries, t.due, t.expires = tx.Bucket(entriesBucket), tx.Bucket(dueBucket), tx.Bucket(expiresBucket)
	t.entries.FillPercent, t.expires.FillPercent = fill, fill
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
	key := t.bytes(p.entry.Key)
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
	key := t.bytes(e.Key)
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
		from := len(t.room)
		t.room = appendEntry(t.room, e, t.rev)
		b := t.room[from:len(t.room):len(t.room)]
		copy(is[:], b[8:headSize])
		err = t.entries.Put(key, b)
	} else {
		e.Due = time.Time{}
		err = t.entries.Delete(key)
	}
	t.changed = append(t.changed, e)
	return errors.Join(err, t.reindex(t.due, e.Key, was[:8], is[:8]), t.reindex(t.expires, e.Key, was[8:], is[8:]))
}

// reindex moves a key in an index from one time to another.
func (t *transaction) reindex(index *bolt.Bucket, key string, was, is []byte) error {
	if string(was) == string(is) {
		return nil
	}
	if string(was) != string(noTimes[:8]) {
		if err := index.Delete(t.indexKey(was, key)); err != nil {
			return err
		}
	}
	if string(is) != string(noTimes[:8]) {
		return index.Put(t.indexKey(is, key), []byte{})
	}
	return nil
}

func (t *transaction) indexKey(at []byte, key string) []byte {
	from := len(t.room)
	t.room = appendIndexKey(t.room, at, key)
	return t.room[from:len(t.room):len(t.room)]
}
