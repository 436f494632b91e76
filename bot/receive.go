package bot

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"ventanilla/flows"
	"ventanilla/store"
)

// quick is how long a message may stay unsafe, and its network unanswered,
// because one write is to hold both the message and its answer.
const quick = 250 * time.Millisecond

// Receive is an [Accept] that answers at once when it can: if nobody works on the
// conversation and nothing waits in it, the turn runs first and one write holds
// message and answer. If the turn is slow, the message is accepted as it is while
// the turn goes on; if it fails, the message waits for its next try like any other.
func (w *Worker) Receive(ctx context.Context, k flows.Key, in store.Inbound) error {
	if in.At.IsZero() {
		in.At = w.Clock.Now()
	}
	if !w.rushes.admit(ctx) {
		return w.accept(ctx, k, in)
	}
	defer w.rushes.admitted()
	d := w.desks.enter(k)
	if !d.soon(ctx, &w.rushes.timers) {
		defer w.desks.leave(k, d)
		defer d.interrupt()
		return w.accept(ctx, k, in)
	}
	r := &rush{visit: w.visit(k, d), in: in, saved: make(chan bool, 1)}
	r.stays = true
	if !w.rushes.begin(r.run) {
		unlock(d.work)
		w.desks.leave(k, d)
		return w.accept(ctx, k, in)
	}
	if r.wait() {
		w.Meters.answered.Inc()
		return nil
	}
	err := w.accept(ctx, k, in)
	if r.accepted != nil {
		r.accepted <- err == nil
	}
	return err
}

func (w *Worker) accept(ctx context.Context, k flows.Key, in store.Inbound) error {
	w.Meters.fast.WithLabelValues("queued").Inc()
	if err := w.Store.Accept(ctx, k, in); err != nil {
		return fmt.Errorf("accepting a message of %v: %w", k, err)
	}
	return nil
}

// rush is a visit that begins with a message which is not safe yet. Either the
// rush saves it with its answer, or whoever brought it accepts it: handed decides.
type rush struct {
	visit
	in       store.Inbound
	handed   atomic.Bool
	saved    chan bool // the rush's last word to who waits
	accepted chan bool // the answer, once the rush lost; nil before
}

// wait returns whether the rush made the message safe.
func (r *rush) wait() bool {
	timer := r.rushes.timers.start(quick)
	defer r.rushes.timers.stop(timer)
	select {
	case ok := <-r.saved:
		return ok
	case <-timer.C:
		r.accepted = make(chan bool, 1) // before the rush can know that it lost
		return !r.handed.CompareAndSwap(false, true) && <-r.saved
	}
}

// run is the whole rush; it gives the desk back.
func (r *rush) run(ctx context.Context) {
	defer r.desks.leave(r.key, r.desk)
	defer unlock(r.desk.work)
	defer func() {
		if p := recover(); p != nil {
			r.Log.Error("a quick answer panicked", r.who(r.key), "err", panicked(p))
			r.end(false)
		}
	}()
	err := r.start(ctx)
	r.end(err == nil)
	defer r.leave()
	if err == nil {
		err = r.visit.run(ctx)
	}
	if err != nil && !errors.Is(err, errLeft) {
		r.Log.Warn("a quick answer was cut short", r.who(r.key), "err", err)
	}
}

// end tells whoever waits, the first time it is called, whether the message is safe.
func (r *rush) end(safe bool) {
	select {
	case r.saved <- safe:
	default:
	}
}

// errLeft leaves a message to whoever brought it, and its answer to the queue.
var errLeft = errors.New("left to the queue")

// start makes the message safe, with its answer if nothing stands before it. An
// error means that the rush is over and did not do that.
func (r *rush) start(ctx context.Context) error {
	r.taken = r.Worker.taken.Load()
	c, changed, err := r.Store.Receive(ctx, r.key, r.in)
	if err != nil {
		return err
	}
	r.c = c
	if len(c.Inbox) != 1 || c.Stuck != nil || c.Holder != nil || c.Full() {
		return r.queue(ctx, changed)
	}
	in, turns := c.Inbox[0], c.Turns
	timed, end := r.timed(ctx, in)
	result, failure := r.turn(timed, c, in)
	end()
	switch {
	case !r.handed.CompareAndSwap(false, true):
		return r.late(ctx, turns, in, result, failure)
	case failure != nil:
		return errLeft
	}
	r.settle(c, in, result)
	if err := r.visit.save(ctx); err != nil {
		return err
	}
	r.Figures.turned(r.key, false, result)
	return nil
}

// queue makes the message safe without an answer; the visit goes on from there.
func (r *rush) queue(ctx context.Context, changed bool) error {
	if !r.handed.CompareAndSwap(false, true) {
		return errLeft
	}
	if !changed {
		return nil
	}
	return r.visit.save(ctx)
}

// late writes the result of a turn whose message was accepted meanwhile.
func (r *rush) late(ctx context.Context, turns uint64, in store.Inbound, result flows.Result, failure error) error {
	if !<-r.accepted {
		return errLeft
	}
	if err := r.load(ctx); err != nil {
		return err
	}
	return r.conclude(ctx, turns, in, result, failure)
}
