package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
)

// FiguresFor is how long the figures of a day are kept: a year and a month, to compare with the year before.
const FiguresFor = 400 * 24 * time.Hour

// FiguresDay is the layout of a day of figures ([time.Time.Format]).
const FiguresDay = "20060102"

// figuresRecord is a day of an organisation as it is stored.
type figuresRecord struct {
	Counts Figures  `json:"counts"`
	Merged []string `json:"merged"` // names of what was merged last
}

// keptMerges is how many of those are kept. The same one comes again only right after a write whose outcome nobody heard.
const keptMerges = 16

func (s *Store) figuresKey(portal, day string) string {
	return figures + s.names.name("figures", portal) + "." + day
}

// AddFigures merges counts into a day of an organisation; day is as [FiguresDay] says. The same name
// for the same counts merges them once, however often it is tried.
func (s *Store) AddFigures(ctx context.Context, portal, day, name string, more Figures) error {
	key := s.figuresKey(portal, day)
	return s.retry(ctx, key, func() error {
		var r figuresRecord
		e, err := s.kv.Get(ctx, key)
		if err == nil {
			err = s.unseal(e, &r)
		}
		switch {
		case err != nil && !errors.Is(err, ErrNotFound):
			return fmt.Errorf("reading figures: %w", err)
		case slices.Contains(r.Merged, name):
			return nil
		case r.Counts == nil:
			r.Counts = Figures{}
		}
		r.Counts.Merge(more)
		r.Merged = append(r.Merged, name)
		r.Merged = r.Merged[max(len(r.Merged)-keptMerges, 0):]
		w := &write{seal: s.sealer.Load()}
		if w.add(Entry{Key: key, Rev: e.Rev, Expires: s.clock.Now().Add(FiguresFor)}, r); w.err != nil {
			return w.err
		}
		if _, err := s.kv.Put(ctx, w.with[0]); err != nil {
			return fmt.Errorf("writing figures: %w", err)
		}
		return nil
	})
}

// EachFigures calls visit for each day of an organisation, from and to included, oldest first,
// until that returns an error. Days are as [FiguresDay] says; one on which nothing happened is left out.
func (s *Store) EachFigures(ctx context.Context, portal, from, to string, visit func(day string, f Figures) error) error {
	first, err := time.Parse(FiguresDay, from)
	last, err2 := time.Parse(FiguresDay, to)
	if err := errors.Join(err, err2); err != nil {
		return fmt.Errorf("reading figures: %w", err)
	}
	for at := first; !at.After(last); at = at.AddDate(0, 0, 1) { // not by name: the year 10000 comes before 9999
		day := at.Format(FiguresDay)
		e, err := s.kv.Get(ctx, s.figuresKey(portal, day))
		if errors.Is(err, ErrNotFound) {
			continue
		}
		var r figuresRecord
		if err == nil {
			err = s.unseal(e, &r)
		}
		if err == nil {
			err = visit(day, r.Counts)
		}
		if err != nil {
			return fmt.Errorf("reading the figures of %s: %w", day, err)
		}
	}
	return nil
}
