package storetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"ventanilla/store"
)

// claims are the rules of Claim and Release.
var claims = map[string]func(*testing.T, fixture){
	"what is due is claimed, the oldest first":             oldestFirst,
	"what is not due is not claimed":                       notDue,
	"a claimed key is hidden until it is released":         hidden,
	"a claimed key stays hidden when it is written":        hiddenWhenWritten,
	"a lease ends by itself, in real time":                 leaseEnds,
	"a put that is due ends a wait at once":                putWakes,
	"a put that is due sooner ends a wait sooner":          sooner,
	"the clock moving forward ends a wait":                 clockWakes,
	"a release ends a wait":                                releaseWakes,
	"what is not due any more is not claimed":              notAnyMore,
	"a claim ends with its context":                        claimEnds,
	"claiming changes neither revision nor value":          claimChangesNothing,
	"a restart forgets leases and no due":                  restartClaims,
	"of many claimers each entry goes to one":              manyClaimers,
	"releasing what was not claimed is nothing":            releaseNothing,
	"an entry written beside may be due":                   besideDue,
	"no due entry is ever lost while everybody is writing": noneLost,
}

func dueEntry(key string, at time.Time) store.Entry {
	return store.Entry{Key: key, Value: []byte("v"), Due: at}
}

// claim claims up to n within ten seconds and returns the keys.
func claim(t testing.TB, kv store.KV, n int) []string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	es, err := kv.Claim(ctx, n, time.Minute)
	if err != nil {
		t.Fatalf("claiming: %v", err)
	}
	keys := make([]string, len(es))
	for i, e := range es {
		keys[i] = e.Key
	}
	return keys
}

// nothing fails if something can be claimed now.
func nothing(t testing.TB, kv store.KV) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
	defer cancel()
	if es, err := kv.Claim(ctx, 10, time.Minute); err == nil {
		t.Fatalf("claimed %v, want nothing", es)
	}
}

// waiting starts a claim and returns where its keys will arrive. It gives the claim
// time to begin its wait; if it has not, the test passes all the same.
func waiting(t testing.TB, kv store.KV) <-chan []string {
	t.Helper()
	out := make(chan []string, 1)
	nothing(t, kv)
	go func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		es, _ := kv.Claim(ctx, 1, time.Minute)
		keys := make([]string, len(es))
		for i, e := range es {
			keys[i] = e.Key
		}
		out <- keys
	}()
	return out
}

func want(t testing.TB, got []string, keys ...string) {
	t.Helper()
	if !slices.Equal(got, keys) {
		t.Fatalf("claimed %q, want %q", got, keys)
	}
}

func oldestFirst(t *testing.T, f fixture) {
	now := f.clock.Now()
	for i, key := range []string{"c", "a", "d", "b"} {
		put(t, f.kv, dueEntry(key, now.Add(-time.Duration(i)*time.Minute)))
	}
	want(t, claim(t, f.kv, 3), "b", "d", "a")
	want(t, claim(t, f.kv, 3), "c")
}

func notDue(t *testing.T, f fixture) {
	put(t, f.kv, dueEntry("a", f.clock.Now().Add(time.Hour)))
	put(t, f.kv, entry("b", "never", 0))
	nothing(t, f.kv)
}

func hidden(t *testing.T, f fixture) {
	put(t, f.kv, dueEntry("a", f.clock.Now()))
	want(t, claim(t, f.kv, 10), "a")
	nothing(t, f.kv)
	f.kv.Release("a")
	want(t, claim(t, f.kv, 10), "a")
}

func hiddenWhenWritten(t *testing.T, f fixture) {
	e := dueEntry("a", f.clock.Now())
	e.Rev = put(t, f.kv, e)
	want(t, claim(t, f.kv, 10), "a")
	put(t, f.kv, e)
	nothing(t, f.kv)
	f.kv.Release("a")
	want(t, claim(t, f.kv, 10), "a")
}

func leaseEnds(t *testing.T, f fixture) {
	put(t, f.kv, dueEntry("a", f.clock.Now()))
	start := time.Now()
	if _, err := f.kv.Claim(t.Context(), 1, 200*time.Millisecond); err != nil {
		t.Fatal(err)
	}
	f.clock.Advance(time.Hour) // a lease knows nothing of the clock
	want(t, claim(t, f.kv, 1), "a")
	if took := time.Since(start); took < 200*time.Millisecond {
		t.Fatalf("the lease ended after %v", took)
	}
}

func putWakes(t *testing.T, f fixture) {
	got := waiting(t, f.kv)
	put(t, f.kv, dueEntry("a", f.clock.Now()))
	want(t, <-got, "a")
}

func sooner(t *testing.T, f fixture) {
	put(t, f.kv, dueEntry("late", f.clock.Now().Add(time.Hour)))
	got := waiting(t, f.kv)
	put(t, f.kv, dueEntry("soon", f.clock.Now().Add(20*time.Millisecond)))
	want(t, <-got, "soon")
}

func clockWakes(t *testing.T, f fixture) {
	put(t, f.kv, dueEntry("a", f.clock.Now().Add(time.Hour)))
	got := waiting(t, f.kv)
	f.clock.Advance(time.Hour)
	want(t, <-got, "a")
}

func releaseWakes(t *testing.T, f fixture) {
	put(t, f.kv, dueEntry("a", f.clock.Now()))
	want(t, claim(t, f.kv, 1), "a")
	got := waiting(t, f.kv)
	f.kv.Release("a")
	want(t, <-got, "a")
}

func notAnyMore(t *testing.T, f fixture) {
	e := dueEntry("a", f.clock.Now())
	e.Rev = put(t, f.kv, e)
	want(t, claim(t, f.kv, 1), "a")
	e.Due = time.Time{}
	e.Rev = put(t, f.kv, e)
	f.kv.Release("a")
	nothing(t, f.kv)
	put(t, f.kv, dueEntry("b", f.clock.Now()))
	put(t, f.kv, store.Entry{Key: "a", Rev: e.Rev}, store.Entry{Key: "b"})
	nothing(t, f.kv)
}

func claimEnds(t *testing.T, f fixture) {
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	for range 2 { // one waits for entries, the other behind it
		go func() {
			_, err := f.kv.Claim(ctx, 1, time.Minute)
			done <- err
		}()
	}
	cancel()
	for range 2 {
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Fatalf("got %v, want Canceled", err)
		}
	}
}

func claimChangesNothing(t *testing.T, f fixture) {
	e := dueEntry("a", f.clock.Now())
	rev := put(t, f.kv, e)
	es, err := f.kv.Claim(t.Context(), 1, time.Minute)
	if err != nil || es[0].Rev != rev || string(es[0].Value) != "v" || !es[0].Due.Equal(e.Due) {
		t.Fatalf("got %v, %v", es, err)
	}
	es[0].Value = []byte("w")
	put(t, f.kv, es[0])
}

func restartClaims(t *testing.T, f fixture) {
	put(t, f.kv, dueEntry("a", f.clock.Now()))
	put(t, f.kv, dueEntry("b", f.clock.Now().Add(time.Hour)))
	want(t, claim(t, f.kv, 10), "a")
	kv := f.reopen()
	f.clock.Advance(time.Hour)
	got := append(claim(t, kv, 1), claim(t, kv, 1)...)
	slices.Sort(got)
	want(t, got, "a", "b")
}

func manyClaimers(t *testing.T, f fixture) {
	const entries = 200
	for i := range entries {
		put(t, f.kv, dueEntry(fmt.Sprintf("k%03d", i), f.clock.Now()))
	}
	var mu sync.Mutex
	times := map[string]int{}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for {
				es, err := f.kv.Claim(ctx, 7, time.Hour)
				if err != nil {
					return
				}
				mu.Lock()
				for _, e := range es {
					times[e.Key]++
				}
				if len(times) == entries {
					cancel()
				}
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	for key, n := range times {
		if n != 1 {
			t.Errorf("%s was claimed %d times", key, n)
		}
	}
	if len(times) != entries {
		t.Errorf("%d of %d were claimed", len(times), entries)
	}
}

func releaseNothing(t *testing.T, f fixture) {
	f.kv.Release("nobody")
	put(t, f.kv, dueEntry("a", f.clock.Now()))
	f.kv.Release("a")
	want(t, claim(t, f.kv, 1), "a")
}

func besideDue(t *testing.T, f fixture) {
	got := waiting(t, f.kv)
	put(t, f.kv, entry("a", "1", 0), dueEntry("b", f.clock.Now()))
	want(t, <-got, "b")
}

// noneLost lets writers make counters due again and again while workers take them down:
// in the end every unit of work was done, and once.
func noneLost(t *testing.T, f fixture) {
	const keys, each = 5, 40
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	left := make(chan int, keys*each)
	var workers, writers sync.WaitGroup
	for range 3 {
		workers.Go(func() {
			for ctx.Err() == nil {
				workOff(ctx, t, f, left)
			}
		})
	}
	for k := range keys {
		writers.Go(func() {
			for range each {
				addWork(ctx, t, f, fmt.Sprint("k", k))
			}
		})
	}
	writers.Wait()
	done := 0
	for done < keys*each {
		select {
		case n := <-left:
			done += n
		case <-ctx.Done():
			t.Fatalf("%d of %d were done", done, keys*each)
		}
	}
	cancel()
	workers.Wait()
}

func addWork(ctx context.Context, t *testing.T, f fixture, key string) {
	for {
		e, err := f.kv.Get(ctx, key)
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			t.Error(err)
			return
		}
		e.Key, e.Value, e.Due = key, append(e.Value, '+'), f.clock.Now()
		if _, err = f.kv.Put(ctx, e); err == nil {
			return
		} else if !errors.Is(err, store.ErrConflict) {
			t.Error(err)
			return
		}
	}
}

func workOff(ctx context.Context, t *testing.T, f fixture, left chan<- int) {
	es, err := f.kv.Claim(ctx, 2, time.Hour)
	if err != nil {
		return
	}
	for _, e := range es {
		rev, err := f.kv.Put(ctx, store.Entry{Key: e.Key, Rev: e.Rev})
		if err == nil {
			left <- len(e.Value)
		} else if !errors.Is(err, store.ErrConflict) && ctx.Err() == nil {
			t.Error(rev, err)
		}
		f.kv.Release(e.Key)
	}
}
