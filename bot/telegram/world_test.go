package telegram_test

import (
	"context"
	"errors"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"ventanilla/bot"
	"ventanilla/bot/telegram"
	"ventanilla/bot/telegram/emulator"
	"ventanilla/flows"
	"ventanilla/store"
)

const (
	token    = "1001:AAH-a_canary_token"
	hookKey  = "canary-secret_1"
	username = "mseg_bot"
)

// world is one bot on an emulated network, with its webhook.
type world struct {
	t     *testing.T
	clock *flows.Clock
	net   *emulator.Network
	api   *httptest.Server
	hook  *httptest.Server
	ch    *telegram.Channel
	in    *inbox
}

func newWorld(t *testing.T, change ...func(*telegram.Config)) *world {
	t.Helper()
	w := &world{t: t, clock: &flows.Clock{}, in: &inbox{}}
	w.net = emulator.New(emulator.Options{Clock: w.clock, Retry: 5 * time.Millisecond})
	w.net.AddBot(token, username)
	w.api = httptest.NewServer(w.net.Handler())
	w.hook = httptest.NewUnstartedServer(nil)
	cfg := telegram.Config{
		Portal: "mseg", Token: token, Secret: hookKey, API: w.api.URL,
		PublicURL: "http://" + w.hook.Listener.Addr().String(), Accept: w.in.accept, Clock: w.clock,
		PerChat: telegram.DefaultPerChat, Overall: telegram.DefaultOverall,
		Commands: []telegram.Command{{Name: "menu", Description: "Ver qué puedo hacer", Text: "menú"}, {Name: "estado", Description: "Ver cómo va", Text: "estado"},
			{Name: "persona", Description: "Hablar con una persona", Text: "persona"}},
	}
	for _, f := range change {
		f(&cfg)
	}
	w.net.SetLimits(cfg.PerChat > 0)
	ch, err := telegram.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	w.ch, w.hook.Config.Handler = ch, ch
	w.hook.Start()
	t.Cleanup(func() {
		w.net.Close()
		if err := ch.Close(context.Background()); err != nil {
			t.Error(err)
		}
		w.hook.Close()
		w.api.Close()
	})
	return w
}

// withWebhook is newWorld with the webhook set.
func withWebhook(t *testing.T, change ...func(*telegram.Config)) *world {
	t.Helper()
	w := newWorld(t, change...)
	if err := w.ch.Setup(t.Context()); err != nil {
		t.Fatal(err)
	}
	return w
}

func (w *world) say(person, text string) int {
	w.t.Helper()
	n, err := w.net.Say(username, person, text)
	if err != nil {
		w.t.Fatal(err)
	}
	return n
}

// greet lets a person start the bot, so that it may write.
func (w *world) greet(person string) string {
	w.t.Helper()
	before := len(w.in.all())
	w.say(person, "hola")
	return w.in.wait(w.t, before+1)[before].key.Person
}

func (w *world) send(d bot.Delivery) string {
	w.t.Helper()
	receipt, err := w.ch.Send(w.t.Context(), d)
	if err != nil {
		w.t.Fatal(err)
	}
	return receipt
}

// until waits for a condition that a change on the network brings about.
func (w *world) until(what string, ok func() bool) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.t.Context(), 10*time.Second)
	defer cancel()
	for {
		rev := w.net.Phone(username, "nobody").Rev
		if ok() {
			return
		}
		if err := w.net.Changed(ctx, rev); err != nil {
			w.t.Fatalf("waiting until %s: %v", what, err)
		}
	}
}

func (w *world) last(person string) emulator.Message {
	w.t.Helper()
	screen := w.net.Screen(username, person, 0)
	if len(screen) == 0 {
		w.t.Fatal("an empty screen")
	}
	return screen[len(screen)-1]
}

// inbox accepts like the store: the same id twice is once.
type inbox struct {
	mu      sync.Mutex
	got     []accepted
	calls   int
	refuse  int // so many calls fail
	before  func(context.Context, store.Inbound) error
	changed chan struct{}
}

type accepted struct {
	key flows.Key
	in  store.Inbound
}

var errFull = errors.New("the store is full")

func (b *inbox) accept(ctx context.Context, k flows.Key, in store.Inbound) error {
	if b.before != nil {
		if err := b.before(ctx, in); err != nil {
			return err
		}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.calls++
	if b.changed != nil {
		close(b.changed)
		b.changed = nil
	}
	if b.refuse > 0 {
		b.refuse--
		return errFull
	}
	for _, a := range b.got {
		if a.in.ID == in.ID {
			return nil
		}
	}
	b.got = append(b.got, accepted{k, in})
	return nil
}

func (b *inbox) all() []accepted {
	b.mu.Lock()
	defer b.mu.Unlock()
	return append([]accepted(nil), b.got...)
}

// wait returns what was accepted once it is n messages.
func (b *inbox) wait(t *testing.T, n int) []accepted {
	t.Helper()
	b.waitFor(t, func() bool { return len(b.got) >= n })
	return b.all()
}

// waitFor waits for a condition, asked under the lock at every call.
func (b *inbox) waitFor(t *testing.T, ok func() bool) {
	t.Helper()
	late := time.After(10 * time.Second)
	for {
		b.mu.Lock()
		if ok() {
			b.mu.Unlock()
			return
		}
		if b.changed == nil {
			b.changed = make(chan struct{})
		}
		changed := b.changed
		b.mu.Unlock()
		select {
		case <-changed:
		case <-late:
			t.Fatal("what was waited for did not arrive")
		}
	}
}

// reply is a delivery of one text.
func reply(to, id, text string) bot.Delivery {
	return bot.Delivery{ID: id, Portal: "mseg", To: to, Reply: flows.Reply{Text: text}}
}
