package backend

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"ventanilla/backend/secret"
)

// The ways of proving that an account is one's own.
const (
	MethodCode       = "code"       // a code mailed to an address the core knows
	MethodLink       = "link"       // a link mailed to an address the core knows
	MethodInvitation = "invitation" // the key of an invitation
	MethodAgent      = "agent"      // an agent's case
	MethodData       = "data"       // personal data and a newly typed address only (RULES: reg.proof)
	MethodWaited     = "waited"     // the same, 72 hours after every known contact was told, to which nobody said no (RULES: reg.proof)
)

// Evidence says how and when a person proved that an account is theirs.
type Evidence struct {
	Account string
	Method  string    // one of the Method constants
	Address string    // the proven e-mail address, "" if the method has none; only its hash leaves
	At      time.Time // when it was proven, to the second
}

// EvidenceLife is how long a core accepts evidence. It is longer than a proof
// counts in a conversation, so that a change can wait for a core that is down.
const EvidenceLife = time.Hour

// Claims are what a signed evidence says, by the names of the contract.
type Claims struct {
	jwt.RegisteredClaims
	Portal  string `json:"portal"`
	Method  string `json:"method"`
	Address string `json:"addr,omitempty"` // see [AddressHash]
}

// AddressHash is how evidence names an address: the SHA-256 of the trimmed
// address in lower case, in unpadded base64url. It returns "" for "".
func AddressHash(address string) string {
	a := strings.ToLower(strings.TrimSpace(address))
	if a == "" {
		return ""
	}
	sum := sha256.Sum256([]byte(a))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// Sign makes the JWT (RFC 7519, HS256) of e for a portal. The same evidence gives
// the same text, so that a repeated call has the same body.
func (e Evidence) Sign(key secret.Text, portal string) (string, error) {
	claims := Claims{
		RegisteredClaims: jwt.RegisteredClaims{Subject: e.Account, IssuedAt: jwt.NewNumericDate(e.At)},
		Portal:           portal, Method: e.Method, Address: AddressHash(e.Address),
	}
	text, err := jwt.NewWithClaims(jwt.SigningMethodHS256, claims).SignedString([]byte(key.Reveal()))
	if err != nil {
		return "", fmt.Errorf("signing evidence: %w", err)
	}
	return text, nil
}

// ReadEvidence is the core's side: it checks the signature and the age of a
// signed evidence, allowing for clocks a minute apart. The caller compares
// account, portal, method and address. Errors never carry the text.
func ReadEvidence(text string, key secret.Text, now time.Time) (Claims, error) {
	var c Claims
	_, err := jwt.ParseWithClaims(text, &c,
		func(*jwt.Token) (any, error) { return []byte(key.Reveal()), nil },
		jwt.WithValidMethods([]string{jwt.SigningMethodHS256.Alg()}),
		jwt.WithTimeFunc(func() time.Time { return now }), jwt.WithLeeway(time.Minute), jwt.WithIssuedAt())
	if err != nil {
		return Claims{}, fmt.Errorf("reading evidence: %w", err)
	}
	if c.IssuedAt == nil || now.Sub(c.IssuedAt.Time) > EvidenceLife {
		return Claims{}, fmt.Errorf("reading evidence: %w", jwt.ErrTokenExpired)
	}
	return c, nil
}
