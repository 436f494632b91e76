package store

import (
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"errors"
	"fmt"
	"strings"
	"time"
)

// trailKey signs checkpoints.
type trailKey struct{ key ed25519.PrivateKey }

func newTrailKey(k *Keyring) trailKey {
	return trailKey{ed25519.NewKeyFromSeed([]byte(k.Derive("audit checkpoints").Reveal()))}
}

// Checkpoint is the signature over the heads of all trails that grew on one
// day, and over the checkpoint before it, so that all of them together cover
// every head (RULES: data.audit). It is made by Ed25519 (RFC 8032).
type Checkpoint struct {
	Day       string `json:"day"`      // UTC, "20260102"
	Heads     int    `json:"heads"`    // trails that grew on that day
	Sum       []byte `json:"sum"`      // SHA-256 over their names, counts and heads
	Previous  string `json:"previous"` // day of the checkpoint before, "" for the first
	Before    []byte `json:"before"`   // signature of the checkpoint before
	Signature []byte `json:"signature"`
}

// DayGrace is how long after midnight a day is still open: answers that were
// computed before it may be written after it.
const DayGrace = 10 * time.Minute

func dayOf(t time.Time) string { return t.UTC().Format("20060102") }

func (c Checkpoint) signed() []byte {
	return fmt.Appendf(nil, "ventanilla checkpoint 1\n%s\n%d\n%x\n%s\n%x\n", c.Day, c.Heads, c.Sum, c.Previous, c.Before)
}

// CheckpointKey returns the Ed25519 public key that verifies checkpoints outside the program.
func (s *Store) CheckpointKey() ed25519.PublicKey {
	return s.trail.key.Public().(ed25519.PublicKey)
}

// Checkpoint signs every closed day whose trails grew and that has no signature
// yet, and returns how many it signed. A day closes [DayGrace] after midnight, UTC.
// Call it once a day or more often; several at once do no harm.
func (s *Store) Checkpoint(ctx context.Context) (signed int, err error) {
	last, err := s.lastCheckpoint(ctx)
	if err != nil {
		return 0, err
	}
	open := dayOf(s.clock.Now().Add(-DayGrace))
	for {
		day, err := s.nextDay(ctx, last.Day)
		if err != nil || day == "" || day >= open {
			return signed, err
		}
		c := Checkpoint{Day: day, Previous: last.Day, Before: last.Signature}
		if c.Heads, c.Sum, err = s.heads(ctx, day, nil); err != nil {
			return signed, err
		}
		c.Signature = ed25519.Sign(s.trail.key, c.signed())
		if err := s.putCheckpoint(ctx, c); errors.Is(err, ErrConflict) {
			return signed, nil // somebody else is at it
		} else if err != nil {
			return signed, err
		}
		last, signed = c, signed+1
	}
}

func (s *Store) putCheckpoint(ctx context.Context, c Checkpoint) error {
	w := &write{seal: s.sealer.Load()}
	if w.add(Entry{Key: checkpoints + c.Day}, c); w.err != nil {
		return w.err
	}
	if _, err := s.kv.Put(ctx, w.with[0]); err != nil {
		return fmt.Errorf("writing a checkpoint: %w", err)
	}
	return nil
}

// nextDay returns the first day after the given one on which a trail grew, "" if there is none.
func (s *Store) nextDay(ctx context.Context, day string) (string, error) {
	after := ""
	if day != "" {
		after = trailDays + day + "/" // "/" follows "."
	}
	es, err := s.kv.List(ctx, trailDays, after, 1)
	if err != nil || len(es) == 0 {
		return "", err
	}
	next, _, _ := strings.Cut(strings.TrimPrefix(es[0].Key, trailDays), ".")
	return next, nil
}

func (s *Store) lastCheckpoint(ctx context.Context) (last Checkpoint, err error) {
	err = s.eachCheckpoint(ctx, func(c Checkpoint) error { last = c; return nil })
	return last, err
}

func (s *Store) eachCheckpoint(ctx context.Context, do func(Checkpoint) error) error {
	for after := ""; ; {
		es, err := s.kv.List(ctx, checkpoints, after, 256)
		if err != nil {
			return fmt.Errorf("reading checkpoints: %w", err)
		}
		for _, e := range es {
			var c Checkpoint
			if err := s.unseal(e, &c); err != nil {
				return errors.Join(ErrTampered, err)
			}
			if err := do(c); err != nil {
				return err
			}
			after = e.Key
		}
		if len(es) == 0 {
			return nil
		}
	}
}

// heads sums up the heads of the trails that grew on a day. each, if not nil, sees them one by one.
func (s *Store) heads(ctx context.Context, day string, each func(name string, head Chain) error) (n int, sum []byte, err error) {
	h := sha256.New()
	prefix := trailDays + day + "."
	for after := ""; ; {
		es, err := s.kv.List(ctx, prefix, after, 256)
		if err != nil {
			return 0, nil, fmt.Errorf("reading the heads of %s: %w", day, err)
		}
		for _, e := range es {
			var head Chain
			if err := s.unseal(e, &head); err != nil {
				return 0, nil, errors.Join(ErrTampered, err)
			}
			name := strings.TrimPrefix(e.Key, prefix)
			if each != nil {
				if err := each(name, head); err != nil {
					return 0, nil, err
				}
			}
			_, _ = fmt.Fprintf(h, "%s %d %x\n", name, head.N, head.Head)
			n, after = n+1, e.Key
		}
		if len(es) == 0 {
			return n, h.Sum(nil), nil
		}
	}
}

// VerifyCheckpoint verifies every checkpoint: its signature, its place after the
// one before, and that each trail it covers still holds, unchanged, the lines that
// it had then. It returns an [ErrTampered] that says what is wrong.
func (s *Store) VerifyCheckpoint(ctx context.Context) error {
	var last Checkpoint
	err := s.eachCheckpoint(ctx, func(c Checkpoint) error {
		defer func() { last = c }()
		return s.verifyCheckpoint(ctx, c, last)
	})
	return err
}

func (s *Store) verifyCheckpoint(ctx context.Context, c, before Checkpoint) error {
	if !ed25519.Verify(s.CheckpointKey(), c.signed(), c.Signature) {
		return fmt.Errorf("%w: the signature of %s is not ours", ErrTampered, c.Day)
	}
	if c.Previous != before.Day || string(c.Before) != string(before.Signature) {
		return fmt.Errorf("%w: a checkpoint before %s is missing", ErrTampered, c.Day)
	}
	n, sum, err := s.heads(ctx, c.Day, func(name string, head Chain) error {
		return s.verifyChain(ctx, name, head, false)
	})
	if err != nil {
		return err
	}
	if n != c.Heads || string(sum) != string(c.Sum) {
		return fmt.Errorf("%w: the heads of %s are not those that were signed", ErrTampered, c.Day)
	}
	return nil
}
