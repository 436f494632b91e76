package store

import (
	"context"
	"fmt"
	"strings"
)

// Verify reads everything in kv and returns how many entries there are, or the
// first error: other keys, a value that does not open, a record of a newer
// version. It changes nothing; a restore asks it before a file takes its place
// (RULES: data.backup).
func Verify(ctx context.Context, kv KV, keys *Keyring) (entries int, err error) {
	r, _, err := recall(ctx, kv)
	if err != nil {
		return 0, err
	}
	if err := r.fits(keys); err != nil {
		return 0, err
	}
	sealer, err := newSealer(keys, nil)
	if err != nil {
		return 0, err
	}
	for after := ""; ; {
		es, err := kv.List(ctx, "", after, 256)
		if err != nil {
			return entries, fmt.Errorf("verifying a store: %w", err)
		}
		for _, e := range es {
			if err := verifyEntry(sealer, e); err != nil {
				return entries, fmt.Errorf("verifying a store: %w", err)
			}
			entries, after = entries+1, e.Key
		}
		if len(es) == 0 {
			return entries, nil
		}
	}
}

func verifyEntry(s *sealer, e Entry) error {
	if unsealed(e.Key) {
		return nil
	}
	plain, err := s.open(e.Key, e.Value)
	if err == nil && strings.HasPrefix(e.Key, conversations) {
		_, err = decode(plain)
	}
	return err
}

// Checker returns [Verify] with keys as a check for a driver's restore.
func Checker(keys *Keyring) func(context.Context, KV) error {
	return func(ctx context.Context, kv KV) error {
		_, err := Verify(ctx, kv, keys)
		return err
	}
}
