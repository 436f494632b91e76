package bot

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"ventanilla/flows"
	"ventanilla/store"
)

const (
	// patience is how long a person waits before being told that it takes longer (RULES: talk.stuck).
	patience = 5 * time.Second
	// retryTime is how long a turn may take once the person knows that it takes longer.
	retryTime = 20 * time.Second
	// sendTime is how long a network may take to accept one reply.
	sendTime = 30 * time.Second
	// visitTime is after how long a visit to one conversation starts nothing new,
	// so that a turn and a send begun in it end within [Lease].
	visitTime = 30 * time.Second
	// attendance is for how long nobody else is called to what a visit has just saved and
	// goes on with. After a crash in that moment a line leaves that much later.
	attendance = 2 * time.Second
	// Lease is for how long claimed work belongs to one process: more than a visit, one retried turn and one send.
	Lease = 2 * time.Minute
)

// Worker answers and delivers, one conversation at a time. Its methods are safe
// for concurrent use; the fields are set before the first call and not changed.
type Worker struct {
	Store    Conversations
	Away     Aways
	Finder   Finder // nil if no channel is a [Reporter]
	Engine   Engine
	Channels map[string]Channel // by the name that keys and Reply.To use: "telegram", "email"
	Guard    flows.Guard
	Limits   flows.Limits
	Codes    flows.Codes
	Links    Links
	Files    Files       // nil if there are no documents
	Eraser   Eraser      // nil if nobody can ask to be forgotten
	Core     Temporaries // nil if no mail carries a temporary password
	Clock    *flows.Clock
	Jitter   func() float64 // in [0, 1): spreads retries
	Case     func() string  // a new case number, to be read to a human
	Meters   *Meters
	Figures  *Figures // nil counts nothing
	Log      *slog.Logger

	desks  desks
	pauses pauses
	arrive arrivals
	taken  atomic.Uint64 // takeovers so far, counted while the conversation's line is held
	rushes rushes
}

// Drain delivers what is due in one conversation and answers what waits, until
// nothing is left to do now. What must wait is in the store with its time. The
// error is the store's, or ctx's: a failing turn or send is not an error here.
func (w *Worker) Drain(ctx context.Context, k flows.Key) error {
	d := w.desks.enter(k)
	defer w.desks.leave(k, d)
	if err := lock(ctx, d.work); err != nil {
		return fmt.Errorf("waiting for %v: %w", k, err)
	}
	defer unlock(d.work)
	v := w.visit(k, d)
	v.stays = true
	if err := v.load(ctx); err != nil {
		return err
	}
	defer v.leave()
	if v.c.Owes() { // the person was slower than the record's rest
		if err := v.change(ctx, (*store.Conversation).Owes); err != nil {
			return err
		}
	}
	return v.run(ctx)
}

// visit is one stretch of work on a conversation, by whoever holds its desk.
type visit struct {
	*Worker
	desk  *desk
	key   flows.Key
	c     *store.Conversation
	taken uint64          // Worker.taken as it was before c was loaded
	stays bool            // it works off what is due, so that nobody else need be woken for that
	clean bool            // c is as it was loaded or saved
	tried map[string]bool // inputs that failed in this visit; nil: none did
	ends  time.Time       // real time
}

func (w *Worker) visit(k flows.Key, d *desk) visit {
	return visit{Worker: w, desk: d, key: k, ends: time.Now().Add(visitTime)}
}

func (v *visit) load(ctx context.Context) error {
	v.taken = v.Worker.taken.Load()
	c, err := v.Store.Load(ctx, v.key)
	if err != nil {
		return fmt.Errorf("loading %v: %w", v.key, err)
	}
	v.c, v.clean = c, true
	return nil
}

// leave ends the visit: the record need not be read again for the next one.
func (v *visit) leave() {
	if v.c != nil && v.clean {
		v.c.Leave()
	}
	v.c = nil
}

// save writes the record. While the visit goes on, what it is about to do wakes
// nobody: a claim for each quick answer was measured at a tenth of a turn.
func (v *visit) save(ctx context.Context) error {
	if v.stays {
		v.c.Attend(v.Clock.Now().Add(attendance))
	}
	err := v.Store.Save(ctx, v.c)
	v.clean = err == nil
	return err
}

func (v *visit) run(ctx context.Context) error {
	for time.Now().Before(v.ends) {
		if err := v.deliver(ctx); err != nil {
			return err
		}
		in, ok := v.next()
		if !ok || v.c.Full() {
			return v.erase(ctx)
		}
		if err := v.answer(ctx, in); err != nil {
			return err
		}
	}
	return nil
}

// change saves what f does to the record. When somebody else wrote first, f is
// called again with the fresh record; it returns false to leave that as it is.
func (v *visit) change(ctx context.Context, f func(c *store.Conversation) bool) error {
	for {
		was := v.clean
		v.clean = false // should f panic
		if !f(v.c) {
			v.clean = was
			return nil
		}
		err := v.save(ctx)
		if err == nil {
			return nil
		}
		if !errors.Is(err, store.ErrConflict) {
			return fmt.Errorf("saving %v: %w", v.key, err)
		}
		if err := v.load(ctx); err != nil {
			return err
		}
	}
}

// who names the conversation in logs without saying whose it is (RULES: data.logs).
func (w *Worker) who(k flows.Key) slog.Attr {
	return slog.Group("chat", "at", k.String(), "who", w.Store.Name(k))
}
