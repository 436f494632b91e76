package store

import (
	"cmp"
	"slices"
	"time"
)

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

// Fates is what is known of the lines of a conversation that left the outbox. A network reports
// lines in their order, so two numbers suffice for those that arrived: no turn writes more for it.
type Fates struct {
	Delivered uint64   `json:"d,omitempty"` // the lines up to this one were delivered, but for those in Lost
	Read      uint64   `json:"r,omitempty"` // and those up to this one read
	Mailed    []uint64 `json:"m,omitempty"` // the latest replies to elsewhere that were taken there
	Lost      []Lost   `json:"l,omitempty"` // the latest that never arrived
}

// Lost is a line that never arrived.
type Lost struct {
	N   uint64 `json:"n"`
	Why string `json:"why"` // the network's code, such as "twilio 63016", or the reason that the dialog heard, such as "expired"
}

// MaxFates is how many lines of a kind a record remembers.
const MaxFates = 12

// Trouble notes a network's code on a line that could not be sent.
func (c *Conversation) Trouble(id, why string) {
	if out := c.find(id); out != nil && why != "" {
		out.Why = why
	}
}

// Arrived notes that a network reported a line, by its number in the transcript, as delivered or read. It
// tells whether the record should be written for that alone: that a line was read matters at once only to an
// agent, and is otherwise written with what comes next.
func (c *Conversation) Arrived(n uint64, read bool) (write bool) {
	if n == 0 || n > c.Lines {
		return false
	}
	c.Fates.Delivered = max(c.Fates.Delivered, n)
	if !read || n <= c.Fates.Read {
		return false
	}
	c.Fates.Read = n
	if c.Holder != nil || !c.Dialog.Waiting.IsZero() || c.hand == nil {
		return true
	}
	c.hand.reads(c.name, n)
	return false
}

// ended notes the fate of a reply that leaves its outbox. What is delivered in the chat needs no
// note, unless the network says so.
func (c *Conversation) ended(out Outbound, failed string) {
	f := &c.Fates
	switch {
	case out.N == 0:
	case failed != "":
		f.Lost = latest(append(f.Lost, Lost{out.N, cmp.Or(out.Why, failed)}))
	case out.Reply.To != "":
		f.Mailed = latest(append(f.Mailed, out.N))
	}
}

// latest are the last MaxFates of a list.
func latest[T any](all []T) []T {
	return slices.Clone(all[max(0, len(all)-MaxFates):])
}

// reads keeps in mind up to which line a person read. What is forgotten is only not shown.
func (h *hand) reads(name string, n uint64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.read == nil || len(h.read) >= maxHand {
		h.read = map[string]uint64{}
	}
	h.read[name] = max(h.read[name], n)
}
