package backend

import (
	"errors"
	"strings"
	"time"
)

// Code says what kind of failure an error is, so that callers can choose what to do.
type Code string

// The codes of the contract.
const (
	NotFound            Code = "not_found"            // no such account, payslip or invitation
	Rejected            Code = "rejected"             // understood and refused; see Error.Reason
	WeakPassword        Code = "weak_password"        // breaks the rules in Error.Violated
	WrongPassword       Code = "wrong_password"       // the current password is another
	Locked              Code = "locked"               // not while the account is locked
	BadEvidence         Code = "bad_evidence"         // the proof does not hold, or does not suffice
	IdempotencyMismatch Code = "idempotency_mismatch" // the key was used for something else
	RateLimited         Code = "rate_limited"         // too often; see Error.After
	Invalid             Code = "invalid"              // the request is not one of the contract
	Unauthorized        Code = "unauthorized"         // the core does not accept our token
	Unsupported         Code = "unsupported"          // this core cannot do that
	Unavailable         Code = "unavailable"          // the core did not answer, or cannot now
	Internal            Code = "internal"             // the core failed, or answered something else than the contract says
)

// Reasons that come with [Rejected].
const (
	ReasonRegistered   = "registered"   // the account is open already
	ReasonUnregistered = "unregistered" // the account was never opened
	ReasonDisabled     = "disabled"     // the organisation closed the account; only its people can change that
	ReasonUsed         = "used"         // the invitation served already
	ReasonExpired      = "expired"      // the invitation is too old
	ReasonTaken        = "taken"        // the username or address is somebody else's
	ReasonTooLarge     = "too_large"    // the document is larger than any network takes
	ReasonNoPDF        = "no_pdf"       // the document is something else than a PDF
)

// Error is a failure of a call to the core. Programs act on Code; Message is for
// the operator and, like Err, holds no body, token, password or URL.
type Error struct {
	Code     Code
	Reason   string        // with Rejected
	Violated []Rule        // with WeakPassword
	After    time.Duration // with RateLimited and Unavailable: how long the core asks to wait, 0 if it does not say
	Op       string        // which call it was
	Message  string
	Err      error
}

// Error implements error.
func (e *Error) Error() string {
	parts := []string{"core", e.Op, string(e.Code), e.Reason, e.Message}
	if e.Err != nil {
		parts = append(parts, e.Err.Error())
	}
	shown := parts[:0]
	for _, p := range parts {
		if p != "" {
			shown = append(shown, p)
		}
	}
	return strings.Join(shown, ": ")
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Later tells whether the same call may succeed later: the core was down, slow,
// failing or asked to wait. Calls may be repeated with the same key.
func (e *Error) Later() bool {
	return e.Code == Unavailable || e.Code == RateLimited || e.Code == Internal
}

// CodeOf returns the code of err, [Internal] for errors that carry none, and "" for nil.
func CodeOf(err error) Code {
	if err == nil {
		return ""
	}
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Code
	}
	return Internal
}
