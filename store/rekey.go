package store

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/sync/errgroup"
)

// unsealed tells which entries hold nothing that needs sealing.
func unsealed(key string) bool { return key == keysEntry || strings.HasPrefix(key, seen) }

// Rekey seals every entry anew that is not sealed under the first key, while the
// store works, and returns how many it changed. When it returns nil the store no
// longer needs the older sealing keys; see [Keyring.Retire].
func (s *Store) Rekey(ctx context.Context) (changed int, err error) {
	for {
		n, err := s.rekeyPass(ctx)
		changed += n
		if err != nil {
			return changed, err
		}
		if n == 0 {
			return changed, s.forgetOldKeys(ctx)
		}
	}
}

func (s *Store) rekeyPass(ctx context.Context) (changed int, err error) {
	for after := ""; ; {
		es, err := s.kv.List(ctx, "", after, 64)
		if err != nil {
			return changed, fmt.Errorf("sealing anew: %w", err)
		}
		if len(es) == 0 {
			return changed, nil
		}
		after = es[len(es)-1].Key
		group, gctx := errgroup.WithContext(ctx)
		for _, e := range es {
			if unsealed(e.Key) || s.sealer.Load().fresh(e.Value) {
				continue
			}
			changed++
			group.Go(func() error { return s.reseal(gctx, e) })
		}
		if err := group.Wait(); err != nil {
			return changed, err
		}
	}
}

// reseal swaps one entry. If somebody else wrote it meanwhile they sealed it
// under the first key, or the next pass will.
func (s *Store) reseal(ctx context.Context, e Entry) error {
	sealer := s.sealer.Load()
	plain, err := sealer.open(e.Key, e.Value)
	if err != nil {
		return err
	}
	if e.Value, err = sealer.seal(nil, []byte(e.Key), plain); err != nil {
		return err
	}
	if _, err = s.kv.Put(ctx, e); err != nil && !isConflict(err) {
		return fmt.Errorf("sealing %s anew: %w", kindOf(e.Key), err)
	}
	return nil
}

func (s *Store) forgetOldKeys(ctx context.Context) error {
	for {
		r, rev, err := recall(ctx, s.kv)
		if err != nil {
			return err
		}
		first := s.sealer.Load().first
		r.Sealing = []string{fmt.Sprintf("%x", first)}
		if err := record(ctx, s.kv, r, rev); !isConflict(err) {
			return err
		}
	}
}

func isConflict(err error) bool { return errors.Is(err, ErrConflict) }
