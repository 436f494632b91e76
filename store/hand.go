package store

import (
	"sync"
	"time"
)

// Attend makes the next Save name until as the time at which the conversation is
// due, if it is due at once: whoever saves goes on with it, and nobody needs to be
// woken for it unless that person fails to. A crash delays what was left to do by as much.
func (c *Conversation) Attend(until time.Time) { c.attended = until }

// dueAt is when the record that is being written is due.
func (c *Conversation) dueAt(now time.Time) time.Time {
	due := c.Due()
	if !due.IsZero() && !due.After(now) && c.attended.After(now) {
		return c.attended
	}
	return due
}

// Leave says that the caller will not touch c again, which is as it was last
// loaded or saved. The next Load may then return it without reading it anew.
func (c *Conversation) Leave() {
	if c.hand != nil {
		c.hand.put(c)
	}
}

// maxHand bounds the conversations that are kept read: some 4 KB each.
const maxHand = 2048

// hand holds conversations that were worked on lately, as they were read. Each is
// taken out by who loads it, so that nobody shares one, and counts only while the
// entry has its revision. Opening and decoding the record twice a turn was measured
// at a tenth of the processor time of a turn. The zero value is ready.
type hand struct {
	mu sync.Mutex
	m  map[string]*Conversation
}

func (h *hand) put(c *Conversation) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.m == nil {
		h.m = map[string]*Conversation{}
	}
	if _, there := h.m[c.name]; !there && len(h.m) >= maxHand {
		for name := range h.m { // any: what is missed is only read again
			delete(h.m, name)
			break
		}
	}
	h.m[c.name] = c
}

// take returns the conversation if it is kept at this revision, nil if not.
func (h *hand) take(name string, rev uint64) *Conversation {
	h.mu.Lock()
	defer h.mu.Unlock()
	c := h.m[name]
	delete(h.m, name)
	if c == nil || c.rev != rev {
		return nil
	}
	return c
}
