// Package link makes and checks the addresses that leave in messages: a form's
// page, a grant that travels by mail, a document to fetch.
//
// A link says where to look and is signed; it carries no secret and decides
// nothing. Whether it still counts is decided by the record it leads to. No
// link is ever built from a Host header (RULES: link.host).
package link

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"net/url"
	"time"

	"ventanilla/backend/secret"
)

// Signer makes and checks links. It is safe for concurrent use.
type Signer struct {
	Base *url.URL         // the public address from the settings, such as https://bot.example.org
	Key  secret.Text      // at least 32 random bytes
	Now  func() time.Time // judges expiry
}

// Error is why a token was refused.
type Error struct{ expired bool }

var (
	// ErrBad is returned for a token that this program did not sign, or not for this purpose.
	ErrBad = &Error{}
	// ErrExpired is returned for a genuine token whose time has passed; what it says is returned too.
	ErrExpired = &Error{expired: true}
)

func (e *Error) Error() string {
	if e.expired {
		return "link: expired"
	}
	return "link: not a valid link"
}

// Expired tells whether the link was genuine once.
func (e *Error) Expired() bool { return e.expired }

// A purpose is what a link is for: the first part of its path, and part of what
// is signed, so that a token for one is worthless for another.
type purpose string

const (
	forForm  purpose = "f"
	forGrant purpose = "g"
	forFile  purpose = "d"
)

// Form returns the address of a one-time page. The conversation is named as the
// store names it, in hex; entered is the Dialog.Entered of the visit.
func (s Signer) Form(conversation, entered string, until time.Time) (string, error) {
	return s.address(forForm, conversation, entered, until)
}

// OpenForm returns the conversation and the visit a form's token leads to.
func (s Signer) OpenForm(token string) (conversation, entered string, err error) {
	return s.open(forForm, token)
}

// Grant returns the address of a grant's page. The id is the Grant.ID, in hex.
func (s Signer) Grant(id string, until time.Time) (string, error) {
	return s.address(forGrant, id, "", until)
}

// OpenGrant returns the id of the grant that a token leads to.
func (s Signer) OpenGrant(token string) (id string, err error) {
	id, _, err = s.open(forGrant, token)
	return id, err
}

// File returns the address of the document that an outbound reply delivers.
func (s Signer) File(conversation, outbound string, until time.Time) (string, error) {
	return s.address(forFile, conversation, outbound, until)
}

// OpenFile returns the conversation and the outbound reply whose document a token leads to.
func (s Signer) OpenFile(token string) (conversation, outbound string, err error) {
	return s.open(forFile, token)
}

const (
	version  = 1
	macSize  = 16 // 128 bits, which RULES.md (link.token) asks for at least; truncation: RFC 2104, section 5
	timeSize = 8
	maxToken = 512
)

var encoding = base64.RawURLEncoding.Strict()

func (s Signer) address(p purpose, name, ref string, until time.Time) (string, error) {
	body, err := pack(name, ref, until)
	if err != nil {
		return "", fmt.Errorf("making a link: %w", err)
	}
	token := encoding.EncodeToString(append(body, s.mac(p, body)...))
	return s.Base.JoinPath(string(p), token).String(), nil
}

func (s Signer) open(p purpose, token string) (name, ref string, err error) {
	raw, err := encoding.DecodeString(token)
	// The decoder skips line breaks: without the comparison one link would have many spellings.
	if err != nil || len(token) > maxToken || len(raw) <= macSize || encoding.EncodeToString(raw) != token {
		return "", "", ErrBad
	}
	body, mac := raw[:len(raw)-macSize], raw[len(raw)-macSize:]
	if !hmac.Equal(mac, s.mac(p, body)) {
		return "", "", ErrBad
	}
	name, ref, until, ok := unpack(body)
	if !ok {
		return "", "", ErrBad
	}
	if !s.Now().Before(until) {
		return name, ref, ErrExpired
	}
	return name, ref, nil
}

func (s Signer) mac(p purpose, body []byte) []byte {
	h := hmac.New(sha256.New, []byte(s.Key.Reveal()))
	h.Write([]byte("ventanilla link " + string(p) + "\x00"))
	h.Write(body)
	return h.Sum(nil)[:macSize]
}

// pack writes version, length of the name, name, expiry in seconds, and the rest is ref.
func pack(name, ref string, until time.Time) ([]byte, error) {
	raw, err := hex.DecodeString(name)
	if err != nil || len(raw) < 16 || len(raw) > 32 || len(ref) > 128 {
		return nil, fmt.Errorf("the name must be 16 to 32 bytes in hex, and what follows at most 128 bytes")
	}
	body := append([]byte{version, byte(len(raw))}, raw...)
	body = binary.BigEndian.AppendUint64(body, uint64(until.Unix()))
	return append(body, ref...), nil
}

func unpack(body []byte) (name, ref string, until time.Time, ok bool) {
	if len(body) < 2 || body[0] != version || len(body) < 2+int(body[1])+timeSize {
		return "", "", time.Time{}, false
	}
	body, n := body[2:], int(body[1])
	seconds := binary.BigEndian.Uint64(body[n : n+timeSize])
	return hex.EncodeToString(body[:n]), string(body[n+timeSize:]), time.Unix(int64(seconds), 0), true
}
