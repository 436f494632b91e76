package coretest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"ventanilla/backend"
	"ventanilla/backend/secret"
)

// Door is where a running Ventanilla takes the events of a core.
type Door struct {
	URL    string      // public.url of its settings
	Portal string      // id of the organisation's profile
	Key    secret.Text // what events are signed with: core.events, core.evidence or core.token of its settings, the first that is there
	HTTP   http.RoundTripper
	Now    func() time.Time
	Op     string // makes the ids of this run its own; the time if empty
}

// eventCheck is one request to a door and the answer that it should get.
type eventCheck struct {
	name   string
	signed func(d Door, body []byte) string // the header; "" sends none
	portal string                           // another than the door's
	body   []byte
	want   int
}

// CheckDoor posts events as a core would, rightly and wrongly signed, and returns one result per
// sentence. They are about an account that nobody has, so nobody hears of them. The first result
// shows the request that was taken, to lay beside those of one's own program.
func CheckDoor(ctx context.Context, d Door) []Result {
	if d.HTTP == nil {
		d.HTTP = http.DefaultTransport
	}
	if d.Now == nil {
		d.Now = time.Now
	}
	if d.Op == "" {
		d.Op = fmt.Sprintf("events-test-%d", time.Now().UnixNano())
	}
	var results []Result
	for _, c := range d.checks() {
		r := result(c.name, d.post(ctx, c))
		if c.want == http.StatusNoContent && r.OK && len(results) == 0 {
			r.Detail = fmt.Sprintf("POST %s\n%s: %s\n\n%s", d.address(""), backend.SignatureHeader, c.signed(d, c.body), c.body)
		}
		if results = append(results, r); ctx.Err() != nil {
			break
		}
	}
	return results
}

func (d Door) checks() []eventCheck {
	now := d.Now()
	event := func(id string, kind backend.EventType) []byte {
		body, _ := json.Marshal(backend.Event{ID: d.Op + "-" + id, Type: kind, Account: nobody, At: now.UTC().Truncate(time.Second)}) // strings and a time: cannot fail
		return body
	}
	good := func(d Door, body []byte) string { return backend.SignEvent(d.Key, now, body) }
	at := func(away time.Duration) func(Door, []byte) string {
		return func(d Door, body []byte) string { return backend.SignEvent(d.Key, now.Add(away), body) }
	}
	one := event("1", backend.AccountLocked)
	return []eventCheck{
		{"it takes an event that the core signed", good, "", one, http.StatusNoContent},
		{"it takes the same event again", good, "", one, http.StatusNoContent},
		{"it takes one with the signatures of two keys, as while they are changed", func(d Door, body []byte) string {
			return good(d, body) + ",v1=" + fmt.Sprintf("%064x", 0)
		}, "", one, http.StatusNoContent},
		{"it refuses an event without a signature", func(Door, []byte) string { return "" }, "", event("2", backend.AccountLocked), http.StatusUnauthorized},
		{"it refuses one that was signed with another key", func(d Door, body []byte) string {
			return backend.SignEvent(d.Key+"x", now, body)
		}, "", event("3", backend.AccountLocked), http.StatusUnauthorized},
		{"it refuses one that was changed after it was signed", func(d Door, _ []byte) string {
			return good(d, one)
		}, "", event("4", backend.AccountLocked), http.StatusUnauthorized},
		{"it refuses one that was signed ten minutes ago", at(-2 * backend.EventWindow), "", event("5", backend.AccountLocked), http.StatusUnauthorized},
		{"it refuses a type of event that the contract does not know", good, "", event("6", "no_such_type"), http.StatusBadRequest},
		{"it refuses an event of a portal that it does not serve", good, "no-such-portal", event("7", backend.AccountLocked), http.StatusNotFound},
	}
}

func (d Door) address(portal string) string {
	if portal == "" {
		portal = d.Portal
	}
	return d.URL + "/core/" + url.PathEscape(portal) + "/events"
}

func (d Door) post(ctx context.Context, c eventCheck) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, d.address(c.portal), bytes.NewReader(c.body))
	if err != nil {
		return fmt.Errorf("making a request: %w", err)
	}
	req.Header.Set("Content-Type", "application/json")
	if signed := c.signed(d, c.body); signed != "" {
		req.Header.Set(backend.SignatureHeader, signed)
	}
	resp, err := d.HTTP.RoundTrip(req)
	if err != nil {
		return fmt.Errorf("posting to %s: %w", d.address(c.portal), err)
	}
	defer func() { _ = resp.Body.Close() }()
	var problem struct {
		Detail string `json:"detail"`
	}
	_ = json.NewDecoder(io.LimitReader(resp.Body, 1<<16)).Decode(&problem) // only words for whoever reads the result
	if resp.StatusCode == c.want {
		return nil
	}
	err = fmt.Errorf("got %s, want %d %s", resp.Status, c.want, http.StatusText(c.want))
	if problem.Detail != "" {
		err = fmt.Errorf("%w: %s", err, problem.Detail)
	}
	if resp.StatusCode == http.StatusUnauthorized {
		err = fmt.Errorf("%w; is the key that of the settings (core.events, core.evidence or core.token, the first that is there), and do the clocks agree?", err)
	}
	return err
}
