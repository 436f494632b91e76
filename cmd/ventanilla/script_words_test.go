package main

import (
	"context"
	"crypto/rand"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"ventanilla/cmd/ventanilla/app"
	"ventanilla/cmd/ventanilla/settings"
	"ventanilla/flows"
	"ventanilla/store"
	"ventanilla/store/boltkv"
)

// words are what the stories of testdata/script may say besides testscript's own.
var words = map[string]func(*testscript.TestScript, bool, []string){
	"waitfor":  waitFor,
	"truncate": truncate,
	"flip":     flip,
	"moved":    moved,
	"setaside": setAside,
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

// setAside puts messages into a store on which nothing runs, as if they could not have been processed: setaside CONFIG CASE....
func setAside(ts *testscript.TestScript, _ bool, args []string) {
	for _, name := range []string{"TG_TOKEN", "TG_SECRET", "CORE_TOKEN"} {
		if os.Getenv(name) == "" {
			ts.Check(os.Setenv(name, ts.Getenv(name)))
		}
	}
	conf, err := settings.Load(ts.MkAbs(args[0]))
	ts.Check(err)
	keys, err := app.Keys(conf)
	ts.Check(err)
	kv, err := boltkv.Open(conf.Store, boltkv.Options{})
	ts.Check(err)
	defer func() { ts.Check(kv.Close()) }()
	s, err := store.New(context.Background(), kv, store.Options{Keys: keys, Random: rand.Reader})
	ts.Check(err)
	for _, number := range args[1:] {
		ts.Check(s.Update(context.Background(), flows.Key{Channel: "telegram", Portal: "mseg", Person: "1"}, func(c *store.Conversation) error {
			in := store.Inbound{ID: number, At: time.Now(), Input: flows.Input{From: flows.Person, Text: "Secreto"}}
			c.SetAside(in, store.TroubleBug, "panic:\n\x1b[2J\tnil map", number, time.Now())
			return nil
		}))
	}
}
