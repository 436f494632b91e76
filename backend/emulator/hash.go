package emulator

import (
	"context"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"strings"

	"golang.org/x/crypto/argon2"
	"golang.org/x/text/unicode/norm"

	"ventanilla/backend/secret"
)

// Argon2id as the OWASP Password Storage Cheat Sheet has it (RFC 9106).
const (
	argonTime   = 2
	argonMemory = 19 * 1024 // KiB
	argonLanes  = 1
	argonLen    = 32
	saltLen     = 16
)

// hasher hashes passwords, a bounded number at once: each takes 19 MiB.
type hasher struct {
	slots  chan struct{}
	random io.Reader
}

func newHasher(n int, random io.Reader) *hasher {
	return &hasher{slots: make(chan struct{}, n), random: random}
}

// encoding of salt and key in a stored hash.
var encoding = base64.RawStdEncoding

// make returns the hash of a password in the PHC string format.
func (h *hasher) make(ctx context.Context, password secret.Text) (string, error) {
	salt := make([]byte, saltLen)
	if _, err := io.ReadFull(h.random, salt); err != nil {
		return "", fmt.Errorf("hashing a password: %w", err)
	}
	key, err := h.key(ctx, password, salt)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, argonMemory, argonTime, argonLanes,
		encoding.EncodeToString(salt), encoding.EncodeToString(key)), nil
}

// matches tells whether a password has this hash. Against an empty or foreign hash
// it takes as long and says no.
func (h *hasher) matches(ctx context.Context, stored string, password secret.Text) (bool, error) {
	salt, want := split(stored)
	key, err := h.key(ctx, password, salt)
	if err != nil {
		return false, err
	}
	return want != nil && subtle.ConstantTimeCompare(key, want) == 1, nil
}

// split takes a stored hash apart; a hash that is none has a salt all the same.
func split(stored string) (salt, key []byte) {
	none := make([]byte, saltLen)
	parts := strings.Split(stored, "$")
	if len(parts) != 6 {
		return none, nil
	}
	salt, err1 := encoding.DecodeString(parts[4])
	key, err2 := encoding.DecodeString(parts[5])
	if err1 != nil || err2 != nil || len(key) != argonLen {
		return none, nil
	}
	return salt, key
}

func (h *hasher) key(ctx context.Context, password secret.Text, salt []byte) ([]byte, error) {
	select {
	case h.slots <- struct{}{}:
	case <-ctx.Done():
		return nil, fmt.Errorf("waiting to hash a password: %w", ctx.Err())
	}
	defer func() { <-h.slots }()
	return argon2.IDKey([]byte(norm.NFC.String(password.Reveal())), salt, argonTime, argonMemory, argonLanes, argonLen), nil
}

// Temporary passwords (RULES: temp.form): no 0 O 1 l I.
const (
	temporaryAlphabet = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789"
	temporaryLength   = 14 // 81 bits
)

// temporary draws a temporary password that holds a digit and both cases, so that
// it passes the rules that portals impose.
func (h *hasher) temporary() (secret.Text, error) {
	for range 100 {
		b, err := h.draw(temporaryLength)
		if err != nil {
			return "", fmt.Errorf("drawing a temporary password: %w", err)
		}
		if t := string(b); strings.ContainsAny(t, "23456789") && strings.ToUpper(t) != t && strings.ToLower(t) != t {
			return secret.Text(t), nil
		}
	}
	return "", errors.New("drawing a temporary password: the source of randomness repeats itself")
}

// draw returns n letters of the alphabet, each as likely: bytes beyond the last
// whole multiple of its length are thrown away.
func (h *hasher) draw(n int) ([]byte, error) {
	const fair = 256 / len(temporaryAlphabet) * len(temporaryAlphabet)
	out, one := make([]byte, 0, n), make([]byte, 1)
	for len(out) < n {
		if _, err := io.ReadFull(h.random, one); err != nil {
			return nil, fmt.Errorf("reading randomness: %w", err)
		}
		if int(one[0]) < fair {
			out = append(out, temporaryAlphabet[int(one[0])%len(temporaryAlphabet)])
		}
	}
	return out, nil
}
