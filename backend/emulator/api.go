package emulator

import (
	"context"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"

	"ventanilla/backend"
	"ventanilla/backend/coreapi"
)

// maxBody bounds what a caller may send.
const maxBody = 64 << 10

// call is one request of the contract.
type call struct {
	portal  *portal
	account string // "" where the path names none
	name    string // the operation, for faults
	key     string // the idempotency key
	now     time.Time
}

// contract routes the operations of openapi.yaml.
func (e *Emulator) contract() http.Handler {
	mux := http.NewServeMux()
	const p, a = "/v1/portals/{portal}", "/v1/portals/{portal}/accounts/{account}"
	mux.Handle("GET "+p+"/capabilities", read(e, e.capabilities))
	mux.Handle("POST "+p+"/identify", readBody(e, e.identify))
	mux.Handle("POST "+p+"/invitations", readBody(e, e.invitation))
	mux.Handle("GET "+a, read(e, e.account))
	mux.Handle("GET "+a+"/products", read(e, e.products))
	mux.Handle("GET "+a+"/payslips", read(e, e.payslips))
	mux.HandleFunc("GET "+a+"/payslips/{slip}", e.payslip)
	mux.Handle("POST "+p+"/register", change(e, "register", e.register))
	mux.Handle("POST "+a+"/reset", change(e, "reset", e.reset))
	mux.Handle("POST "+a+"/change", change(e, "change", e.changePassword))
	mux.Handle("POST "+a+"/unlock", change(e, "unlock", e.unlock))
	mux.Handle("POST "+a+"/temporary", change(e, "temporary", e.temporary))
	mux.Handle("POST "+a+"/sessions/end", change(e, "sessions", e.endSessions))
	mux.Handle("PATCH "+a+"/contact", change(e, "contact", e.changeContact))
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		e.refuse(w, &backend.Error{Code: backend.NotFound, Message: "there is no such operation"})
	})
	return mux
}

// authorised lets only callers with the token through.
func (e *Emulator) authorised(next http.Handler) http.Handler {
	want := []byte("Bearer " + e.opt.Token.Reveal())
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if subtle.ConstantTimeCompare([]byte(r.Header.Get("Authorization")), want) != 1 {
			w.Header().Set("WWW-Authenticate", "Bearer")
			e.refuse(w, &backend.Error{Code: backend.Unauthorized})
			return
		}
		next.ServeHTTP(w, r)
	})
}

// open reads what every operation's path says.
func (e *Emulator) open(r *http.Request, name string) (call, error) {
	p := e.portals[r.PathValue("portal")]
	if p == nil {
		return call{}, &backend.Error{Code: backend.NotFound, Message: "there is no such portal"}
	}
	return call{portal: p, account: r.PathValue("account"), name: name, now: e.opt.Now()}, nil
}

// read serves an operation that has no body and changes nothing.
func read(e *Emulator, do func(call) (any, error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c, err := e.open(r, "")
		if err != nil {
			e.refuse(w, err)
			return
		}
		v, err := do(c)
		e.answer(w, v, err)
	})
}

// readBody serves an operation that has a body and changes nothing.
func readBody[T any](e *Emulator, do func(call, T) (any, error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c, err := e.open(r, "")
		if err != nil {
			e.refuse(w, err)
			return
		}
		_, body, err := decode[T](r)
		if err != nil {
			e.refuse(w, err)
			return
		}
		v, err := do(c, body)
		e.answer(w, v, err)
	})
}

// apply makes a change within a transaction. An error of the contract is an answer
// too: it is kept, and what was written before it stays.
type apply func(b *book) (any, error)

// change serves an operation that changes something: plan judges and does the slow
// work, what it returns runs in the one transaction that also keeps the answer.
func change[T any](e *Emulator, name string, plan func(context.Context, call, T) (apply, error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c, err := e.open(r, name)
		if c.key = r.Header.Get("Idempotency-Key"); err == nil && !validKey(c.key) {
			err = &backend.Error{Code: backend.Invalid, Message: "the Idempotency-Key is not the contract's"}
		}
		if err != nil {
			e.refuse(w, err)
			return
		}
		text, body, err := decode[T](r)
		if err != nil {
			e.refuse(w, err)
			return
		}
		sum := e.sum(r.Method, r.URL.EscapedPath(), text)
		answer, err := e.once(c, sum, func() (apply, error) { return plan(r.Context(), c, body) })
		if err != nil {
			e.refuse(w, err)
			return
		}
		e.send(w, answer)
	})
}

// validKey is the contract's pattern of an Idempotency-Key.
func validKey(key string) bool {
	strange := func(r rune) bool { return r < '!' || r > '~' }
	return key != "" && len(key) <= 256 && !strings.ContainsFunc(key, strange)
}

// once gives the kept answer, or makes the change and keeps its answer.
func (e *Emulator) once(c call, sum []byte, plan func() (apply, error)) (answer reply, err error) {
	var done bool
	err = e.view(func(b *book) (err error) {
		b.op = c.key
		answer, done, err = e.replay(b, sum)
		return err
	})
	if err != nil || done {
		return answer, err
	}
	do, err := plan()
	if err != nil && !final(err) {
		return reply{}, err
	}
	refused := err
	err = e.update(c.key, func(b *book) error {
		if answer, done, err = e.replay(b, sum); err != nil || done { // somebody else with this key was quicker
			return err
		}
		answer, err = outcome(b, do, refused)
		if err != nil {
			return err
		}
		if answer.status == http.StatusTooManyRequests {
			return nil
		}
		return e.keep(b, sum, answer)
	})
	return answer, err
}

// outcome runs a planned change, unless the plan was refused, and encodes what came of it.
func outcome(b *book, do apply, err error) (reply, error) {
	var v any
	if err == nil {
		v, err = do(b)
	}
	if err != nil {
		if !final(err) {
			return reply{}, err
		}
		return problem(err), nil
	}
	return encode(v)
}

// final tells whether an error is a decision of the core, not a failure.
func final(err error) bool {
	e := refusal(err)
	return e != nil && e.Code != backend.Unavailable && e.Code != backend.Internal
}

// decode reads a JSON body strictly: what the contract does not know is refused.
func decode[T any](r *http.Request) ([]byte, T, error) {
	var v T
	text, err := io.ReadAll(io.LimitReader(r.Body, maxBody+1))
	if err != nil {
		return nil, v, &backend.Error{Code: backend.Invalid, Message: "the body cannot be read"}
	}
	dec := json.NewDecoder(strings.NewReader(string(text)))
	dec.DisallowUnknownFields()
	if len(text) > maxBody || dec.Decode(&v) != nil || dec.More() {
		return nil, v, &backend.Error{Code: backend.Invalid, Message: "the body is not the contract's"}
	}
	return text, v, nil
}

// answer sends the outcome of an operation that changes nothing.
func (e *Emulator) answer(w http.ResponseWriter, v any, err error) {
	var r reply
	if err == nil {
		r, err = encode(v)
	}
	if err != nil {
		e.refuse(w, err)
		return
	}
	e.send(w, r)
}

func encode(v any) (reply, error) {
	if v == nil {
		return reply{status: http.StatusNoContent}, nil
	}
	body, err := json.Marshal(v)
	if err != nil {
		return reply{}, fmt.Errorf("encoding an answer: %w", err)
	}
	return reply{status: http.StatusOK, body: body}, nil
}

func (e *Emulator) send(w http.ResponseWriter, r reply) {
	media := "application/json"
	if r.status/100 != 2 {
		media = "application/problem+json"
	}
	if r.after > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(r.after.Seconds()))))
	}
	w.Header().Set("Cache-Control", "no-store")
	if len(r.body) > 0 {
		w.Header().Set("Content-Type", media)
	}
	w.WriteHeader(r.status)
	_, _ = w.Write(r.body) // the caller is gone if this fails, and asks again
}

// refuse sends an error; one that is not of the contract is ours, and is logged.
func (e *Emulator) refuse(w http.ResponseWriter, err error) {
	if refusal(err) == nil {
		e.opt.Log.Error("a call to the core failed", "err", err)
		if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
			err = &backend.Error{Code: backend.Unavailable}
		}
	}
	e.send(w, problem(err))
}

// statuses are the HTTP statuses of the codes.
var statuses = map[backend.Code]int{
	backend.NotFound: http.StatusNotFound, backend.Rejected: http.StatusConflict,
	backend.WeakPassword: http.StatusUnprocessableEntity, backend.WrongPassword: http.StatusForbidden,
	backend.Locked: http.StatusLocked, backend.BadEvidence: http.StatusForbidden,
	backend.IdempotencyMismatch: http.StatusUnprocessableEntity, backend.RateLimited: http.StatusTooManyRequests,
	backend.Invalid: http.StatusBadRequest, backend.Unauthorized: http.StatusUnauthorized,
	backend.Unsupported: http.StatusNotImplemented, backend.Unavailable: http.StatusServiceUnavailable,
	backend.Internal: http.StatusInternalServerError,
}

// problem makes the answer of RFC 9457 for an error. What is not of the contract
// says nothing about itself.
func problem(err error) reply {
	e := refusal(err)
	if e == nil {
		e = &backend.Error{Code: backend.Internal}
	}
	status := statuses[e.Code]
	title := e.Message
	if title == "" {
		title = http.StatusText(status)
	}
	body, err := json.Marshal(coreapi.Problem{Type: "urn:ventanilla:problem:" + string(e.Code), Title: title, Status: status,
		Code: coreapi.ProblemCode(e.Code), Reason: e.Reason, Violated: e.Violated})
	if err != nil {
		return reply{status: http.StatusInternalServerError}
	}
	return reply{status: status, body: body, after: e.After}
}
