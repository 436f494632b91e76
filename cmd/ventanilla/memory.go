package main

import (
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"

	"github.com/ccojocar/zxcvbn-go/frequency"
)

const (
	// garbage is the heap that may grow before it is collected, in percent of what is
	// alive. That is small, and the usual 100 collected so often that it took a seventh
	// of the processor time of a turn.
	garbage = 300
	// modest is the memory in bytes that a thousand busy chats can do with. The soft
	// limit grows with what is alive, so that it never turns into collecting all the time.
	modest = 72 << 20
)

// boundMemory trades a little memory for speed while few people write, and stops
// doing so when many do. GOGC and GOMEMLIMIT have the last word.
func boundMemory() {
	clear(frequency.Lists) // 2 MB that zxcvbn has read its dictionaries from, and keeps
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(garbage)
	}
	if os.Getenv("GOMEMLIMIT") != "" {
		return
	}
	debug.SetMemoryLimit(modest)
	used := []metrics.Sample{{Name: "/gc/heap/live:bytes"}, {Name: "/memory/classes/heap/stacks:bytes"}}
	afterEachCollection(func() {
		metrics.Read(used)
		if used[0].Value.Kind() == metrics.KindUint64 && used[1].Value.Kind() == metrics.KindUint64 {
			debug.SetMemoryLimit(limitFor(int64(used[0].Value.Uint64()), int64(used[1].Value.Uint64())))
		}
	})
}

// limitFor leaves two thirds of what is alive for what is not, beside the stacks of all
// who wait. With half, a thousand chats spent much longer in collecting; with three
// quarters they took 8 MB more and were no faster.
func limitFor(alive, stacks int64) int64 { return max(modest, alive+alive*2/3+stacks) }

// afterEachCollection calls f when the garbage collector has been by.
func afterEachCollection(f func()) {
	canary := new([64]byte)
	runtime.AddCleanup(canary, func(f func()) { f(); afterEachCollection(f) }, f)
}
