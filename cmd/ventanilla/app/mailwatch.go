package app

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"

	"ventanilla/bot"
)

// How often the mail server is asked whether it works, in real time, whatever the
// program's clock says: networks keep it too. Whoever waits for a code asks on
// arrival and is told 5 s later, by which time a probe that began after the
// question has ended, also one that hears nothing.
const (
	mailEvery = 4 * time.Second        // while somebody wants to know
	mailGap   = 750 * time.Millisecond // at least, from the end of one to the next
	wantedFor = 2 * time.Minute        // so long somebody who asked wants to know, and a failure counts if nothing is known since
)

// watched knows whether mails get out at the moment, for anybody. What decides is
// a probe, which is the same whether there is a mail to send or not: what became
// of somebody's mail would tell strangers that there was one (RULES: enum.same).
type watched struct {
	bot.Channel
	probe  func(context.Context) error // as far as a mail goes that names no recipient
	log    *slog.Logger
	failed atomic.Int64  // when the latest probe failed, in Unix nanoseconds; 0: it did not
	wanted atomic.Int64  // when somebody last asked
	wake   chan struct{} // holds one: look now
	said   bool          // the latest probe failed, and the log knows
}

func newWatched(c bot.Channel, probe func(context.Context) error, log *slog.Logger) *watched {
	return &watched{Channel: c, probe: probe, log: log, wake: make(chan struct{}, 1)}
}

// Send implements [bot.Channel]. What became of the mail does not count, whichever
// way; a failure for everybody only brings about a probe at once.
func (w *watched) Send(ctx context.Context, d bot.Delivery) (string, error) {
	receipt, err := w.Channel.Send(ctx, d)
	if err != nil && bot.AsSendError(err).Whole {
		w.look()
	}
	return receipt, err
}

// down tells whether mails do not get out for anybody, as far as is known, and
// brings about that more is known soon.
func (w *watched) down() bool {
	w.wanted.Store(time.Now().UnixNano())
	w.look()
	return within(&w.failed)
}

func (w *watched) look() {
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

// within tells whether a moment, in Unix nanoseconds, is less than wantedFor ago.
func within(at *atomic.Int64) bool {
	n := at.Load()
	return n != 0 && time.Since(time.Unix(0, n)) < wantedFor
}

// watch probes until ctx ends: at once when it is woken, and again and again while somebody wants to know.
func (w *watched) watch(ctx context.Context) error {
	for pause(ctx, w.rest(), w.wake) {
		if err := w.probe(ctx); ctx.Err() == nil {
			w.note(err)
		}
		if !pause(ctx, mailGap, nil) {
			break
		}
	}
	return nil
}

// rest is how long to the next probe if nobody asks; 0: for ever.
func (w *watched) rest() time.Duration {
	if within(&w.wanted) {
		return mailEvery - mailGap
	}
	return 0
}

// pause waits, at most until it is woken; for ever if d is 0. It returns false when ctx ended.
func pause(ctx context.Context, d time.Duration, wake <-chan struct{}) bool {
	var over <-chan time.Time
	if d > 0 {
		timer := time.NewTimer(d)
		defer timer.Stop()
		over = timer.C
	}
	select {
	case <-over:
	case <-wake:
	case <-ctx.Done():
	}
	return ctx.Err() == nil
}

// note takes down what a probe found, and logs when it is news.
func (w *watched) note(err error) {
	switch {
	case err == nil:
		w.failed.Store(0)
		if w.said {
			w.log.Info("mails get out again")
		}
	default:
		w.failed.Store(time.Now().UnixNano())
		if !w.said {
			w.log.Error("no mail gets out", "err", err)
		}
	}
	w.said = err != nil
}
