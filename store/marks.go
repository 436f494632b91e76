package store

import (
	"bytes"
	"context"
	"encoding/hex"
	"fmt"
	"slices"
	"time"
)

const (
	markSize = 6  // bytes of a keyed hash that stand for the id of a message; of a thousand a day two are alike once in a million years
	maxMarks = 32 // in a record; with one more the older ones leave it, but for
	mostNew  = 8  // the newest, so that a conversation has few blocks to look through
)

// Marks tell which messages were accepted within [SeenFor], so that none is accepted
// twice (RULES: tg.dedupe, wa.dedupe). They stand in the record, which is written with
// each message anyway; an entry for each, somewhere else in the file, was measured at
// a quarter of what a turn writes. The older ones leave it in blocks, which are entries
// that are forgotten a day later.
type Marks struct {
	Ids   []byte    `json:"ids,omitempty"`  // [markSize] bytes each, the oldest first
	At    time.Time `json:"at,omitzero"`    // of the latest, to the second; zero: at Conversation.Heard
	Top   uint64    `json:"top,omitempty"`  // the highest Inbound.Order: whatever is above it is new
	N     uint64    `json:"n,omitempty"`    // blocks so far
	Left  time.Time `json:"left,omitzero"`  // until when the latest block is kept
	Older time.Time `json:"older,omitzero"` // until when marks of version 1 are, each an entry of its own
}

// block is marks that leave the record with the next Save.
type block struct {
	n     uint64
	marks []byte
}

// accepted tells whether a message was accepted within [SeenFor].
func (s *Store) accepted(ctx context.Context, c *Conversation, in Inbound) (bool, error) {
	m, now := &c.Marks, s.clock.Now()
	recent, older := c.markedLately(now), m.Older.After(now)
	if !older && (!recent || in.Order > m.Top) {
		return false, nil
	}
	mark := s.names.sum("message", c.name, in.ID)
	if recent && marked(m.Ids, mark[:markSize]) {
		return true, nil
	}
	if m.Left.After(now) {
		if err := s.readBlocks(ctx, c, now); err != nil {
			return false, err
		}
		if marked(c.blocks, mark[:markSize]) {
			return true, nil
		}
	}
	if !older {
		return false, nil
	}
	return s.has(ctx, seen+hex.EncodeToString(mark[:]))
}

// markedLately tells whether there can be marks that count still.
func (c *Conversation) markedLately(now time.Time) bool {
	return now.Sub(later(c.Heard, c.Marks.At)) < SeenFor+time.Second
}

// marked looks for a mark among others.
func marked(marks, mark []byte) bool {
	for b := range slices.Chunk(marks, markSize) {
		if bytes.Equal(b, mark) {
			return true
		}
	}
	return false
}

// blocksFor is how long a conversation that is kept read remembers its blocks: reading a busy
// person's forty of a day for each message was measured at a quarter of what the turn takes.
const blocksFor = 10 * time.Minute

// readBlocks reads the marks that left the record, unless the conversation has them still.
func (s *Store) readBlocks(ctx context.Context, c *Conversation, now time.Time) error {
	if age := now.Sub(c.blocksAt); age >= 0 && age < blocksFor {
		return nil
	}
	var all []byte
	for after := ""; ; {
		es, err := s.kv.List(ctx, seen+c.name+".", after, 256)
		if err != nil {
			return fmt.Errorf("looking whether a message is known: %w", err)
		}
		if len(es) == 0 {
			break
		}
		for _, e := range es {
			all, after = append(all, e.Value...), e.Key
		}
	}
	c.blocks, c.blocksAt = slices.Clip(all), now
	return nil
}

// mark remembers that a message was accepted. The record has the time of the
// person's messages already.
func (s *Store) mark(c *Conversation, in Inbound) {
	m, now := &c.Marks, s.clock.Now()
	if m.At = (time.Time{}); !ofPerson(in) {
		m.At = now.UTC().Truncate(time.Second)
	}
	mark := s.names.sum("message", c.name, in.ID)
	m.Ids = append(m.Ids, mark[:markSize]...)
	m.Top = max(m.Top, in.Order)
	if len(m.Ids) <= maxMarks*markSize {
		return
	}
	old := len(m.Ids) - mostNew*markSize
	c.queue.blocks = append(c.queue.blocks, block{n: m.N, marks: slices.Clone(m.Ids[:old])})
	if !c.blocksAt.IsZero() {
		c.blocks = append(c.blocks, m.Ids[:old]...)
	}
	m.Ids = slices.Clone(m.Ids[old:])
	m.N++
	m.Left = now.UTC().Truncate(time.Second).Add(SeenFor + time.Second)
}
