package emulator_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"testing/iotest"
	"time"

	"ventanilla/backend/emulator"
)

// seededFile makes a file with the people and returns its bytes, so that each test
// starts from a copy and the passwords are hashed once.
func seededFile() ([]byte, error) {
	dir, err := os.MkdirTemp("", "core")
	if err != nil {
		return nil, fmt.Errorf("making a folder: %w", err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	path := filepath.Join(dir, "core.db")
	born := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	e, err := emulator.Open(path, emulator.Options{Token: token, Now: func() time.Time { return born }})
	if err != nil {
		return nil, err
	}
	if err := e.Close(); err != nil {
		return nil, err
	}
	return os.ReadFile(path)
}

func writeSeeded(t testing.TB, path string) {
	t.Helper()
	text, err := seeded()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestASecondStartKeepsWhatTheFirstOneWrote(t *testing.T) {
	w := start(t)
	if _, err := w.client.Reset(t.Context(), "op", portal, "mseg-1001", reset(w.proof("mseg-1001", juanAddr))); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	noSalt := iotest.ErrReader(errors.New("a second start must hash nothing"))
	again, err := emulator.Open(w.path, emulator.Options{Token: token, Now: w.clock, Random: noSalt})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = again.Close() })
	w.Emulator = again
	w.signIn(t, "jrledesma", fresh, emulator.OK)
	if got := w.effects(t, "mseg-1001"); len(got) != 2 {
		t.Errorf("got %v", got)
	}
}

// A file that another process holds must not hang the start.
func TestAFileInUseIsRefused(t *testing.T) {
	w := start(t)
	if _, err := emulator.Open(w.path, emulator.Options{Token: token}); err == nil {
		t.Error("got no error")
	}
}

func TestAnEmptyTokenStopsTheStart(t *testing.T) {
	if _, err := emulator.Open(filepath.Join(t.TempDir(), "core.db"), emulator.Options{}); err == nil {
		t.Error("got no error")
	}
}
