package store

import (
	"context"
	"errors"
	"time"
)

// KV is all that a driver provides. Implementations are safe for concurrent use
// and pass storetest.Run. A nil error from Put means that all of it survives a
// power cut.
type KV interface {
	// Get returns the entry under key, or ErrNotFound.
	Get(ctx context.Context, key string) (Entry, error)
	// Put writes e if its revision is still e.Rev (0: absent), and the entries in
	// with, unconditionally, in one transaction; otherwise ErrConflict, and nothing
	// is written. An entry without Value is deleted. It returns e's new revision. The
	// caller may use the bytes of the values again.
	Put(ctx context.Context, e Entry, with ...Entry) (rev uint64, err error)
	// List returns up to n entries by key, under prefix and after the key after.
	List(ctx context.Context, prefix, after string, n int) ([]Entry, error)
	// Claim waits for entries whose Due has come and returns up to n of them, oldest
	// Due first. They are hidden from other claims until Release, or until the lease
	// (real time) has passed.
	Claim(ctx context.Context, n int, lease time.Duration) ([]Entry, error)
	// Release ends the lease of a claimed key; if its Due has come it may be claimed at once.
	Release(key string)
	// Watch sends changes under prefix from now on, until ctx ends. It may skip to
	// the latest of several changes of one key; it never misses the last.
	Watch(ctx context.Context, prefix string) (<-chan Entry, error)
	Close() error
}

// Entry is one key of a KV.
type Entry struct {
	Key     string
	Value   []byte
	Rev     uint64    // grows with each Put of the key; 0: absent
	Due     time.Time // when it next needs work; zero: never
	Expires time.Time // when it may be forgotten; zero: never
}

var (
	// ErrNotFound is returned by KV.Get for a key that does not exist.
	ErrNotFound = errors.New("store: not found")
	// ErrConflict is returned by KV.Put when somebody else wrote first. Load and try again.
	ErrConflict = errors.New("store: conflict")
)
