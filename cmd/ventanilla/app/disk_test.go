package app

import (
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"ventanilla/store"
	"ventanilla/store/boltkv"
)

// disk says that it is full whenever something is to be written.
type disk struct{ full atomic.Bool }

func (d *disk) onCommit(s boltkv.Stage) error {
	if s == boltkv.Before && d.full.Load() {
		return syscall.ENOSPC
	}
	return nil
}

// While the disk is full nothing is acknowledged that is not stored, nobody hears a
// line twice more than a kill would cost them, readiness says no, and when there is
// room again the story goes on by itself. RULES: talk.stuck, talk.resume
func TestAFullDiskLosesNothingAndEndsByItself(t *testing.T) {
	inMost(t, func(t *testing.T, in way) {
		var d disk
		inner, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		w := newWorld(t, in, func(w *world) {
			w.options = func(o *Options) { o.Store.OnCommit, o.Inner = d.onCommit, inner }
		}).run()
		w.fills("http://"+inner.Addr().String()+"/readyz", func() { d.full.Store(true) }, func() { d.full.Store(false) })
	})
}

// fills plays a story in whose middle the disk is full for a while.
func (w *world) fills(readyz string, fill, empty func()) {
	w.t.Helper()
	identify(w)
	w.quiet()
	w.until("it is ready", func() bool { return status(readyz) == http.StatusOK })
	before := len(w.net.Lines(person))
	fill()
	_, err := w.net.Say(person, "si")
	w.must(err)
	w.until("it is not ready", func() bool { return status(readyz) == http.StatusServiceUnavailable })
	time.Sleep(500 * time.Millisecond) // for as long as this the network brings it again and again, in vain
	if got := len(w.net.Lines(person)); got > before+1+1 {
		w.t.Errorf("%d lines were said meanwhile:\n%s", got-before-1, w.screen())
	}
	if mails := w.mail.Addresses(); len(mails) > 0 {
		w.t.Errorf("a mail left for something that is not stored")
	}
	empty()
	w.until("it is ready again", func() bool { return status(readyz) == http.StatusOK })
	w.hear(w.mailed(), before)
	w.finish()
	w.wantEffects()
	if lines, _ := repeated(w.seen().chat, slices.Compact(slices.Clone(w.seen().chat))); lines > 1 {
		w.t.Errorf("%d lines were repeated:\n%s", lines, w.screen())
	}
}

func status(url string) int {
	resp, err := http.Get(url)
	if err != nil {
		return 0
	}
	_ = resp.Body.Close()
	return resp.StatusCode
}

// The disk fills up between sending a line and noting that it left: the line is not
// sent over and over while nothing can be written.
func TestALineThatLeftBeforeTheDiskWasFullIsNotRepeatedForEver(t *testing.T) {
	for _, in := range ways[:2] {
		t.Run(in.String(), func(t *testing.T) {
			var d disk
			w := newWorld(t, in, func(w *world) {
				w.options = func(o *Options) { o.Store.OnCommit = d.onCommit }
				w.listen = func(behind http.Handler) http.Handler {
					return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
						behind.ServeHTTP(rw, r)
						if strings.Contains(w.screen(), "legajo") {
							d.full.Store(true)
						}
					})
				}
			}).run()
			w.say("no puedo entrar", w.asks(0))
			w.quiet()
			w.say("docente", "legajo")
			time.Sleep(3 * time.Second) // in which it is tried again
			d.full.Store(false)
			if n := strings.Count(w.screen(), "legajo"); n > 2 {
				t.Errorf("said %d times:\n%s", n, w.screen())
			}
		})
	}
}

// The same on a disk that is really full.
func TestADiskThatIsReallyFull(t *testing.T) {
	dir := t.TempDir()
	if runtime.GOOS != "linux" || syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=8m") != nil {
		t.Skip("this needs to mount a small disk")
	}
	t.Cleanup(func() { _ = syscall.Unmount(dir, syscall.MNT_DETACH) })
	ballast := filepath.Join(dir, "ballast")
	inner, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w := newWorld(t, ways[0], func(w *world) { w.dir, w.options = dir, func(o *Options) { o.Inner = inner } }).run()
	fill := func() {
		f, err := os.Create(ballast)
		w.must(err)
		for block := make([]byte, 64<<10); err == nil; {
			_, err = f.Write(block)
		}
		_ = f.Close()
		w.padStore()
	}
	w.fills("http://"+inner.Addr().String()+"/readyz", fill, func() { w.must(os.Remove(ballast)) })
	w.end()
	if err := boltkv.Check(t.Context(), w.settings.Store, nil); err != nil {
		t.Errorf("the store afterwards: %v", err)
	}
}

// padStore writes into a full disk's store until it takes nothing any more: pages
// that were free inside the file are used up first.
func (w *world) padStore() {
	w.t.Helper()
	for i := range 10_000 {
		e := store.Entry{Key: "s.pad" + string(rune('a'+i%26)) + strings.Repeat("x", i/26%900), Value: make([]byte, 3000), Expires: w.clock.Now().Add(time.Hour)}
		if _, err := w.running().kv.Put(w.t.Context(), e); err != nil && err != store.ErrConflict {
			return
		}
	}
	w.t.Fatal("the disk is never full")
}
