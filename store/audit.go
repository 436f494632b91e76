package store

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"ventanilla/flows"
)

// ErrTampered is returned when the audit trail is not what was written.
var ErrTampered = errors.New("store: the audit trail was changed")

// AuditLine is one line of a conversation's trail. The hash of a line covers the
// hash of the line before it, and the record holds the last (RULES: data.audit).
type AuditLine struct {
	N  uint64    `json:"n"` // from 1 on
	At time.Time `json:"at"`
	flows.Audit
}

// canonical is the line as it is hashed and stored: JSON in the order of the fields, maps by key.
func (l AuditLine) canonical() []byte {
	b, err := json.Marshal(l)
	if err != nil { // strings and times always marshal; a year beyond 9999 does not
		return fmt.Appendf(nil, `{"n":%d,"what":"unwritable"}`, l.N)
	}
	return b
}

// Audit queues a line for the trail; the next Save writes it.
func (c *Conversation) Audit(a flows.Audit, now time.Time) {
	l := AuditLine{N: c.Chain.N + 1, At: now.UTC().Round(0), Audit: a}
	c.Chain = c.Chain.next(l.canonical())
	c.queue.audit = append(c.queue.audit, l)
}

// next is the chain with one more line.
func (c Chain) next(line []byte) Chain {
	h := sha256.New()
	h.Write(c.Head)
	h.Write(line)
	return Chain{N: c.N + 1, Head: h.Sum(nil)}
}

// AuditTrail returns up to n lines after the given number, oldest first. It does not verify them.
func (s *Store) AuditTrail(ctx context.Context, k flows.Key, after uint64, n int) ([]AuditLine, error) {
	name := s.Name(k)
	es, err := s.kv.List(ctx, trail+name+".", numbered(trail, name, after), n)
	if err != nil {
		return nil, fmt.Errorf("reading the audit trail: %w", err)
	}
	lines := make([]AuditLine, len(es))
	for i, e := range es {
		if err := s.unseal(e, &lines[i]); err != nil {
			return nil, errors.Join(ErrTampered, err)
		}
	}
	return lines, nil
}

// VerifyAudit recomputes a conversation's trail and compares it with the head
// in its record. It returns an [ErrTampered] that says what is wrong.
func (s *Store) VerifyAudit(ctx context.Context, k flows.Key) error {
	c, err := s.Load(ctx, k)
	if errors.Is(err, ErrSealed) {
		return errors.Join(ErrTampered, err)
	}
	if err != nil {
		return err
	}
	return s.verifyChain(ctx, s.Name(k), c.Chain, true)
}

// verifyChain recomputes the first want.N lines of a trail. If last, there must be no more.
func (s *Store) verifyChain(ctx context.Context, name string, want Chain, last bool) error {
	got, after := Chain{}, numbered(trail, name, 0)
	for {
		es, err := s.kv.List(ctx, trail+name+".", after, 256)
		if err != nil {
			return fmt.Errorf("reading the audit trail: %w", err)
		}
		for _, e := range es {
			if got.N == want.N {
				break
			}
			if e.Key != numbered(trail, name, got.N+1) {
				return fmt.Errorf("%w: line %d is missing", ErrTampered, got.N+1)
			}
			line, err := s.sealer.Load().open(e.Key, e.Value)
			if err != nil {
				return errors.Join(ErrTampered, err)
			}
			got, after = got.next(line), e.Key
		}
		if len(es) == 0 || got.N == want.N {
			return s.compareChain(ctx, name, got, want, last)
		}
	}
}

func (s *Store) compareChain(ctx context.Context, name string, got, want Chain, last bool) error {
	switch {
	case got.N != want.N:
		return fmt.Errorf("%w: it has %d lines and should have %d", ErrTampered, got.N, want.N)
	case string(got.Head) != string(want.Head):
		return fmt.Errorf("%w: a line among the first %d is not what was written", ErrTampered, got.N)
	case last:
		more, err := s.kv.List(ctx, trail+name+".", numbered(trail, name, want.N), 1)
		if err != nil {
			return fmt.Errorf("reading the audit trail: %w", err)
		}
		if len(more) > 0 {
			return fmt.Errorf("%w: it has lines that were never written", ErrTampered)
		}
	}
	return nil
}
