// Package storetest says, as tests, what a driver of the store must do. It
// knows nothing of any driver and asks for nothing beyond store.KV.
package storetest

import (
	"testing"

	"ventanilla/flows"
	"ventanilla/store"
)

// Open opens a driver whose data is in dir and whose time is clock. Opening the same dir
// again, after a Close, must find what was written before.
type Open func(t testing.TB, dir string, clock *flows.Clock) store.KV

// Run checks the driver that open opens.
func Run(t *testing.T, open Open) {
	for _, group := range []map[string]func(*testing.T, fixture){entries, claims, watches} {
		for name, test := range group {
			t.Run(name, func(t *testing.T) {
				clock := &flows.Clock{}
				dir := t.TempDir()
				kv := open(t, dir, clock)
				f := fixture{kv: kv, clock: clock, reopen: func() store.KV {
					if err := kv.Close(); err != nil {
						t.Fatal(err)
					}
					kv = open(t, dir, clock)
					return kv
				}}
				defer func() {
					if err := kv.Close(); err != nil {
						t.Error(err)
					}
				}()
				test(t, f)
			})
		}
	}
	t.Run("it does what a map would do, also after a restart", func(t *testing.T) { model(t, open) })
}

// fixture is what one test works with.
type fixture struct {
	kv     store.KV
	clock  *flows.Clock
	reopen func() store.KV // closes kv and opens it again
}

// put writes e and returns its new revision.
func put(t testing.TB, kv store.KV, e store.Entry, with ...store.Entry) uint64 {
	t.Helper()
	rev, err := kv.Put(t.Context(), e, with...)
	if err != nil {
		t.Fatalf("putting %s: %v", e.Key, err)
	}
	return rev
}

// get reads a key that must exist.
func get(t testing.TB, kv store.KV, key string) store.Entry {
	t.Helper()
	e, err := kv.Get(t.Context(), key)
	if err != nil {
		t.Fatalf("getting %s: %v", key, err)
	}
	return e
}

// entry is a key with a value.
func entry(key, value string, rev uint64) store.Entry {
	return store.Entry{Key: key, Value: []byte(value), Rev: rev}
}
