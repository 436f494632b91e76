package flows

import (
	"context"
	"time"
)

// handedBack goes on where an agent leaves off: it says that the person is with the bot again and
// repeats the question, with its page. What the time took meanwhile is made anew, within its
// budget; while the agent was there silence did not count. Values["close"] ends the dialog instead.
func (r *run) handedBack(ctx context.Context) error {
	r.d.Heard, r.d.Nudged, r.owed = later(r.t.At, r.d.Heard), false, false
	r.d.Shown, r.d.Echo = nil, Echo{} // what the bot said before the agent is not said in a row with this
	r.d.Memory.Opinion.Ask = time.Time{}
	defer func() { r.d.Helped = r.s != nil }()
	if r.t.Input.Values["close"] != "" {
		r.end()
		r.t.Send(Reply{Text: r.e.own("agent_closed"), Offer: []Option{r.e.wordOption("menu")}})
		if r.t.Input.Values["outcome"] == "solved" {
			r.wonder(r.e.human)
		}
		return nil
	}
	r.common("handback")
	switch {
	case r.s == nil:
		return nil
	case r.d.Flow == r.e.human: // the wait is over
		return r.fromHuman(ctx)
	case r.waited(r.t.At):
		return r.follow(ctx, "timeout")
	case r.codeOver():
		return r.follow(ctx, "resend")
	}
	r.watch()
	return r.repeat()
}

// fromHuman returns to the errand that was left for a person, or to the start.
func (r *run) fromHuman(ctx context.Context) error {
	if p := r.d.Parked; p != nil {
		if _, s := r.e.find(p.Flow, p.Step); s != nil {
			r.s = nil // nobody stops waiting: the person came
			if err := r.resume(ctx); err != nil || !r.codeOver() {
				return err
			}
			return r.follow(ctx, "resend")
		}
	}
	r.clear()
	return r.enter(ctx, r.e.home, "")
}

// codeOver tells that the question is for a code, and that the one that was mailed no longer counts.
func (r *run) codeOver() bool {
	m := r.d.Mail
	if m == nil || m.Taken.IsZero() || r.s == nil || !r.s.Masked || r.s.Keep || r.s.On["resend"] == "" {
		return false
	}
	return !r.t.At.Before(m.Taken.Add(r.e.limits.CodeLife))
}

// Secret tells whether a line of an agent holds what looks like a password. Such a line is not
// sent: nobody gives or asks for a secret in a chat (RULES: agent.never).
func Secret(text string) bool {
	_, found := hide(text, "", false, false)
	return found
}
