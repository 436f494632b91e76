package boltkv_test

import (
	"path/filepath"
	"testing"
	"time"

	"ventanilla/flows"
	"ventanilla/store"
	"ventanilla/store/boltkv"
	"ventanilla/store/storetest"
)

func open(t testing.TB, dir string, o boltkv.Options) *boltkv.KV {
	t.Helper()
	kv, err := boltkv.Open(filepath.Join(dir, "test.db"), o)
	if err != nil {
		t.Fatal(err)
	}
	return kv
}

func TestItDoesWhatADriverMustDo(t *testing.T) {
	storetest.Run(t, func(t testing.TB, dir string, clock *flows.Clock) store.KV {
		return open(t, dir, boltkv.Options{Clock: clock, Sweep: time.Hour})
	})
}
