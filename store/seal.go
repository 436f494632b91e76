package store

import (
	"crypto/cipher"
	"errors"
	"fmt"
	"io"
	"slices"

	"golang.org/x/crypto/chacha20poly1305"
)

// ErrSealed is returned for a value that does not open: it was changed, it was
// moved to another key, or its sealing key is not in the keyring.
var ErrSealed = errors.New("store: a value does not open with these keys")

// A sealed value is 1 byte of format, 4 of key id, 24 of nonce, and what
// XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha) made of it, with the entry's key as
// associated data. The nonce is random: 192 bits never meet again.
const (
	sealFormat = 1
	sealHead   = 1 + 4 + chacha20poly1305.NonceSizeX
	sealCost   = sealHead + chacha20poly1305.Overhead
)

// sealer seals under the first key of a keyring and opens with any.
type sealer struct {
	first  [4]byte
	aeads  map[[4]byte]cipher.AEAD
	random io.Reader
}

func newSealer(k *Keyring, random io.Reader) (*sealer, error) {
	s := &sealer{first: k.seals[0].id, aeads: map[[4]byte]cipher.AEAD{}, random: random}
	for _, key := range k.seals {
		aead, err := chacha20poly1305.NewX([]byte(key.key.Reveal()))
		if err != nil {
			return nil, fmt.Errorf("preparing a sealing key: %w", err)
		}
		s.aeads[key.id] = aead
	}
	return s, nil
}

// seal appends to b what plain is, sealed for the entry under key.
func (s *sealer) seal(b, key, plain []byte) ([]byte, error) {
	from := len(b)
	b = append(slices.Grow(b, sealCost+len(plain)), sealFormat)
	b = append(b, s.first[:]...)
	nonce := b[len(b) : from+sealHead]
	if _, err := io.ReadFull(s.random, nonce); err != nil {
		return nil, fmt.Errorf("drawing a nonce: %w", err)
	}
	return s.aeads[s.first].Seal(b[:from+sealHead], nonce, plain, key), nil
}

// open returns what was sealed for the entry under key, or [ErrSealed].
func (s *sealer) open(key string, sealed []byte) ([]byte, error) {
	if len(sealed) < sealCost || sealed[0] != sealFormat {
		return nil, fmt.Errorf("opening %s: %w", kindOf(key), ErrSealed)
	}
	aead := s.aeads[[4]byte(sealed[1:5])]
	if aead == nil {
		return nil, fmt.Errorf("opening %s: key %x is missing: %w", kindOf(key), sealed[1:5], ErrSealed)
	}
	plain, err := aead.Open(nil, sealed[5:sealHead], sealed[sealHead:], []byte(key))
	if err != nil {
		return nil, fmt.Errorf("opening %s: %w", kindOf(key), ErrSealed)
	}
	return plain, nil
}

// fresh tells whether a value is sealed under the first key.
func (s *sealer) fresh(sealed []byte) bool {
	return len(sealed) >= sealCost && [4]byte(sealed[1:5]) == s.first
}

// kindOf names an entry in errors by its kind and the start of its hash.
func kindOf(key string) string { return key[:min(len(key), 10)] }
