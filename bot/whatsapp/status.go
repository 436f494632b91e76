package whatsapp

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"

	"ventanilla/bot"
)

// What the address of a report says about its message, whose form names only the
// network's id. The network signs the address with the form; none of it says who the person is.
const (
	queryChat  = "chat"
	queryLine  = "line"
	queryN     = "n"     // its number in the transcript
	queryMore  = "more"  // other messages of the line follow
	queryMedia = "media" // there is a document to delete at the network
)

// callback is where the network is to report on one message of a delivery.
func (c *Channel) callback(d bot.Delivery, p part) string {
	q := url.Values{queryChat: {d.Chat}, queryLine: {d.ID}}
	if d.N > 0 {
		q.Set(queryN, strconv.FormatUint(d.N, 10))
	}
	if !p.last {
		q.Set(queryMore, "1")
	}
	if p.media != "" {
		q.Set(queryMedia, "1")
	}
	return c.public + c.Path() + "/status?" + q.Encode()
}

// status passes on what became of a message. Only arrival and failure matter; a
// line of several messages has arrived when its last one has.
func (c *Channel) status(ctx context.Context, r *http.Request, form url.Values) error {
	q := r.URL.Query()
	report := bot.Report{Chat: q.Get(queryChat), Line: q.Get(queryLine), Receipt: first(form, "MessageSid", "SmsSid")}
	if report.Chat == "" || report.Line == "" || report.Receipt == "" {
		return nil
	}
	report.N, _ = strconv.ParseUint(q.Get(queryN), 10, 64) // without one nothing is marked
	switch status := first(form, "MessageStatus", "SmsStatus"); status {
	case "delivered", "read":
		report.Read = status == "read"
		if q.Has(queryMedia) {
			c.clean(report.Receipt)
		}
		if q.Has(queryMore) {
			return nil
		}
	case "failed", "undelivered", "canceled":
		if q.Has(queryMedia) {
			c.clean(report.Receipt)
		}
		report.Err = c.failure(report, form.Get("ErrorCode"))
	default:
		return nil
	}
	return c.reported(ctx, report)
}

// failure is what a report of failure means for its line.
func (c *Channel) failure(r bot.Report, shown string) *bot.SendError {
	c.sent.fail(r.Receipt)
	code, err := strconv.Atoi(shown)
	if err != nil || code <= 0 {
		return perhaps.of(errors.New("the network reported a failure without a reason"), 0)
	}
	if code == closed {
		c.windows.shut(r.Chat, c.clock.Now())
	}
	return verdicts[code].of(&apiError{what: "report", http: http.StatusOK, code: code}, 0)
}
