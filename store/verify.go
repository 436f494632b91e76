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
	err = Each(ctx, kv, keys, func(key string, plain []byte) error {
		entries++
		if !strings.HasPrefix(key, conversations) {
			return nil
		}
		_, _, err := decode(plain)
		return err
	})
	if err != nil {
		return entries, fmt.Errorf("verifying a store: %w", err)
	}
	return entries, nil
}

// Each opens every entry of kv and hands it to visit, in the order of the keys,
// until that returns an error. What visit sees is as secret as the keys are: it
// is for looking whether all can be opened, and that nothing is there which must not be (RULES: data.canary).
func Each(ctx context.Context, kv KV, keys *Keyring, visit func(key string, plain []byte) error) error {
	r, _, err := recall(ctx, kv)
	if err != nil {
		return err
	}
	if err := r.fits(keys); err != nil {
		return err
	}
	sealer, err := newSealer(keys, nil)
	if err != nil {
		return err
	}
	for after := ""; ; {
		es, err := kv.List(ctx, "", after, 256)
		if err != nil || len(es) == 0 {
			return err
		}
		for _, e := range es {
			plain := e.Value
			if !unsealed(e.Key) {
				plain, err = sealer.open(e.Key, e.Value)
			}
			if err == nil {
				err = visit(e.Key, plain)
			}
			if err != nil {
				return err
			}
			after = e.Key
		}
	}
}

// Checker returns [Verify] with keys as a check for a driver's restore.
func Checker(keys *Keyring) func(context.Context, KV) error {
	return func(ctx context.Context, kv KV) error {
		_, err := Verify(ctx, kv, keys)
		return err
	}
}
