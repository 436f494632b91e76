package store

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Figures are counts of what happened at an organisation. A key is words with a space between them,
// the most general first, such as "lost telegram recovery proof/code silence"; it never tells of
// whom. Two are merged by adding, in any order.
type Figures map[string]uint64

// FiguresFor is how long the figures of a day are kept: a year and a month, to compare with the year before.
const FiguresFor = 400 * 24 * time.Hour

// FiguresDay is the layout of a day of figures ([time.Time.Format]).
const FiguresDay = "20060102"

// Add counts n more under the words.
func (f Figures) Add(n uint64, words ...string) { f[strings.Join(words, " ")] += n }

// Merge adds the counts of another one.
func (f Figures) Merge(more Figures) {
	for key, n := range more {
		f[key] += n
	}
}

// Each yields the words and the count of every key that begins with words, in the order of the
// keys; a "" among words stands for any.
func (f Figures) Each(words ...string) iter.Seq2[[]string, uint64] {
	return func(yield func([]string, uint64) bool) {
		for _, key := range slices.Sorted(maps.Keys(f)) {
			has := strings.Split(key, " ")
			if begins(has, words) && !yield(has, f[key]) {
				return
			}
		}
	}
}

func begins(has, words []string) bool {
	if len(has) < len(words) {
		return false
	}
	for i, w := range words {
		if w != "" && has[i] != w {
			return false
		}
	}
	return true
}

// Sum adds up the keys that begin with words; a "" among them stands for any.
func (f Figures) Sum(words ...string) (n uint64) {
	for key, count := range f {
		if begins(strings.Split(key, " "), words) {
			n += count
		}
	}
	return n
}

// growth is the width of a class of lengths of time: what is read from classes is right to a twentieth.
const growth = 1.1

// Span is the class of a length of time, as the last word of a key; see [Figures.Quantile].
func Span(d time.Duration) string {
	if d < time.Second {
		return "0"
	}
	return strconv.Itoa(1 + int(math.Log(d.Seconds())/math.Log(growth)))
}

// Quantile estimates from the keys that begin with words, and end with a [Span], the length of
// time under which a part q of them stays, to a twentieth; and from how many that is.
func (f Figures) Quantile(q float64, words ...string) (d time.Duration, of uint64) {
	classes := map[int]uint64{}
	for has, n := range f.Each(words...) {
		class, err := strconv.Atoi(has[len(has)-1])
		if err == nil {
			classes[class] += n
			of += n
		}
	}
	rank, below := uint64(math.Ceil(q*float64(of))), uint64(0)
	for _, class := range slices.Sorted(maps.Keys(classes)) {
		if below += classes[class]; below >= rank {
			if class > 0 {
				d = time.Duration(math.Pow(growth, float64(class)-0.5) * float64(time.Second))
			}
			return d, of
		}
	}
	return 0, of
}

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
