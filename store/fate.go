package store

import "time"

// maxOpen is for how many lines of a conversation a network's report is awaited.
// With more, the oldest counts as delivered: the record stays small also where no
// report ever comes.
const maxOpen = 16

// Sent marks a line as handed over under the network's ids (several with a space
// between), while its fate is not known yet. A line that is postponed is no longer marked.
func (c *Conversation) Sent(id, receipt string) {
	if out := c.find(id); out != nil {
		out.Sent = receipt
	}
}

// Await says until when the network's report on a line that is [Conversation.Sent]
// is waited for. Without one the line then counts as delivered.
func (c *Conversation) Await(id string, until, now time.Time) {
	if out := c.find(id); out != nil {
		out.Known = until
	}
	for c.open() > maxOpen {
		c.finish(c.oldest(), "", now)
	}
}

// Line returns a copy of a line in the outbox, and whether it is there.
func (c *Conversation) Line(id string) (Outbound, bool) {
	if out := c.find(id); out != nil {
		return *out, true
	}
	return Outbound{}, false
}

// open is how many lines wait for the network's report.
func (c *Conversation) open() (n int) {
	for i := range c.Outbox {
		if c.Outbox[i].Sent != "" {
			n++
		}
	}
	return n
}

// oldest is the first line that waits for the network's report.
func (c *Conversation) oldest() string {
	for i := range c.Outbox {
		if c.Outbox[i].Sent != "" {
			return c.Outbox[i].ID
		}
	}
	return ""
}

// end is when a line leaves the outbox whatever happens.
func (o *Outbound) end() time.Time {
	if o.Sent != "" && !o.Known.IsZero() {
		return o.Known
	}
	return o.Until
}
