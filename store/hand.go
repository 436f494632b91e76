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
// record has its revision. Opening and decoding the record twice a turn was measured
// at a tenth of the processor time of a turn, looking for its revision at a fiftieth. The zero value is ready.
type hand struct {
	mu   sync.Mutex
	m    map[string]*kept
	left map[string][]string // by conversation: lines that left and whose record does not know it yet
	read map[string]uint64   // by conversation: up to which line the person read, which the record does not know yet
}

// kept is what is known of a record without looking.
type kept struct {
	c       *Conversation // as it was left; nil while it is worked on
	rev     uint64        // that the record has since this store wrote it; 0: who knows
	writing int           // saves under way: until they end nobody knows either
	unsure  bool          // one of them failed: what the others hear may be older than what it left
}

// of returns what is known of a conversation, if only that it is nothing.
func (h *hand) of(name string) *kept {
	k := h.m[name]
	if k == nil {
		k = &kept{}
		if h.m == nil {
			h.m = map[string]*kept{}
		}
		if len(h.m) >= maxHand {
			h.drop()
		}
		h.m[name] = k
	}
	return k
}

// drop forgets any but those that are being written: what is missed is only read again.
func (h *hand) drop() {
	for name, k := range h.m {
		if k.writing == 0 {
			delete(h.m, name)
			return
		}
	}
}

func (h *hand) put(c *Conversation) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.of(c.name).c = c
}

// take returns the conversation if it is kept as the record is, nil if not or if that is not known.
func (h *hand) take(name string) *Conversation {
	h.mu.Lock()
	defer h.mu.Unlock()
	k := h.m[name]
	if k == nil || k.c == nil || k.rev == 0 || k.c.rev != k.rev || k.writing > 0 {
		return nil
	}
	c := k.c
	k.c = nil
	return c
}

// takeAt returns the conversation if it is kept at this revision, which the record has, nil if not.
func (h *hand) takeAt(name string, rev uint64) *Conversation {
	h.mu.Lock()
	defer h.mu.Unlock()
	k := h.m[name]
	if k == nil || k.c == nil {
		return nil
	}
	c := k.c
	if k.c = nil; c.rev != rev {
		return nil
	}
	return c
}

// saving says that a record is about to change.
func (h *hand) saving(name string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	k := h.of(name)
	k.c = nil
	k.writing++
}

// saved says what came of it. After an error the record may be as it was or not, or as another wrote it.
func (h *hand) saved(name string, rev uint64, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	k := h.m[name]
	k.writing--
	k.rev, k.unsure = max(k.rev, rev), k.unsure || err != nil
	if k.writing == 0 && k.unsure {
		k.rev, k.unsure = 0, false
	}
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
