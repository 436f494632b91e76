package storetest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"ventanilla/store"
)

// entries are the rules of Get, Put, List and Close.
var entries = map[string]func(*testing.T, fixture){
	"a missing key is ErrNotFound":                            missing,
	"revision 0 creates, once":                                creates,
	"a stale revision is ErrConflict and writes nothing":      conflicts,
	"of many writers one wins":                                oneWins,
	"writers of other keys do not conflict":                   manyWriters,
	"a thousand increments are a thousand":                    increments,
	"an entry without a value is deleted":                     deletes,
	"deleting what is not there is nothing":                   deletesNothing,
	"a key made anew never repeats a revision":                anew,
	"entries beside are written unconditionally or not":       beside,
	"Due and Expires come back as they were put":              times,
	"a list is in order, under its prefix, after and at most": lists,
	"the caller may use its buffers again":                    buffers,
	"a key or a value may hold any byte":                      anyByte,
	"what was put survives a restart":                         survives,
	"an ended context writes nothing":                         ended,
	"after Close everything is an error":                      closed,
}

func missing(t *testing.T, f fixture) {
	if _, err := f.kv.Get(t.Context(), "a"); !errors.Is(err, store.ErrNotFound) {
		t.Fatalf("got %v, want ErrNotFound", err)
	}
}

func creates(t *testing.T, f fixture) {
	put(t, f.kv, entry("a", "1", 0))
	if _, err := f.kv.Put(t.Context(), entry("a", "2", 0)); !errors.Is(err, store.ErrConflict) {
		t.Fatalf("got %v, want ErrConflict", err)
	}
	if got := get(t, f.kv, "a"); string(got.Value) != "1" {
		t.Fatalf("got %q, want 1", got.Value)
	}
}

func conflicts(t *testing.T, f fixture) {
	rev := put(t, f.kv, entry("a", "1", 0))
	next := put(t, f.kv, entry("a", "2", rev))
	if next <= rev {
		t.Fatalf("revision went from %d to %d", rev, next)
	}
	for _, stale := range []uint64{rev, next + 1, 0} {
		_, err := f.kv.Put(t.Context(), entry("a", "3", stale), entry("b", "3", 0))
		if !errors.Is(err, store.ErrConflict) {
			t.Fatalf("revision %d: got %v, want ErrConflict", stale, err)
		}
	}
	if got := get(t, f.kv, "a"); string(got.Value) != "2" || got.Rev != next {
		t.Fatalf("got %q at %d, want 2 at %d", got.Value, got.Rev, next)
	}
	if _, err := f.kv.Get(t.Context(), "b"); !errors.Is(err, store.ErrNotFound) {
		t.Fatalf("the entry beside a conflict: got %v, want ErrNotFound", err)
	}
}

func oneWins(t *testing.T, f fixture) {
	rev := put(t, f.kv, entry("a", "0", 0))
	var wins atomic.Int32
	var wg sync.WaitGroup
	for i := range 50 {
		wg.Go(func() {
			_, err := f.kv.Put(t.Context(), entry("a", fmt.Sprint("w", i), rev), entry(fmt.Sprint("b", i), "1", 0))
			if err == nil {
				wins.Add(1)
			} else if !errors.Is(err, store.ErrConflict) {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	beside, err := f.kv.List(t.Context(), "b", "", 100)
	if err != nil || wins.Load() != 1 || len(beside) != 1 {
		t.Fatalf("%d writers won, %d wrote beside, %v; want 1 and 1", wins.Load(), len(beside), err)
	}
	if got := get(t, f.kv, "a"); "w"+beside[0].Key[1:] != string(got.Value) {
		t.Fatalf("%s won and %s wrote beside", got.Value, beside[0].Key)
	}
}

func manyWriters(t *testing.T, f fixture) {
	var wg sync.WaitGroup
	put(t, f.kv, entry("stale", "v", 0))
	for i := range 200 {
		wg.Go(func() {
			if _, err := f.kv.Put(t.Context(), entry(fmt.Sprintf("k%03d", i), "v", 0)); err != nil {
				t.Error(err)
			}
		})
		wg.Go(func() { // whoever comes too late is no trouble to the others
			if _, err := f.kv.Put(t.Context(), entry("stale", "w", 0)); !errors.Is(err, store.ErrConflict) {
				t.Errorf("got %v, want ErrConflict", err)
			}
		})
	}
	wg.Wait()
	if es, err := f.kv.List(t.Context(), "k", "", 1000); err != nil || len(es) != 200 {
		t.Fatalf("got %d entries, %v; want 200", len(es), err)
	}
}

func increments(t *testing.T, f fixture) {
	put(t, f.kv, store.Entry{Key: "n", Value: []byte{0, 0}})
	var wg sync.WaitGroup
	for range 10 {
		wg.Go(func() {
			for done := 0; done < 100; {
				e := get(t, f.kv, "n")
				n := int(e.Value[0])<<8 | int(e.Value[1]) + 1
				e.Value = []byte{byte(n >> 8), byte(n)}
				if _, err := f.kv.Put(t.Context(), e); err == nil {
					done++
				} else if !errors.Is(err, store.ErrConflict) {
					t.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	if e := get(t, f.kv, "n"); int(e.Value[0])<<8|int(e.Value[1]) != 1000 {
		t.Fatalf("got %v, want 1000", e.Value)
	}
}

func deletes(t *testing.T, f fixture) {
	due := f.clock.Now()
	rev := put(t, f.kv, store.Entry{Key: "a", Value: []byte("1"), Due: due, Expires: due})
	if got := put(t, f.kv, store.Entry{Key: "a", Rev: rev}); got != 0 {
		t.Fatalf("the revision of nothing: got %d, want 0", got)
	}
	missing(t, f)
	if es, err := f.kv.List(t.Context(), "", "", 10); err != nil || len(es) != 0 {
		t.Fatalf("got %v, %v; want nothing", es, err)
	}
}

func deletesNothing(t *testing.T, f fixture) {
	put(t, f.kv, store.Entry{Key: "a"}, store.Entry{Key: "b"})
	missing(t, f)
	if _, err := f.kv.Put(t.Context(), store.Entry{Key: "a", Rev: 7}); !errors.Is(err, store.ErrConflict) {
		t.Fatalf("got %v, want ErrConflict", err)
	}
}

func anew(t *testing.T, f fixture) {
	rev := put(t, f.kv, entry("a", "1", 0))
	put(t, f.kv, store.Entry{Key: "a", Rev: rev})
	if again := put(t, f.kv, entry("a", "2", 0)); again <= rev {
		t.Fatalf("got revision %d after %d", again, rev)
	}
	if _, err := f.kv.Put(t.Context(), entry("a", "3", rev)); !errors.Is(err, store.ErrConflict) {
		t.Fatalf("a writer from before the deletion: got %v, want ErrConflict", err)
	}
}

func beside(t *testing.T, f fixture) {
	put(t, f.kv, entry("b", "old", 0))
	put(t, f.kv, entry("d", "old", 0))
	put(t, f.kv, entry("a", "1", 0), entry("b", "new", 999), entry("c", "new", 0), store.Entry{Key: "d"})
	for key, want := range map[string]string{"a": "1", "b": "new", "c": "new"} {
		if got := get(t, f.kv, key); string(got.Value) != want {
			t.Errorf("%s: got %q, want %q", key, got.Value, want)
		}
	}
	if _, err := f.kv.Get(t.Context(), "d"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("d: got %v, want ErrNotFound", err)
	}
	b := get(t, f.kv, "b")
	put(t, f.kv, entry("b", "newer", b.Rev)) // its revision is as good as any
}

func times(t *testing.T, f fixture) {
	due := time.Date(2031, 2, 3, 4, 5, 6, 789012345, time.UTC)
	put(t, f.kv, store.Entry{Key: "a", Value: []byte("1"), Due: due, Expires: due.Add(time.Hour)})
	if e := get(t, f.kv, "a"); !e.Due.Equal(due) || !e.Expires.Equal(due.Add(time.Hour)) {
		t.Fatalf("got %v and %v", e.Due, e.Expires)
	}
	put(t, f.kv, entry("b", "1", 0))
	if e := get(t, f.kv, "b"); !e.Due.IsZero() || !e.Expires.IsZero() {
		t.Fatalf("got %v and %v, want never", e.Due, e.Expires)
	}
}

func lists(t *testing.T, f fixture) {
	for _, key := range []string{"b.2", "a.9", "b.10", "b", "b.1", "c.1"} {
		put(t, f.kv, entry(key, "v"+key, 0))
	}
	for _, c := range []struct {
		prefix, after string
		n             int
		want          []string
	}{
		{"b.", "", 10, []string{"b.1", "b.10", "b.2"}},
		{"b.", "b.1", 10, []string{"b.10", "b.2"}},
		{"b.", "b.1", 1, []string{"b.10"}},
		{"b.", "a", 10, []string{"b.1", "b.10", "b.2"}},
		{"b.", "b.2", 10, nil},
		{"b.", "c", 10, nil},
		{"b.", "", 0, nil},
		{"", "", 10, []string{"a.9", "b", "b.1", "b.10", "b.2", "c.1"}},
		{"", "b.10", 10, []string{"b.2", "c.1"}},
	} {
		es, err := f.kv.List(t.Context(), c.prefix, c.after, c.n)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, e := range es {
			got = append(got, e.Key)
			if string(e.Value) != "v"+e.Key || e.Rev == 0 {
				t.Errorf("%s came with %q at %d", e.Key, e.Value, e.Rev)
			}
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("list %q after %q, %d: got %q, want %q", c.prefix, c.after, c.n, got, c.want)
		}
	}
}

func buffers(t *testing.T, f fixture) {
	changes, err := f.kv.Watch(t.Context(), "a")
	if err != nil {
		t.Fatal(err)
	}
	put(t, f.kv, entry("big", strings.Repeat("x", 1<<16), 0)) // small stores may be kept in other ways
	b := []byte("mine")
	rev := put(t, f.kv, store.Entry{Key: "a", Value: b})
	copy(b, "XXXX")
	put(t, f.kv, entry("b", "YYYY", 0))
	if got := <-changes; string(got.Value) != "mine" {
		t.Fatalf("watched %q", got.Value)
	}
	got := get(t, f.kv, "a")
	put(t, f.kv, entry("a", "next", rev))
	if string(got.Value) != "mine" {
		t.Fatalf("got %q", got.Value)
	}
	copy(got.Value, "YYYY")
	if again := get(t, f.kv, "a"); string(again.Value) != "next" {
		t.Fatalf("got %q", again.Value)
	}
}

func anyByte(t *testing.T, f fixture) {
	all := make([]byte, 256)
	for i := range all {
		all[i] = byte(i)
	}
	key := "k\x00\xff" + string(all)
	put(t, f.kv, store.Entry{Key: key, Value: all, Due: f.clock.Now()})
	if got := get(t, f.kv, key); !bytes.Equal(got.Value, all) {
		t.Fatalf("got %x", got.Value)
	}
	if es, err := f.kv.Claim(t.Context(), 1, time.Minute); err != nil || es[0].Key != key {
		t.Fatalf("claimed %v, %v", es, err)
	}
}

func survives(t *testing.T, f fixture) {
	due := f.clock.Now().Add(time.Hour)
	rev := put(t, f.kv, store.Entry{Key: "a", Value: []byte("1"), Due: due}, entry("b", "2", 0))
	kv := f.reopen()
	if e := get(t, kv, "a"); string(e.Value) != "1" || e.Rev != rev || !e.Due.Equal(due) {
		t.Fatalf("got %q at %d due %v", e.Value, e.Rev, e.Due)
	}
	if e := get(t, kv, "b"); string(e.Value) != "2" {
		t.Fatalf("got %q", e.Value)
	}
	f.clock.Advance(time.Hour)
	if es, err := kv.Claim(t.Context(), 10, time.Minute); err != nil || len(es) != 1 || es[0].Key != "a" {
		t.Fatalf("claimed %v, %v; want a", es, err)
	}
}

func ended(t *testing.T, f fixture) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := f.kv.Put(ctx, entry("a", "1", 0)); !errors.Is(err, context.Canceled) {
		t.Fatalf("got %v, want Canceled", err)
	}
	missing(t, f)
}

func closed(t *testing.T, f fixture) {
	kv := f.kv
	changes, err := kv.Watch(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	claim := make(chan error)
	go func() {
		_, err := kv.Claim(context.Background(), 1, time.Minute)
		claim <- err
	}()
	f.reopen()
	if err := <-claim; err == nil {
		t.Error("a claim outlived the driver")
	}
	for range changes {
		t.Error("a change after the end")
	}
	_, getErr := kv.Get(t.Context(), "a")
	_, putErr := kv.Put(t.Context(), entry("a", "1", 0))
	_, listErr := kv.List(t.Context(), "", "", 1)
	_, watchErr := kv.Watch(t.Context(), "")
	for i, err := range []error{getErr, putErr, listErr, watchErr} {
		if err == nil || errors.Is(err, store.ErrNotFound) {
			t.Errorf("call %d on a closed driver: got %v", i, err)
		}
	}
}
