package main

import (
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// words are what the stories of testdata/script may say besides testscript's own.
var words = map[string]func(*testscript.TestScript, bool, []string){
	"waitfor":  waitFor,
	"truncate": truncate,
	"flip":     flip,
	"moved":    moved,
}

// waitFor waits until a file is there: waitfor FILE.
func waitFor(ts *testscript.TestScript, _ bool, args []string) {
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		if _, err := os.Stat(ts.MkAbs(args[0])); err == nil {
			return
		}
	}
	ts.Fatalf("%s did not appear in time", args[0])
}

// truncate cuts the second half of a file off: truncate FILE.
func truncate(ts *testscript.TestScript, _ bool, args []string) {
	info, err := os.Stat(ts.MkAbs(args[0]))
	ts.Check(err)
	ts.Check(os.Truncate(ts.MkAbs(args[0]), info.Size()/2))
}

// flip changes one bit in each page of a store but the first two, of which one is unused: flip FILE.
func flip(ts *testscript.TestScript, _ bool, args []string) {
	b, err := os.ReadFile(ts.MkAbs(args[0]))
	ts.Check(err)
	for at := 2*os.Getpagesize() + 1000; at < len(b); at += os.Getpagesize() {
		b[at] ^= 4
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), b, 0o600))
}

// moved fails unless exactly N files match: moved PATTERN N.
func moved(ts *testscript.TestScript, _ bool, args []string) {
	found, err := filepath.Glob(ts.MkAbs(args[0]))
	ts.Check(err)
	if want, err := strconv.Atoi(args[1]); err != nil || len(found) != want {
		ts.Fatalf("%s: got %v, want %s files", args[0], found, args[1])
	}
}
