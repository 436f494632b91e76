package whatsapp_test

import (
	"context"
	"crypto/rand"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"ventanilla/bot"
	"ventanilla/bot/whatsapp"
	"ventanilla/bot/whatsapp/emulator"
	"ventanilla/flows"
	"ventanilla/store"
	"ventanilla/store/boltkv"
)

// office is everything real but the engine, the network and the time.
type office struct {
	*world
	kv     store.KV
	store  *store.Store
	worker *bot.Worker
	engine *clerk
	puts   *counter
}

// counter counts the writes to the store.
type counter struct {
	store.KV
	mu sync.Mutex
	n  int
}

func (c *counter) Put(ctx context.Context, e store.Entry, with ...store.Entry) (uint64, error) {
	c.mu.Lock()
	c.n++
	c.mu.Unlock()
	return c.KV.Put(ctx, e, with...)
}

func (c *counter) writes() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.n
}

// newOffice is a bot on an emulated network, running.
func newOffice(t *testing.T, change ...func(*whatsapp.Config)) *office {
	t.Helper()
	o := &office{engine: &clerk{}}
	receive := func(ctx context.Context, k flows.Key, in store.Inbound) error { return o.worker.Receive(ctx, k, in) }
	report := func(ctx context.Context, r bot.Report) error { return o.worker.Report(ctx, r) }
	o.world = newWorld(t, append([]func(*whatsapp.Config){templates, func(c *whatsapp.Config) {
		c.Accept, c.Reported = receive, report
		c.Templates.Choices = nil
	}}, change...)...)
	o.open(t)
	runner := &bot.Runner{Queue: o.store, Worker: o.worker, Grace: time.Second}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- runner.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
		if err := o.kv.Close(); err != nil {
			t.Error(err)
		}
	})
	return o
}

func (o *office) open(t *testing.T) {
	t.Helper()
	kv, err := boltkv.Open(filepath.Join(t.TempDir(), "db"), boltkv.Options{Clock: o.clock})
	if err != nil {
		t.Fatal(err)
	}
	o.kv, o.puts = kv, &counter{KV: kv}
	keys, err := store.NewKeyring(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	opted := func(_ flows.Key, out bool) flows.Reply {
		return flows.Reply{Text: map[bool]string{true: "no te escribo más", false: "te escribo de nuevo"}[out]}
	}
	o.store, err = store.New(t.Context(), o.puts, store.Options{Keys: keys, Clock: o.clock, Random: rand.Reader, Limits: flows.NoLimits(), Opted: opted, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	meters, err := bot.NewMeters(prometheus.NewRegistry())
	if err != nil {
		t.Fatal(err)
	}
	o.worker = &bot.Worker{Store: o.store, Away: o.store, Finder: o.store, Engine: o.engine, Guard: o.store.Guards(), Limits: flows.NoLimits(),
		Channels: map[string]bot.Channel{whatsapp.Name: o.ch}, Codes: flows.Codes{Key: "01234567890123456789012345678901"},
		Clock: o.clock, Jitter: func() float64 { return 0 }, Meters: meters, Log: slog.New(slog.DiscardHandler), Case: func() string { return "C1" }}
}

// tell lets a person write without waiting.
func (o *office) tell(person, text string) {
	o.t.Helper()
	if _, err := o.net.Say(from, person, text); err != nil {
		o.t.Fatal(err)
	}
}

func (o *office) key(person string) flows.Key {
	return flows.Key{Portal: "mseg", Channel: whatsapp.Name, Person: o.net.Address(person)}
}

func (o *office) load(person string) *store.Conversation {
	o.t.Helper()
	c, err := o.store.Load(o.t.Context(), o.key(person))
	if err != nil {
		o.t.Fatal(err)
	}
	return c
}

// settled waits until a conversation's record is as wanted.
func (o *office) settled(person, what string, ok func(*store.Conversation) bool) {
	o.t.Helper()
	late := time.Now().Add(20 * time.Second)
	for c := o.load(person); !ok(c); c = o.load(person) {
		if time.Now().After(late) {
			o.t.Fatalf("never: %s; outbox %+v, inbox %+v", what, c.Outbox, c.Inbox)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

func empty(c *store.Conversation) bool { return len(c.Outbox)+len(c.Inbox) == 0 }

// clerk is an engine that answers "eco: …", remembers what it heard, and asks to hear of every line's fate.
type clerk struct {
	mu    sync.Mutex
	heard []string
}

func (e *clerk) Handle(_ context.Context, c flows.Call) (flows.Result, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	d := c.Dialog
	if c.Input.From == flows.System {
		e.heard = append(e.heard, strings.TrimSpace(c.Input.Event+" "+c.Input.Values["reason"]))
		return flows.Result{Dialog: d}, nil
	}
	e.heard = append(e.heard, c.Input.Text+c.Input.Choice)
	r := flows.Result{Dialog: d, Replies: []flows.Reply{{Text: "eco: " + c.Input.Text, Ref: "r/" + c.ID}}}
	if rest, ok := strings.CutPrefix(c.Input.Text, "later "); ok {
		wait, _ := time.ParseDuration(rest)
		r.Replies[0].Not = c.At.Add(wait)
	}
	return r, nil
}

func (e *clerk) Notice(_ flows.Key, key string, _ ...string) flows.Reply {
	return flows.Reply{Text: key}
}

func (e *clerk) all() []string {
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.Clone(e.heard)
}

func TestALineStaysUntilItsFateIsKnown(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.net.Off("Ana")
	o.tell("Ana", "hola")
	o.settled("Ana", "the line is marked with its SID", func(c *store.Conversation) bool {
		return len(c.Outbox) == 1 && strings.HasPrefix(c.Outbox[0].Sent, "SM")
	})
	o.net.On("Ana")
	o.settled("Ana", "the line left with its report", empty)
	if got, want := o.engine.all(), []string{"hola", "sent"}; !slices.Equal(got, want) {
		t.Errorf("the dialog heard %q, want %q", got, want)
	}
}

func TestWithoutAReportALineCountsAsDeliveredAfterTenMinutes(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.net.Fail(emulator.Fault{Kind: "status_lost", Times: 99})
	o.tell("Ana", "hola")
	o.settled("Ana", "the line is marked", func(c *store.Conversation) bool { return len(c.Outbox) == 1 && c.Outbox[0].Sent != "" })
	o.clock.Advance(9 * time.Minute)
	if c := o.load("Ana"); len(c.Outbox) != 1 {
		t.Fatal("the line left early")
	}
	o.clock.Advance(time.Minute + time.Second)
	o.settled("Ana", "the line left", empty)
	if got, want := o.engine.all(), []string{"hola", "sent"}; !slices.Equal(got, want) {
		t.Errorf("the dialog heard %q, want %q", got, want)
	}
	if got := o.screen("Ana", 1); len(got) != 1 {
		t.Errorf("the phone shows %q", got)
	}
}

func TestANetworkWithoutReportsFillsNoRecord(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.net.Fail(emulator.Fault{Kind: "status_lost", Times: 1 << 20})
	const said = 90 // more than an outbox holds
	for range said {
		o.tell("Ana", "hola")
	}
	o.settled("Ana", "everything was answered", func(c *store.Conversation) bool { return int(c.Turns) >= said && len(c.Inbox) == 0 })
	if got := len(o.screen("Ana", said)); got != said {
		t.Errorf("%d answers, want %d", got, said)
	}
	if n := len(o.load("Ana").Outbox); n > 17 {
		t.Errorf("%d lines wait for reports", n)
	}
}

// Twilio says it late: the window was closed. RULES: wa.errors, wa.window
func TestALineThatMissedTheWindowGoesByTemplate(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.net.Fail(emulator.Fault{Kind: "undelivered", Code: 63016})
	o.tell("Ana", "hola")
	if got := o.screen("Ana", 1); got[0] != "Mesa de Ayuda: eco: hola Escribinos por acá para seguir." {
		t.Errorf("the phone shows %q", got)
	}
	o.settled("Ana", "the line left", empty)
	o.tell("Ana", "otra cosa")
	if got := o.screen("Ana", 2)[1]; got != "eco: otra cosa" {
		t.Errorf("after the person wrote again: %q", got)
	}
	o.settled("Ana", "the line left", empty)
	if got := strings.Join(o.engine.all(), ","); got != "hola,sent,otra cosa,sent" {
		t.Errorf("the dialog heard %s", got)
	}
}

// RULES: wa.window
func TestALineAfterADayGoesByTemplateAndOneWithoutItIsReported(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.tell("Ana", "later 23h59m")
	o.settled("Ana", "the line waits", func(c *store.Conversation) bool { return len(c.Outbox) == 1 })
	o.clock.Advance(23*time.Hour + 59*time.Minute)
	if got := o.screen("Ana", 1)[0]; got != "eco: later 23h59m" {
		t.Errorf("a minute before the end: %q", got)
	}
	bare := newOffice(t, func(c *whatsapp.Config) { c.Templates = whatsapp.Templates{} })
	bare.tell("Ana", "later 24h")
	bare.settled("Ana", "the line waits", func(c *store.Conversation) bool { return len(c.Outbox) == 1 })
	bare.clock.Advance(24*time.Hour - time.Second)
	bare.clock.Advance(time.Second)
	bare.settled("Ana", "the line left", empty)
	if got := strings.Join(bare.engine.all(), ","); !strings.HasPrefix(got, "later 24h,undelivered ") {
		t.Errorf("the dialog heard %s", got)
	}
}

// RULES: wa.errors
func TestWhoBlockedTheSenderGetsNothingMore(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.net.Fail(emulator.Fault{Kind: "failed", Code: 63014})
	o.tell("Ana", "uno")
	o.settled("Ana", "the line was dropped", func(c *store.Conversation) bool { return c.Turns >= 2 && empty(c) })
	if got := strings.Join(o.engine.all(), ","); got != "uno,undelivered gone" {
		t.Errorf("the dialog heard %s", got)
	}
}

// RULES: wa.errors
func TestAFailureWithoutAReasonIsTriedAgainAndNotForEver(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.net.Fail(emulator.Fault{Kind: "undelivered", Code: 30008, Times: 2})
	o.tell("Ana", "hola")
	for try := 1; try <= 2; try++ {
		o.settled("Ana", "the failure was heard", func(c *store.Conversation) bool { return len(c.Outbox) == 1 && c.Outbox[0].Tries == try })
		o.clock.Advance(2 * time.Minute)
	}
	o.settled("Ana", "the line left", empty)
	if got := o.screen("Ana", 1); len(got) != 1 || got[0] != "eco: hola" {
		t.Errorf("the phone shows %q", got)
	}
	o.net.Fail(emulator.Fault{Kind: "undelivered", Code: 30008, Times: 1 << 20})
	o.tell("Ana", "hola")
	for try := 1; try <= 5; try++ {
		o.settled("Ana", "the failure was heard", func(c *store.Conversation) bool { return len(c.Outbox) == 1 && c.Outbox[0].Tries == try })
		o.clock.Advance(2 * time.Minute)
	}
	o.settled("Ana", "the line is given up", func(c *store.Conversation) bool { return c.Turns == 4 && empty(c) })
	if all := o.engine.all(); all[len(all)-1] != "undelivered refused" {
		t.Errorf("the dialog heard %q", all)
	}
}

// What a lost answer cannot say, the report does: the line is not said twice.
func TestALostAnswerIsMadeUpForByTheReport(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.net.Fail(emulator.Fault{Kind: "lost"})
	o.clock.Advance(time.Second)
	o.tell("Ana", "hola")
	o.settled("Ana", "the line left", func(c *store.Conversation) bool { return c.Turns >= 2 && empty(c) })
	if got := o.screen("Ana", 1); len(got) != 1 {
		t.Errorf("the phone shows %q", got)
	}
}

func TestReportsInAnyOrderAndTwiceAreOnce(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	for _, kind := range []string{"status_reorder", "status_duplicate"} {
		o.net.Fail(emulator.Fault{Kind: kind})
		o.tell("Ana", kind)
		o.settled("Ana", "the line left", func(c *store.Conversation) bool { return c.Turns > 0 && empty(c) })
	}
	o.settled("Ana", "both were heard of", func(c *store.Conversation) bool { return c.Turns == 4 && empty(c) })
	if got := strings.Join(o.engine.all(), ","); got != "status_reorder,sent,status_duplicate,sent" {
		t.Errorf("the dialog heard %s", got)
	}
}

// Four reports on each of five lines cost one write together, not twenty.
func TestReportsCostLittle(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.tell("Ana", "hola")
	o.settled("Ana", "the line left", func(c *store.Conversation) bool { return c.Turns == 2 && empty(c) })
	o.net.Off("Ana")
	for range 5 {
		o.tell("Ana", "hola")
	}
	o.settled("Ana", "five lines are under way", func(c *store.Conversation) bool {
		return len(c.Outbox) == 5 && !slices.ContainsFunc(c.Outbox, func(out store.Outbound) bool { return out.Sent == "" })
	})
	before, turns := o.puts.writes(), o.load("Ana").Turns
	o.net.On("Ana")
	o.settled("Ana", "the lines left", empty)
	// One write for the reports; the engine of this test wants to hear of each of the five.
	if got := o.puts.writes() - before - int(o.load("Ana").Turns-turns); got > 2 {
		t.Errorf("%d writes for the reports on five lines", got)
	}
}

// RULES: wa.policy
func TestWhoSaysBajaHearsNothingUntilAlta(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.tell("Ana", "later 1h")
	o.settled("Ana", "a line waits", func(c *store.Conversation) bool { return len(c.Outbox) == 1 })
	o.tell("Ana", "BAJA")
	o.tell("Ana", "hola")
	o.settled("Ana", "the wish is kept", func(c *store.Conversation) bool { return !c.Muted.IsZero() && empty(c) && c.Turns == 2 })
	ctx := t.Context()
	event := store.Inbound{ID: "agent/1", Name: "Inés", Input: flows.Input{From: flows.Agent, Text: "¿Hola?"}}
	if err := o.store.Accept(ctx, o.key("Ana"), event); err != nil {
		t.Fatal(err)
	}
	o.clock.Advance(2 * time.Hour)
	o.tell("Ana", "baja")
	o.tell("Ana", "ALTA")
	o.tell("Ana", "hola de nuevo")
	if got, want := o.screen("Ana", 3), []string{"no te escribo más", "te escribo de nuevo", "eco: hola de nuevo"}; !slices.Equal(got, want) {
		t.Errorf("the phone shows %q, want %q", got, want)
	}
	if got := strings.Join(o.engine.all(), ","); !strings.HasPrefix(got, "later 1h,undelivered muted,hola de nuevo") {
		t.Errorf("the dialog heard %s", got)
	}
}

// RULES: wa.nophone, data.canary
func TestWhoHasNoNumberIsReportedOnWithoutSayingWho(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var callbacks []string
	spy := roundTripper(func(r *http.Request) (*http.Response, error) {
		if err := r.ParseForm(); err == nil && r.PostForm.Has("StatusCallback") {
			mu.Lock()
			callbacks = append(callbacks, r.PostForm.Get("StatusCallback"))
			mu.Unlock()
			r.Body = httptest.NewRequest("", "/", strings.NewReader(r.PostForm.Encode())).Body
		}
		return http.DefaultTransport.RoundTrip(r)
	})
	o := newOffice(t, func(c *whatsapp.Config) { c.HTTP = &http.Client{Transport: spy} })
	o.tell("AR.1234567890", "hola")
	o.settled("AR.1234567890", "the line left", func(c *store.Conversation) bool { return c.Turns == 2 && empty(c) })
	mu.Lock()
	defer mu.Unlock()
	if len(callbacks) != 1 || strings.Contains(callbacks[0], "1234567890") {
		t.Fatalf("the network reports at %q", callbacks)
	}
	u, err := url.Parse(callbacks[0])
	if err != nil || u.Query().Get("chat") != o.store.Name(o.key("AR.1234567890")) {
		t.Errorf("the network reports at %v, %v", u, err)
	}
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestPeopleAreAnsweredInOrderAndOnceHoweverMessagesCome(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.net.Fail(emulator.Fault{Kind: "duplicate", Times: 3})
	for _, text := range []string{"1", "2", "3"} {
		o.tell("Ana", text)
	}
	if got, want := o.screen("Ana", 3), []string{"eco: 1", "eco: 2", "eco: 3"}; !slices.Equal(got, want) {
		t.Errorf("the phone shows %q, want %q", got, want)
	}
	o.settled("Ana", "all left", func(c *store.Conversation) bool { return c.Turns == 6 && empty(c) })
}
