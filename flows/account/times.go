package account

import (
	"cmp"
	"context"
	"strconv"
	"strings"
	"time"

	"ventanilla/flows"
)

// Again says when another code may be asked for.
func (d Desk) Again(ctx context.Context, t *flows.Turn) (string, error) {
	at := t.At
	what, voice := brings(t), voice(t)
	for _, b := range []flows.Budget{d.gap(t, what), d.resends(t, what)} {
		left, err := d.Guard.Peek(ctx, Chat(t), b)
		if err != nil {
			return "", err
		}
		if b.Max > 0 && left.N == 0 && left.Next.After(at) {
			at = left.Next
		}
	}
	if wait := at.Sub(t.At); wait > 0 {
		return t.Text(voice+"again_in", "wait", Span(t, wait)), nil
	}
	return t.Text(voice + "again_now"), nil
}

// Delay fills what is to be said of mails that take long.
func Delay(t *flows.Turn) []string {
	key := "mail_takes"
	if t.Values["slow"] != "" {
		key = "mail_still"
	}
	return []string{"delay", t.Text(key)}
}

// Minutes fills how long a code lives, as {n}.
func (d Desk) Minutes(*flows.Turn) []string {
	return []string{"n", strconv.Itoa(int(d.Limits.CodeLife / time.Minute))}
}

// Wait fills how long until another code can be asked for.
func (d Desk) Wait(t *flows.Turn) []string {
	at, err := time.Parse(time.RFC3339, t.Values["again_at"])
	if err != nil {
		at = t.At
	}
	return []string{"wait", Span(t, max(at.Sub(t.At), 0)), "at", at.In(d.Profile.Location()).Format("15:04")}
}

// Hour is the time of day, to the second, where the organisation is.
func (d Desk) Hour(at time.Time) string { return at.In(d.Profile.Location()).Format("15:04:05") }

// Span writes a duration in words, to the second, rounded up: "9 minutos y 55 segundos".
func Span(t *flows.Turn, d time.Duration) string {
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

// About writes a duration as people say it: whole minutes while there is one left.
func About(t *flows.Turn, d time.Duration) string {
	if d < time.Minute {
		return Span(t, d)
	}
	return Span(t, d.Round(time.Minute))
}

// Month writes a pay period: 2026-10 is "octubre de 2026", 2026-10-Q1 its first half. Another form of period stays.
func Month(t *flows.Turn, period string) string {
	parts := strings.Split(period+"--", "-")
	names := strings.Fields(t.Text("months"))
	m, err := strconv.Atoi(parts[1])
	if err != nil || m < 1 || m > len(names) {
		return period
	}
	key := cmp.Or(map[string]string{"Q1": "first_half", "Q2": "second_half"}[parts[2]], "month_of")
	return t.Text(key, "month", names[m-1], "year", parts[0])
}

// brings is what the latest mail was to bring; a code, if there was none.
func brings(t *flows.Turn) string {
	if t.Dialog.Mail == nil {
		return ACode
	}
	what, _, _ := strings.Cut(t.Dialog.Mail.Ref, "/")
	return what
}

// voice begins the keys of sentences that speak of what the latest mail was to bring.
func voice(t *flows.Turn) string {
	return map[string]string{ATemporary: "temp_", ALink: "link_"}[brings(t)]
}
