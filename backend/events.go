package backend

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"ventanilla/backend/secret"
)

// EventType says what happened to an account.
type EventType string

// What a core tells by itself; see x-webhooks in the contract.
const (
	PayslipAvailable EventType = "payslip_available" // data: period, and slip if it has an id
	AccountLocked    EventType = "account_locked"
	PasswordExpiring EventType = "password_expiring" // data: on, the day
	PasswordChanged  EventType = "password_changed"  // elsewhere than through Ventanilla
)

// EventTypes are all of them.
var EventTypes = []EventType{PayslipAvailable, AccountLocked, PasswordExpiring, PasswordChanged}

// Event is something that happened in the core and that the owner of an account may
// want to hear of. It never holds a secret.
type Event struct {
	ID      string            `json:"id"` // the same if it is told again
	Type    EventType         `json:"type"`
	Account string            `json:"account"`
	At      time.Time         `json:"at"` // when it happened
	Data    map[string]string `json:"data,omitempty"`
}

// SignatureHeader carries the signature of an event.
const SignatureHeader = "Ventanilla-Signature"

const (
	// EventWindow is how far the time of a signature may be from now, before or after.
	EventWindow = 5 * time.Minute
	// MaxEvent is how large the body of an event may be, in bytes.
	MaxEvent = 16 << 10

	maxSignature  = 1 << 10 // bytes of the header
	mostData      = 16
	longestData   = 256 // bytes
	signatureSpec = "v1"
)

// ErrSignature is returned for an event that the core did not sign, or not now.
var ErrSignature = errors.New("the event is not signed by the core, or was signed too long ago")

// SignEvent is the core's side: it returns the header for a body that is sent at a
// moment, t=<Unix seconds>,v1=<hex>, which is the HMAC-SHA-256 (RFC 2104) over the
// seconds, a dot and the body, as https://docs.stripe.com/webhooks#verify-manually has it.
func SignEvent(key secret.Text, at time.Time, body []byte) string {
	t := strconv.FormatInt(at.Unix(), 10)
	return "t=" + t + "," + signatureSpec + "=" + hex.EncodeToString(eventMAC(key, t, body))
}

func eventMAC(key secret.Text, t string, body []byte) []byte {
	h := hmac.New(sha256.New, []byte(key.Reveal()))
	h.Write([]byte(t + "."))
	h.Write(body)
	return h.Sum(nil)
}

// ReadEvent checks the signature of a body and reads the event in it. It returns
// [ErrSignature], or an *[Error] with [Invalid] that says what is wrong with a body
// that the core did sign. Of several signatures one must be right, so that a core
// can change its key; members of the body that the contract does not know are let pass.
func ReadEvent(key secret.Text, header string, body []byte, now time.Time) (Event, error) {
	if key == "" || !signed(key, header, body, now) {
		return Event{}, ErrSignature
	}
	var e Event
	if err := json.Unmarshal(body, &e); err != nil {
		return Event{}, invalidEvent("the body is not the JSON of an event")
	}
	if err := e.check(); err != nil {
		return Event{}, err
	}
	return e, nil
}

// signed judges a header in constant time, whichever signature in it is right.
func signed(key secret.Text, header string, body []byte, now time.Time) (ok bool) {
	if len(header) > maxSignature {
		return false
	}
	var t string
	var macs [][]byte
	for part := range strings.SplitSeq(header, ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(part), "=")
		switch name {
		case "t":
			if t != "" {
				return false
			}
			t = value
		case signatureSpec:
			if mac, err := hex.DecodeString(value); err == nil {
				macs = append(macs, mac)
			}
		}
	}
	seconds, err := strconv.ParseInt(t, 10, 64)
	if err != nil || now.Sub(time.Unix(seconds, 0)).Abs() > EventWindow {
		return false
	}
	want := eventMAC(key, t, body)
	for _, mac := range macs {
		ok = hmac.Equal(mac, want) || ok
	}
	return ok
}

var (
	eventID  = regexp.MustCompile(`^[!-~]{1,128}$`)
	dataName = regexp.MustCompile(`^[a-z][a-z0-9_]{0,31}$`)
)

func invalidEvent(why string) error { return &Error{Code: Invalid, Op: "event", Message: why} }

// check says what is missing in an event, or does not belong there.
func (e Event) check() error {
	switch {
	case !eventID.MatchString(e.ID):
		return invalidEvent("id must be 1 to 128 printable ASCII characters without spaces")
	case !slices.Contains(EventTypes, e.Type):
		return invalidEvent("type is none of the contract's")
	case e.Account == "" || len(e.Account) > 128:
		return invalidEvent("account must have 1 to 128 characters")
	case e.At.IsZero():
		return invalidEvent("at is missing")
	case e.Type == PayslipAvailable && e.Data["period"] == "":
		return invalidEvent("data.period is missing: payslip_available says which payslip")
	case e.Type == PasswordExpiring && !isDay(e.Data["on"]):
		return invalidEvent("data.on must be a day like 2026-12-01: password_expiring says the last one")
	case len(e.Data) > mostData:
		return invalidEvent("data has more than 16 members")
	}
	for name, value := range e.Data {
		if !dataName.MatchString(name) || len(value) > longestData {
			return invalidEvent("a member of data has a name that is not like period, or more than 256 bytes")
		}
	}
	return nil
}

func isDay(s string) bool {
	_, err := time.Parse(time.DateOnly, s)
	return err == nil
}
