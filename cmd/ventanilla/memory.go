package main

import (
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
)

const (
	// garbage is the heap that may grow before it is collected, in percent of what is
	// alive. That is small, some 12 MB, and the usual 100 collected so often that it
	// took a seventh of the processor time of a turn.
	garbage = 200
	// modest is the memory in bytes that a thousand busy chats can do with. The soft
	// limit grows with what is alive, so that it never turns into collecting all the time.
	modest = 80 << 20
)

// boundMemory trades a little memory for speed while few people write, and stops
// doing so when many do. GOGC and GOMEMLIMIT have the last word.
func boundMemory() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(garbage)
	}
	if os.Getenv("GOMEMLIMIT") != "" {
		return
	}
	debug.SetMemoryLimit(modest)
	alive := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	afterEachCollection(func() {
		metrics.Read(alive)
		if alive[0].Value.Kind() == metrics.KindUint64 {
			debug.SetMemoryLimit(max(modest, 5*int64(alive[0].Value.Uint64())/2))
		}
	})
}

// afterEachCollection calls f when the garbage collector has been by.
func afterEachCollection(f func()) {
	canary := new([64]byte)
	runtime.AddCleanup(canary, func(f func()) { f(); afterEachCollection(f) }, f)
}
