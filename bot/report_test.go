package bot_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"ventanilla/bot"
)

// tracked is a network that says later what became of a line. Its receipts are S1, S2…
type tracked struct{ *phone }

func (p tracked) Send(ctx context.Context, d bot.Delivery) (string, error) {
	if _, err := p.phone.Send(ctx, d); err != nil {
		return "", err
	}
	return fmt.Sprintf("S%d", len(p.deliveries())), nil
}

func (p tracked) Reports() time.Duration { return 10 * time.Minute }

func newTrackedWorld(t testing.TB) *world {
	w := newWorld(t)
	w.worker.Channels["telegram"], w.worker.Finder = tracked{w.phone}, w.store
	return w
}

// report says what became of a line.
func (w *world) report(line, receipt string, e *bot.SendError) {
	w.t.Helper()
	r := bot.Report{Chat: w.store.Name(ana), Line: line, Receipt: receipt, Err: e}
	if err := w.worker.Report(w.t.Context(), r); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) lines() (all []string) {
	for _, out := range w.load().Outbox {
		all = append(all, strings.TrimSpace(out.Reply.Text+" "+out.Sent))
	}
	return all
}

func TestALineWaitsForItsReportAndLetsTheNextOnePass(t *testing.T) {
	w := newTrackedWorld(t)
	w.accept(said("1", "three"))
	w.drain()
	w.saw("uno", "dos", "tres")
	if got, want := w.lines(), []string{"uno S1", "dos S2", "tres S3"}; !slices.Equal(got, want) {
		t.Fatalf("the outbox holds %q, want %q", got, want)
	}
	d := w.phone.deliveries()[0]
	if d.Chat != w.store.Name(ana) || d.Heard.IsZero() || w.clock.Now().Sub(d.Heard) > 2*time.Second {
		t.Errorf("the delivery says chat %q, heard %v", d.Chat, d.Heard)
	}
	w.report("1/1", "S2", nil)
	eventually(t, "the second line left", func() bool { return slices.Equal(w.lines(), []string{"uno S1", "tres S3"}) })
	due := w.load().Due()
	if wait := due.Sub(w.clock.Now()); wait > 10*time.Minute || wait < 9*time.Minute {
		t.Errorf("looked at again in %v, want when the reports are given up", wait)
	}
	w.clock.Advance(10 * time.Minute)
	w.drain()
	if got := w.lines(); len(got) != 0 {
		t.Errorf("%q wait for ever", got)
	}
	w.saw("uno", "dos", "tres")
}

func TestAReportedFailureIsDecidedLikeOneOfTheCall(t *testing.T) {
	for _, tt := range []struct {
		name string
		e    bot.SendError
		want []string // in the outbox
		due  time.Duration
	}{
		{"never", bot.SendError{Never: true, Err: errors.New("no")}, []string{"dos S2", "tres S3"}, 10 * time.Minute},
		{"gone", bot.SendError{Never: true, Gone: true, Err: errors.New("no")}, nil, 0},
		{"later", bot.SendError{After: time.Minute, Err: errors.New("no")}, []string{"uno", "dos S2", "tres S3"}, time.Minute},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newTrackedWorld(t)
			w.accept(said("1", "three"))
			w.drain()
			w.report("1/0", "S1", &tt.e)
			if got := w.lines(); !slices.Equal(got, tt.want) {
				t.Errorf("the outbox holds %q, want %q", got, tt.want)
			}
			w.report("1/0", "S1", &tt.e) // once more: already heard
			if got := w.lines(); len(got) != len(tt.want) {
				t.Errorf("after the same again it holds %q", got)
			}
		})
	}
}

func TestAReportOnAnEarlierTryIsOfNoInterest(t *testing.T) {
	w := newTrackedWorld(t)
	w.accept(said("1", "a"))
	w.drain()
	again := &bot.SendError{After: time.Second, Err: errors.New("busy")}
	w.report("1/0", "S1", again)
	w.clock.Advance(time.Minute)
	w.drain()
	w.saw("eco: a", "eco: a")
	w.report("1/0", "S1", &bot.SendError{Never: true, Err: errors.New("no")})
	if got, want := w.lines(), []string{"eco: a S2"}; !slices.Equal(got, want) {
		t.Errorf("the outbox holds %q, want %q", got, want)
	}
	w.report("1/0", "S1", nil) // it arrived after all
	eventually(t, "the line left", func() bool { return len(w.lines()) == 0 })
}

// A report may be faster than the note that the line was sent.
func TestAFailureThatIsReportedWhileTheLineIsBeingSentIsNotLost(t *testing.T) {
	w := newTrackedWorld(t)
	reported := make(chan error, 1)
	w.phone.hook(func(context.Context, bot.Delivery) error {
		w.phone.hook(nil)
		go func() {
			reported <- w.worker.Report(context.Background(), bot.Report{Chat: w.store.Name(ana), Line: "1/0", Receipt: "S1", Err: &bot.SendError{After: time.Minute, Err: errors.New("no")}})
		}()
		select {
		case err := <-reported:
			t.Errorf("the report was heeded while its line was being sent: %v", err)
			reported <- err
		case <-time.After(100 * time.Millisecond): // it waits
		}
		return nil
	})
	w.accept(said("1", "a"))
	w.drain()
	if err := <-reported; err != nil {
		t.Fatal(err)
	}
	if got, want := w.lines(), []string{"eco: a"}; !slices.Equal(got, want) {
		t.Errorf("the outbox holds %q, want %q, to be sent again", got, want)
	}
}

func TestAReportOnNobodyIsAcknowledgedAndOneThatCannotBeHeededIsNot(t *testing.T) {
	w := newTrackedWorld(t)
	no := &bot.SendError{Never: true, Err: errors.New("no")}
	if err := w.worker.Report(t.Context(), bot.Report{Chat: "nobody", Line: "1/0", Receipt: "S1", Err: no}); err != nil {
		t.Errorf("nobody's: %v", err)
	}
	w.worker.Finder = nil
	if err := w.worker.Report(t.Context(), bot.Report{Chat: w.store.Name(ana), Line: "1/0", Receipt: "S1", Err: no}); err == nil {
		t.Error("nothing finds the conversation and nobody says so")
	}
}

func TestReportsOfArrivalAreNotedWhenTheBotStops(t *testing.T) {
	w := newTrackedWorld(t)
	w.accept(said("1", "three"))
	w.drain()
	w.report("1/0", "S1", nil)
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	w.worker.Stop(ctx)
	w.report("1/1", "S2", nil)
	if got, want := w.lines(), []string{"tres S3"}; !slices.Equal(got, want) {
		t.Errorf("the outbox holds %q, want %q", got, want)
	}
}

func TestTheReasonOfAChannelReachesTheDialog(t *testing.T) {
	w := newWorld(t)
	w.mail.hook(func(context.Context, bot.Delivery) error {
		return &bot.SendError{Never: true, Why: "window", Err: errors.New("no")}
	})
	w.accept(said("1", "mail ana@example.org"))
	w.run()
	eventually(t, "the dialog hears why", func() bool { return slices.Contains(w.phone.texts(), "undelivered window") })
}

func TestAnAgentHearsWhatArrivedWasReadOrFailedAndWhy(t *testing.T) {
	w := newTrackedWorld(t)
	w.accept(said("1", "three"))
	w.drain()
	ds := w.phone.deliveries()
	n := ds[1].N
	if n == 0 || ds[0].N != n-1 {
		t.Fatalf("the deliveries are of lines %d and %d", ds[0].N, n)
	}
	for _, read := range []bool{false, true} {
		if err := w.worker.Report(t.Context(), bot.Report{Chat: w.store.Name(ana), Line: "1/1", N: n, Read: read, Receipt: "S2"}); err != nil {
			t.Fatal(err)
		}
	}
	eventually(t, "the second line is read", func() bool { f := w.load().Fates; return f.Delivered == n && f.Read == n })
	w.report("1/2", "S3", &bot.SendError{Never: true, Code: "twilio 63024", Err: errors.New("invalid recipient")})
	if f := w.load().Fates; len(f.Lost) != 1 || f.Lost[0].Why != "twilio 63024" || f.Lost[0].N != ds[2].N {
		t.Errorf("got %+v, want the third line lost with the network's code", f)
	}
	w.report("1/0", "S1", &bot.SendError{After: time.Minute, Code: "twilio 63018", Err: errors.New("too fast")})
	if out, ok := w.load().Line("1/0"); !ok || out.Why != "twilio 63018" {
		t.Errorf("a line that is tried again says %+v", out)
	}
}
