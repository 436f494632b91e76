package recovery

import (
	"context"
	"strconv"
	"time"

	"ventanilla/backend/mailaddr"
	"ventanilla/flows"
)

// status says how things stand before the proof: only what was asked, never
// what became of it (RULES: talk.status, enum.same).
func (r recovery) status(ctx context.Context, t *flows.Turn) error {
	m := t.Dialog.Mail
	tries, err := r.triesLeft(ctx, t)
	if err != nil {
		return err
	}
	again, err := r.again(ctx, t)
	if err != nil {
		return err
	}
	switch left := r.codeLeft(t); {
	case m == nil:
		t.Say("status_none", "again", again)
	case t.Values["slow"] != "" && tries > 0 && t.Values["nonce"] != "":
		t.Say("status_slow", "asked", r.hour(m.Asked), "again", again)
	case tries <= 0 || left <= 0 || t.Values["nonce"] == "":
		t.Say("status_void", "again", again)
	default:
		t.Say("status_code", "asked", r.hour(m.Asked), "left", span(t, left), "tries", t.Text("tries", "n", strconv.Itoa(tries)), "again", again)
	}
	return nil
}

// codeLeft is for how long the code counts, as far as somebody without a proof may know.
func (r recovery) codeLeft(t *flows.Turn) time.Duration {
	if t.Dialog.Mail == nil {
		return 0
	}
	from := t.Dialog.Mail.Asked
	if at, err := time.Parse(time.RFC3339, t.Values["counted"]); err == nil {
		from = at // mails went out again only then
	}
	return from.Add(r.Limits.CodeLife).Sub(t.At)
}

// triesLeft is how many more codes may be typed now.
func (r recovery) triesLeft(ctx context.Context, t *flows.Turn) (int, error) {
	hits, err := getHits(t)
	if err != nil {
		return 0, err
	}
	wrong, _ := strconv.Atoi(t.Values["wrong"])
	n := triesPerCode - wrong
	for _, b := range r.tries(t, hits) {
		left, err := r.Guard.Peek(ctx, r.identity(t), b)
		if err != nil {
			return 0, err
		}
		if b.Max > 0 {
			n = min(n, left.N)
		}
	}
	return n, nil
}

// again says when another code may be asked for.
func (r recovery) again(ctx context.Context, t *flows.Turn) (string, error) {
	at := t.At
	what, voice := aCode, ""
	if waitsForTemporary(t) {
		what, voice = aTemporary, "temp_"
	}
	for _, b := range []flows.Budget{r.gap(what), r.resends(what)} {
		left, err := r.Guard.Peek(ctx, chat(t), b)
		if err != nil {
			return "", err
		}
		if b.Max > 0 && left.N == 0 && left.Next.After(at) {
			at = left.Next
		}
	}
	if wait := at.Sub(t.At); wait > 0 {
		return t.Text(voice+"again_in", "wait", span(t, wait)), nil
	}
	return t.Text(voice + "again_now"), nil
}

// statusForm says how things stand after the proof.
func (r recovery) statusForm(_ context.Context, t *flows.Turn) error {
	address := ""
	if p := t.Dialog.Proof; p != nil {
		address = mailaddr.Mask(p.Address)
	}
	t.Say("status_form", append(pageLeft(t), "address", address)...)
	return nil
}

// pageLeft fills for how long the page of the new password can still be used.
func pageLeft(t *flows.Turn) []string {
	end := t.Dialog.Since.Add(pageLife)
	if p := t.Dialog.Proof; p != nil {
		if until := p.At.Add(flows.ProofLife); until.Before(end) {
			end = until
		}
	}
	return []string{"left", span(t, max(end.Sub(t.At), 0))}
}

// delay fills what is to be said of mails that take long.
func delay(t *flows.Turn) []string {
	key := "mail_takes"
	if t.Values["slow"] != "" {
		key = "mail_still"
	}
	return []string{"delay", t.Text(key)}
}

func statusPart(_ context.Context, t *flows.Turn) error {
	t.Say("status_part")
	return nil
}

func (r recovery) minutes(*flows.Turn) []string {
	return []string{"n", strconv.Itoa(int(r.Limits.CodeLife / time.Minute))}
}

// wait fills how long until another code can be asked for.
func (r recovery) wait(t *flows.Turn) []string {
	at, err := time.Parse(time.RFC3339, t.Values["again_at"])
	if err != nil {
		at = t.At
	}
	return []string{"wait", span(t, max(at.Sub(t.At), 0)), "at", at.In(r.Profile.Location()).Format("15:04")}
}

func (r recovery) hour(at time.Time) string { return at.In(r.Profile.Location()).Format("15:04:05") }

// span writes a duration in words, to the second, rounded up: "9 minutos y 55 segundos".
func span(t *flows.Turn, d time.Duration) string {
	s := int((d + time.Second - 1) / time.Second)
	minutes, seconds := t.Text("minutes_n", "n", strconv.Itoa(s/60)), t.Text("seconds_n", "n", strconv.Itoa(s%60))
	switch {
	case s < 60:
		return seconds
	case s%60 == 0:
		return minutes
	}
	return t.Text("span", "minutes", minutes, "seconds", seconds)
}
