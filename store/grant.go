package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"ventanilla/flows"
)

var (
	// ErrGrantUsed is returned when a grant was used by another request.
	ErrGrantUsed = errors.New("store: this grant was used")
	// ErrGrantExpired is returned when a grant's time is over.
	ErrGrantExpired = errors.New("store: this grant has expired")
)

// GrantRecord is a grant and the conversation it was made in. The grant's ID is
// not kept, only a keyed hash of it.
type GrantRecord struct {
	Key    flows.Key   `json:"key"`
	Grant  flows.Grant `json:"grant"`
	Used   string      `json:"used,omitempty"` // the request that used it; only this one may repeat
	UsedAt time.Time   `json:"used_at,omitzero"`
	rev    uint64
}

func (s *Store) grantKey(id string) string { return grants + s.names.name("grant", id) }

// Grant returns a grant without using it, as a GET must (RULES: link.token). With
// [ErrGrantExpired], [ErrGrantUsed] the record is returned too; an unknown id is ErrNotFound.
func (s *Store) Grant(ctx context.Context, id string) (GrantRecord, error) {
	g, err := s.grant(ctx, id)
	if err != nil {
		return g, err
	}
	if g.Used != "" {
		return g, ErrGrantUsed
	}
	return g, g.alive(s.clock.Now())
}

// UseGrant uses a grant, once: of many requests one wins and the others get
// [ErrGrantUsed]. The request that won may repeat, and gets the same answer.
func (s *Store) UseGrant(ctx context.Context, id, request string) (g GrantRecord, err error) {
	if request == "" {
		return g, errors.New("using a grant: the request has no name")
	}
	err = s.retry(ctx, s.grantKey(id), func() error {
		g, err = s.useGrant(ctx, id, request)
		return err
	})
	return g, err
}

func (s *Store) useGrant(ctx context.Context, id, request string) (GrantRecord, error) {
	g, err := s.grant(ctx, id)
	switch {
	case err != nil || g.Used == request:
		return g, err
	case g.Used != "":
		return g, ErrGrantUsed
	}
	now := s.clock.Now()
	if err := g.alive(now); err != nil {
		return g, err
	}
	g.Used, g.UsedAt = request, now
	w := &write{seal: s.sealer.Load()}
	if w.add(Entry{Key: s.grantKey(id), Rev: g.rev, Expires: g.Grant.Until.Add(grantsFor)}, g); w.err != nil {
		return g, w.err
	}
	if _, err := s.kv.Put(ctx, w.with[0]); err != nil {
		return g, fmt.Errorf("using a grant: %w", err)
	}
	return g, nil
}

func (s *Store) grant(ctx context.Context, id string) (g GrantRecord, err error) {
	e, err := s.kv.Get(ctx, s.grantKey(id))
	if err != nil {
		return g, fmt.Errorf("looking for a grant: %w", err)
	}
	g.rev = e.Rev
	return g, s.unseal(e, &g)
}

func (g GrantRecord) alive(now time.Time) error {
	if past(g.Grant.Until, now) {
		return ErrGrantExpired
	}
	return nil
}
