package bot

import (
	"context"
	"time"

	"ventanilla/store"
)

// deliver sends the lines of the chat that are due, in order, one at a time.
func (v *visit) deliver(ctx context.Context) error {
	if len(v.c.Outbox) > 0 {
		if err := v.expire(ctx); err != nil {
			return err
		}
	}
	for moved := true; moved; {
		var err error
		if moved, err = v.line(ctx); err != nil {
			return err
		}
	}
	return nil
}

// expire drops the lines that nobody needs any more, wherever they stand.
func (v *visit) expire(ctx context.Context) error {
	return v.change(ctx, func(c *store.Conversation) bool {
		before, some := len(c.Outbox), c.Expire(v.Clock.Now())
		if some {
			v.Meters.replies.WithLabelValues(v.key.Channel, store.Expired).Add(float64(before - len(c.Outbox)))
			v.Figures.reply(v.key.Portal, v.key.Channel, before-len(c.Outbox), store.ReplyFailed, store.Expired)
			v.Log.Warn("lines dropped", v.who(v.key), "why", store.Expired, "lines", before-len(c.Outbox))
		}
		return some
	})
}

// line sends the next line of the chat, if it is due. An agent who takes over
// waits until it is sent and noted; after that none of the bot's lines is left.
func (v *visit) line(ctx context.Context) (moved bool, err error) {
	out := v.c.Next(v.Clock.Now())
	if out == nil {
		return false, nil
	}
	if err := lock(ctx, v.desk.line); err != nil {
		return false, err
	}
	defer unlock(v.desk.line)
	if v.Worker.taken.Load() != v.taken {
		return true, v.load(ctx)
	}
	id := out.ID
	f, err := v.attempt(ctx, v.key, v.c, out)
	if err != nil {
		return false, err
	}
	if f == (fate{}) && v.c.Left(id, v.Clock.Now()) {
		return true, nil
	}
	ctx, end := outlasting(ctx)
	defer end()
	return f.again.IsZero(), v.change(ctx, func(c *store.Conversation) bool { return v.note(c, id, f) })
}

// note writes the fate of a line into the record. Whoever blocked the bot gets
// none of the lines behind it either.
func (w *Worker) note(c *store.Conversation, id string, f fate) bool {
	now := w.Clock.Now()
	c.Trouble(id, f.code)
	switch {
	case f.held:
		c.Delay(id, f.again)
	case !f.again.IsZero():
		c.Postpone(id, f.again)
	case f.gone:
		c.DropAll(f.lost, now)
	case f.lost != "":
		w.regret(c, id, f.lost, now)
		c.Drop(id, f.lost, now)
	case !f.known.IsZero():
		c.Sent(id, f.receipt)
		c.Await(id, f.known, now)
	default:
		c.Delivered(id, now)
	}
	return true
}

// regret tells the person that a document will not come, unless the dialog hears of
// it and has words of its own.
func (w *Worker) regret(c *store.Conversation, id, why string, now time.Time) {
	out, there := c.Line(id)
	if !there || out.Reply.File == nil || out.Reply.Ref != "" {
		return
	}
	key := "file_lost"
	if why == TooLarge {
		key = "file_too_large"
	}
	r := w.Engine.Notice(c.Key, key)
	r.Until = now.Add(outboundLife)
	c.Say(id+"/regret", "", r, now)
}
