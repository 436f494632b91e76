package app

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"ventanilla/store"
	"ventanilla/store/boltkv"
)

// Somebody copies the file of a program at work, as if that were a backup. Each copy
// is either whole, every value of it, or it is refused with words, and none is
// taken for something that it is not. RULES: data.backup, data.sealed
func TestAPlainCopyOfAStoreAtWorkIsWholeOrRefused(t *testing.T) {
	w := newWorld(t, ways[0]).run()
	w.until("it runs", func() bool { return w.running() != nil })
	stop := make(chan struct{})
	var writers sync.WaitGroup
	for i := range 8 {
		writers.Go(func() {
			for n := 0; ; n++ {
				select {
				case <-stop:
					return
				default:
					_, _ = w.net.Say(fmt.Sprint("p", i, ".", n%50), "hola")
					if err := w.running().store.Probe(t.Context()); err != nil {
						t.Error(err)
						return
					}
				}
			}
		})
	}
	dir := t.TempDir()
	whole, refused := 0, 0
	for i := range 25 {
		b, err := os.ReadFile(w.settings.Store)
		w.must(err)
		copied := filepath.Join(dir, fmt.Sprint(i))
		w.must(os.WriteFile(copied, b, 0o600))
		keys, err := Keys(w.settings)
		w.must(err)
		switch err := boltkv.Check(t.Context(), copied, store.Checker(keys)); {
		case err == nil:
			whole++
		case errors.Is(err, boltkv.ErrDamaged), errors.Is(err, boltkv.ErrForeign), errors.Is(err, store.ErrSealed):
			refused++
		default:
			t.Errorf("copy %d: %v", i, err)
		}
		w.must(os.Remove(copied))
	}
	close(stop)
	writers.Wait()
	t.Logf("%d whole, %d refused", whole, refused)
}
