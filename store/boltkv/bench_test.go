package boltkv_test

import (
	"context"
	"fmt"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"ventanilla/store"
	"ventanilla/store/boltkv"
)

// BenchmarkPut measures synced puts of 700 bytes, each of its own key, by so many writers.
func BenchmarkPut(b *testing.B) {
	for _, writers := range []int{1, 32, 256} {
		b.Run(fmt.Sprint(writers), func(b *testing.B) {
			kv := open(b, b.TempDir(), boltkv.Options{})
			defer closeKV(b, kv)
			value := make([]byte, 700)
			b.ReportAllocs()
			share(b, writers, func(w int, more func() bool) {
				e := store.Entry{Key: fmt.Sprintf("c.%032d", w), Value: value}
				for more() {
					rev, err := kv.Put(context.Background(), e)
					if err != nil {
						b.Error(err)
						return
					}
					e.Rev = rev
				}
			})
		})
	}
}

// share lets workers do b.N things together.
func share(b *testing.B, workers int, work func(w int, more func() bool)) {
	var left atomic.Int64
	left.Store(int64(b.N))
	b.ResetTimer()
	var wg sync.WaitGroup
	for w := range workers {
		wg.Go(func() { work(w, func() bool { return left.Add(-1) >= 0 }) })
	}
	wg.Wait()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "puts/s")
}

// BenchmarkClaim measures a put that is due, its claim and its release, one after the other.
func BenchmarkClaim(b *testing.B) {
	kv := open(b, b.TempDir(), boltkv.Options{})
	defer closeKV(b, kv)
	e := store.Entry{Key: "c.a", Value: make([]byte, 700), Due: time.Now()}
	b.ReportAllocs()
	for b.Loop() {
		rev, err := kv.Put(context.Background(), e)
		if err != nil {
			b.Fatal(err)
		}
		e.Rev = rev
		if _, err := kv.Claim(context.Background(), 16, time.Minute); err != nil {
			b.Fatal(err)
		}
		kv.Release(e.Key)
	}
}

// BenchmarkOpen measures opening a store in which very many dialogs sleep.
func BenchmarkOpen(b *testing.B) {
	for _, dialogs := range []int{1_000, 1_000_000} {
		b.Run(fmt.Sprint(dialogs), func(b *testing.B) {
			dir := b.TempDir()
			kv := open(b, dir, boltkv.Options{})
			sleep(b, kv, dialogs)
			closeKV(b, kv)
			for b.Loop() {
				kv, err := boltkv.Open(filepath.Join(dir, "test.db"), boltkv.Options{})
				if err != nil {
					b.Fatal(err)
				}
				closeKV(b, kv)
			}
		})
	}
}

// sleep fills a store with dialogs that are due in a year.
func sleep(b *testing.B, kv *boltkv.KV, dialogs int) {
	b.Helper()
	value, due := make([]byte, 500), time.Now().AddDate(1, 0, 0)
	const batch = 2000
	for i := 0; i < dialogs; i += batch {
		with := make([]store.Entry, 0, batch)
		for j := i; j < min(i+batch, dialogs); j++ {
			with = append(with, store.Entry{Key: fmt.Sprintf("c.%032x", j), Value: value, Due: due.Add(time.Duration(j))})
		}
		if _, err := kv.Put(context.Background(), with[0], with[1:]...); err != nil {
			b.Fatal(err)
		}
	}
}
