package store

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// probeSize is about what a busy conversation's record takes.
const probeSize = 8 << 10

// Probe writes an entry that means nothing, and so tells whether the store takes
// anything at the moment. A disk that is full is an error here before anybody's
// message is lost to it; after one, Probe tells when there is room again.
func (s *Store) Probe(ctx context.Context) error {
	e, err := s.kv.Get(ctx, probed)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return fmt.Errorf("probing the store: %w", err)
	}
	e.Key, e.Expires = probed, s.clock.Now().Add(time.Minute)
	if e.Value, err = s.sealer.Load().seal(nil, []byte(probed), make([]byte, probeSize)); err != nil {
		return err
	}
	if _, err = s.kv.Put(ctx, e); err != nil && !isConflict(err) {
		return fmt.Errorf("probing the store: %w", err)
	}
	return nil
}
