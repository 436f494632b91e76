package console

import (
	"slices"
	"strings"

	"ventanilla/flows"
	"ventanilla/store"
)

// tick is how far a line got that the person was sent.
type tick struct {
	words
	N     uint64 // of the line
	State string // "queued", "retried", "sent", "delivered", "read", "mailed", "failed"
	Code  string // of what went wrong, see [words.Why]
}

// Mark is the tick as a sign.
func (t tick) Mark() string {
	return map[string]string{"queued": "◷", "retried": "↻", "sent": "✓", "mailed": "✓", "delivered": "✓✓", "read": "✓✓", "failed": "✕"}[t.State]
}

// Reason is what went wrong, in words; "" if nothing did.
func (t tick) Reason() string {
	if t.Code == "" || t.State != "failed" && t.State != "retried" {
		return ""
	}
	return t.Why(t.Code)
}

// ticks tells of each line how far it got. A line of long ago of which nothing is known any more has none.
func ticks(w words, conv *store.Conversation) func(store.Line) *tick {
	waiting := map[uint64]*store.Outbound{}
	for i := range conv.Outbox {
		waiting[conv.Outbox[i].N] = &conv.Outbox[i]
	}
	lost, since := map[uint64]string{}, uint64(0)
	for _, l := range conv.Fates.Lost {
		lost[l.N] = l.Why
	}
	if len(lost) > 0 && len(lost) == store.MaxFates {
		since = conv.Fates.Lost[0].N
	}
	return func(l store.Line) *tick {
		t := &tick{words: w, N: l.N}
		code, failed := lost[l.N]
		switch {
		case l.From != store.Bot && l.From != flows.Agent:
			return nil
		case l.N < since: // nobody remembers
		case failed:
			t.State, t.Code = "failed", code
		case l.To != "":
			t.State = mailed(l, conv)
		case waiting[l.N] != nil:
			t.State, t.Code = leaving(waiting[l.N])
		case l.N > conv.Lines: // it came after the record was read
			t.State = "queued"
		case l.N <= conv.Fates.Read:
			t.State = "read"
		case l.N <= conv.Fates.Delivered:
			t.State = "delivered"
		default:
			t.State = "sent"
		}
		return t
	}
}

// mailed is how far a mail got, where the dialog waits to know it.
func mailed(l store.Line, conv *store.Conversation) string {
	m := conv.Dialog.Mail
	switch {
	case slices.Contains(conv.Fates.Mailed, l.N):
		return "mailed"
	case l.To == "email" && m != nil && m.Taken.IsZero() && !l.At.Before(m.Asked):
		return "queued"
	}
	return ""
}

// leaving is how far a line got that stands in the outbox.
func leaving(out *store.Outbound) (state, code string) {
	switch {
	case out.Sent != "":
		return "sent", ""
	case out.Tries > 0:
		return "retried", out.Why
	}
	return "queued", ""
}

// Why is a code of something that went wrong in the agent's words: what the network said, or the core, or
// why the bot gave up (RULES: wa.errors).
func (w words) Why(code string) string {
	fields := strings.Fields(code)
	keys := []string{code}
	if len(fields) > 1 {
		keys = append(keys, fields[0]+" "+fields[1], fields[0]+" "+fields[1][:1]+"xx", fields[0])
	}
	for _, key := range keys {
		if s, ok := w.text["why_"+key]; ok {
			return strings.ReplaceAll(s, "{code}", code)
		}
	}
	return w.T("why_other", "code", code)
}

// Explained tells whether a code has words of its own.
func Explained(code string) bool {
	for _, w := range languages {
		if _, ok := w.text["why_"+code]; !ok {
			return false
		}
	}
	return true
}
