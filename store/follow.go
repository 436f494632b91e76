package store

import (
	"context"
	"fmt"
)

// follow sends what open makes of each entry with a prefix that changes, from now on, until ctx ends. It may
// skip to the latest of several changes, never the last. What cannot be read is logged and left out.
func follow[T any](ctx context.Context, s *Store, prefix, what string, open func(Entry) (T, error)) (<-chan T, error) {
	changes, err := s.kv.Watch(ctx, prefix)
	if err != nil {
		return nil, fmt.Errorf("watching %s: %w", what, err)
	}
	out := make(chan T)
	go func() {
		defer close(out)
		for e := range changes {
			one, err := open(e)
			if err != nil {
				s.log.ErrorContext(ctx, "what is watched cannot be read", "what", what, "entry", kindOf(e.Key), "err", err)
				continue
			}
			select {
			case out <- one:
			case <-ctx.Done():
				return
			}
		}
	}()
	return out, nil
}
