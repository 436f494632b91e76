package store

import (
	"context"
	"fmt"
	"strings"
	"time"

	"ventanilla/flows"
)

// Announce says something in the chat although an agent holds the conversation: that a
// person is here now. Who wants to hear nothing does not hear it. id must be the same if it is said again.
func (c *Conversation) Announce(id string, r flows.Reply, now time.Time) {
	out := Outbound{ID: id, At: now, Reply: r, N: c.Lines + 1}
	if !c.Muted.IsZero() {
		c.unsaid(out)
		return
	}
	c.Outbox = append(c.Outbox, out)
	c.line(lineOf(out, Bot))
}

// Jot adds an agent's private note to the transcript. The person never sees it.
func (c *Conversation) Jot(agent, text string, now time.Time) {
	c.line(Line{At: now, From: Note, Who: agent, Text: text})
}

// Parted notes in the transcript that an agent left the conversation, by the audit's word for how, and with what outcome.
// The person reads nothing of it.
func (c *Conversation) Parted(agent, how, outcome string, now time.Time) {
	c.line(Line{At: now, From: Note, Who: agent, Event: how, Choice: outcome})
}

// Recall notes a message in the transcript that nobody has to answer any more: for who writes a past down.
func (c *Conversation) Recall(in Inbound) {
	if ofPerson(in) {
		c.Heard = in.At.Truncate(time.Second)
	}
	if in.Name != "" && ofPerson(in) {
		c.Name = in.Name
	}
	if in.Input.Event != "tick" {
		c.line(heardLine(in))
	}
}

// Speak sends a line of the agent in.Name to the chat, if that agent holds the conversation at the
// moment of the write; otherwise it returns [ErrHeld]. The same id twice is once.
func (s *Store) Speak(ctx context.Context, k flows.Key, in Inbound) error {
	in.Input.From = flows.Agent
	return s.retry(ctx, s.Name(k), func() error {
		c, changed, err := s.Receive(ctx, k, in)
		switch {
		case err != nil || !changed:
			return err
		case c.Holder == nil || c.Holder.Agent != in.Name:
			return ErrHeld
		}
		c.Audit(flows.Audit{What: "answered", Who: in.Name}, in.At)
		return s.Save(ctx, c)
	})
}

// caseEntries makes the cases that a conversation's audit lines and set-aside messages name
// findable by their number. Two conversations may have the same one, so each has its own entry.
func (s *Store) caseEntries(w *write, c *Conversation, name string) {
	add := func(number string) {
		if number != "" {
			w.add(Entry{Key: s.casePrefix(number) + name, Expires: s.clock.Now().Add(TranscriptFor)}, struct{}{})
		}
	}
	for _, l := range c.queue.audit {
		add(l.Detail["case"])
	}
	for _, x := range c.queue.broken {
		add(x.Case)
	}
}

func (s *Store) casePrefix(number string) string {
	return cases + s.names.name("case", strings.ToUpper(number)) + "."
}

// Cases returns the names of the conversations in which a case of that number was opened
// within [TranscriptFor], at most a hundred.
func (s *Store) Cases(ctx context.Context, number string) (names []string, err error) {
	prefix := s.casePrefix(number)
	es, err := s.kv.List(ctx, prefix, "", maxSame)
	if err != nil {
		return nil, fmt.Errorf("looking for a case: %w", err)
	}
	for _, e := range es {
		names = append(names, strings.TrimPrefix(e.Key, prefix))
	}
	return names, nil
}

// Changes sends the name of each conversation that is written, from now on, until ctx ends.
// It may send one name for several writes, never none for the last.
func (s *Store) Changes(ctx context.Context) (<-chan string, error) {
	return follow(ctx, s, conversations, "conversations", func(e Entry) (string, error) {
		return strings.TrimPrefix(e.Key, conversations), nil
	})
}

// VerifyTrails verifies the trail of every conversation and agent against its record, and every
// checkpoint. It returns how many trails there are, or an [ErrTampered] that says what is wrong.
func (s *Store) VerifyTrails(ctx context.Context) (trails int, err error) {
	check := func(name string, head Chain) error {
		trails++
		if err := s.verifyChain(ctx, name, head, true); err != nil {
			return fmt.Errorf("trail %s: %w", name, err)
		}
		return nil
	}
	err = s.each(ctx, conversations, func(e Entry) error {
		c, err := s.conversation(e)
		if err != nil {
			return fmt.Errorf("%w: %w", ErrTampered, err)
		}
		return check(strings.TrimPrefix(e.Key, conversations), c.Chain)
	})
	if err != nil {
		return trails, err
	}
	err = s.each(ctx, agents, func(e Entry) error {
		a, err := s.Agents().open(e)
		if err != nil {
			return fmt.Errorf("%w: %w", ErrTampered, err)
		}
		return check(strings.TrimPrefix(e.Key, agents), a.chain)
	})
	if err != nil {
		return trails, err
	}
	return trails, s.VerifyCheckpoint(ctx)
}

// maxSame is how many conversations of one case number or identifier are looked at.
const maxSame = 100
