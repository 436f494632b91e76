package main

import (
	"net"
	"os"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"ventanilla": main})
}

// Each file of testdata/script is a story of somebody at the command line.
func TestTheCommandLine(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = taken.Close() }) // the stories run in parallel, after this function
	testscript.Run(t, testscript.Params{
		Dir:      "testdata/script",
		Cmds:     words,
		Deadline: time.Now().Add(5 * time.Minute),
		Setup: func(e *testscript.Env) error {
			e.Setenv("TAKEN", taken.Addr().String()) // an address where something else listens
			e.Setenv("TG_TOKEN", "12345:token")
			e.Setenv("TG_SECRET", "s3cret")
			e.Setenv("CORE_TOKEN", "core-token")
			return nil
		},
		UpdateScripts: os.Getenv("UPDATE_SCRIPTS") != "",
	})
}
