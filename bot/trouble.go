package bot

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"
	"time"

	"ventanilla/backend"
	"ventanilla/flows"
	"ventanilla/store"
)

const (
	maxBackoff = time.Minute
	// maxFailures is after how many failures that are no outage a message is set aside.
	maxFailures = 5
	// noticeLife is for how long it makes sense to say that something takes longer or was set aside.
	noticeLife = 10 * time.Minute
)

// errOvertaken ends a retry because the person wrote something newer.
var errOvertaken = errors.New("overtaken by a newer message")

// ErrNoBot is returned for a conversation of an organisation that has no bot any more.
var ErrNoBot = errors.New("this organisation has no bot in the settings")

// panicError is a turn or a send that panicked. What the panic said may hold
// what the person wrote, so only a runtime error is shown; the stack holds no values.
type panicError struct {
	what  string
	stack []byte
}

func (e *panicError) Error() string { return "panic: " + e.what }

func panicked(p any) error {
	what := fmt.Sprintf("%T", p)
	if e, ok := p.(runtime.Error); ok {
		what = e.Error()
	}
	return &panicError{what: what, stack: debug.Stack()}
}

// kind is what a failed turn means for the message.
type kind string

const (
	done      kind = "done"
	overtaken kind = "overtaken" // stopped for a newer message
	later     kind = "later"     // an outage: worth trying for as long as it lasts
	failed    kind = "failed"    // nobody knows: worth a few tries
	broken    kind = "broken"    // will fail again
)

// judge reads an error of the engine. An error with a Later method knows best;
// a deadline is an outage of whatever did not answer in time.
func judge(err error) kind {
	if err == nil {
		return done
	}
	if errors.Is(err, errOvertaken) {
		return overtaken
	}
	if _, ok := errors.AsType[*panicError](err); ok {
		return broken
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return later
	}
	if e, ok := errors.AsType[interface {
		error
		Later() bool
	}](err); ok {
		if e.Later() {
			return later
		}
		return broken
	}
	return failed
}

// failed decides what becomes of an input whose turn failed.
func (v *visit) failed(ctx context.Context, in store.Inbound, cause error) error {
	if ctx.Err() != nil {
		return fmt.Errorf("a turn was cut short: %w", ctx.Err())
	}
	k := judge(cause)
	if v.tried == nil {
		v.tried = map[string]bool{}
	}
	v.tried[in.ID] = true
	if k == overtaken {
		return v.load(ctx)
	}
	if k == failed && in.Failures+1 >= maxFailures {
		k = broken
	}
	if k == broken {
		return v.setAside(ctx, in, cause)
	}
	return v.putOff(ctx, in, k, cause)
}

// putOff leaves an input for another try, and tells the person once that it
// takes longer (RULES: talk.stuck).
func (v *visit) putOff(ctx context.Context, in store.Inbound, k kind, cause error) error {
	v.Log.Warn("turn put off", "kind", string(k), v.who(v.key), "input", in.ID, "err", cause)
	return v.change(ctx, func(c *store.Conversation) bool {
		if !waits(c, in) {
			return false
		}
		if index(c, in.ID) < 0 {
			c.Inbox = append(c.Inbox, in) // a tick, until now only derived
		}
		if k == failed {
			c.Inbox[index(c, in.ID)].Failures++
		}
		c.Stuck = v.stuck(c, in, cause)
		if v.notice(c, in) {
			c.Stuck.Noticed = true
			v.say(c, in, "later")
		}
		return true
	})
}

// stuck is the conversation's trouble after one more failure. A person's input
// names it before one of the system's does.
func (v *visit) stuck(c *store.Conversation, in store.Inbound, cause error) *store.Stuck {
	now := v.Clock.Now()
	s := store.Stuck{ID: in.ID, Since: now}
	if c.Stuck == nil {
		v.Meters.stuck.Inc()
		v.Figures.add(v.key.Portal, 1, store.Figure{What: store.CountOutage, Channel: v.key.Channel})
	} else {
		s = *c.Stuck
	}
	if fromPerson(in) || !v.tried[s.ID] {
		s.ID = in.ID
	}
	s.Why = trouble(cause)
	s.Next = now.Add(backoff(s.Tries, v.Jitter()))
	s.Tries++
	s.Waiting = max(s.Waiting, 1+index(c, in.ID)) // what came after it was not tried yet
	if end := in.At.Add(patience); fromPerson(in) && !s.Noticed && end.After(now) && end.Before(s.Next) {
		s.Next = end
	}
	return &s
}

// trouble names a failure for agents to read, without what anybody wrote.
func trouble(cause error) string {
	switch e, ok := errors.AsType[*backend.Error](cause); {
	case ok:
		return "core " + string(e.Code)
	case errors.Is(cause, context.DeadlineExceeded):
		return "core slow"
	}
	return "unknown"
}

// troubleOf is the kind of what kept an input from being processed.
func troubleOf(cause error) store.Trouble {
	if _, ok := errors.AsType[*panicError](cause); ok || errors.Is(cause, flows.ErrLoop) {
		return store.TroubleBug
	}
	if _, ok := errors.AsType[*backend.Error](cause); ok {
		return store.TroubleCore
	}
	if errors.Is(cause, ErrNoBot) {
		return store.TroubleNoBot
	}
	return store.TroubleUnknown
}

// notice tells whether the person has to hear now that it takes longer.
func (v *visit) notice(c *store.Conversation, in store.Inbound) bool {
	return fromPerson(in) && !c.Stuck.Noticed && c.Holder == nil && !v.Clock.Now().Before(in.At.Add(patience))
}

// say puts one of the engine's own sentences about an input into the outbox.
func (v *visit) say(c *store.Conversation, in store.Inbound, key string, pairs ...string) {
	now := v.Clock.Now()
	r := v.Engine.Notice(c.Key, key, pairs...)
	r.Until = now.Add(noticeLife)
	c.Say(in.ID+"/"+key, in.Origin, r, now)
}

// setAside takes an input out of the conversation that cannot be processed, under a
// case number that the person is told, so that the conversation goes on (RULES: talk.stuck).
func (v *visit) setAside(ctx context.Context, in store.Inbound, cause error) error {
	id := v.Case()
	v.Meters.broken.Inc()
	v.Figures.add(v.key.Portal, 1, store.Figure{What: store.CountBroken, Channel: v.key.Channel})
	args := []any{v.who(v.key), "case", id, "input", in.ID, "err", cause}
	if p, ok := errors.AsType[*panicError](cause); ok {
		args = append(args, "stack", string(p.stack))
	}
	v.Log.Error("input set aside", args...)
	return v.change(ctx, func(c *store.Conversation) bool {
		if !waits(c, in) {
			return false
		}
		stuck, old := c.Stuck, waitedFor(c)
		if in.ID == tickID(c) {
			c.Dialog.Due = time.Time{} // silence has no further effect until somebody speaks
		}
		c.SetAside(in, troubleOf(cause), cause.Error(), id, v.Clock.Now())
		if in.Acts() {
			c.Aided(in, AidBroken, v.Clock.Now())
		}
		c.Stuck = unstick(c, stuck, old)
		if fromPerson(in) {
			v.say(c, in, "broken", "case", id)
		}
		return true
	})
}

// backoff is how long to wait after so many tries: from a second to a minute,
// doubling, half of it by chance, so that what failed together does not come back together.
func backoff(tries int, chance float64) time.Duration {
	d := min(time.Second<<min(tries, 10), maxBackoff)
	return max(d/2+time.Duration(chance*float64(d/2)), time.Second)
}
