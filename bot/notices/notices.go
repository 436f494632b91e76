// Package notices is the door through which a core tells what happened to an account:
// a payslip is there, the account was locked, the password is about to expire. Each
// chat that its owner linked to the account hears of it as an input of the system,
// like everything else that happens, and its flow decides what is said.
//
// It believes only what the core signed (see [backend.ReadEvent]), answers 204 only
// once all of it is safe, and tells nobody who it was about. What nobody linked comes to nothing.
package notices

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"time"

	"ventanilla/backend"
	"ventanilla/backend/secret"
	"ventanilla/bot"
	"ventanilla/flows"
	"ventanilla/store"
)

// Pattern is where a core posts events, below the public URL, as [http.ServeMux] has it.
const Pattern = "/core/{portal}/events"

// Linked finds the chats that hear of an account. *store.Store is one.
type Linked interface {
	Linked(ctx context.Context, portal, account string) ([]flows.Key, error)
}

// Counter remembers which events were told already. A [flows.Guard] is one.
type Counter interface {
	Spend(ctx context.Context, subject string, b flows.Budget, op string) (flows.Left, error)
	Peek(ctx context.Context, subject string, b flows.Budget) (flows.Left, error)
}

var (
	_ Linked  = (*store.Store)(nil)
	_ Counter = flows.Guard(nil)
)

// once is how often an event is told; the core may repeat it for a day, and some more.
var once = flows.Budget{Kind: "core.event", Max: 1, Per: 48 * time.Hour}

// Config is what a [Door] needs.
type Config struct {
	Key    secret.Text // shared with the core; an empty one lets nobody in
	Serves func(portal string) bool
	Linked Linked
	Accept bot.Accept
	Guard  Counter
	Now    func() time.Time
	Log    *slog.Logger
}

// Door takes events at [Pattern]. It is safe for concurrent use.
type Door struct{ Config }

var _ http.Handler = Door{}

// Input is what a flow hears of an event: Event is "core_" and the event's type
// ("core_payslip_available"); Values are its data with "account", "at" (RFC 3339,
// UTC, when it happened) and "event" (its id).
func Input(e backend.Event) flows.Input {
	values := map[string]string{}
	maps.Copy(values, e.Data)
	values["account"], values["at"], values["event"] = e.Account, e.At.UTC().Format(time.RFC3339), e.ID
	return flows.Input{From: flows.System, Event: "core_" + string(e.Type), Values: values}
}

// ServeHTTP implements [http.Handler].
func (d Door) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	portal := r.PathValue("portal")
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		refuse(w, http.StatusMethodNotAllowed, "events are posted")
		return
	}
	if !d.Serves(portal) {
		refuse(w, http.StatusNotFound, "there is no such portal here")
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, backend.MaxEvent))
	if err != nil {
		unread(w, err)
		return
	}
	e, err := read(d.Key, r, body, d.Now())
	if err != nil {
		d.Log.Warn("an event of the core was refused", "portal", portal, "err", err)
		refused(w, err)
		return
	}
	chats, err := d.tell(r.Context(), portal, e)
	if err != nil {
		d.Log.Error("an event of the core is not safe; the core has to tell it again", "portal", portal, "type", string(e.Type), "err", err)
		w.Header().Set("Retry-After", "5")
		refuse(w, http.StatusServiceUnavailable, "it could not be noted; tell it again")
		return
	}
	d.Log.Info("event of the core", "portal", portal, "type", string(e.Type), "chats", chats)
	w.WriteHeader(http.StatusNoContent)
}

// read judges the signature and reads the event; two headers are none.
func read(key secret.Text, r *http.Request, body []byte, now time.Time) (backend.Event, error) {
	headers := r.Header.Values(backend.SignatureHeader)
	if len(headers) != 1 {
		return backend.Event{}, backend.ErrSignature
	}
	return backend.ReadEvent(key, headers[0], body, now)
}

// tell puts an event before every chat that is linked to its account. When some of them
// have it and then something fails, the next time tells only the others.
func (d Door) tell(ctx context.Context, portal string, e backend.Event) (chats int, err error) {
	subject := "core event/" + portal + "/" + e.ID
	left, err := d.Guard.Peek(ctx, subject, once)
	if err != nil {
		return 0, fmt.Errorf("looking whether an event was told: %w", err)
	}
	if left.N == 0 {
		return 0, nil
	}
	keys, err := d.Linked.Linked(ctx, portal, e.Account)
	if err != nil {
		return 0, err
	}
	for _, k := range keys {
		if err := d.Accept(ctx, k, store.Inbound{ID: "core/" + e.ID, Input: Input(e)}); err != nil {
			return 0, fmt.Errorf("telling %v: %w", k, err)
		}
	}
	if _, err := d.Guard.Spend(ctx, subject, once, "told"); err != nil {
		return 0, fmt.Errorf("noting that an event was told: %w", err)
	}
	return len(keys), nil
}

func unread(w http.ResponseWriter, err error) {
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		refuse(w, http.StatusRequestEntityTooLarge, fmt.Sprintf("an event has at most %d bytes", backend.MaxEvent))
		return
	}
	refuse(w, http.StatusBadRequest, "the body cannot be read")
}

func refused(w http.ResponseWriter, err error) {
	if errors.Is(err, backend.ErrSignature) {
		refuse(w, http.StatusUnauthorized, "the signature is not the core's, or too old")
		return
	}
	why := "the event is not the contract's"
	if e, ok := errors.AsType[*backend.Error](err); ok {
		why = e.Message
	}
	refuse(w, http.StatusBadRequest, why)
}

// refuse answers with a problem (RFC 9457).
func refuse(w http.ResponseWriter, status int, detail string) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]any{"type": "about:blank", "title": http.StatusText(status), "status": status, "detail": detail})
}
