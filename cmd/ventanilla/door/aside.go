package door

import (
	"context"
	"net/http"
	"net/url"
	"time"
)

// Asides is what a running program does about messages that were set aside for those who knock. [Works] may be one.
type Asides interface {
	// Aside returns what was set aside, the latest first.
	Aside(ctx context.Context) ([]Message, error)
	// RetryAside puts a message back where it was read; id is that of the message, or its case number if no other has it.
	RetryAside(ctx context.Context, id string) error
	// DismissAside lets a message go, for one of the reasons of [ventanilla/store.DismissReasons].
	DismissAside(ctx context.Context, id, why string) error
}

// Message is one that could not be processed. What it says is not among what a command shows.
type Message struct {
	ID      string    `json:"id"`
	Case    string    `json:"case"`
	At      time.Time `json:"at"`
	Portal  string    `json:"portal"`
	Channel string    `json:"channel"`
	Where   string    `json:"where,omitempty"` // "flow/step"
	Kind    string    `json:"kind,omitempty"`  // as [ventanilla/store.Trouble] says
	Reason  string    `json:"reason"`
}

func asides(mux *http.ServeMux, a Asides) {
	mux.HandleFunc("GET /aside", func(rw http.ResponseWriter, r *http.Request) {
		all, err := a.Aside(r.Context())
		reply(rw, all, err)
	})
	mux.HandleFunc("POST /aside/retry", func(rw http.ResponseWriter, r *http.Request) {
		reply(rw, struct{}{}, a.RetryAside(r.Context(), r.URL.Query().Get("id")))
	})
	mux.HandleFunc("POST /aside/dismiss", func(rw http.ResponseWriter, r *http.Request) {
		q := r.URL.Query()
		reply(rw, struct{}{}, a.DismissAside(r.Context(), q.Get("id"), q.Get("why")))
	})
}

var _ Asides = Client{}

// Aside implements [Asides].
func (c Client) Aside(ctx context.Context) (all []Message, err error) {
	return all, c.ask(ctx, http.MethodGet, "/aside", &all)
}

// RetryAside implements [Asides].
func (c Client) RetryAside(ctx context.Context, id string) error {
	return c.ask(ctx, http.MethodPost, "/aside/retry?"+url.Values{"id": {id}}.Encode(), &struct{}{})
}

// DismissAside implements [Asides].
func (c Client) DismissAside(ctx context.Context, id, why string) error {
	return c.ask(ctx, http.MethodPost, "/aside/dismiss?"+url.Values{"id": {id}, "why": {why}}.Encode(), &struct{}{})
}
