package store

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"ventanilla/flows"
)

// Who else than a flows.From can stand in a transcript.
const (
	Bot  flows.From = "bot"
	Note flows.From = "note" // what the bot would have said while an agent held the conversation
)

// Line is one line of a transcript, kept for [TranscriptFor]. It holds no
// address and no code: placeholders stay placeholders.
type Line struct {
	N      uint64     `json:"n"` // from 1 on
	At     time.Time  `json:"at"`
	From   flows.From `json:"from"`
	Who    string     `json:"who,omitempty"` // the agent who wrote it
	Text   string     `json:"text,omitempty"`
	Choice string     `json:"choice,omitempty"` // id of what was tapped: the latest line before that offers it has its label
	Kind   flows.Kind `json:"kind,omitempty"`
	Event  string     `json:"event,omitempty"`
	To     string     `json:"to,omitempty"`     // the channel of a reply that went elsewhere, such as "email"
	File   string     `json:"file,omitempty"`   // name of a document
	Hidden bool       `json:"hidden,omitempty"` // something was taken out of Text before it was stored
	Step   string     `json:"step,omitempty"`   // "flow/step" at which the dialog arrived with this line

	Offer  []flows.Option `json:"offer,omitempty"`  // what could be tapped under it
	Button string         `json:"button,omitempty"` // the words on its link to a page, or on what shares the person's number
}

// line queues a transcript line and gives it its number.
func (c *Conversation) line(l Line) {
	c.Lines++
	l.N = c.Lines
	if l.To == "" && (l.From == Bot || l.From == Note) {
		l.Step, c.arrived = c.arrived, ""
	}
	if c.queue.lines == nil {
		c.queue.lines = make([]Line, 0, 2) // what was said and the answer
	}
	c.queue.lines = append(c.queue.lines, l)
}

func lineOf(out Outbound, from flows.From) Line {
	l := Line{At: out.At, From: from, Text: cmp.Or(out.Reply.Shown, out.Reply.Text)}
	if l.To, _, _ = strings.Cut(out.Reply.To, ":"); l.To == "" {
		l.Offer, l.Button = tappable(out.Reply.Offer), cmp.Or(out.Reply.Button, out.Reply.Share)
	}
	if out.Reply.File != nil {
		l.File = out.Reply.File.Name
	}
	return l
}

// tappable are options as transcripts may keep them.
func tappable(offer []flows.Option) []flows.Option {
	if len(offer) == 0 {
		return nil
	}
	all := make([]flows.Option, len(offer))
	for i, o := range offer {
		all[i] = flows.Option{ID: o.ID, Label: cmp.Or(o.Shown, o.Label)}
	}
	return all
}

func heardLine(in Inbound) Line {
	l := Line{At: in.At, From: in.Input.From, Text: cmp.Or(in.Input.Shown, in.Input.Text), Choice: in.Input.Choice,
		Kind: in.Input.Kind, Event: in.Input.Event, Hidden: in.Input.Hidden}
	if l.From == flows.Agent {
		l.Who = in.Name
		if in.Acts() { // the person reads nothing of it
			l.From = Note
		}
	}
	return l
}

// page is the lines of one write. Pages stand in the file in the order in which they
// were written, whosever they are, and each names the one before it: so the pages
// of all who write at the same time share a place in the file, where one beside each
// conversation was measured at two fifths of what a turn writes.
type page struct {
	Before string `json:"before,omitempty"` // when the conversation's page before was written; "" for the first
	Lines  []Line `json:"lines"`
}

// pageKey is where the page is that was written at a moment and ends with a line.
func pageKey(at, name string, last uint64) string {
	return transcript + at + "." + name[:16] + "." + strconv.FormatUint(last, 36)
}

// pageTime writes a moment, to the millisecond, so that it sorts until the year 5188.
func pageTime(t time.Time) string {
	s := strconv.FormatInt(max(t.UnixMilli(), 0), 36)
	return "000000000"[min(len(s), 9):] + s
}

// addPage adds the queued lines to a write and notes in the record where they are.
func (w *write) addPage(c *Conversation, name string, now time.Time) {
	lines := c.queue.lines
	if len(lines) == 0 {
		return
	}
	at := lines[0].At
	for _, l := range lines {
		at = earlier(at, l.At)
	}
	p := page{Before: c.Page, Lines: lines}
	c.Page = pageTime(now)
	w.with = append(w.with, w.encoded(Entry{Key: pageKey(c.Page, name, lines[len(lines)-1].N), Expires: at.Add(TranscriptFor)}, &p))
}

// Transcript returns up to n lines after the given number, oldest first. It looks
// for them from the latest on: what is far back takes longer.
func (s *Store) Transcript(ctx context.Context, k flows.Key, after uint64, n int) ([]Line, error) {
	c, err := s.Load(ctx, k)
	if err != nil {
		return nil, err
	}
	defer c.Leave()
	pages, err := s.pages(ctx, c, after)
	if err != nil {
		return nil, fmt.Errorf("reading a transcript: %w", err)
	}
	lines := make([]Line, 0, n)
	for _, p := range slices.Backward(pages) {
		for _, l := range p.Lines {
			if l.N > after && len(lines) < n {
				lines = append(lines, l)
			}
		}
	}
	return lines, nil
}

// pages returns the pages of a conversation that hold lines after the given number, the latest first.
func (s *Store) pages(ctx context.Context, c *Conversation, after uint64) (pages []page, err error) {
	for at, last := c.Page, c.Lines; at != ""; {
		e, err := s.kv.Get(ctx, pageKey(at, c.name, last))
		if errors.Is(err, ErrNotFound) {
			return pages, nil // it expired, and so did what was before it
		}
		if err != nil {
			return nil, err
		}
		var p page
		if err := s.unseal(e, &p); err != nil {
			return nil, err
		}
		pages = append(pages, p)
		if len(p.Lines) == 0 || p.Lines[0].N <= after+1 {
			return pages, nil
		}
		at, last = p.Before, p.Lines[0].N-1
	}
	old, err := s.oldPage(ctx, c.name, after)
	return append(pages, old), err
}

// oldPage returns the lines that version 1 wrote, each an entry beside the conversation's others.
func (s *Store) oldPage(ctx context.Context, name string, after uint64) (p page, err error) {
	prefix := transcript + name + "."
	for from := numbered(transcript, name, after); ; {
		es, err := s.kv.List(ctx, prefix, from, 256)
		if err != nil || len(es) == 0 {
			return p, err
		}
		for _, e := range es {
			var l Line
			if err := s.unseal(e, &l); err != nil {
				return p, err
			}
			p.Lines, from = append(p.Lines, l), e.Key
		}
	}
}

// removePages deletes the pages of a conversation, the oldest first, so that what is
// left can still be found if that is cut short.
func (s *Store) removePages(ctx context.Context, name, at string, last uint64) error {
	var keys []string
	for at != "" {
		key := pageKey(at, name, last)
		e, err := s.kv.Get(ctx, key)
		if errors.Is(err, ErrNotFound) {
			break
		}
		if err != nil {
			return fmt.Errorf("erasing a transcript: %w", err)
		}
		var p page
		if err := s.unseal(e, &p); err != nil {
			return err
		}
		keys, at = append(keys, key), p.Before
		if len(p.Lines) > 0 {
			last = p.Lines[0].N - 1
		}
	}
	for _, key := range slices.Backward(keys) {
		e, err := s.kv.Get(ctx, key)
		if err == nil {
			err = s.remove(ctx, e)
		}
		if err != nil && !errors.Is(err, ErrNotFound) && !isConflict(err) {
			return fmt.Errorf("erasing a transcript: %w", err)
		}
	}
	return nil
}
