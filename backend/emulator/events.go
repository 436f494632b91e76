package emulator

import (
	"bytes"
	"cmp"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"ventanilla/backend"
)

// tellTime is how long Ventanilla may take to note an event.
const tellTime = 10 * time.Second

// Raise tells Ventanilla that something happened to an account of a portal, once; what
// it did not take must be raised again. Without an id or a time the event gets them,
// and is returned as it was told. Errors: [backend.NotFound], [backend.Invalid],
// [backend.Unsupported] without [Options].Events, [backend.Unavailable] if it was not taken.
func (e *Emulator) Raise(ctx context.Context, portal string, event backend.Event) (backend.Event, error) {
	if e.opt.Events.URL == "" {
		return event, &backend.Error{Code: backend.Unsupported, Message: "this core was not told where events go"}
	}
	if e.portals[portal] == nil {
		return event, &backend.Error{Code: backend.NotFound, Message: "there is no such portal"}
	}
	if _, err := e.record(portal, event.Account); err != nil {
		return event, err
	}
	if event.ID == "" {
		id := make([]byte, 12)
		if _, err := io.ReadFull(e.opt.Random, id); err != nil {
			return event, fmt.Errorf("drawing the id of an event: %w", err)
		}
		event.ID = "evt_" + hex.EncodeToString(id)
	}
	event.At = cmp.Or(event.At, e.opt.Now()).UTC()
	body, err := json.Marshal(event)
	if err != nil {
		return event, fmt.Errorf("writing an event: %w", err)
	}
	return event, e.tell(ctx, portal, body)
}

// tell posts a signed event, as the contract has it.
func (e *Emulator) tell(ctx context.Context, portal string, body []byte) error {
	ctx, cancel := context.WithTimeout(ctx, tellTime)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, e.opt.Events.URL+"/core/"+url.PathEscape(portal)+"/events", bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("telling an event: %w", err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set(backend.SignatureHeader, backend.SignEvent(e.opt.Events.Key, e.opt.Now(), body))
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return &backend.Error{Code: backend.Unavailable, Message: "Ventanilla does not answer", Err: errors.Unwrap(err)}
	}
	defer func() { _ = resp.Body.Close() }()
	var problem struct {
		Detail string `json:"detail"`
	}
	switch _ = json.NewDecoder(io.LimitReader(resp.Body, maxBody)).Decode(&problem); { // only words for the person at the screen
	case resp.StatusCode == http.StatusNoContent:
		return nil
	case resp.StatusCode == http.StatusBadRequest:
		return &backend.Error{Code: backend.Invalid, Message: problem.Detail}
	}
	return &backend.Error{Code: backend.Unavailable, Message: fmt.Sprintf("Ventanilla answers %s: %s", resp.Status, problem.Detail)}
}

// raised is an event as POST /admin/events takes it.
type raised struct {
	Portal string `json:"portal"`
	backend.Event
}
