// Package coretest judges a core by its answers: the checks of the contract that
// `ventanilla core-test URL` runs against an organisation's own core, and that this
// project runs against its emulator. It knows the contract only from openapi.yaml
// and package backend, never an implementation.
package coretest

import (
	"bytes"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"
	"sync"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/legacy"

	"ventanilla/backend"
)

// Conform is a transport that compares every request and every answer that passes
// with openapi.yaml. It lets all of them through and remembers what departs; what
// it remembers holds no value out of a body.
type Conform struct {
	next       http.RoundTripper
	router     routers.Router
	mu         sync.Mutex
	departures []string
	seen       map[string]bool // "GET /v1/…" as the contract names them
}

// NewConform wraps a transport. It fails only if the contract itself is broken.
func NewConform(next http.RoundTripper) (*Conform, error) {
	doc, err := openapi3.NewLoader().LoadFromData(backend.Contract)
	if err != nil {
		return nil, fmt.Errorf("reading the contract: %w", err)
	}
	doc.Servers = nil // any host may serve it
	router, err := legacy.NewRouter(doc)
	if err != nil {
		return nil, fmt.Errorf("reading the contract: %w", err)
	}
	return &Conform{next: next, router: router, seen: map[string]bool{}}, nil
}

// Departures returns what departed from the contract since it was last called.
func (c *Conform) Departures() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	list := c.departures
	c.departures = nil
	return list
}

// Seen tells whether an operation, such as "GET /v1/portals/{portal}/capabilities", passed.
func (c *Conform) Seen(operation string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.seen[operation]
}

// RoundTrip implements [http.RoundTripper].
func (c *Conform) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := drain(r.Body)
	if err != nil {
		return nil, fmt.Errorf("reading a request: %w", err)
	}
	input, err := c.request(r, body)
	if err != nil {
		c.depart(r, "request", err)
	}
	out := r.Clone(r.Context())
	out.Body = io.NopCloser(bytes.NewReader(body))
	resp, err := c.next.RoundTrip(out)
	if err != nil {
		return nil, err
	}
	text, err := drain(resp.Body)
	if err != nil {
		return nil, fmt.Errorf("reading an answer: %w", err)
	}
	resp.Body = io.NopCloser(bytes.NewReader(text))
	if input == nil {
		return resp, nil
	}
	if err := answer(input, resp, text); err != nil {
		c.depart(r, fmt.Sprintf("answer %d", resp.StatusCode), err)
	}
	return resp, nil
}

func drain(body io.ReadCloser) ([]byte, error) {
	if body == nil {
		return nil, nil
	}
	defer func() { _ = body.Close() }()
	return io.ReadAll(body)
}

// request judges a request and returns what judging its answer needs, nil if the
// contract has no such operation.
func (c *Conform) request(r *http.Request, body []byte) (*openapi3filter.RequestValidationInput, error) {
	route, params, err := c.router.FindRoute(r)
	if err != nil {
		return nil, fmt.Errorf("the contract has no such operation: %w", err)
	}
	c.mu.Lock()
	c.seen[route.Method+" "+route.Path] = true
	c.mu.Unlock()
	copied := r.Clone(r.Context())
	copied.Body = io.NopCloser(bytes.NewReader(body))
	input := &openapi3filter.RequestValidationInput{Request: copied, PathParams: params, Route: route, Options: options(false)}
	return input, openapi3filter.ValidateRequest(r.Context(), input)
}

// answer judges an answer.
func answer(input *openapi3filter.RequestValidationInput, resp *http.Response, body []byte) error {
	media, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	pdf := media == "application/pdf"
	if pdf && !bytes.HasPrefix(body, []byte("%PDF-")) {
		return fmt.Errorf("application/pdf that does not begin with %%PDF-")
	}
	if resp.StatusCode == http.StatusNoContent && len(body) > 0 {
		return fmt.Errorf("204 with a body")
	}
	return openapi3filter.ValidateResponse(input.Request.Context(), &openapi3filter.ResponseValidationInput{
		RequestValidationInput: input, Status: resp.StatusCode, Header: resp.Header,
		Body: io.NopCloser(bytes.NewReader(body)), Options: options(pdf || resp.StatusCode == http.StatusNoContent),
	})
}

// options make errors that say where something is wrong, and not what stood there.
func options(withoutBody bool) *openapi3filter.Options {
	o := &openapi3filter.Options{
		ExcludeResponseBody: withoutBody, IncludeResponseStatus: true,
		RejectWhenRequestBodyNotSpecified: true, SkipSettingDefaults: true, AuthenticationFunc: bearer,
	}
	o.WithCustomSchemaErrorFunc(func(err *openapi3.SchemaError) string {
		return "/" + strings.Join(err.JSONPointer(), "/") + ": " + err.SchemaField
	})
	return o
}

func (c *Conform) depart(r *http.Request, what string, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.departures = append(c.departures, fmt.Sprintf("%s %s: %s: %v", r.Method, r.URL.Path, what, err))
}
