package bot

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"ventanilla/flows"
	"ventanilla/store"
)

// outboundLife is how long a reply without an end of its own is tried.
const outboundLife = 24 * time.Hour

// fate is what became of one attempt to send a reply: it was sent, or it is
// lost, or it is to be tried again.
type fate struct {
	code  string    // what the network said of it; "" if nothing
	lost  string    // "expired", "refused", "gone": why it will never arrive; "" if it was sent or waits
	gone  bool      // the person cannot be reached there at all
	again time.Time // when to try again; zero if it was sent or lost
	held  bool      // it was not tried yet: a limit or a pause of the whole bot keeps it

	receipt string    // of a reply that was sent and whose network may report on it
	known   time.Time // until when that report is awaited; zero if none comes
}

// attempt tries to send one reply, unless it is too late, or too early for the
// whole bot. The error is the store's.
func (w *Worker) attempt(ctx context.Context, k flows.Key, c *store.Conversation, out *store.Outbound) (fate, error) {
	now, end := w.Clock.Now(), ending(out)
	channel, _ := destination(k, out.Reply.To)
	lane := place{k.Portal, channel}
	if !now.Before(end) {
		return w.fallen(k, out, fate{lost: store.Expired}, nil), nil
	}
	if until := w.pauses.until(lane); until.After(now) {
		return fate{again: earlier(until.Add(w.spread(time.Second)), end), held: true}, nil
	}
	until, err := w.held(ctx, k, out)
	if err != nil || until.After(now) {
		return fate{again: earlier(until, end), held: true}, err
	}
	d, err := w.fill(ctx, k, c, out)
	receipt := ""
	if err == nil {
		receipt, err = w.send(ctx, w.Channels[channel], d)
	}
	if err != nil {
		if ctx.Err() != nil {
			return fate{}, fmt.Errorf("a send was cut short: %w", ctx.Err())
		}
		return w.missed(k, lane, out, err), nil
	}
	w.Meters.left(laneOf(out), channel, sent, w.Clock.Now().Sub(out.At))
	w.Figures.reply(k.Portal, channel, 1, store.ReplySent, "")
	return w.handed(channel, receipt), nil
}

// handed is the fate of a reply that its network took: sent, unless a report follows.
func (w *Worker) handed(channel, receipt string) fate {
	r, ok := w.Channels[channel].(Reporter)
	if !ok || receipt == "" {
		return fate{}
	}
	return fate{receipt: receipt, known: w.Clock.Now().Add(r.Reports())}
}

// ending is when a reply becomes worthless. A document is for somebody who proved
// who they are, and is not sent once that would no longer count.
func ending(out *store.Outbound) time.Time {
	switch {
	case !out.Until.IsZero():
		return out.Until
	case out.Reply.File != nil:
		return out.At.Add(flows.ProofLife)
	}
	return out.At.Add(outboundLife)
}

func earlier(a, b time.Time) time.Time {
	if a.After(b) {
		return b
	}
	return a
}

const chatLane = "chat"

// laneOf tells the lines of the chat from what goes elsewhere.
func laneOf(out *store.Outbound) string {
	if out.Reply.To == "" {
		return chatLane
	}
	return "away"
}

// spread is a moment up to d, by chance.
func (w *Worker) spread(d time.Duration) time.Duration {
	return time.Duration(w.Jitter() * float64(d))
}

// send hands a delivery to its channel, for a bounded time. A panic of the
// channel costs the reply and nobody else.
func (w *Worker) send(ctx context.Context, ch Channel, d Delivery) (receipt string, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = &SendError{Never: true, Err: panicked(p)}
		}
	}()
	if ch == nil {
		return "", &SendError{Never: true, Err: errors.New("there is no such channel")}
	}
	brief := Within(ctx, sendTime)
	defer brief.Close()
	return ch.Send(brief, d)
}

// missed decides what becomes of a reply that its channel could not deliver.
func (w *Worker) missed(k flows.Key, lane place, out *store.Outbound, err error) fate {
	e := AsSendError(err)
	switch {
	case e.Gone:
		return w.fallen(k, out, fate{code: e.Code, lost: "gone", gone: true}, e)
	case e.Never:
		return w.fallen(k, out, fate{code: e.Code, lost: cmp.Or(e.Why, "refused")}, e)
	}
	now := w.Clock.Now()
	wait := e.After + w.spread(e.After/10)
	switch {
	case e.Whole:
		w.pauses.set(lane, now.Add(e.After))
	case !e.Held:
		wait = max(wait, backoff(out.Tries, w.Jitter()))
	}
	if again := earlier(now.Add(wait), ending(out)); e.Held {
		return fate{again: again, held: true}
	}
	w.Meters.retries.WithLabelValues(lane.channel).Inc()
	w.Figures.reply(k.Portal, lane.channel, 1, store.ReplyRetried, "")
	w.Log.Info("reply postponed", "channel", lane.channel, w.who(k), "out", out.ID, "tries", out.Tries+1, "wait", wait, "whole", e.Whole, "err", e.Err)
	return fate{code: e.Code, again: earlier(now.Add(wait), ending(out))}
}

// fallen notes a reply that will never arrive.
func (w *Worker) fallen(k flows.Key, out *store.Outbound, f fate, cause error) fate {
	channel, _ := destination(k, out.Reply.To)
	w.Meters.left(laneOf(out), channel, f.lost, w.Clock.Now().Sub(out.At))
	w.Figures.reply(k.Portal, channel, 1, store.ReplyFailed, f.lost)
	w.Log.Warn("reply dropped", "channel", channel, w.who(k), "out", out.ID, "why", f.lost, slog.Any("err", cause))
	return f
}

// place is one bot: an organisation's account on a channel.
type place struct{ portal, channel string }

// pauses remembers which bots were told to be quiet, and until when. The zero
// value is ready. Forgetting it, as a restart does, costs one refused send.
type pauses struct {
	mu sync.Mutex
	m  map[place]time.Time
}

func (p *pauses) until(at place) time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.m[at]
}

func (p *pauses) set(at place, until time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.m == nil {
		p.m = map[place]time.Time{}
	}
	p.m[at] = until
}
