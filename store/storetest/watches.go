package storetest

import (
	"context"
	"fmt"
	"testing"
	"time"

	"ventanilla/store"
)

// watches are the rules of Watch.
var watches = map[string]func(*testing.T, fixture){
	"a watch hears of changes under its prefix, from now on": hears,
	"a watch hears of what was written beside":               hearsBeside,
	"a watch hears of deletions":                             hearsDeletions,
	"a slow watcher blocks nobody and gets the last change":  slow,
	"a watch ends with its context":                          watchEnds,
	"two watches hear the same":                              twoWatches,
	"a conflict is no change":                                conflictIsSilent,
}

func watch(t testing.TB, kv store.KV, prefix string) <-chan store.Entry {
	t.Helper()
	changes, err := kv.Watch(t.Context(), prefix)
	if err != nil {
		t.Fatal(err)
	}
	return changes
}

func expect(t testing.TB, changes <-chan store.Entry, key, value string) store.Entry {
	t.Helper()
	select {
	case e := <-changes:
		if e.Key != key || string(e.Value) != value {
			t.Fatalf("got %s=%q, want %s=%q", e.Key, e.Value, key, value)
		}
		return e
	case <-time.After(10 * time.Second):
		t.Fatalf("waited for %s", key)
	}
	return store.Entry{}
}

func hears(t *testing.T, f fixture) {
	put(t, f.kv, entry("c.a", "before", 0))
	changes := watch(t, f.kv, "c.")
	put(t, f.kv, entry("x.a", "elsewhere", 0))
	rev := put(t, f.kv, entry("c.b", "1", 0))
	if e := expect(t, changes, "c.b", "1"); e.Rev != rev {
		t.Fatalf("got revision %d, want %d", e.Rev, rev)
	}
	put(t, f.kv, entry("c.b", "2", rev))
	expect(t, changes, "c.b", "2")
}

func hearsBeside(t *testing.T, f fixture) {
	changes := watch(t, f.kv, "b")
	put(t, f.kv, entry("a", "1", 0), entry("b", "2", 0))
	expect(t, changes, "b", "2")
}

func hearsDeletions(t *testing.T, f fixture) {
	rev := put(t, f.kv, entry("a", "1", 0))
	changes := watch(t, f.kv, "")
	put(t, f.kv, store.Entry{Key: "a", Rev: rev})
	if e := expect(t, changes, "a", ""); e.Rev <= rev {
		t.Fatalf("the deletion has revision %d after %d", e.Rev, rev)
	}
}

func slow(t *testing.T, f fixture) {
	changes := watch(t, f.kv, "c.")
	revs := map[string]uint64{}
	for i := range 100 {
		for _, key := range []string{"c.a", "c.b"} {
			revs[key] = put(t, f.kv, entry(key, fmt.Sprint(i), revs[key]))
		}
	}
	for last := map[string]string{}; last["c.a"] != "99" || last["c.b"] != "99"; {
		select {
		case e := <-changes:
			last[e.Key] = string(e.Value)
		case <-time.After(10 * time.Second):
			t.Fatalf("never saw the last changes, only %v", last)
		}
	}
}

func watchEnds(t *testing.T, f fixture) {
	ctx, cancel := context.WithCancel(t.Context())
	changes, err := f.kv.Watch(ctx, "")
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	for range changes {
		t.Error("a change where nothing changed")
	}
	put(t, f.kv, entry("a", "1", 0))
}

func twoWatches(t *testing.T, f fixture) {
	one, two := watch(t, f.kv, "a"), watch(t, f.kv, "")
	put(t, f.kv, entry("a", "1", 0))
	expect(t, one, "a", "1")
	expect(t, two, "a", "1")
}

func conflictIsSilent(t *testing.T, f fixture) {
	put(t, f.kv, entry("a", "1", 0))
	changes := watch(t, f.kv, "")
	if _, err := f.kv.Put(t.Context(), entry("a", "2", 0), entry("b", "2", 0)); err == nil {
		t.Fatal("want a conflict")
	}
	put(t, f.kv, entry("c", "3", 0))
	expect(t, changes, "c", "3")
}
