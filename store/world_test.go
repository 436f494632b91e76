package store_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"ventanilla/flows"
	"ventanilla/store"
	"ventanilla/store/boltkv"
)

var (
	ana  = flows.Key{Portal: "mseg", Channel: "telegram", Person: "5491155550001"}
	beto = flows.Key{Portal: "mseg", Channel: "telegram", Person: "5491155550002"}
)

// world is a store on a real file, whose time and power are in the test's hands.
type world struct {
	t       testing.TB
	path    string
	clock   *flows.Clock
	keys    *store.Keyring
	options store.Options
	cut     func(boltkv.Stage) error
	kv      *boltkv.KV
	*store.Store
}

// newWorld opens an empty store; change may set options.
func newWorld(t testing.TB, change ...func(*store.Options)) *world {
	t.Helper()
	keys, err := store.NewKeyring(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, path: filepath.Join(t.TempDir(), "store.db"), clock: &flows.Clock{}, keys: keys}
	w.options = store.Options{Keys: keys, Clock: w.clock, Random: rand.Reader, Limits: flows.DefaultLimits(), Log: slog.New(slog.DiscardHandler),
		Flooded: func(flows.Key) flows.Reply { return flows.Reply{Text: "Despacio, por favor."} }}
	for _, f := range change {
		f(&w.options)
	}
	w.open()
	t.Cleanup(func() { _ = w.kv.Close() })
	return w
}

func (w *world) open() {
	w.t.Helper()
	kv, err := boltkv.Open(w.path, boltkv.Options{Clock: w.clock, Sweep: time.Hour, OnCommit: func(s boltkv.Stage) error {
		if w.cut == nil {
			return nil
		}
		return w.cut(s)
	}})
	if err != nil {
		w.t.Fatal(err)
	}
	w.kv = kv
	if w.Store, err = store.New(w.t.Context(), kv, w.options); err != nil {
		w.t.Fatal(err)
	}
}

// restart is what happens when the process ends and starts again.
func (w *world) restart() {
	w.t.Helper()
	w.cut = nil
	if err := w.kv.Close(); err != nil {
		w.t.Fatal(err)
	}
	w.open()
}

func (w *world) load(k flows.Key) *store.Conversation {
	w.t.Helper()
	c, err := w.Load(w.t.Context(), k)
	if err != nil {
		w.t.Fatal(err)
	}
	return c
}

func (w *world) accept(k flows.Key, in store.Inbound) {
	w.t.Helper()
	if err := w.Accept(w.t.Context(), k, in); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) save(c *store.Conversation) {
	w.t.Helper()
	if err := w.Save(w.t.Context(), c); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) update(k flows.Key, change func(*store.Conversation)) {
	w.t.Helper()
	err := w.Update(w.t.Context(), k, func(c *store.Conversation) error { change(c); return nil })
	if err != nil {
		w.t.Fatal(err)
	}
}

// answer answers the oldest message of k with replies.
func (w *world) answer(k flows.Key, replies ...flows.Reply) *store.Conversation {
	w.t.Helper()
	c := w.load(k)
	if len(c.Inbox) == 0 {
		w.t.Fatal("there is nothing to answer")
	}
	c.Answer(c.Inbox[0], flows.Result{Dialog: c.Dialog, Replies: replies}, w.clock.Now())
	w.save(c)
	return c
}

// claim returns what is due now.
func (w *world) claim() []store.Job {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.t.Context(), 50*time.Millisecond)
	defer cancel()
	jobs, err := w.Claim(ctx, 100, time.Minute)
	if err != nil && !errors.Is(err, context.DeadlineExceeded) {
		w.t.Fatal(err)
	}
	return jobs
}

// mail claims the one mail that is due.
func (w *world) mail() store.Away {
	w.t.Helper()
	for _, j := range w.claim() {
		w.Release(j)
		if j.Away != nil {
			return *j.Away
		}
	}
	w.t.Fatal("no mail is due")
	return store.Away{}
}

// dump is every entry of the file.
func (w *world) dump() (es []store.Entry) {
	w.t.Helper()
	es, err := w.kv.List(w.t.Context(), "", "", 1<<20)
	if err != nil {
		w.t.Fatal(err)
	}
	return es
}

// file is the file itself, as a thief would have it.
func (w *world) file() []byte {
	w.t.Helper()
	b, err := os.ReadFile(w.path)
	if err != nil {
		w.t.Fatal(err)
	}
	var backup bytes.Buffer
	if err := w.kv.Backup(w.t.Context(), &backup); err != nil {
		w.t.Fatal(err)
	}
	return append(b, backup.Bytes()...)
}

func said(id, text string) store.Inbound {
	return store.Inbound{ID: id, Origin: "m" + id, Name: "Ana", Input: flows.Input{From: flows.Person, Text: text}}
}

func event(id, what string) store.Inbound {
	return store.Inbound{ID: id, Input: flows.Input{From: flows.System, Event: what}}
}

func ids(in []store.Inbound) (list []string) {
	for _, x := range in {
		list = append(list, x.ID)
	}
	return list
}

func texts(out []store.Outbound) (list []string) {
	for _, x := range out {
		list = append(list, x.Reply.Text)
	}
	return list
}

func numbered(n int) string { return fmt.Sprintf("%04d", n) }

// broken is all that was set aside.
func (w *world) broken() (all []store.Broken, err error) {
	err = w.EachBroken(w.t.Context(), func(x store.Broken) error {
		all = append(all, x)
		return nil
	})
	return all, err
}
