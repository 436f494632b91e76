package bot_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/goleak"

	"ventanilla/bot"
	"ventanilla/flows"
	"ventanilla/store"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestStoppingFinishesTheTurnInHand(t *testing.T) {
	w := newWorld(t)
	running, release := make(chan struct{}), make(chan struct{})
	w.engine.hook(func(context.Context, flows.Call) error {
		close(running)
		<-release
		return nil
	})
	w.accept(said("1", "a"))
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- (&bot.Runner{Queue: w.store, Worker: w.worker}).Run(ctx) }()
	<-running
	cancel()
	close(release)
	if err := <-done; err != nil {
		t.Errorf("Run: %v", err)
	}
	w.saw("eco: a")
}

func TestStoppingIsBoundedAndSaysWhatItCut(t *testing.T) {
	w := newWorld(t)
	running := make(chan struct{})
	w.engine.hook(func(ctx context.Context, _ flows.Call) error {
		close(running)
		<-ctx.Done()
		return ctx.Err()
	})
	w.accept(said("1", "a"))
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- (&bot.Runner{Queue: w.store, Worker: w.worker, Grace: 50 * time.Millisecond}).Run(ctx) }()
	<-running
	cancel()
	if err := <-done; err == nil || !strings.Contains(err.Error(), "1 jobs") {
		t.Errorf("Run: %v, want to hear what was cut short", err)
	}
	w.engine.hook(nil)
	w.drain() // the desk is free again
	w.saw("eco: a")
}

// takenAtTheEnd is a network that takes what it is sent only when the sender is cut short.
func takenAtTheEnd(text string, running chan<- struct{}) func(context.Context, bot.Delivery) error {
	return func(ctx context.Context, d bot.Delivery) error {
		if d.Reply.Text != text {
			return ctx.Err()
		}
		close(running)
		<-ctx.Done()
		return nil
	}
}

// stopShort runs the bot until something happens, and stops it with hardly any grace.
func (w *world) stopShort(until <-chan struct{}) {
	w.t.Helper()
	ctx, cancel := context.WithCancel(w.t.Context())
	done := make(chan error, 1)
	go func() { done <- (&bot.Runner{Queue: w.store, Worker: w.worker, Grace: 50 * time.Millisecond}).Run(ctx) }()
	<-until
	cancel()
	if err := <-done; err == nil {
		w.t.Error("nothing was cut short")
	}
	w.close()
	w.open()
	w.phone.hook(nil)
	w.mail.hook(nil)
}

func TestWhatTheNetworkTookWhileTheBotWasCutShortIsNoted(t *testing.T) {
	w, running := newWorld(t), make(chan struct{})
	w.phone.hook(takenAtTheEnd("uno", running))
	w.say(flows.Reply{Text: "uno"}, flows.Reply{Text: "dos"})
	w.stopShort(running)
	w.drain()
	w.saw("uno", "dos")

	w, running = newWorld(t), make(chan struct{})
	w.mail.hook(takenAtTheEnd("hola", running))
	w.say(flows.Reply{To: "email:ana@example.org", Text: "hola", Ref: "r"})
	w.stopShort(running)
	stop := w.run()
	eventually(t, "the dialog hears of the mail", func() bool { return len(w.phone.texts()) == 1 })
	stop()
	if got := w.mail.texts(); len(got) != 1 {
		t.Errorf("mails %q, want one", got)
	}
}

func TestNothingWorksOnTheStoreOnceTheBotHasStopped(t *testing.T) {
	w, running := newWorld(t), make(chan struct{})
	var ended atomic.Bool
	w.engine.hook(func(ctx context.Context, _ flows.Call) error {
		close(running)
		<-ctx.Done()
		for i := range 20 { // what it takes to come to an end
			k := flows.Key{Portal: "mseg", Channel: "telegram", Person: fmt.Sprint("x", i)}
			if err := w.store.Accept(context.WithoutCancel(ctx), k, said("1", "a")); err != nil {
				t.Error(err)
			}
		}
		ended.Store(true)
		return ctx.Err()
	})
	w.accept(said("1", "a"))
	w.stopShort(running)
	if !ended.Load() {
		t.Error("a turn was still at work when the store was closed")
	}
}

// moody is a queue whose store fails now and then.
type moody struct {
	*store.Store
	fails atomic.Int64
	asked atomic.Int64
}

func (m *moody) Claim(ctx context.Context, n int, lease time.Duration) ([]store.Job, error) {
	m.asked.Add(1)
	if m.fails.Add(-1) >= 0 {
		return nil, errors.New("disk trouble")
	}
	return m.Store.Claim(ctx, n, lease)
}

func TestAStoreThatFailsIsTriedAgain(t *testing.T) {
	w := newWorld(t)
	s := &spy{Conversations: w.store, before: func(n int64) error {
		if n <= 2 {
			return errors.New("disk trouble")
		}
		return nil
	}}
	w.worker = w.newWorker(s)
	w.accept(said("1", "a"))
	q := &moody{Store: w.store}
	q.fails.Store(1)
	stop := w.run(func(r *bot.Runner) { r.Queue = q })
	eventually(t, "the answer arrives", func() bool { return len(w.phone.texts()) == 1 })
	stop()
	w.saw("eco: a")
}

func TestWhatWaitsIsNotAskedForInALoop(t *testing.T) {
	w := newWorld(t)
	q := &moody{Store: w.store}
	w.phone.hook(failing("eco: a", -1, &bot.SendError{After: time.Hour, Err: errors.New("429")}))
	w.mail.hook(failing("", -1, &bot.SendError{After: time.Hour, Err: errors.New("421")}))
	w.engine.hook(func(_ context.Context, c flows.Call) error {
		if c.Input.Text == "stuck" {
			return outage{}
		}
		return nil
	})
	stop := w.run(func(r *bot.Runner) { r.Queue = q })
	w.receive(said("1", "a"))
	w.receive(said("2", "mail ana@example.org"))
	w.receive(said("3", "stuck"))
	eventually(t, "it is put off", func() bool { c := w.load(); return c.Stuck != nil && len(c.Outbox) == 2 })
	w.settled()
	seen := len(w.phone.texts())
	before := q.asked.Load()
	beto := flows.Key{Portal: "mseg", Channel: "telegram", Person: "1002"}
	for i := range 20 { // others come and are served: long enough for a loop to show
		if err := w.store.Accept(t.Context(), beto, said(fmt.Sprint(i), "wait")); err != nil {
			t.Fatal(err)
		}
		eventually(t, "it is answered", func() bool { return len(w.phone.texts()) == seen+i+1 })
	}
	if n := q.asked.Load() - before; n > 20*5 {
		t.Errorf("the queue was asked %d times for 20 messages", n)
	}
	stop()
}

func TestAsManyMailsAsWantAreSentAFewAtATimeAndEachOnce(t *testing.T) {
	w := newWorld(t)
	var now, most atomic.Int64
	full := make(chan struct{})
	w.mail.hook(func(context.Context, bot.Delivery) error {
		for n := now.Add(1); ; {
			m := most.Load()
			if n <= m || most.CompareAndSwap(m, n) {
				break
			}
		}
		<-full // others overlap, if they may
		now.Add(-1)
		return nil
	})
	for i := range 200 {
		w.say(flows.Reply{To: fmt.Sprintf("email:p%d@example.org", i), Text: "hola"})
	}
	stop := w.run(func(r *bot.Runner) { r.Aways = 4 })
	eventually(t, "four are being sent", func() bool { return now.Load() >= 4 })
	close(full)
	eventually(t, "all mails are sent", func() bool { return len(w.mail.texts()) >= 200 })
	stop()
	if n := len(w.mail.texts()); n != 200 || most.Load() > 4 {
		t.Errorf("%d mails sent, up to %d at a time; want 200, 4 at a time", n, most.Load())
	}
}

// stutter hands everything out twice, as when a lease ends before its work.
type stutter struct{ *store.Store }

func (q stutter) Claim(ctx context.Context, n int, lease time.Duration) ([]store.Job, error) {
	jobs, err := q.Store.Claim(ctx, n, lease)
	return append(jobs, jobs...), err
}

func TestWhatIsHandedOutTwiceIsWorkedOnOnce(t *testing.T) {
	w := newWorld(t)
	release := make(chan struct{})
	w.mail.hook(func(context.Context, bot.Delivery) error { <-release; return nil })
	w.accept(said("1", "mail ana@example.org"), said("2", "hola"))
	stop := w.run(func(r *bot.Runner) { r.Queue = stutter{w.store} })
	eventually(t, "the chat is answered", func() bool { return len(w.phone.texts()) == 2 })
	close(release)
	eventually(t, "the dialog hears of the mail", func() bool { return len(w.phone.texts()) == 3 })
	stop()
	w.saw("te mandé un mail", "eco: hola", "sent ")
	if n := len(w.mail.texts()); n != 1 {
		t.Errorf("%d mails, want 1", n)
	}
}

// RULES: data.logs
func TestLogsAndMetersSayWhatHappensAndNeverToWhom(t *testing.T) {
	w := newWorld(t)
	var buf lockedBuffer
	w.worker.Log = slog.New(slog.NewJSONHandler(&buf, &slog.HandlerOptions{Level: slog.LevelDebug}))
	reg := prometheus.NewRegistry()
	meters, err := bot.NewMeters(reg)
	if err != nil {
		t.Fatal(err)
	}
	w.worker.Meters = meters
	secretive := flows.Key{Portal: "mseg", Channel: "telegram", Person: "5491155667788"}
	w.engine.hook(func(_ context.Context, c flows.Call) error {
		switch c.Input.Text {
		case "clave hunter2 later":
			return outage{}
		case "clave hunter2 boom":
			panic("hunter2")
		}
		return nil
	})
	w.phone.hook(failing("eco", 1, &bot.SendError{Never: true, Err: errors.New("400")}))
	w.mail.hook(failing("", 1, errors.New("421")))
	stop := w.run()
	for i, text := range []string{"hola", "mail ana@example.org", "clave hunter2 boom", "clave hunter2 later"} {
		if err := w.worker.Receive(t.Context(), secretive, said(fmt.Sprint(i), text)); err != nil {
			t.Fatal(err)
		}
		eventually(t, "it is worked off or put off", func() bool {
			c, err := w.store.Load(t.Context(), secretive)
			return err == nil && (len(c.Inbox) == 0 || c.Stuck != nil)
		})
	}
	stop()
	for _, never := range []string{"5491155667788", "hunter2", "ana@example.org", "Ana"} {
		if strings.Contains(buf.String(), never) {
			t.Errorf("the log holds %q:\n%s", never, buf.String())
		}
	}
	for _, want := range []string{w.store.Name(secretive), "reply dropped", "reply postponed", "input set aside", "turn put off", "C-1"} {
		if !strings.Contains(buf.String(), want) {
			t.Errorf("the log does not say %q:\n%s", want, buf.String())
		}
	}
	families, err := reg.Gather()
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]bool{}
	for _, f := range families {
		got[f.GetName()] = true
	}
	for _, name := range []string{"ventanilla_turns_total", "ventanilla_turn_seconds", "ventanilla_replies_total", "ventanilla_reply_retries_total",
		"ventanilla_stuck_total", "ventanilla_broken_total", "ventanilla_outbox_age_seconds", "ventanilla_accepts_total"} {
		if !got[name] {
			t.Errorf("%s has no value after all of this", name)
		}
	}
	if _, err := bot.NewMeters(reg); err == nil {
		t.Error("meters were registered twice")
	}
}

// lockedBuffer is a log that several goroutines write.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}
