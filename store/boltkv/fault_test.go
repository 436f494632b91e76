package boltkv_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"ventanilla/flows"
	"ventanilla/store"
	"ventanilla/store/boltkv"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var errCut = errors.New("cut")

func entry(key, value string, rev uint64) store.Entry {
	return store.Entry{Key: key, Value: []byte(value), Rev: rev}
}

func put(t testing.TB, kv *boltkv.KV, e store.Entry, with ...store.Entry) uint64 {
	t.Helper()
	rev, err := kv.Put(t.Context(), e, with...)
	if err != nil {
		t.Fatal(err)
	}
	return rev
}

func closeKV(t testing.TB, kv *boltkv.KV) {
	t.Helper()
	if err := kv.Close(); err != nil {
		t.Fatal(err)
	}
}

// Each of many writers in one failing commit gets the error; what was failed
// before the write is absent, what was failed after it is there, and the store works on.
func TestAFailingCommitIsEverybodysErrorAndNobodysHalf(t *testing.T) {
	for _, at := range []boltkv.Stage{boltkv.Before, boltkv.After} {
		t.Run(string(at), func(t *testing.T) {
			var cutting atomic.Bool
			dir := t.TempDir()
			kv := open(t, dir, boltkv.Options{OnCommit: func(s boltkv.Stage) error {
				if s == at && cutting.Load() {
					return errCut
				}
				return nil
			}})
			put(t, kv, entry("old", "1", 0))
			cutting.Store(true)
			var wg sync.WaitGroup
			for i := range 50 {
				wg.Go(func() {
					if _, err := kv.Put(context.Background(), entry(fmt.Sprint("k", i), "v", 0), entry(fmt.Sprint("w", i), "v", 0)); !errors.Is(err, errCut) {
						t.Errorf("got %v, want the cut", err)
					}
				})
			}
			wg.Wait()
			cutting.Store(false)
			want := map[boltkv.Stage]int{boltkv.Before: 1, boltkv.After: 101}[at]
			for range 2 {
				es, err := kv.List(t.Context(), "", "", 1000)
				if err != nil || len(es) != want {
					t.Fatalf("%d entries, %v; want %d", len(es), err, want)
				}
				closeKV(t, kv)
				kv = open(t, dir, boltkv.Options{})
			}
			put(t, kv, entry("new", "1", 0))
			closeKV(t, kv)
		})
	}
}

// A claimer hears of what a failing commit may have written all the same.
func TestAfterAFailedCommitClaimsLookAgain(t *testing.T) {
	var cutting atomic.Bool
	kv := open(t, t.TempDir(), boltkv.Options{OnCommit: func(s boltkv.Stage) error {
		if s == boltkv.After && cutting.Load() {
			return errCut
		}
		return nil
	}})
	defer closeKV(t, kv)
	cutting.Store(true)
	claimed := make(chan []store.Entry)
	go func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		es, _ := kv.Claim(ctx, 1, time.Minute)
		claimed <- es
	}()
	if _, err := kv.Put(t.Context(), store.Entry{Key: "a", Value: []byte("v"), Due: time.Now()}); !errors.Is(err, errCut) {
		t.Fatal(err)
	}
	if es := <-claimed; len(es) != 1 || es[0].Key != "a" {
		t.Fatalf("claimed %v", es)
	}
}

func TestAFullDiskIsAnErrorAndTheStoreStaysWhole(t *testing.T) {
	dir := t.TempDir()
	kv := open(t, dir, boltkv.Options{MaxSize: 1 << 20})
	big := bytes.Repeat([]byte("x"), 100<<10)
	kept := 0
	var full error
	for i := 0; full == nil && i < 1000; i++ {
		if _, full = kv.Put(t.Context(), store.Entry{Key: fmt.Sprint("k", i), Value: big, Due: time.Now()}); full == nil {
			kept++
		}
	}
	if full == nil || kept == 0 {
		t.Fatalf("%d were kept, %v", kept, full)
	}
	if es, err := kv.List(t.Context(), "", "", 1000); err != nil || len(es) != kept {
		t.Fatalf("%d entries, %v; want %d", len(es), err, kept)
	}
	put(t, kv, store.Entry{Key: "k0", Rev: first(t, kv, "k0")}, store.Entry{Key: "k1"}, store.Entry{Key: "k2"}) // making room works
	put(t, kv, entry("small", "1", 0))
	closeKV(t, kv)
	if err := boltkv.Check(t.Context(), dir+"/test.db", nil); err != nil {
		t.Fatal(err)
	}
}

func first(t testing.TB, kv *boltkv.KV, key string) uint64 {
	t.Helper()
	e, err := kv.Get(t.Context(), key)
	if err != nil {
		t.Fatal(err)
	}
	return e.Rev
}

func TestAPutThatCannotBeStoredSpoilsNobodysTransaction(t *testing.T) {
	kv := open(t, t.TempDir(), boltkv.Options{})
	defer closeKV(t, kv)
	long := string(bytes.Repeat([]byte("k"), 5000))
	for _, e := range []store.Entry{entry("", "v", 0), entry(long, "v", 0), {Key: "a", Value: make([]byte, 65<<20)}} {
		if _, err := kv.Put(t.Context(), e); err == nil {
			t.Errorf("a key of %d and a value of %d bytes were stored", len(e.Key), len(e.Value))
		}
		if _, err := kv.Put(t.Context(), entry("b", "v", 0), e); err == nil {
			t.Error("or beside another")
		}
	}
	if es, err := kv.List(t.Context(), "", "", 10); err != nil || len(es) != 0 {
		t.Fatalf("got %v, %v", es, err)
	}
}

func TestWhatExpiredIsSweptAndWhatDidNotStays(t *testing.T) {
	clock := &flows.Clock{}
	kv := open(t, t.TempDir(), boltkv.Options{Clock: clock, Sweep: 5 * time.Millisecond})
	defer closeKV(t, kv)
	changes, err := kv.Watch(t.Context(), "gone")
	if err != nil {
		t.Fatal(err)
	}
	with := make([]store.Entry, 1000)
	for i := range with {
		with[i] = store.Entry{Key: fmt.Sprintf("gone%04d", i), Value: []byte("v"), Expires: clock.Now().Add(time.Hour)}
	}
	put(t, kv, entry("stays", "1", 0), with...)
	put(t, kv, store.Entry{Key: "later", Value: []byte("v"), Expires: clock.Now().Add(24 * time.Hour)})
	clock.Advance(2 * time.Hour)
	deleted := map[string]bool{}
	for len(deleted) < len(with) {
		select {
		case e := <-changes:
			if len(e.Value) == 0 {
				deleted[e.Key] = true
			}
		case <-time.After(10 * time.Second):
			t.Fatalf("only %d were swept", len(deleted))
		}
	}
	if es, err := kv.List(t.Context(), "", "", 2000); err != nil || len(es) != 2 {
		t.Fatalf("%d entries left, %v; want 2", len(es), err)
	}
}

func TestASweepIsBoundedAndSparesWhatWasRenewed(t *testing.T) {
	clock := &flows.Clock{}
	kv := open(t, t.TempDir(), boltkv.Options{Clock: clock, Sweep: time.Hour})
	defer closeKV(t, kv)
	with := make([]store.Entry, 600)
	for i := range with {
		with[i] = store.Entry{Key: fmt.Sprintf("k%04d", i), Value: []byte("v"), Expires: clock.Now()}
	}
	put(t, kv, entry("x", "1", 0), with...)
	renewed, err := kv.Get(t.Context(), "k0000")
	if err != nil {
		t.Fatal(err)
	}
	renewed.Expires = clock.Now().Add(time.Hour)
	put(t, kv, renewed)
	for _, want := range []int{256, 256, 87, 0} {
		if n, err := kv.Sweep(t.Context()); err != nil || n != want {
			t.Fatalf("swept %d, %v; want %d", n, err, want)
		}
	}
	if es, err := kv.List(t.Context(), "", "", 10); err != nil || len(es) != 2 {
		t.Fatalf("left: %v, %v", es, err)
	}
}
