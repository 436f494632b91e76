package proof

import (
	"context"
	"strconv"
	"time"

	"ventanilla/flows"
	"ventanilla/flows/account"
)

// status says how things stand before the proof: only what was asked, never
// what became of it (RULES: talk.status, enum.same).
func (p proof) status(ctx context.Context, t *flows.Turn) error {
	m := t.Dialog.Mail
	tries, err := p.triesLeft(ctx, t)
	if err != nil {
		return err
	}
	again, err := p.Again(ctx, t)
	if err != nil {
		return err
	}
	switch left := p.codeLeft(t); {
	case m == nil:
		t.Say("status_none", "again", again)
	case t.Values["slow"] != "" && tries > 0 && t.Values["nonce"] != "":
		t.Say("status_slow", "asked", p.Hour(m.Asked), "again", again)
	case tries <= 0 || left <= 0 || t.Values["nonce"] == "":
		t.Say("status_void", "again", again)
	default:
		t.Say("status_code", "asked", p.Hour(m.Asked), "left", account.Span(t, left), "tries", t.Text("tries", "n", strconv.Itoa(tries)), "again", again)
	}
	return nil
}

// codeLeft is for how long the code counts, as far as somebody without a proof may know.
func (p proof) codeLeft(t *flows.Turn) time.Duration {
	if t.Dialog.Mail == nil {
		return 0
	}
	from := t.Dialog.Mail.Asked
	if at, err := time.Parse(time.RFC3339, t.Values["counted"]); err == nil {
		from = at // mails went out again only then
	}
	return from.Add(p.Limits.CodeLife).Sub(t.At)
}

// triesLeft is how many more codes may be typed now.
func (p proof) triesLeft(ctx context.Context, t *flows.Turn) (int, error) {
	hits, err := account.Hits(t)
	if err != nil {
		return 0, err
	}
	wrong, _ := strconv.Atoi(t.Values["wrong"])
	n := triesPerCode - wrong
	for _, b := range p.CodeTries().For(t, ids(hits)) {
		left, err := p.Guard.Peek(ctx, p.Identity(t), b)
		if err != nil {
			return 0, err
		}
		if b.Max > 0 {
			n = min(n, left.N)
		}
	}
	return n, nil
}
