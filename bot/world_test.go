package bot_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"ventanilla/backend/secret"
	"ventanilla/bot"
	"ventanilla/flows"
	"ventanilla/store"
	"ventanilla/store/boltkv"
)

var ana = flows.Key{Portal: "mseg", Channel: "telegram", Person: "1001"}

// world is a bot with everything real but the engine, the networks and the time.
type world struct {
	t      testing.TB
	kv     store.KV
	clock  *flows.Clock
	store  *store.Store
	engine *teller
	phone  *phone
	mail   *phone
	worker *bot.Worker
	limits flows.Limits

	keys     *store.Keyring
	path     string
	onCommit func(boltkv.Stage) error
}

// newWorld makes a world whose limits change may set.
func newWorld(t testing.TB, change ...func(*flows.Limits)) *world {
	t.Helper()
	w := &world{t: t, clock: &flows.Clock{}, engine: newTeller(), phone: &phone{}, mail: &phone{}, limits: flows.NoLimits()}
	for _, f := range change {
		f(&w.limits)
	}
	keys, err := store.NewKeyring(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	w.keys, w.path = keys, filepath.Join(t.TempDir(), "db")
	w.open()
	t.Cleanup(w.close)
	return w
}

// open is what a process does when it starts.
func (w *world) open() {
	w.t.Helper()
	kv, err := boltkv.Open(w.path, boltkv.Options{Clock: w.clock, OnCommit: w.onCommit})
	if err != nil {
		w.t.Fatal(err)
	}
	w.kv = kv
	w.store, err = store.New(context.Background(), kv, store.Options{Keys: w.keys, Clock: w.clock, Random: rand.Reader, Limits: w.limits, Log: quiet})
	if err != nil {
		w.t.Fatal(err)
	}
	w.worker = w.newWorker(w.store)
}

func (w *world) close() { _ = w.kv.Close() }

var quiet = slog.New(slog.DiscardHandler)

// newWorker returns a worker on everything of the world, and on s.
func (w *world) newWorker(s bot.Conversations) *bot.Worker {
	meters, err := bot.NewMeters(prometheus.NewRegistry())
	if err != nil {
		w.t.Fatal(err)
	}
	cases := 0
	return &bot.Worker{Store: s, Away: w.store, Engine: w.engine, Guard: w.store.Guards(), Limits: w.limits,
		Channels: map[string]bot.Channel{"telegram": w.phone, "email": w.mail, flows.Later: bot.Nowhere{}},
		Codes:    flows.Codes{Key: secret.Text(strings.Repeat("k", 32))}, Links: links{}, Files: files{}, Eraser: w.store,
		Clock: w.clock, Jitter: func() float64 { return 0.5 }, Meters: meters, Log: quiet,
		Case: func() string { cases++; return fmt.Sprintf("C-%d", cases) }}
}

func said(id, text string) store.Inbound {
	return store.Inbound{ID: id, Name: "Ana", Origin: "m" + id, Input: flows.Input{From: flows.Person, Text: text}}
}

func event(id, name string) store.Inbound {
	return store.Inbound{ID: id, Input: flows.Input{From: flows.System, Event: name}}
}

func (w *world) accept(ins ...store.Inbound) {
	w.t.Helper()
	for _, in := range ins {
		if err := w.store.Accept(w.t.Context(), ana, in); err != nil {
			w.t.Fatal(err)
		}
	}
}

func (w *world) drain() {
	w.t.Helper()
	if err := w.worker.Drain(w.t.Context(), ana); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) load() *store.Conversation {
	w.t.Helper()
	c, err := w.store.Load(w.t.Context(), ana)
	if err != nil {
		w.t.Fatal(err)
	}
	return c
}

// saw checks what the person has on the screen.
func (w *world) saw(want ...string) {
	w.t.Helper()
	if got := w.phone.texts(); !slices.Equal(got, want) {
		w.t.Fatalf("the person sees\n  %q, want\n  %q", got, want)
	}
}

// run starts a runner and returns a func that stops it and checks that it ended well.
func (w *world) run(change ...func(*bot.Runner)) (stop func()) {
	w.t.Helper()
	r := &bot.Runner{Queue: w.store, Worker: w.worker}
	for _, f := range change {
		f(r)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- r.Run(ctx) }()
	var once sync.Once
	stop = func() {
		once.Do(func() {
			cancel()
			if err := <-done; err != nil {
				w.t.Errorf("the runner ended with %v", err)
			}
		})
	}
	w.t.Cleanup(stop)
	return stop
}

// eventually waits for a condition that other goroutines bring about.
func eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); !ok(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("never: %s", what)
		}
	}
}

// teller is an engine that answers "eco: …" and does what a test asks of it.
type teller struct {
	mu     sync.Mutex
	calls  []flows.Call
	before func(context.Context, flows.Call) error // runs first; its error is the turn's
	effect map[string]int                          // turns that came through, by id
	greets bool                                    // has a sentence for who is taken over
}

func newTeller() *teller { return &teller{effect: map[string]int{}} }

func (e *teller) hook(f func(context.Context, flows.Call) error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.before = f
}

func (e *teller) Handle(ctx context.Context, c flows.Call) (flows.Result, error) {
	e.mu.Lock()
	e.calls = append(e.calls, c)
	before := e.before
	e.mu.Unlock()
	if before != nil {
		if err := before(ctx, c); err != nil {
			return flows.Result{}, err
		}
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.effect[c.ID]++
	return e.answer(c), nil
}

// answer remembers in the dialog what was heard, so that a lost or repeated turn shows.
func (e *teller) answer(c flows.Call) flows.Result {
	d := c.Dialog
	heard := c.Input.Text + c.Input.Event
	if heard != "ayuda" { // the word that leaves the question standing
		d.Step += heard + ";"
	}
	d.Due = time.Time{}
	r := flows.Result{Dialog: d}
	say := func(r2 flows.Reply) { r.Replies = append(r.Replies, r2) }
	switch kind, arg, _ := strings.Cut(heard, " "); kind {
	case "three":
		say(flows.Reply{Text: "uno"})
		say(flows.Reply{Text: "dos"})
		say(flows.Reply{Text: "tres"})
	case "mail":
		say(flows.Reply{Text: "te mandé un mail"})
		say(flows.Reply{To: "email:" + arg, Title: "Tu código", Text: "Es {code}", Ref: "ref-" + c.ID,
			Code: &flows.CodeRef{Account: "a1", Nonce: "n1"}, Until: c.At.Add(10 * time.Minute)})
	case "later":
		say(flows.Reply{Text: "después sigo"})
		say(flows.Reply{To: flows.Later + ":" + arg, Ref: flows.Later + "/" + arg, Not: c.At.Add(72 * time.Hour), Until: c.At.Add(96 * time.Hour)})
	case "wait":
		r.Dialog.Due = c.At.Add(5 * time.Minute)
		say(flows.Reply{Text: "espero"})
	case "forget":
		r.Dialog.Memory.Forget, r.Dialog.Due = true, c.At.Add(time.Minute)
		say(flows.Reply{Text: "te olvido"})
	case "sent", "undelivered":
		say(flows.Reply{Text: heard + " " + c.Input.Values["reason"]})
	default:
		say(flows.Reply{Text: "eco: " + heard})
	}
	return r
}

func (e *teller) Notice(_ flows.Key, key string, pairs ...string) flows.Reply {
	if key == "agent_here" && !e.greets {
		return flows.Reply{}
	}
	return flows.Reply{Text: strings.TrimSpace(key + " " + strings.Join(pairs, " "))}
}

// ids are the turns that ran, failed ones too, without the conversation's name.
func (e *teller) ids() (ids []string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, c := range e.calls {
		_, id, _ := strings.Cut(c.ID, "/")
		ids = append(ids, id)
	}
	return ids
}

// phone is a network that keeps what a person sees.
type phone struct {
	mu     sync.Mutex
	got    []bot.Delivery
	before func(context.Context, bot.Delivery) error
}

func (p *phone) hook(f func(context.Context, bot.Delivery) error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.before = f
}

func (p *phone) Send(ctx context.Context, d bot.Delivery) (string, error) {
	p.mu.Lock()
	before := p.before
	p.mu.Unlock()
	if before != nil {
		if err := before(ctx, d); err != nil {
			return "", err
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.got = append(p.got, d)
	return "", nil
}

func (p *phone) deliveries() []bot.Delivery {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.got)
}

func (p *phone) texts() []string {
	texts := []string{}
	for _, d := range p.deliveries() {
		texts = append(texts, d.Reply.Text)
	}
	return texts
}

type links struct{}

func (links) Form(name, entered string, _ time.Time) string {
	return "https://bot.example.org/f/" + name + "/" + entered
}
func (links) Grant(g flows.Grant) string { return "https://bot.example.org/g/" + g.ID }

func (links) File(name, outbound string, _ time.Time) string {
	return "https://bot.example.org/d/" + name + "/" + outbound
}

type files struct{}

func (files) Open(_ context.Context, portal string, f flows.File) ([]byte, error) {
	return []byte(portal + "/" + f.ID), nil
}

// outage is an error of a core that is down.
type outage struct{}

func (outage) Error() string { return "the core is down" }
func (outage) Later() bool   { return true }

// refusal is an error that trying again does not help.
type refusal struct{}

func (refusal) Error() string { return "the core says no" }
func (refusal) Later() bool   { return false }

var errOdd = errors.New("nobody knows why")

// broken is all that was set aside.
func (w *world) broken() (all []store.Broken, err error) {
	err = w.store.EachBroken(w.t.Context(), func(x store.Broken) error {
		all = append(all, x)
		return nil
	})
	return all, err
}
