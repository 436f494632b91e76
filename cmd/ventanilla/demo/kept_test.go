package demo

import (
	"path/filepath"
	"testing"
)

// An agent's page that stayed open finds the console again when the world is opened again.
func TestTheConsoleListensWhereItDidBefore(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "demo.console")
	ports := func() (first, beside, again string) {
		one, err := listenAgain(t.Context(), file)
		if err != nil {
			t.Fatal(err)
		}
		two, err := listenAgain(t.Context(), file)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = one.Close(), two.Close()
		three, err := listenAgain(t.Context(), file)
		if err != nil {
			t.Fatal(err)
		}
		_ = three.Close()
		return portOf(one.Addr()), portOf(two.Addr()), portOf(three.Addr())
	}
	for range 20 { // somebody else may take a port that is free for a moment
		first, beside, again := ports()
		if first == beside {
			t.Fatalf("two listen at %s", first)
		}
		if again == beside {
			return
		}
	}
	t.Error("it listens elsewhere each time")
}
