package console

import (
	"context"
	"fmt"
	"slices"
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

// ended is a row in which nothing goes on.
type ended struct {
	at   time.Time
	name string
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
	switch {
	case r.Portal == "": // erased
	case r.idle():
		l.keep(r)
	default:
		l.rows[r.Name] = r
	}
	l.mu.Unlock()
	if tell {
		l.tell(news{name: r.Name, list: true})
	}
}

func (l *live) drop(r row) {
	delete(l.rows, r.Name)
	if r.idle() {
		l.done = slices.DeleteFunc(l.done, func(e ended) bool { return e.name == r.Name })
	}
}

// keep puts a row in which nothing goes on among the latest of them, and lets the oldest go.
func (l *live) keep(r row) {
	at, _ := slices.BinarySearchFunc(l.done, r.Changed, func(e ended, t time.Time) int { return e.at.Compare(t) })
	l.rows[r.Name], l.done = r, slices.Insert(l.done, at, ended{r.Changed, r.Name})
	if len(l.done) > mostDone {
		delete(l.rows, l.done[0].name)
		l.done = slices.Delete(l.done, 0, 1)
	}
}

// care notes what agents arranged, if the conversation is in the list.
func (l *live) care(name string, k store.Care, tell bool) {
	l.mu.Lock()
	if r, ok := l.rows[name]; ok {
		r.Care = k
		l.rows[name] = r
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
