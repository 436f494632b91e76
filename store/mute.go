package store

import (
	"slices"
	"time"

	"ventanilla/flows"
)

// What a person can ask of us besides an answer (RULES: wa.policy). From [OptOut]
// on nothing is said in the chat, by nobody, until [OptIn]; mails go on, for they
// protect the account. Who is not muted and says [OptIn] just said something.
const (
	OptOut = "out"
	OptIn  = "in"
)

// Muted is the reason for lines that the person did not want.
const Muted = "muted"

// opt heeds a person's wish for silence, or its end, and tells whether that was
// all there was in the message.
func (s *Store) opt(c *Conversation, in Inbound) bool {
	switch muted := !c.Muted.IsZero(); {
	case in.Opt == OptOut && !muted:
		c.mute(in.At)
		s.confirm(c, in, true)
		c.Muted = in.At
	case in.Opt == OptIn && muted:
		c.Muted = time.Time{}
		s.confirm(c, in, false)
	case muted && in.Input.From != flows.System && !in.Acts(): // the transcript has it
	default:
		return false
	}
	return true
}

// confirm says once what was heard, if there are words for it.
func (s *Store) confirm(c *Conversation, in Inbound, out bool) {
	if s.opted != nil {
		c.Say(in.ID+"/0", in.Origin, s.opted(c.Key, out), in.At)
	}
}

// mute takes what no network has yet off the outbox.
func (c *Conversation) mute(now time.Time) {
	for _, out := range slices.Clone(c.Outbox) {
		if out.Sent == "" {
			c.finish(out.ID, Muted, now)
		}
	}
}

// unsaid notes a line that the person does not want. Nobody waits for it.
func (c *Conversation) unsaid(out Outbound) {
	c.line(lineOf(out, Note))
	if report, heard := reportOf(out, Muted, out.At); heard {
		c.Inbox = append(c.Inbox, report)
	}
}
