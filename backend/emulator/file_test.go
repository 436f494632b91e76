package emulator_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
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

func writeSeeded(t *testing.T, path string) {
	t.Helper()
	text, err := seeded()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
}

// A second start must not hash again: with no hashing slot at all it would never end.
func TestASecondStartKeepsWhatTheFirstOneWrote(t *testing.T) {
	w := start(t)
	w.signIn(t, "gibanez", "hortensias del patio 9", emulator.OK)
	began := time.Now()
	other := start(t, func(o *emulator.Options) { o.Hashing = 1 })
	if took := time.Since(began); took > 500*time.Millisecond {
		t.Errorf("a second start took %v", took)
	}
	other.signIn(t, "gibanez", "hortensias del patio 9", emulator.OK)
}

func TestAnEmptyTokenStopsTheStart(t *testing.T) {
	if _, err := emulator.Open(filepath.Join(t.TempDir(), "core.db"), emulator.Options{}); err == nil {
		t.Error("got no error")
	}
}
