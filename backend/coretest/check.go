package coretest

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/getkin/kin-openapi/openapi3filter"

	"ventanilla/backend"
	"ventanilla/backend/secret"
)

// Target is the core to be judged. Without Fields only what needs no account is
// checked; with Fields an account is read; with Change it is changed too.
type Target struct {
	URL         string
	Token       secret.Text
	EvidenceKey secret.Text // Token if empty
	Portal      string
	Fields      map[string]string // what finds one person of the portal: somebody made for the purpose
	Unopened    map[string]string // what finds a person whose first account was not opened yet: with Change it is opened
	Invitation  string            // the key of an invitation to open that account; without one, a code to its address proves it
	Change      bool              // the first account of that person may be locked out and get other passwords
	HTTP        http.RoundTripper // http.DefaultTransport if nil
	Now         func() time.Time  // time.Now if nil; the core's clock must agree
	Op          string            // makes the keys of this run its own; the time if empty
}

// Result is the outcome of one check.
type Result struct {
	Name   string `json:"name"` // a sentence that should hold
	OK     bool   `json:"ok"`
	Detail string `json:"detail,omitempty"` // what was found instead
}

// check is one sentence and how to see whether it holds.
type check struct {
	name string
	do   func(ctx context.Context, r *run) error
}

// run is one run of the checks against a target.
type run struct {
	Target
	client  *backend.Client
	conform *Conform
	able    backend.Capabilities
	at      time.Time // of every evidence, so that a repeated request has the same body
	account backend.Account
	fresh   backend.Account // that of Target.Unopened
	done    backend.ResetResult
	given   secret.Text // the password that the checks set last
}

// conforms is the sentence about every single request and answer.
const conforms = "what it answers is what openapi.yaml says"

// Check judges a core and returns one result per check, in order, with everything
// that departed from openapi.yaml on the way as the last one. It returns an error
// only if the target itself makes no sense.
func Check(ctx context.Context, t Target) ([]Result, error) {
	r, err := newRun(t)
	if err != nil {
		return nil, fmt.Errorf("preparing the checks: %w", err)
	}
	list := reading()
	if len(t.Fields) > 0 {
		list = append(list, owning()...)
	}
	if len(t.Fields) > 0 && t.Change {
		list = append(list, changing()...)
	}
	if len(t.Unopened) > 0 && t.Change {
		list = append(list, registering()...)
	}
	results := make([]Result, 0, len(list)+1)
	for _, c := range list {
		results = append(results, result(c.name, c.do(ctx, r)))
		if ctx.Err() != nil {
			return results, nil
		}
	}
	if found := r.conform.Departures(); len(found) > 0 {
		return append(results, Result{Name: conforms, Detail: strings.Join(found, "\n")}), nil
	}
	return append(results, Result{Name: conforms, OK: true}), nil
}

// errSkipped says that a check does not apply to this core.
var errSkipped = errors.New("this core does not offer it")

func result(name string, err error) Result {
	switch {
	case err == nil:
		return Result{Name: name, OK: true}
	case errors.Is(err, errSkipped):
		return Result{Name: name, OK: true, Detail: errSkipped.Error()}
	}
	return Result{Name: name, Detail: err.Error()}
}

func newRun(t Target) (*run, error) {
	if t.HTTP == nil {
		t.HTTP = http.DefaultTransport
	}
	if t.Now == nil {
		t.Now = time.Now
	}
	if t.Op == "" {
		t.Op = fmt.Sprintf("core-test-%d", time.Now().UnixNano())
	}
	conform, err := NewConform(t.HTTP)
	if err != nil {
		return nil, err
	}
	client, err := backend.New(backend.Config{URL: t.URL, Token: t.Token, EvidenceKey: t.EvidenceKey,
		HTTP: &http.Client{Transport: conform}, Timeout: 10 * time.Second, Try: 9 * time.Second})
	if err != nil {
		return nil, fmt.Errorf("making a client: %w", err)
	}
	return &run{Target: t, client: client, conform: conform, at: t.Now()}, nil
}

// op is the idempotency key of one change of this run.
func (r *run) op(name string) string { return r.Op + "/" + name }

// bearer is how the contract's requests authenticate; whether the token is right is the core's to say.
func bearer(_ context.Context, in *openapi3filter.AuthenticationInput) error {
	if !strings.HasPrefix(in.RequestValidationInput.Request.Header.Get("Authorization"), "Bearer ") {
		return in.NewError(errors.New("there is no bearer token"))
	}
	return nil
}

// wantCode says what an error should have been.
func wantCode(err error, want ...backend.Code) error {
	got := backend.CodeOf(err)
	for _, w := range want {
		if got == w {
			return nil
		}
	}
	if err == nil {
		return fmt.Errorf("it succeeded, and should be refused with %v", want)
	}
	return fmt.Errorf("got %w; it should be refused with %v", err, want)
}
