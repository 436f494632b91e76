package demo

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
)

// problem is an answer that refuses (RFC 9457).
type problem struct {
	Type   string `json:"type"`
	Title  string `json:"title"`
	Status int    `json:"status"`
	Detail string `json:"detail"`
}

// refusal is an error that says how to answer.
type refusal struct {
	status int
	detail string
}

func (r *refusal) Error() string { return r.detail }

func badRequest(format string, args ...any) error {
	return &refusal{http.StatusBadRequest, fmt.Sprintf(format, args...)}
}

func notFound(format string, args ...any) error {
	return &refusal{http.StatusNotFound, fmt.Sprintf(format, args...)}
}

func conflict(format string, args ...any) error {
	return &refusal{http.StatusConflict, fmt.Sprintf(format, args...)}
}

func refuse(w http.ResponseWriter, status int, detail string) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(problem{"about:blank", http.StatusText(status), status, detail})
}

// handler answers with a value to be shown as JSON, or with an error. A nil value is 204.
type handler func(r *http.Request) (any, error)

func (h handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	v, err := h(r)
	if err != nil {
		status := http.StatusInternalServerError
		if e, ok := errors.AsType[*refusal](err); ok {
			status = e.status
		}
		refuse(w, status, err.Error())
		return
	}
	w.Header().Set("Cache-Control", "no-store")
	if v == nil {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v)
}

// route is one address of the API. Its pattern has no method, so that another
// method is answered with 405 and the one that works.
type route struct {
	method  string
	pattern string
	handler http.Handler
}

func mount(mux *http.ServeMux, routes []route) {
	for _, rt := range routes {
		mux.HandleFunc(rt.pattern, func(w http.ResponseWriter, r *http.Request) {
			if r.Method != rt.method && (rt.method != http.MethodGet || r.Method != http.MethodHead) {
				w.Header().Set("Allow", rt.method)
				refuse(w, http.StatusMethodNotAllowed, r.URL.Path+" wants "+rt.method)
				return
			}
			rt.handler.ServeHTTP(w, r)
		})
	}
}

const maxBody = 64 << 10

// read decodes the JSON body of a request; what it does not know is refused.
func read[T any](r *http.Request) (v T, err error) {
	dec := json.NewDecoder(http.MaxBytesReader(nil, r.Body, maxBody))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&v); err != nil {
		if errors.Is(err, io.EOF) {
			return v, badRequest("the body is empty; it must be a JSON object")
		}
		if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
			return v, &refusal{http.StatusRequestEntityTooLarge, "the body is longer than 64 KiB"}
		}
		return v, badRequest("the body is not the JSON that is wanted: %s", strings.TrimPrefix(err.Error(), "json: "))
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return v, badRequest("something follows the JSON object")
	}
	return v, nil
}
