package store

import (
	"errors"
	"slices"
	"strconv"
	"time"

	"ventanilla/flows"
)

// MaxOutbox is how many lines may wait for a chat before its messages stay
// unanswered in the inbox; see [Conversation.Full].
const MaxOutbox = 64

// ErrHeld is returned by [Conversation.Hold] when another agent holds the conversation.
var ErrHeld = errors.New("store: another agent holds this conversation")

// Answer takes in off the inbox and puts in its place what the engine made of
// it: the dialog, the replies (the chat's own in the outbox, the others as
// entries of their own), grants, audit lines and transcript lines. All of it is
// written by the next Save. While an agent holds the conversation, replies to
// the chat become notes to the agent instead, but for those to what that agent does for the person.
func (c *Conversation) Answer(in Inbound, r flows.Result, now time.Time) {
	if r.Dialog.Flow != c.Dialog.Flow || r.Dialog.Step != c.Dialog.Step {
		c.arrived = r.Dialog.Flow + "/" + r.Dialog.Step
	}
	c.Dialog = r.Dialog
	c.Turns++
	c.forget(in.ID)
	c.acting = in.Acts() && !c.Held(in)
	for i, reply := range r.Replies {
		c.reply(Outbound{ID: in.ID + "/" + strconv.Itoa(i), At: now, Origin: in.Origin, Reply: reply})
	}
	c.queue.idents = append(c.queue.idents, r.Idents...)
	for _, a := range r.Audit {
		if in.Acts() && a.Who == "" {
			a.Who = in.Name
		}
		c.Audit(a, now)
	}
	if c.acting = false; in.Acts() {
		c.Aided(in, r.Outcome, now)
	}
	if c.Dialog.Flow == "" && c.Holder == nil {
		c.settled()
	}
	if c.Claim != nil && c.Claim.Until.Before(now) {
		c.Claim = nil
	}
}

// Say adds a reply that no turn made, such as a notice that something takes
// long. id must be the same if it is said again.
func (c *Conversation) Say(id, origin string, r flows.Reply, now time.Time) {
	c.reply(Outbound{ID: id, At: now, Origin: origin, Reply: r})
}

func (c *Conversation) reply(out Outbound) {
	out.Not, out.Until, out.N = out.Reply.Not, out.Reply.Until, c.Lines+1
	c.queue.grants = append(c.queue.grants, out.Reply.Grants...)
	c.mailed(out.Reply.To)
	switch {
	case out.Reply.To != "":
		c.queue.away = append(c.queue.away, out)
		if out.Reply.Text != "" {
			c.line(lineOf(out, Bot))
		}
	case !c.Muted.IsZero():
		c.unsaid(out)
	case c.Holder != nil && !c.acting:
		c.line(lineOf(out, Note))
	default:
		c.Outbox = append(c.Outbox, out)
		c.line(lineOf(out, Bot))
	}
}

// forget takes a message off the inbox.
func (c *Conversation) forget(id string) {
	c.Inbox = slices.DeleteFunc(c.Inbox, func(x Inbound) bool { return x.ID == id })
	if c.Stuck != nil && c.Stuck.ID == id {
		c.Stuck = nil
	}
}

// Stick notes that the oldest message could not be answered and is tried again
// at next. Until then the conversation is due only if something newer arrives.
func (c *Conversation) Stick(in Inbound, next, now time.Time) {
	if c.Stuck == nil || c.Stuck.ID != in.ID {
		c.Stuck = &Stuck{ID: in.ID, Since: now}
	}
	c.Stuck.Tries++
	c.Stuck.Next, c.Stuck.Waiting = next, len(c.Inbox)
}

// Next returns the line to send now, nil if none waits or the first must still
// wait: lines leave in order. A line whose fate is not known yet lets the next one pass.
func (c *Conversation) Next(now time.Time) *Outbound {
	if out := c.head(); out != nil && !out.Not.After(now) {
		return out
	}
	return nil
}

// head is the first line that was not handed to the network yet.
func (c *Conversation) head() *Outbound {
	for i := range c.Outbox {
		if c.Outbox[i].Sent == "" {
			return &c.Outbox[i]
		}
	}
	return nil
}

// Full tells that so many lines wait for the chat that no turn should add to them.
func (c *Conversation) Full() bool { return len(c.Outbox)-c.open() >= MaxOutbox }

// Delivered takes a line off the outbox; if it has a Ref, the dialog hears "sent".
func (c *Conversation) Delivered(id string, now time.Time) { c.finish(id, "", now) }

// Drop takes a line off the outbox that cannot be delivered; if it has a Ref,
// the dialog hears "undelivered" with the reason.
func (c *Conversation) Drop(id, reason string, now time.Time) { c.finish(id, reason, now) }

// DropAll drops every line, as when the person cannot be reached at all.
func (c *Conversation) DropAll(reason string, now time.Time) {
	for len(c.Outbox) > 0 {
		c.finish(c.Outbox[0].ID, reason, now)
	}
}

// Expire drops the lines whose Until has passed, counts those as delivered whose
// report has been awaited long enough, and tells whether there were any.
func (c *Conversation) Expire(now time.Time) bool {
	var over []Outbound
	for i := range c.Outbox {
		if out := &c.Outbox[i]; past(out.end(), now) {
			over = append(over, *out)
		}
	}
	for _, out := range over {
		if out.Sent != "" && !out.Known.IsZero() {
			c.finish(out.ID, "", now)
		} else {
			c.finish(out.ID, Expired, now)
		}
	}
	return len(over) > 0
}

func (c *Conversation) finish(id, failed string, now time.Time) {
	out := c.find(id)
	if out == nil {
		return
	}
	report, heard := reportOf(*out, failed, now)
	c.ended(*out, failed)
	c.Outbox = slices.DeleteFunc(c.Outbox, func(x Outbound) bool { return x.ID == id })
	if heard {
		c.Inbox = append(c.Inbox, report)
	}
}

// Postpone keeps a line in the outbox until a later moment, and counts the try.
func (c *Conversation) Postpone(id string, until time.Time) {
	if out := c.find(id); out != nil {
		out.Tries++
	}
	c.Delay(id, until)
}

// Delay is Postpone for a line that was not tried.
func (c *Conversation) Delay(id string, until time.Time) {
	if out := c.find(id); out != nil {
		out.Not = until
		out.Sent, out.Known = "", time.Time{}
	}
}

func (c *Conversation) find(id string) *Outbound {
	for i := range c.Outbox {
		if c.Outbox[i].ID == id {
			return &c.Outbox[i]
		}
	}
	return nil
}

// Hold gives the conversation to an agent and takes the bot's lines that no
// network has off the outbox, or returns [ErrHeld]. Of two agents only one Save wins.
func (c *Conversation) Hold(agent string, now time.Time) error {
	if c.Holder != nil && c.Holder.Agent != agent {
		return ErrHeld
	}
	if c.Holder == nil {
		c.Holder = &Holder{Agent: agent, Since: now}
		c.settled()
	}
	for _, out := range slices.Clone(c.Outbox) {
		if out.Sent == "" {
			c.finish(out.ID, "held", now)
		}
	}
	return nil
}

// HandBack gives the conversation back to the bot.
func (c *Conversation) HandBack() {
	c.Holder = nil
	c.settled()
}

// Due is when the conversation next needs work: at once if a message waits,
// unless the oldest is stuck or the outbox full; when its next line may be sent or the first becomes
// worthless; when silence becomes a timeout, unless something waits or an
// agent holds it. Zero: never.
func (c *Conversation) Due() time.Time {
	var due time.Time
	switch {
	case c.Full(): // nothing is answered before a line leaves
	case len(c.Inbox) > 0:
		due = c.inboxDue()
	case c.Holder == nil:
		due = c.Dialog.Due
	}
	if out := c.head(); out != nil {
		due = earlier(due, later(out.At, out.Not))
	}
	for i := range c.Outbox {
		due = earlier(due, c.Outbox[i].end())
	}
	return due
}

func (c *Conversation) inboxDue() time.Time {
	if c.Stuck != nil && c.Stuck.Waiting >= len(c.Inbox) {
		return c.Stuck.Next
	}
	return c.Inbox[0].At
}

// earlier returns the earlier of two moments, of which the zero time is none.
func earlier(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// past tells whether an end has come; the zero time never comes.
func past(end, now time.Time) bool { return !end.IsZero() && !end.After(now) }
