package boltkv

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"runtime/debug"
	"time"

	"ventanilla/store"
)

// A value of the entries bucket is revision, Due and Expires, 8 bytes each, and
// then the entry's value. A key of an index is 8 bytes of time and the entry's key.
const (
	headSize = 24
	maxKey   = 1 << 10
	maxValue = 64 << 20
)

func decodeEntry(key string, b []byte) (store.Entry, error) {
	if b == nil {
		return store.Entry{Key: key}, nil
	}
	if len(b) < headSize {
		return store.Entry{}, fmt.Errorf("%w: an entry is too short", ErrDamaged)
	}
	return store.Entry{
		Key:     key,
		Rev:     binary.BigEndian.Uint64(b),
		Due:     moment(b[8:16]),
		Expires: moment(b[16:24]),
		Value:   append([]byte(nil), b[headSize:]...), // bbolt's slice dies with the transaction
	}, nil
}

func appendEntry(b []byte, e store.Entry, rev uint64) []byte {
	b = binary.BigEndian.AppendUint64(b, rev)
	b = appendMoment(appendMoment(b, e.Due), e.Expires)
	return append(b, e.Value...)
}

// epoch is the first time that an index tells apart; the last is 292 years later.
var epoch = time.Date(1900, 1, 1, 0, 0, 0, 0, time.UTC)

// appendMoment writes a time as nanoseconds since epoch, so that bytes sort like
// times. All zeros is the zero time; what is out of range goes to its end.
func appendMoment(b []byte, t time.Time) []byte {
	n := uint64(0)
	if !t.IsZero() {
		n = uint64(max(t.Sub(epoch), 1)) // Sub saturates
	}
	return binary.BigEndian.AppendUint64(b, n)
}

func moment(b []byte) time.Time {
	n := binary.BigEndian.Uint64(b)
	if n == 0 {
		return time.Time{}
	}
	return epoch.Add(time.Duration(min(n, math.MaxInt64)))
}

// appendIndexKey writes where an entry stands in an index.
func appendIndexKey(b, at []byte, key string) []byte { return append(append(b, at...), key...) }

// check refuses what bbolt could not store, before it can spoil the others' transaction.
func check(es ...store.Entry) error {
	for _, e := range es {
		if e.Key == "" || len(e.Key) > maxKey || len(e.Value) > maxValue {
			return fmt.Errorf("putting an entry: a key has 1 to %d bytes and a value at most %d", maxKey, maxValue)
		}
	}
	return nil
}

// guarded turns what bbolt does on a damaged file, a panic or a fault in its
// memory map, into an [ErrDamaged].
func guarded(do func() error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if r := recover(); r != nil {
			err = errors.Join(ErrDamaged, fmt.Errorf("reading it: %v", r))
		}
	}()
	return do()
}
