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
	argonMemory = 19 * 1024 // KiB, where [Options] ask for no less
	argonLanes  = 1
	argonLen    = 32
	saltLen     = 16
)

// hasher hashes passwords, a bounded number at once, for each takes its memory.
type hasher struct {
	slots  chan struct{}
	memory uint32 // KiB, of new hashes
	random io.Reader
}

func newHasher(opt Options) *hasher {
	return &hasher{slots: make(chan struct{}, opt.Hashing), memory: uint32(opt.HashMemory), random: opt.Random}
}

// encoding of salt and key in a stored hash.
var encoding = base64.RawStdEncoding

// make returns the hash of a password in the PHC string format.
func (h *hasher) make(ctx context.Context, password secret.Text) (string, error) {
	salt := make([]byte, saltLen)
	if _, err := io.ReadFull(h.random, salt); err != nil {
		return "", fmt.Errorf("hashing a password: %w", err)
	}
	key, err := h.key(ctx, password, salt, h.memory)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, h.memory, argonTime, argonLanes,
		encoding.EncodeToString(salt), encoding.EncodeToString(key)), nil
}

// matches tells whether a password has this hash. Against an empty or foreign hash
// it takes as long and says no.
func (h *hasher) matches(ctx context.Context, stored string, password secret.Text) (bool, error) {
	of := h.split(stored)
	key, err := h.key(ctx, password, of.salt, of.memory)
	if err != nil {
		return false, err
	}
	return of.key != nil && subtle.ConstantTimeCompare(key, of.key) == 1, nil
}

// hashed is a stored hash taken apart.
type hashed struct {
	salt, key []byte
	memory    uint32 // KiB
}

// split takes a stored hash apart; a hash that is none has a salt all the same.
func (h *hasher) split(stored string) hashed {
	none := hashed{salt: make([]byte, saltLen), memory: h.memory}
	parts := strings.Split(stored, "$")
	if len(parts) != 6 {
		return none
	}
	var time, lanes int
	of := hashed{}
	_, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &of.memory, &time, &lanes)
	of.salt, of.key = decoded(parts[4]), decoded(parts[5])
	if err != nil || of.memory > argonMemory || time != argonTime || lanes != argonLanes || of.salt == nil || len(of.key) != argonLen {
		return none
	}
	return of
}

func decoded(s string) []byte {
	b, err := encoding.DecodeString(s)
	if err != nil {
		return nil
	}
	return b
}

func (h *hasher) key(ctx context.Context, password secret.Text, salt []byte, memory uint32) ([]byte, error) {
	select {
	case h.slots <- struct{}{}:
	case <-ctx.Done():
		return nil, fmt.Errorf("waiting to hash a password: %w", ctx.Err())
	}
	defer func() { <-h.slots }()
	return argon2.IDKey([]byte(norm.NFC.String(password.Reveal())), salt, argonTime, memory, argonLanes, argonLen), nil
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
