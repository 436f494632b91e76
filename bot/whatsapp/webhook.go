package whatsapp

import (
	"context"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"time"

	twilio "github.com/twilio/twilio-go/client"
)

const (
	signatureHeader = "X-Twilio-Signature"
	tokenHeader     = "I-Twilio-Idempotency-Token"

	// maxForm bounds the body of one webhook; real ones stay below 20 KB.
	maxForm = 256 << 10
	// answerTime is how long a message may take to become safe: Twilio gives up after 15 s (RULES: wa.ack).
	answerTime = 8 * time.Second
)

// twiml is the answer that says nothing in the chat: what is said goes out as a message of its own.
const twiml = `<?xml version="1.0" encoding="UTF-8"?><Response/>`

// ServeHTTP is the webhook of messages and, at "/status" below it, of reports. It
// answers 403 and does nothing when the signature is absent or wrong, 503 when the
// message could not be made safe, so that Twilio brings it again, and 200 only once
// it is safe or has no effect.
func (c *Channel) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var do func(context.Context, *http.Request, url.Values) error
	switch r.URL.Path {
	case c.Path():
		do = c.heard
	case c.Path() + "/status":
		do = c.status
	default:
		http.NotFound(w, r)
		return
	}
	form, status := c.form(w, r)
	if status != 0 {
		http.Error(w, http.StatusText(status), status)
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), answerTime)
	defer cancel()
	if err := do(ctx, r, form); err != nil {
		c.log.Error("webhook not accepted", "path", r.URL.Path, "err", err)
		w.Header().Set("Retry-After", "1")
		http.Error(w, "try again", http.StatusServiceUnavailable)
		return
	}
	w.Header().Set("Content-Type", "text/xml; charset=utf-8")
	_, _ = io.WriteString(w, twiml) // Twilio is gone: it comes again
}

// form reads a signed form, or says how to refuse it.
func (c *Channel) form(w http.ResponseWriter, r *http.Request) (form url.Values, status int) {
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		return nil, http.StatusMethodNotAllowed
	}
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/x-www-form-urlencoded" {
		return nil, http.StatusUnsupportedMediaType
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxForm))
	if err != nil {
		if _, tooLarge := errors.AsType[*http.MaxBytesError](err); tooLarge {
			return nil, http.StatusRequestEntityTooLarge
		}
		return nil, http.StatusBadRequest
	}
	if form, err = url.ParseQuery(string(body)); err != nil {
		return nil, http.StatusBadRequest
	}
	address := c.public + c.Path()
	if r.URL.Path != c.Path() {
		address += "/status"
	}
	if r.URL.RawQuery != "" {
		address += "?" + r.URL.RawQuery
	}
	if !c.signed(address, form, r.Header.Values(signatureHeader)) {
		c.log.Warn("webhook refused: the signature is not that of the account's token over the public URL", "path", r.URL.Path)
		return nil, http.StatusForbidden
	}
	return form, 0
}

// signed checks X-Twilio-Signature over the configured address, never over the one
// that the request names. A repeated parameter is refused: the library would sign
// only its first value (RULES: wa.signature).
func (c *Channel) signed(address string, form url.Values, shown []string) bool {
	if len(shown) != 1 || shown[0] == "" {
		return false
	}
	params := make(map[string]string, len(form))
	for k, values := range form {
		if len(values) != 1 {
			return false
		}
		params[k] = values[0]
	}
	v := twilio.NewRequestValidator(c.keys.token.Reveal())
	return v.Validate(address, params, shown[0])
}
