package emulator

import (
	"bytes"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"go.etcd.io/bbolt"
	"golang.org/x/crypto/chacha20poly1305"

	"ventanilla/backend"
)

// kept is an answer under its idempotency key. The sum is keyed and the body is
// sealed: a request holds a password, an answer may hold a temporary one.
type kept struct {
	Sum    []byte    `json:"sum"`
	Status int       `json:"status"`
	Body   []byte    `json:"body,omitempty"`
	At     time.Time `json:"at"`
}

// reply is an answer as it leaves.
type reply struct {
	status int
	body   []byte // JSON, nil for 204
	after  time.Duration
}

// sum tells whether two requests are the same.
func (e *Emulator) sum(method, path string, body []byte) []byte {
	h := hmac.New(sha256.New, e.sumKey)
	_, _ = fmt.Fprintf(h, "%s %d %s\n", method, len(path), path)
	_, _ = h.Write(body)
	return h.Sum(nil)
}

// replay returns the answer kept under the key of b, if there is one. The same key
// for something else is [backend.IdempotencyMismatch].
func (e *Emulator) replay(b *book, sum []byte) (reply, bool, error) {
	var k kept
	err := b.get(bucketAnswers, []byte(b.op), &k)
	if backend.CodeOf(err) == backend.NotFound || err == nil && b.now.Sub(k.At) >= keepAnswers {
		return reply{}, false, nil
	}
	if err != nil {
		return reply{}, false, err
	}
	if !hmac.Equal(k.Sum, sum) {
		return reply{}, false, &backend.Error{Code: backend.IdempotencyMismatch}
	}
	body, err := e.unseal(b.op, k.Body)
	return reply{status: k.Status, body: body}, err == nil, err
}

// keep writes an answer under the key of b, in the transaction of its effects.
func (e *Emulator) keep(b *book, sum []byte, r reply) error {
	body, err := e.seal(b.op, r.body)
	if err != nil {
		return err
	}
	return b.put(bucketAnswers, []byte(b.op), kept{Sum: sum, Status: r.status, Body: body, At: b.now})
}

func (e *Emulator) seal(op string, body []byte) ([]byte, error) {
	aead, err := chacha20poly1305.NewX(e.sealKey)
	if err != nil {
		return nil, fmt.Errorf("sealing an answer: %w", err)
	}
	nonce := make([]byte, aead.NonceSize(), aead.NonceSize()+len(body)+aead.Overhead())
	if _, err := io.ReadFull(rand.Reader, nonce); err != nil {
		return nil, fmt.Errorf("sealing an answer: %w", err)
	}
	return aead.Seal(nonce, nonce, body, []byte(op)), nil
}

func (e *Emulator) unseal(op string, sealed []byte) ([]byte, error) {
	aead, err := chacha20poly1305.NewX(e.sealKey)
	if err != nil || len(sealed) < aead.NonceSize() {
		return nil, errors.New("opening a kept answer: it is damaged")
	}
	n := aead.NonceSize()
	body, err := aead.Open(nil, sealed[:n], sealed[n:], []byte(op))
	if err != nil {
		return nil, fmt.Errorf("opening a kept answer: %w", err)
	}
	return body, nil
}

// forget removes the answers whose time is over.
func forget(tx *bbolt.Tx, now time.Time) error {
	bucket := tx.Bucket(bucketAnswers)
	var old [][]byte
	err := bucket.ForEach(func(k, text []byte) error {
		var a kept
		if err := json.Unmarshal(text, &a); err != nil {
			return fmt.Errorf("reading a kept answer: %w", err)
		}
		if now.Sub(a.At) >= keepAnswers {
			old = append(old, bytes.Clone(k))
		}
		return nil
	})
	for _, k := range old {
		err = errors.Join(err, bucket.Delete(k))
	}
	return err
}
