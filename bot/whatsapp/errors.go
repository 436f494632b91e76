package whatsapp

import (
	"errors"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"time"

	"ventanilla/bot"
)

// How long to wait where the network does not say.
const (
	soon    = 2 * time.Second  // it is ill for a moment
	later   = 30 * time.Second // nobody knows why
	notSoon = time.Minute      // the sender's own settings are wrong, and somebody must act
)

// closed is the error of a free text to somebody who wrote nothing for a day.
const closed = 63016

// verdict is what an error code of Twilio's means for a line (RULES: wa.errors).
// Source: https://www.twilio.com/docs/api/errors.
type verdict int

const (
	never     verdict = iota // this line will not pass
	gone                     // this person cannot be reached here
	wait                     // too fast: everybody waits
	ours                     // the sender's settings are wrong: everybody waits for somebody to act
	perhaps                  // it may pass later
	byWindow                 // only a template passes; the next try knows
	mediaLost                // the document could not be fetched
)

var verdicts = map[int]verdict{
	20429: wait, 63018: wait, 14107: wait, 30001: wait, 63010: perhaps, 20500: perhaps, 20503: perhaps,
	closed: byWindow,
	// Nobody with a WhatsApp is there, or they do not want us.
	21211: gone, 21614: gone, 21610: gone, 63003: gone, 63014: gone, 63024: gone, 63032: gone, 30003: perhaps, 30004: gone, 30005: gone, 30006: gone,
	// Our account, token or sender.
	20003: ours, 20004: ours, 20005: ours, 20404: ours, 21212: ours, 21603: ours, 21606: ours, 21608: ours, 21660: ours, 30002: ours, 63007: ours, 63020: ours, 63112: ours,
	30008: perhaps, 63012: perhaps, 63015: perhaps, 63017: perhaps,
	63019: mediaLost, 63005: never, 63021: never, 12300: mediaLost, 11200: mediaLost, 21620: mediaLost,
}

// sendError says what a failed call means for a delivery.
func sendError(err error) *bot.SendError {
	if e, ok := errors.AsType[*bot.SendError](err); ok {
		return e
	}
	refusal, ok := errors.AsType[*apiError](err)
	if !ok {
		return &bot.SendError{After: soon, Code: "network", Err: err} // the network cannot be reached, or did not answer in time
	}
	v, known := verdicts[refusal.code]
	switch {
	case refusal.http >= 500 || refusal.http < 300:
		return &bot.SendError{After: max(refusal.after, soon), Code: codeOf(err), Err: err}
	case known:
	case refusal.http == http.StatusTooManyRequests:
		v = wait
	case refusal.code == 0, refusal.http == http.StatusUnauthorized, refusal.http == http.StatusForbidden, refusal.http == http.StatusNotFound, refusal.http < 400:
		v = ours // also whoever stands in between and knows nothing of the message
	}
	return v.of(err, refusal.after)
}

// of is the verdict as the worker understands it.
func (v verdict) of(err error, after time.Duration) *bot.SendError {
	e := &bot.SendError{Err: err, Code: codeOf(err)}
	switch v {
	case gone:
		e.Never, e.Gone = true, true
	case wait:
		e.After, e.Whole = max(after, time.Second), true
	case ours:
		e.After, e.Whole = notSoon, true
	case perhaps:
		e.After = max(after, later)
	case byWindow:
		e.After = time.Second
	case mediaLost:
		e.Never, e.Why = true, "media"
	default:
		e.Never = true
	}
	return e
}

// codeOf is what the network answered, as agents look it up.
func codeOf(err error) string {
	refusal, ok := errors.AsType[*apiError](err)
	switch {
	case ok && refusal.code > 0:
		return "twilio " + strconv.Itoa(refusal.code)
	case ok:
		return "http " + strconv.Itoa(refusal.http)
	}
	return ""
}

// Codes are Twilio's errors that mean something here, ascending: agents read them in words.
func Codes() []int { return slices.Sorted(maps.Keys(verdicts)) }
