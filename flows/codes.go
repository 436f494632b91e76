package flows

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"strings"

	"ventanilla/backend/secret"
)

// Codes derives the one-time codes that prove an e-mail address, and the PINs
// that stand beside links. Nothing is stored: the same key and nonce give the
// same digits when sending and when checking (RULES: code.stored).
type Codes struct {
	Key secret.Text // at least 32 random bytes
}

// CodeDigits is the length of a code (RULES: code.form).
const CodeDigits = 8

// Code returns the 8 digits for one conversation, account and nonce. A code of
// another conversation or account is another code (RULES: code.once).
func (c Codes) Code(k Key, ref CodeRef) secret.Text {
	return c.digits(100_000_000, "code", k.Portal, k.Channel, k.Person, ref.Account, ref.Nonce)
}

// PIN returns the 4 digits shown beside a form's link (RULES: link.forwarded).
func (c Codes) PIN(k Key, entered string) secret.Text {
	return c.digits(10_000, "pin", k.Portal, k.Channel, k.Person, entered)
}

// Same compares what a person typed with a secret in constant time.
func Same(typed string, want secret.Text) bool {
	return hmac.Equal([]byte(typed), []byte(want.Reveal()))
}

// digits reduces an HMAC-SHA-256 (RFC 2104) modulo n, padded to n's width. With
// 64 bits the bias of the reduction is below 2^-37. Each part is preceded by
// its length, so that two lists of parts never read the same.
func (c Codes) digits(n uint64, parts ...string) secret.Text {
	h := hmac.New(sha256.New, []byte(c.Key.Reveal()))
	for _, p := range parts {
		_, _ = fmt.Fprintf(h, "%d:%s", len(p), p)
	}
	v := binary.BigEndian.Uint64(h.Sum(nil)) % n
	return secret.Text(fmt.Sprintf("%0*d", len(fmt.Sprint(n-1)), v))
}

// Spaced shows a code as people read it: "1234 5678".
func Spaced(code secret.Text) secret.Text {
	s := code.Reveal()
	return secret.Text(s[:len(s)/2] + " " + s[len(s)/2:])
}

// ReadCode finds a code of n digits in what a person typed: with spaces, dots or
// hyphens between, in full-width digits, or inside a sentence (RULES: code.form).
// It returns "" if there is none, or more than one.
func ReadCode(typed string, n int) string {
	found := ""
	for _, run := range digitRuns(typed) {
		if len(run) != n {
			continue
		}
		if found != "" && found != run {
			return ""
		}
		found = run
	}
	return found
}

// digitRuns joins digits that only spaces, dots, hyphens or underscores separate.
func digitRuns(s string) (runs []string) {
	var run strings.Builder
	flush := func() {
		if run.Len() > 0 {
			runs = append(runs, run.String())
			run.Reset()
		}
	}
	for _, r := range s {
		switch {
		case r >= '0' && r <= '9':
			run.WriteRune(r)
		case r >= '０' && r <= '９':
			run.WriteRune(r - '０' + '0')
		case strings.ContainsRune(" \u00a0\u2009\u202f\t\n.-_–·", r):
		default:
			flush()
		}
	}
	flush()
	return runs
}
