package whatsapp_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"ventanilla/bot"
	"ventanilla/bot/whatsapp"
	"ventanilla/bot/whatsapp/emulator"
	"ventanilla/flows"
	"ventanilla/store"
)

const (
	account = "AC00000000000000000000000000000001"
	token   = "0123456789abcdef0123456789abcdef"
	from    = "+14155238886"

	notice = "HX00000000000000000000000000000001"
	code   = "HX00000000000000000000000000000002"
	quick  = "HX00000000000000000000000000000003" // two options
	list   = "HX00000000000000000000000000000004" // four options
)

// world is one sender on an emulated network, with its webhooks.
type world struct {
	t     *testing.T
	clock *flows.Clock
	net   *emulator.Network
	api   *httptest.Server
	hook  *httptest.Server
	ch    *whatsapp.Channel
	in    *inbox
}

func newWorld(t *testing.T, change ...func(*whatsapp.Config)) *world {
	t.Helper()
	w := &world{t: t, clock: &flows.Clock{}, in: &inbox{}}
	w.net = emulator.New(emulator.Options{Clock: w.clock, Retry: 5 * time.Millisecond})
	w.api = httptest.NewServer(w.net.Handler())
	w.hook = httptest.NewUnstartedServer(nil)
	public := "http://" + w.hook.Listener.Addr().String()
	cfg := whatsapp.Config{
		Portal: "mseg", Account: account, Token: token, From: from, API: w.api.URL, PublicURL: public,
		Accept: w.in.accept, Reported: w.in.reported, Clock: w.clock,
	}
	for _, f := range change {
		f(&cfg)
	}
	ch, err := whatsapp.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	w.ch, w.hook.Config.Handler = ch, ch
	w.net.AddSender(emulator.Sender{Account: account, Token: token, From: from, Webhook: public + ch.Path()})
	contents(w.net)
	w.hook.Start()
	t.Cleanup(w.close)
	return w
}

func (w *world) close() {
	w.net.Close()
	if err := w.ch.Close(context.Background()); err != nil {
		w.t.Error(err)
	}
	w.hook.Close()
	w.api.Close()
}

// contents are the templates that the organisation made.
func contents(n *emulator.Network) {
	n.AddContent(emulator.Content{Account: account, SID: notice, Body: "Mesa de Ayuda: {{1}} Escribinos por acá para seguir.", Approved: true})
	n.AddContent(emulator.Content{Account: account, SID: code, Body: "{{1}} es tu código de verificación.", Approved: true})
	n.AddContent(emulator.Content{Account: account, SID: quick, Body: "{{1}}", Options: 2})
	n.AddContent(emulator.Content{Account: account, SID: list, Body: "{{1}}", Options: 4})
}

func templates(c *whatsapp.Config) {
	c.Templates = whatsapp.Templates{Notice: notice, Code: code, Choices: map[int]string{2: quick, 4: list}}
}

// say lets a person write and returns what was accepted.
func (w *world) say(person, text string) accepted {
	w.t.Helper()
	before := len(w.in.all())
	if _, err := w.net.Say(from, person, text); err != nil {
		w.t.Fatal(err)
	}
	return w.in.wait(w.t, before+1)[before]
}

// delivery is a reply to who was just accepted.
func (w *world) delivery(a accepted, id string, r flows.Reply) bot.Delivery {
	return bot.Delivery{ID: id, Portal: "mseg", To: a.key.Person, Chat: "chat-of-" + a.in.Name, Heard: a.in.At, Reply: r}
}

func (w *world) send(d bot.Delivery) string {
	w.t.Helper()
	receipt, err := w.ch.Send(w.t.Context(), d)
	if err != nil {
		w.t.Fatal(err)
	}
	return receipt
}

// screen returns the texts that came from the sender once there are n.
func (w *world) screen(person string, n int) (texts []string) {
	w.t.Helper()
	w.until("the phone shows it", func() bool { return len(w.bubbles(person)) >= n })
	for _, m := range w.bubbles(person) {
		texts = append(texts, m.Text)
	}
	return texts
}

func (w *world) bubbles(person string) []emulator.Message {
	return slices.DeleteFunc(w.net.Screen(from, person, 0), func(m emulator.Message) bool { return m.From != "bot" })
}

// until waits for a condition that a change on the network brings about.
func (w *world) until(what string, ok func() bool) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.t.Context(), 10*time.Second)
	defer cancel()
	for {
		rev := w.net.Phone(from, "nobody").Rev
		if ok() {
			return
		}
		if err := w.net.Changed(ctx, rev); err != nil {
			w.t.Fatalf("waiting until %s: %v", what, err)
		}
	}
}

// post brings a form to the webhook as Twilio would, and returns the status.
func (w *world) post(path string, form url.Values, change ...func(*http.Request)) int {
	w.t.Helper()
	address := w.hook.URL + path
	req, err := http.NewRequest(http.MethodPost, address, strings.NewReader(form.Encode()))
	if err != nil {
		w.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("X-Twilio-Signature", emulator.Sign(token, address, form))
	for _, f := range change {
		f(req)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		w.t.Fatal(err)
	}
	defer resp.Body.Close()
	return resp.StatusCode
}

// inbox accepts like the store: the same id twice is once.
type inbox struct {
	mu      sync.Mutex
	got     []accepted
	reports []bot.Report
	calls   int
	refuse  int // so many calls fail
	changed chan struct{}
}

type accepted struct {
	key flows.Key
	in  store.Inbound
}

var errFull = errors.New("the store is full")

func (b *inbox) accept(_ context.Context, k flows.Key, in store.Inbound) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.calls++
	if b.refuse > 0 {
		b.refuse--
		return errFull
	}
	if !slices.ContainsFunc(b.got, func(a accepted) bool { return a.in.ID == in.ID }) {
		b.got = append(b.got, accepted{k, in})
	}
	b.touch()
	return nil
}

func (b *inbox) reported(_ context.Context, r bot.Report) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.reports = append(b.reports, r)
	b.touch()
	return nil
}

func (b *inbox) touch() {
	if b.changed != nil {
		close(b.changed)
		b.changed = nil
	}
}

func (b *inbox) all() []accepted {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.got)
}

// wait returns what was accepted once it is n messages.
func (b *inbox) wait(t *testing.T, n int) []accepted {
	t.Helper()
	b.waitFor(t, func() bool { return len(b.got) >= n })
	return b.all()
}

// waitReports returns the reports once there are n.
func (b *inbox) waitReports(t *testing.T, n int) []bot.Report {
	t.Helper()
	b.waitFor(t, func() bool { return len(b.reports) >= n })
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.reports)
}

// waitFor waits for a condition, asked under the lock at every change.
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
