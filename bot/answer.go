package bot

import (
	"context"
	"slices"
	"strconv"
	"time"

	"ventanilla/flows"
	"ventanilla/store"
)

// next is the input to work on now. Usually that is the oldest one. While the
// conversation is stuck, only what came since the last try is looked at, until it
// is time to try again; the person's newest message then comes before what the
// system reports. Nothing is tried twice in a visit.
func (v *visit) next() (in store.Inbound, ok bool) {
	c, from := v.c, 0
	if s := c.Stuck; s != nil && s.Next.After(v.Clock.Now()) {
		from = min(s.Waiting, len(c.Inbox))
		if len(c.Inbox) == 0 {
			return in, false
		}
	}
	switch waiting := c.Inbox[from:]; {
	case len(c.Inbox) == 0:
		return v.tick()
	case c.Holder != nil:
		if i := slices.IndexFunc(c.Inbox, fromPerson); i >= 0 {
			return c.Inbox[i], true
		}
		return v.first(waiting, anybody)
	case c.Stuck == nil:
		return v.first(waiting, anybody)
	default:
		if in, ok := v.newest(waiting); ok {
			return in, ok
		}
		return v.first(waiting, func(in store.Inbound) bool { return !fromPerson(in) })
	}
}

func fromPerson(in store.Inbound) bool { return in.Input.From == flows.Person }
func anybody(store.Inbound) bool       { return true }

// first is the oldest input that did not fail in this visit.
func (v *visit) first(waiting []store.Inbound, is func(store.Inbound) bool) (store.Inbound, bool) {
	i := slices.IndexFunc(waiting, func(in store.Inbound) bool { return !v.tried[in.ID] && is(in) })
	if i < 0 {
		return store.Inbound{}, false
	}
	return waiting[i], true
}

// newest is the person's latest message, unless it failed in this visit.
func (v *visit) newest(waiting []store.Inbound) (store.Inbound, bool) {
	for _, in := range slices.Backward(waiting) {
		if fromPerson(in) {
			return in, !v.tried[in.ID]
		}
	}
	return store.Inbound{}, false
}

// tick is what the engine hears when silence has lasted as long as the dialog
// said. It is never stored, so its id comes from the dialog's revision.
func (v *visit) tick() (store.Inbound, bool) {
	now, due := v.Clock.Now(), v.c.Dialog.Due
	if v.c.Holder != nil || due.IsZero() || due.After(now) {
		return store.Inbound{}, false
	}
	in := store.Inbound{ID: tickID(v.c), At: now, Input: flows.Input{From: flows.System, Event: "tick"}}
	return in, !v.tried[in.ID]
}

func tickID(c *store.Conversation) string { return "tick/" + strconv.FormatUint(c.Turns, 10) }

// answer works one input off. The new state, the replies and the end of the
// message are one write. When somebody else wrote meanwhile, the same result
// goes into the fresh record, unless the dialog itself moved: then the turn is
// run again, under the same id.
func (v *visit) answer(ctx context.Context, in store.Inbound) error {
	if v.c.Holder != nil && fromPerson(in) {
		return v.change(ctx, func(c *store.Conversation) bool { return c.Holder != nil && remove(c, in.ID) })
	}
	if in.Acts() && v.c.Held(in) {
		return v.voidAid(ctx, in)
	}
	turns := v.c.Turns
	timed, end := v.timed(ctx, in)
	r, err := v.turn(timed, v.c, in)
	end()
	return v.conclude(ctx, turns, in, r, err)
}

// conclude saves what a turn brought that began at a revision of the dialog.
func (v *visit) conclude(ctx context.Context, turns uint64, in store.Inbound, r flows.Result, failure error) error {
	if failure != nil {
		return v.failed(ctx, in, failure)
	}
	ok := false
	err := v.change(ctx, func(c *store.Conversation) bool {
		if ok = c.Turns == turns && waits(c, in); ok {
			v.settle(c, in, r)
		}
		return ok
	})
	if err == nil && ok {
		v.Figures.turned(v.key, v.c.Holder != nil, r)
	}
	return err
}

// timed bounds a turn: by when the person has to hear that it takes longer, or by
// [retryTime] and anything newer that arrives if nobody waits to hear that.
func (v *visit) timed(ctx context.Context, in store.Inbound) (context.Context, func()) {
	if s := v.c.Stuck; fromPerson(in) && (s == nil || !s.Noticed) {
		left := patience - v.Clock.Now().Sub(in.At)
		brief := Within(ctx, min(max(left, time.Second), patience))
		return brief, brief.Close
	}
	ctx, end := v.desk.interruptible(ctx)
	ctx, cancel := context.WithTimeout(ctx, retryTime)
	return ctx, func() { cancel(); end() }
}

// waits tells whether the input still has to be answered.
func waits(c *store.Conversation, in store.Inbound) bool {
	return in.ID == tickID(c) || index(c, in.ID) >= 0
}

// index is where an input stands in the inbox, -1 if it does not.
func index(c *store.Conversation, id string) int {
	return slices.IndexFunc(c.Inbox, func(in store.Inbound) bool { return in.ID == id })
}

// remove takes an input off the inbox that nobody has to answer: it is in the transcript.
func remove(c *store.Conversation, id string) bool {
	n, old := len(c.Inbox), waitedFor(c)
	c.Inbox = slices.DeleteFunc(c.Inbox, func(in store.Inbound) bool { return in.ID == id })
	c.Stuck = unstick(c, c.Stuck, old)
	return len(c.Inbox) < n
}

// settle writes the result of a turn into the record.
func (w *Worker) settle(c *store.Conversation, in store.Inbound, r flows.Result) {
	stuck, old := c.Stuck, waitedFor(c)
	if stuck != nil && movedOn(c.Dialog, r.Dialog) {
		overtake(c, in)
	}
	c.Answer(in, r, w.Clock.Now())
	c.Stuck = unstick(c, stuck, old)
}

// waitedFor are the ids of the inputs that failed at the last try.
func waitedFor(c *store.Conversation) map[string]bool {
	if c.Stuck == nil {
		return nil
	}
	old := map[string]bool{}
	for _, in := range c.Inbox[:min(c.Stuck.Waiting, len(c.Inbox))] {
		old[in.ID] = true
	}
	return old
}

// unstick is what remains of the trouble after an input left the inbox: none, if
// that was the one that could not be answered.
func unstick(c *store.Conversation, s *store.Stuck, old map[string]bool) *store.Stuck {
	if s == nil || index(c, s.ID) < 0 {
		return nil
	}
	left := *s
	left.Waiting = 0
	for _, in := range c.Inbox {
		if old[in.ID] {
			left.Waiting++
		}
	}
	return &left
}

// movedOn tells whether a turn left the question that was open. Where "ayuda" or
// "estado" leave it standing, an older answer to it still counts.
func movedOn(before, after flows.Dialog) bool {
	return before.Flow != after.Flow || before.Step != after.Step || before.Entered != after.Entered || before.Asking != after.Asking
}

// overtake drops the person's older messages, to which the one that was answered
// left no question. They remain in the transcript.
func overtake(c *store.Conversation, in store.Inbound) {
	at := index(c, in.ID)
	if !fromPerson(in) || at < 0 {
		return
	}
	older := slices.DeleteFunc(slices.Clone(c.Inbox[:at]), fromPerson)
	c.Inbox = append(older, c.Inbox[at:]...)
}

// stands tells whether an earlier message of the person waits for what stands in its way.
func stands(c *store.Conversation, in store.Inbound) bool {
	at := index(c, in.ID)
	return c.Stuck != nil && at > 0 && slices.ContainsFunc(c.Inbox[:at], fromPerson)
}

// turn runs the engine once. The id is the same each time the same input is
// tried, and no other conversation has it.
func (w *Worker) turn(ctx context.Context, c *store.Conversation, in store.Inbound) (r flows.Result, err error) {
	began := time.Now()
	defer func() {
		if p := recover(); p != nil {
			err = panicked(p)
		}
		if err != nil && context.Cause(ctx) == errOvertaken {
			err = errOvertaken
		}
		w.Meters.turnSeconds.Observe(time.Since(began).Seconds())
		w.Meters.turned(judge(err))
	}()
	if in.Input.Sender == "" {
		in.Input.Sender = c.Name // mails say whose chat asked, also when a page or the clock did
	}
	return w.Engine.Handle(ctx, flows.Call{ID: c.ID() + "/" + in.ID, At: in.At, Key: c.Key, Dialog: c.Dialog, Input: in.Input, Waits: stands(c, in)})
}
