package main

import (
	"runtime"
	"testing"
	"time"
)

func TestEveryCollectionIsHeardOf(t *testing.T) {
	heard := make(chan bool, 16)
	afterEachCollection(func() {
		select {
		case heard <- true:
		default:
		}
	})
	for range 3 {
		runtime.GC()
		select {
		case <-heard:
		case <-time.After(10 * time.Second):
			t.Fatal("a collection was not heard of")
		}
	}
}

func TestTheLimitIsModestUntilWhatIsAliveNeedsMore(t *testing.T) {
	for _, c := range []struct{ alive, stacks, want int64 }{{20, 2, 72}, {30, 20, 72}, {42, 30, 100}, {210, 30, 380}} {
		if got := limitFor(c.alive<<20, c.stacks<<20); got != c.want<<20 {
			t.Errorf("%d MB alive and %d MB of stacks: got %d MB, want %d MB", c.alive, c.stacks, got>>20, c.want)
		}
	}
}
