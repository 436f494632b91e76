package bot

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"ventanilla/flows"
	"ventanilla/store"
)

// Takeover gives a conversation to an agent. Of two agents one wins; the other
// gets [store.ErrHeld]. A line that is being sent is waited for, the bot's other
// undelivered lines come off the outbox (mails go on), and from then on the bot
// says nothing in the chat, but that a person is here now. A turn that is running does not delay it.
// Whoever it was transferred to says so, too, when they accept it by this.
func (w *Worker) Takeover(ctx context.Context, k flows.Key, agent string) error {
	came, since := false, time.Time{}
	err := w.swap(ctx, k, func(c *store.Conversation, now time.Time) (bool, error) {
		came, since = c.Holder == nil, c.Dialog.Waiting
		accepted := c.Accept(agent, now)
		if c.Holder != nil && c.Holder.Agent == agent {
			if !accepted {
				return false, nil
			}
		} else if err := c.Hold(agent, now); err != nil {
			return false, err
		} else {
			c.Audit(flows.Audit{What: "taken_over", Who: agent}, now)
		}
		if r := w.Engine.Notice(k, "agent_here", "agent", agent); r.Text != "" {
			c.Announce("takeover/"+strconv.FormatInt(now.UnixNano(), 36), r, now)
		}
		return true, nil
	})
	if err == nil && came {
		w.Figures.took(k, since)
	}
	return err
}

// Handback returns a conversation to the bot, whose dialog hears "handback" and
// can say where things stand. It returns [store.ErrHeld] if another agent holds
// the conversation, and does nothing if nobody does.
func (w *Worker) Handback(ctx context.Context, k flows.Key, agent string) error {
	return w.release(ctx, k, agent, flows.Audit{What: "handed_back", Who: agent}, nil)
}

// Finish is Handback for a conversation whose errand is over: the dialog ends. The outcome is for the trail.
func (w *Worker) Finish(ctx context.Context, k flows.Key, agent, outcome string) error {
	a := flows.Audit{What: "closed_by_agent", Who: agent, Detail: map[string]string{"outcome": outcome}}
	return w.release(ctx, k, agent, a, map[string]string{"close": "yes", "outcome": outcome})
}

// Free takes a conversation from an agent who left it, at the word of somebody else, such as a supervisor;
// by is "" if the program itself saw that. Who waited for a person is in the line again, at the old place;
// with anybody else the bot goes on, as after Handback.
func (w *Worker) Free(ctx context.Context, k flows.Key, holder, by string) error {
	return w.release(ctx, k, holder, flows.Audit{What: "freed", Who: by, Detail: map[string]string{"from": holder}}, nil)
}

func (w *Worker) release(ctx context.Context, k flows.Key, agent string, a flows.Audit, values map[string]string) error {
	left := false
	err := w.swap(ctx, k, func(c *store.Conversation, now time.Time) (bool, error) {
		left = false
		switch {
		case c.Holder == nil:
			return false, nil
		case c.Holder.Agent != agent:
			return false, store.ErrHeld
		}
		since := c.Holder.Since
		c.HandBack()
		c.Audit(a, now)
		c.Parted(agent, a.What, a.Detail["outcome"], now)
		if a.What != "freed" || c.Dialog.Waiting.IsZero() {
			goOn(c, since, now, values)
		}
		left = true
		return true, nil
	})
	if err == nil && left {
		w.Figures.gave(k, a)
	}
	return err
}

// goOn lets the dialog hear that the bot has the conversation again that an agent held since a moment. It hears so
// before what came too late for the bot and too early for the agent: that an agent left is said first.
func goOn(c *store.Conversation, since, now time.Time, values map[string]string) {
	id := "handback/" + strconv.FormatInt(since.UnixNano(), 36)
	at := 0
	if c.Stuck != nil {
		at = len(c.Inbox) // what failed stays first
	}
	c.Inbox = slices.Insert(c.Inbox, at, store.Inbound{ID: id, At: now, Input: flows.Input{From: flows.System, Event: "handback", Values: values}})
}

// Unanswered puts a conversation back into the queue that an agent was asked at that moment to take, by
// assignment or transfer, and did not: as after Free. If they answered meanwhile it does nothing.
func (w *Worker) Unanswered(ctx context.Context, k flows.Key, asked time.Time) error {
	return w.swap(ctx, k, func(c *store.Conversation, now time.Time) (bool, error) {
		if c.Care == nil || c.Care.Asked == nil {
			return false, nil
		}
		to, held := c.Care.Asked.To, c.Holder
		if held != nil && held.Agent == to && c.Care.Asked.At.Equal(asked) {
			c.Holder = nil
			if c.Dialog.Waiting.IsZero() {
				goOn(c, held.Since, now, nil)
			}
		}
		return c.Unanswered(asked, now), nil
	})
}

// swap changes who speaks, while no line is on its way.
func (w *Worker) swap(ctx context.Context, k flows.Key, f func(*store.Conversation, time.Time) (bool, error)) error {
	d := w.desks.enter(k)
	defer w.desks.leave(k, d)
	if err := lock(ctx, d.line); err != nil {
		return fmt.Errorf("waiting for a line to %v: %w", k, err)
	}
	defer unlock(d.line)
	defer w.taken.Add(1) // whoever loaded the record before looks again before sending
	v := w.visit(k, d)
	if err := v.load(ctx); err != nil {
		return err
	}
	var refused error
	err := v.change(ctx, func(c *store.Conversation) (ok bool) {
		ok, refused = f(c, w.Clock.Now())
		return ok
	})
	if err != nil {
		return err
	}
	return refused
}
