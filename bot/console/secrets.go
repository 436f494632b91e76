package console

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base32"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/ccojocar/zxcvbn-go"
	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"
	"golang.org/x/crypto/argon2"
	"golang.org/x/text/unicode/norm"

	"ventanilla/backend/secret"
)

// Parameters of argon2id, the first choice of the OWASP Password Storage cheat sheet.
const (
	argonMemory = 19 * 1024 // KiB
	argonTime   = 2
	argonLanes  = 1
	argonKey    = 32
	argonSalt   = 16
)

// hashed is a password as it is kept: "argon2id$salt$key", both base64.
func (c *Console) hashed(ctx context.Context, password string) (secret.Text, error) {
	salt := make([]byte, argonSalt)
	_, _ = rand.Read(salt) // never fails: it ends the program instead
	key, err := c.derive(ctx, password, salt)
	if err != nil {
		return "", err
	}
	e := base64.RawStdEncoding
	return secret.Text("argon2id$" + e.EncodeToString(salt) + "$" + e.EncodeToString(key)), nil
}

// derive waits for its turn: hashing takes memory that strangers must not multiply.
func (c *Console) derive(ctx context.Context, password string, salt []byte) ([]byte, error) {
	select {
	case c.hashing <- struct{}{}:
		defer func() { <-c.hashing }()
	case <-ctx.Done():
		return nil, fmt.Errorf("waiting to check a password: %w", ctx.Err())
	}
	return argon2.IDKey([]byte(norm.NFC.String(password)), salt, argonTime, argonMemory, argonLanes, argonKey), nil
}

// nobody is the hash that is compared where there is no agent, so that it takes as long.
const nobody = secret.Text("argon2id$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")

// matches compares a password with a hash in a time that tells nothing.
func (c *Console) matches(ctx context.Context, kept secret.Text, password string) (bool, error) {
	parts := strings.Split(kept.Reveal(), "$")
	if len(parts) != 3 || parts[0] != "argon2id" {
		return false, errors.New("a kept password is not what was written")
	}
	salt, err1 := base64.RawStdEncoding.DecodeString(parts[1])
	want, err2 := base64.RawStdEncoding.DecodeString(parts[2])
	if err := errors.Join(err1, err2); err != nil {
		return false, fmt.Errorf("reading a kept password: %w", err)
	}
	got, err := c.derive(ctx, password, salt)
	return subtle.ConstantTimeCompare(got, want) == 1, err
}

// What an agent's password must be. There is a second factor, so eight characters are
// the least (RULES: pw.length); what is easy to guess is refused at any length.
const (
	leastPassword = 8
	mostPassword  = 256
	leastStrength = 3 // of zxcvbn's 0 to 4
)

// weak names what is wrong with a new password, "" if nothing is.
func weak(password, name string) string {
	switch n := utf8.RuneCountInString(norm.NFC.String(password)); {
	case n < leastPassword:
		return "password_short"
	case n > mostPassword:
		return "password_long"
	case zxcvbn.PasswordStrength(password[:min(len(password), 100)], append(strings.Fields(name), name, "ventanilla", "consola")).Score < leastStrength:
		return "password_weak"
	}
	return ""
}

// One-time codes of six digits, every half minute (RFC 6238), as every authenticator app makes them.
const (
	codeDigits = otp.DigitsSix
	codePeriod = 30 // seconds
	codeSkew   = 1  // steps before and after that are taken, for clocks that differ (RFC 6238, section 5.2)
)

// taken returns the counter of a one-time code that is right now and was not taken before:
// one up to last is a replay (RFC 6238, section 5.2).
func taken(seed secret.Text, typed string, last uint64, now time.Time) (counter uint64, ok bool) {
	typed = strings.Join(strings.Fields(typed), "")
	at := uint64(max(now.Unix(), 0)) / codePeriod
	for n := at - codeSkew; n <= at+codeSkew; n++ {
		right, err := hotp.ValidateCustom(typed, n, base32Seed(seed), hotp.ValidateOpts{Digits: codeDigits, Algorithm: otp.AlgorithmSHA1})
		if err == nil && right && n > last {
			return n, true
		}
	}
	return 0, false
}

func base32Seed(seed secret.Text) string {
	return base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString([]byte(seed.Reveal()))
}
