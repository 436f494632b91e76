package console

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"ventanilla/store"
)

// row is what the list knows of a conversation.
type row struct {
	store.Summary
	Care    store.Care
	Changed time.Time // when that was last heard to change, or where nothing goes on when the person last wrote; zero: nobody knows
	Near    bool      // see [Console.near]
	Left    time.Duration
	read    bool      // heard was read since the program started
	heard   time.Time // arrival of the person's latest message, as it was last read
	stale   bool      // something was written since
}

// idle tells that nothing goes on.
func (r row) idle() bool { return r.Flow == "" && r.Holder == "" }

// ordinary tells that nobody is needed there: neither an agent nor trouble.
func (r row) ordinary() bool {
	return r.Holder == "" && r.Flow != human && !r.Stuck && r.Tries < failedTwice && r.Care.Missed == nil
}

// at is when something was last known to happen there.
func (r row) at() time.Time {
	if r.Changed.IsZero() {
		return r.Since
	}
	return r.Changed
}

// crowd are rows of which the list keeps only the latest, the one that changed longest ago first. Who
// leaves is marked as gone, for then nobody has to move: to close up in a line of 5,000 moved 100 KB at each change.
type crowd struct {
	most int
	of   []member
	gone int // so many of them
}

type member struct {
	at   time.Time
	name string
	gone bool
}

// find is where a row stands, or would.
func (c *crowd) find(r row) (i int, found bool) {
	at := r.at()
	return slices.BinarySearchFunc(c.of, r.Name, func(m member, name string) int {
		return cmp.Or(m.at.Compare(at), strings.Compare(m.name, name))
	})
}

// add puts a row in its place, and names the one that has to go for it, "" if none has.
func (c *crowd) add(r row) (out string) {
	i, _ := c.find(r)
	if i == 0 && len(c.of)-c.gone >= c.most {
		return r.Name
	}
	// One like it that is gone stays behind it: find finds the first.
	c.of = slices.Insert(c.of, i, member{at: r.at(), name: r.Name})
	for len(c.of)-c.gone > c.most { // not by moving all the others: a million are read at the start
		if c.of[0].gone {
			c.gone--
		} else {
			out = c.of[0].name
		}
		c.of[0], c.of = member{}, c.of[1:]
	}
	return out
}

func (c *crowd) remove(r row) {
	i, found := c.find(r)
	if !found || c.of[i].gone {
		return
	}
	c.of[i].gone = true
	if c.gone++; c.gone > len(c.of)/2 {
		c.of, c.gone = slices.DeleteFunc(c.of, func(m member) bool { return m.gone }), 0
	}
}

// crowd is where a row stands of which not all are kept; nil for one that somebody has to see.
func (l *live) crowd(r row) *crowd {
	switch {
	case r.idle():
		return &l.done
	case r.ordinary():
		return &l.going
	}
	return nil
}

// changed notes a summary. Of a conversation that was not in the list what agents arranged is read.
func (l *live) changed(ctx context.Context, s *store.Store, sum store.Summary) error {
	r := row{Summary: sum, Changed: l.now()}
	l.mu.Lock()
	_, known := l.rows[sum.Name]
	l.mu.Unlock()
	if !known {
		var err error
		if r.Care, err = s.CareOf(ctx, sum.Name); err != nil {
			return err
		}
	}
	l.put(r, true)
	return nil
}

func (l *live) load(ctx context.Context, s *store.Store) error {
	for after := ""; ; {
		some, err := s.Summaries(ctx, after, 512)
		if err != nil {
			return fmt.Errorf("loading the list of conversations: %w", err)
		}
		if len(some) == 0 {
			break
		}
		for _, sum := range some {
			r := row{Summary: sum}
			if r.idle() {
				r.Changed = sum.Since
			}
			l.put(r, false)
		}
		after = some[len(some)-1].Name
	}
	for _, r := range l.all(func(row) bool { return true }) {
		k, err := s.CareOf(ctx, r.Name)
		if err != nil {
			return err
		}
		l.care(r.Name, k, false)
	}
	l.tell(news{list: true})
	return nil
}

// put notes what a conversation is like now.
func (l *live) put(r row, tell bool) {
	l.mu.Lock()
	old, known := l.rows[r.Name]
	if known && !tell { // heard of while the list was loading
		l.mu.Unlock()
		return
	}
	if known {
		r.Care, r.read, r.heard, r.stale = old.Care, old.read, old.heard, true
		l.drop(old)
	}
	if r.Portal != "" { // not erased
		l.keep(r)
	}
	l.mu.Unlock()
	if tell {
		l.tell(news{name: r.Name, list: true})
	}
}

func (l *live) drop(r row) {
	delete(l.rows, r.Name)
	if c := l.crowd(r); c != nil {
		c.remove(r)
	}
}

func (l *live) keep(r row) {
	l.rows[r.Name] = r
	if c := l.crowd(r); c != nil {
		delete(l.rows, c.add(r))
	}
}

// care notes what agents arranged, if the conversation is in the list.
func (l *live) care(name string, k store.Care, tell bool) {
	l.mu.Lock()
	if r, ok := l.rows[name]; ok {
		l.drop(r)
		r.Care = k
		l.keep(r)
	}
	l.mu.Unlock()
	if tell {
		l.tell(news{name: name, list: true})
	}
}

// touch notes that something was written in a conversation.
func (l *live) touch(name string) {
	l.mu.Lock()
	if r, ok := l.rows[name]; ok && r.read {
		r.stale = true
		l.rows[name] = r
	}
	l.mu.Unlock()
	l.tell(news{name: name})
}

// reading says that the record is about to be read: what is written from now on makes that stale.
func (l *live) reading(name string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if r, ok := l.rows[name]; ok {
		r.read, r.stale = true, false
		l.rows[name] = r
	}
}

// heard notes when the person was last heard.
func (l *live) heard(name string, at time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if r, ok := l.rows[name]; ok {
		r.heard = at
		l.rows[name] = r
	}
}

// all returns the rows that the given func wants.
func (l *live) all(want func(row) bool) (rows []row) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, r := range l.rows {
		if want(r) {
			rows = append(rows, r)
		}
	}
	return rows
}
