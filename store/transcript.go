package store

import (
	"cmp"
	"context"
	"fmt"
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
	Choice string     `json:"choice,omitempty"`
	Kind   flows.Kind `json:"kind,omitempty"`
	Event  string     `json:"event,omitempty"`
	To     string     `json:"to,omitempty"`     // the channel of a reply that went elsewhere, such as "email"
	File   string     `json:"file,omitempty"`   // name of a document
	Hidden bool       `json:"hidden,omitempty"` // something was taken out of Text before it was stored
}

// line queues a transcript line and gives it its number.
func (c *Conversation) line(l Line) {
	c.Lines++
	l.N = c.Lines
	c.queue.lines = append(c.queue.lines, l)
}

func lineOf(out Outbound, from flows.From) Line {
	l := Line{At: out.At, From: from, Text: cmp.Or(out.Reply.Shown, out.Reply.Text)}
	l.To, _, _ = strings.Cut(out.Reply.To, ":")
	if out.Reply.File != nil {
		l.File = out.Reply.File.Name
	}
	return l
}

func heardLine(in Inbound) Line {
	l := Line{At: in.At, From: in.Input.From, Text: cmp.Or(in.Input.Shown, in.Input.Text), Choice: in.Input.Choice,
		Kind: in.Input.Kind, Event: in.Input.Event, Hidden: in.Input.Hidden}
	if l.From == flows.Agent {
		l.Who = in.Name
	}
	return l
}

// Transcript returns up to n lines after the given number, oldest first.
func (s *Store) Transcript(ctx context.Context, k flows.Key, after uint64, n int) ([]Line, error) {
	name := s.Name(k)
	es, err := s.kv.List(ctx, transcript+name+".", numbered(transcript, name, after), n)
	if err != nil {
		return nil, fmt.Errorf("reading a transcript: %w", err)
	}
	lines := make([]Line, len(es))
	for i, e := range es {
		if err := s.unseal(e, &lines[i]); err != nil {
			return nil, err
		}
	}
	return lines, nil
}
