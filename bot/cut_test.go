package bot_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"ventanilla/bot"
	"ventanilla/flows"
	"ventanilla/store/boltkv"
)

// power cuts the power at the n-th seam: a commit or a send, before or after it.
// From then on nothing works until the process starts again.
type power struct {
	seams atomic.Int64
	cut   int64 // 0: never
	dead  atomic.Bool
}

var errPower = errors.New("power cut")

func (p *power) seam() error {
	if n := p.seams.Add(1); n == p.cut {
		p.dead.Store(true)
	}
	if p.dead.Load() {
		return errPower
	}
	return nil
}

// cable is a network whose other end gets what was sent though the power fails right after.
type cable struct {
	*phone
	power *power
}

func (c cable) Send(ctx context.Context, d bot.Delivery) (string, error) {
	if err := c.power.seam(); err != nil {
		return "", err
	}
	if _, err := c.phone.Send(ctx, d); err != nil {
		return "", err
	}
	return "", c.power.seam()
}

// story is what a person writes, each after everything before was answered, and
// how many lines and mails there are then.
var story = []struct {
	in   string
	seen int
}{{"hola", 1}, {"three", 4}, {"mail ana@example.org", 7}, {"wait", 8}, {"chau", 9}}

// play tells the story, restarting the process whenever the power fails.
func play(t *testing.T, cut int64) (w *world, p *power) {
	t.Helper()
	p = &power{cut: cut}
	w = newWorld(t)
	w.onCommit = func(boltkv.Stage) error { return p.seam() }
	w.close()
	stop := w.restart(p)
	for i, s := range story {
		for w.worker.Receive(t.Context(), ana, said(fmt.Sprint(i), s.in)) != nil || !w.arrived(p, s.seen) {
			stop()
			w.close()
			stop = w.restart(p)
		}
	}
	stop()
	return w, p
}

func (w *world) restart(p *power) (stop func()) {
	w.t.Helper()
	p.dead.Store(false)
	w.open()
	w.worker.Channels = map[string]bot.Channel{"telegram": cable{w.phone, p}, "email": cable{w.mail, p}}
	return w.run()
}

// arrived waits until so many lines and mails were seen and nothing is left to do; false means that the power failed.
func (w *world) arrived(p *power, seen int) bool {
	w.t.Helper()
	eventually(w.t, fmt.Sprintf("%d lines and mails arrive", seen), func() bool {
		if p.dead.Load() {
			return true
		}
		c, err := w.store.Load(context.Background(), ana)
		return err == nil && len(distinct(w.phone))+len(distinct(w.mail)) == seen && len(c.Inbox)+len(c.Outbox) == 0
	})
	return !p.dead.Load()
}

// distinct are the texts that arrived, without repetitions of the same reply.
func distinct(p *phone) (texts []string) {
	var ids []string
	for _, d := range p.deliveries() {
		if !slices.Contains(ids, d.ID) {
			ids, texts = append(ids, d.ID), append(texts, d.Reply.Text)
		}
	}
	return texts
}

// Cut at every synced write and every send, before and after it, the person sees
// the same story, with at most one line of the chat and one mail repeated (the two
// may be on their way at once). RULES: talk.resume
func TestAPowerCutAnywhereChangesNothingButPerhapsOneRepeatedLine(t *testing.T) {
	whole, p := play(t, 0)
	want, mails, step, seams := distinct(whole.phone), distinct(whole.mail), whole.load().Dialog.Step, p.seams.Load()
	if len(want) != 8 || len(mails) != 1 || seams < 30 {
		t.Fatalf("the uncut story: %q, %q, %d seams", want, mails, seams)
	}
	for cut := int64(1); cut <= seams; cut++ {
		w, _ := play(t, cut)
		if got := distinct(w.phone); !slices.Equal(got, want) || !slices.Equal(distinct(w.mail), mails) {
			t.Errorf("cut at seam %d of %d: the person sees\n  %q, want\n  %q", cut, seams, got, want)
		}
		if lines, letters := len(w.phone.texts())-len(want), len(w.mail.texts())-len(mails); lines > 1 || letters > 1 {
			t.Errorf("cut at seam %d of %d: %d lines and %d mails repeated", cut, seams, lines, letters)
		}
		if got := w.load().Dialog.Step; got != step {
			t.Errorf("cut at seam %d of %d: the dialog stands at %q, want %q", cut, seams, got, step)
		}
	}
}

func TestAMailServerThatHangsDelaysNoChat(t *testing.T) {
	w := newWorld(t)
	release := make(chan struct{})
	w.mail.hook(func(ctx context.Context, _ bot.Delivery) error {
		select {
		case <-release:
		case <-ctx.Done():
		}
		return ctx.Err()
	})
	stop := w.run(func(r *bot.Runner) { r.Aways = 2 })
	for i := range 20 {
		w.receive(said(fmt.Sprint(i), "mail ana@example.org"))
	}
	began := time.Now()
	eventually(t, "every line of the chat arrives", func() bool { return len(w.phone.texts()) == 20 })
	w.receive(said("x", "hola"))
	eventually(t, "the chat goes on", func() bool { return slices.Contains(w.phone.texts(), "eco: hola") })
	if took := time.Since(began); took > 5*time.Second || len(w.mail.texts()) != 0 {
		t.Errorf("the chat took %v, with %d mails sent", took, len(w.mail.texts()))
	}
	close(release)
	eventually(t, "the mails leave", func() bool { return len(w.mail.texts()) == 20 })
	eventually(t, "the dialog hears of each", func() bool { return len(w.phone.texts()) == 41 })
	stop()
}

// One message that can never be answered does not stop the runner's others.
func TestAStuckConversationDelaysNoOther(t *testing.T) {
	w := newWorld(t)
	w.engine.hook(func(ctx context.Context, c flows.Call) error {
		if c.Key == ana {
			<-ctx.Done()
			return ctx.Err()
		}
		return nil
	})
	stop := w.run()
	w.receive(said("1", "a"))
	for i := range 50 {
		k := flows.Key{Portal: "mseg", Channel: "telegram", Person: fmt.Sprint("p", i)}
		if err := w.worker.Receive(t.Context(), k, said("1", "hola")); err != nil {
			t.Fatal(err)
		}
	}
	eventually(t, "fifty others are answered", func() bool { return len(w.phone.texts()) == 50 })
	eventually(t, "the stuck one is told", func() bool { return slices.Contains(w.phone.texts(), "later") })
	stop()
}
