package store

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
)

// Attend makes the next Save name until, or a time between half of that and then, as
// the time at which the conversation is due, if it is due at once: whoever saves goes
// on with it, and nobody needs to be woken for it unless that person fails to. A
// crash delays what was left to do by as much.
func (c *Conversation) Attend(until time.Time) { c.attended = until }

// dueAt is when the record that is being written is due. While a person types fast
// the time stays as it is for half of what was asked, so that the driver's index of
// times is not written with each message.
func (c *Conversation) dueAt(now time.Time) time.Time {
	due := c.Due()
	if due.IsZero() || due.After(now) || !c.attended.After(now) {
		return due
	}
	if half := c.attended.Add(-c.attended.Sub(now) / 2); !c.due.Before(half) && !c.due.After(c.attended) {
		return c.due
	}
	return c.attended
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
	mu   sync.Mutex
	m    map[string]*Conversation
	left map[string][]string // by conversation: lines that left and whose record does not know it yet
	read map[string]uint64   // by conversation: up to which line the person read, which the record does not know yet
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

// Left is Delivered for a line that nothing stands behind, and lets its write
// wait: the next Save of the conversation, by whoever loads it, brings it along.
// Until then every Load shows the line as gone. It returns false, and does
// nothing, unless the record sleeps for a moment (see [Conversation.Attend]) and
// the dialog hears nothing of the line's fate: then use Delivered.
//
// So a turn costs one commit while a person types fast, and the notes of slower ones
// are written many at a time, when their records come due. The price: of the
// conversations answered in the last moment before a crash, the latest line is said
// once more. A store that several processes write at once must not do this.
func (c *Conversation) Left(id string, now time.Time) bool {
	rests := c.hand != nil && c.rev != 0 && c.due.After(now)
	if !rests || len(c.Inbox) > 0 || len(c.Outbox) != 1 || c.Outbox[0].ID != id || c.Outbox[0].Reply.Ref != "" {
		return false
	}
	c.finish(id, "", now)
	c.gone = append(c.gone, id)
	c.hand.note(c.name, id)
	return true
}

// Owes tells that a line left and the record does not know it yet.
func (c *Conversation) Owes() bool { return len(c.gone) > 0 }

func (h *hand) note(name, id string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.left == nil {
		h.left = map[string][]string{}
	}
	h.left[name] = append(h.left[name], id)
}

// tell takes the lines that left off a conversation that was just read.
func (h *hand) tell(c *Conversation) {
	h.mu.Lock()
	defer h.mu.Unlock()
	c.Fates.Read = max(c.Fates.Read, h.read[c.name])
	c.gone = slices.Clone(h.left[c.name])
	for _, id := range c.gone {
		c.finish(id, "", time.Time{})
	}
}

// known forgets what was written with c: lines that left, and up to where the person read.
func (h *hand) known(c *Conversation) {
	if len(c.gone) == 0 && c.Fates.Read == 0 {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.read[c.name] <= c.Fates.Read {
		delete(h.read, c.name)
	}
	rest := slices.DeleteFunc(h.left[c.name], func(id string) bool { return slices.Contains(c.gone, id) })
	if len(rest) == 0 {
		delete(h.left, c.name)
	} else {
		h.left[c.name] = rest
	}
	c.gone = nil
}

func (h *hand) owing() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Collect(maps.Keys(h.left))
}

// Settle writes what [Conversation.Left] put off. Call it before the end, or what
// left last is said again at the next start.
func (s *Store) Settle(ctx context.Context) error {
	var all errgroup.Group
	all.SetLimit(256)
	for _, name := range s.hand.owing() {
		all.Go(func() error { return s.settle(ctx, name) })
	}
	if err := all.Wait(); err != nil {
		return fmt.Errorf("noting the lines that left: %w", err)
	}
	return nil
}

func (s *Store) settle(ctx context.Context, name string) error {
	return s.retry(ctx, name, func() error {
		c, err := s.Find(ctx, name)
		if err != nil || !c.Owes() {
			return err
		}
		return s.Save(ctx, c)
	})
}
