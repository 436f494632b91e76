package door

import (
	"context"
	"net/http"
	"net/url"
	"time"
)

// Staff is what a running program does about agents and the audit trail for those who knock. [Works] may be one.
type Staff interface {
	// AddAgent returns the link with which the agent enrols, once.
	AddAgent(ctx context.Context, a Agent) (link string, err error)
	RemoveAgent(ctx context.Context, name string) error
	Agents(ctx context.Context) ([]Agent, error)
	// VerifyAudit returns how many trails are whole, or an error that says which is not (RULES: data.audit).
	VerifyAudit(ctx context.Context) (trails int, err error)
}

// Agent is somebody who works at the console.
type Agent struct {
	Name     string    `json:"name"`
	Role     string    `json:"role"`
	Portals  []string  `json:"portals,omitempty"` // empty: all
	Added    time.Time `json:"added,omitzero"`
	Enrolled time.Time `json:"enrolled,omitzero"` // zero: the link was not used yet
}

// linked is the answer of what makes a link.
type linked struct {
	Link string `json:"link"`
}

func staff(mux *http.ServeMux, s Staff) {
	mux.HandleFunc("GET /agents", func(rw http.ResponseWriter, r *http.Request) {
		all, err := s.Agents(r.Context())
		reply(rw, all, err)
	})
	mux.HandleFunc("POST /agents", func(rw http.ResponseWriter, r *http.Request) {
		q := r.URL.Query()
		link, err := s.AddAgent(r.Context(), Agent{Name: q.Get("name"), Role: q.Get("role"), Portals: q["portal"]})
		reply(rw, linked{link}, err)
	})
	mux.HandleFunc("DELETE /agents", func(rw http.ResponseWriter, r *http.Request) {
		reply(rw, struct{}{}, s.RemoveAgent(r.Context(), r.URL.Query().Get("name")))
	})
	mux.HandleFunc("POST /audit/verify", func(rw http.ResponseWriter, r *http.Request) { count(rw, r, s.VerifyAudit) })
}

var _ Staff = Client{}

// AddAgent implements [Staff].
func (c Client) AddAgent(ctx context.Context, a Agent) (string, error) {
	var l linked
	err := c.ask(ctx, http.MethodPost, "/agents?"+url.Values{"name": {a.Name}, "role": {a.Role}, "portal": a.Portals}.Encode(), &l)
	return l.Link, err
}

// RemoveAgent implements [Staff].
func (c Client) RemoveAgent(ctx context.Context, name string) error {
	return c.ask(ctx, http.MethodDelete, "/agents?"+url.Values{"name": {name}}.Encode(), &struct{}{})
}

// Agents implements [Staff].
func (c Client) Agents(ctx context.Context) (all []Agent, err error) {
	return all, c.ask(ctx, http.MethodGet, "/agents", &all)
}

// VerifyAudit implements [Staff].
func (c Client) VerifyAudit(ctx context.Context) (int, error) {
	var n counted
	err := c.ask(ctx, http.MethodPost, "/audit/verify", &n)
	return n.N, err
}
