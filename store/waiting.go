package store

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"ventanilla/flows"
)

// Whoever waits for a human has an entry whose key holds since when, so that the place
// in the line is counted without reading everybody (RULES: talk.human).

// waitingPrefix begins the keys of those who wait at an organisation.
func (s *Store) waitingPrefix(portal string) string {
	return waiting + s.names.name("waiting", portal) + "."
}

// waitingKey is the conversation's place in the line, "" while it waits for nobody: an
// agent who holds it has come.
func (s *Store) waitingKey(c *Conversation, name string) string {
	if c.Dialog.Waiting.IsZero() || c.Holder != nil {
		return ""
	}
	return s.waitingPrefix(c.Key.Portal) + moment(c.Dialog.Waiting) + "." + name
}

// moment is a time of which the earlier sorts first.
func moment(at time.Time) string {
	s := strconv.FormatUint(uint64(max(at.UnixNano(), 0)), 16) // 1970 to 2262
	return "0000000000000000"[len(s):] + s
}

// addWaiting moves the conversation's entry in the line, if its place is another one now.
func (s *Store) addWaiting(w *write, c *Conversation, name string) {
	w.waiting = s.waitingKey(c, name)
	if w.waiting == c.waiting {
		return
	}
	if c.waiting != "" {
		w.with = append(w.with, Entry{Key: c.waiting})
	}
	if w.waiting != "" {
		w.add(Entry{Key: w.waiting}, struct{}{})
	}
}

// maxLine is how far a place in the line is counted.
const maxLine = 1000

// Place tells how many have waited for a human at an organisation for longer than since,
// at most a thousand.
func (s *Store) Place(ctx context.Context, k flows.Key, since time.Time) (int, error) {
	prefix := s.waitingPrefix(k.Portal)
	es, err := s.kv.List(ctx, prefix, "", maxLine)
	if err != nil {
		return 0, fmt.Errorf("counting who waits: %w", err)
	}
	n, mine := 0, prefix+moment(since)
	for _, e := range es {
		if e.Key >= mine {
			break
		}
		n++
	}
	return n, nil
}
