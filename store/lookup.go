package store

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"ventanilla/flows"
)

// Query is what is looked for in transcripts.
type Query struct {
	Text     string                   // found in any case, with and without accents; at least [MinText] letters and digits
	From, To time.Time                // when the lines were said
	Sees     func(portal string) bool // whose transcripts may be opened; those of others are not
}

// MinText is how many letters and digits a text must have to be looked for.
const MinText = 3

// ErrShort is returned for a text that is found everywhere.
var ErrShort = errors.New("store: there is too little to look for")

// Found is a line that holds what was looked for.
type Found struct {
	Name   string // of the conversation
	Portal string
	Person string // what the person calls themselves
	Line   Line
}

// Progress is how far a search came.
type Progress struct {
	Lines int     // looked at
	Done  float64 // of the period, from 0 to 1
}

// somePages is how many pages are read before progress is told.
const somePages = 256

// Look calls visit for each line of a period that holds a text, oldest first, and tell every
// now and then, until one of them returns an error or ctx ends. Transcripts say only what may be
// shown, so what was masked or taken out is not found. It keeps a few pages in memory, however
// long the period is. Of several that look at once one reads at a time, a few pages each, so that people are answered meanwhile.
func (s *Store) Look(ctx context.Context, q Query, visit func(Found) error, tell func(Progress) error) error {
	l := look{s: s, q: q, text: flows.Plain(q.Text), whose: map[string]*Summary{}, after: transcript + pageTime(q.From)}
	l.words = strings.Fields(l.text)
	if len([]rune(strings.ReplaceAll(l.text, " ", ""))) < MinText {
		return ErrShort
	}
	for !l.over {
		if err := l.some(ctx); err != nil {
			return fmt.Errorf("looking through transcripts: %w", err)
		}
		for _, f := range l.found {
			if err := visit(f); err != nil {
				return err
			}
		}
		if err := tell(Progress{l.lines, l.done()}); err != nil {
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	return nil
}

// some looks at a few pages.
func (l *look) some(ctx context.Context) error {
	l.s.looking.Lock() // not while what was found is told: that may wait for a slow browser
	defer l.s.looking.Unlock()
	l.found = l.found[:0]
	es, err := l.s.kv.List(ctx, transcript, l.after, somePages)
	l.over = len(es) == 0
	for _, e := range es {
		at, ok := pageMoment(e.Key)
		if l.after = e.Key; !ok || at.After(l.q.To.Add(lateLines)) {
			l.over = true
			break
		}
		if err := l.page(ctx, e); err != nil {
			return err
		}
		l.at = at
	}
	return err
}

// lateLines is how long after it was said a line may have been written.
const lateLines = time.Hour

// look is one search.
type look struct {
	s     *Store
	q     Query
	text  string
	words []string
	after string  // the key of the page that was looked at last
	found []Found // in the last few pages
	over  bool
	whose map[string]*Summary // by the part of the conversation's name that a page's key holds; nil: not for these eyes
	lines int
	at    time.Time
}

func (l *look) done() float64 {
	all := l.q.To.Sub(l.q.From)
	if all <= 0 || l.over {
		return 1
	}
	return min(max(float64(l.at.Sub(l.q.From))/float64(all), 0), 1)
}

// page looks at the lines of one page, if they may be seen.
func (l *look) page(ctx context.Context, e Entry) error {
	who, err := l.owner(ctx, e.Key)
	if err != nil || who == nil {
		return err
	}
	raw, err := l.s.sealer.Load().open(e.Key, e.Value)
	if err != nil {
		return err
	}
	if at, _ := pageMoment(e.Key); !l.may(string(raw)) && at.Before(l.q.To) && at.After(l.q.From.Add(lateLines)) {
		l.lines += bytes.Count(raw, []byte(`"at":"`)) // a quote in what was said is never bare
		return nil
	}
	var p page
	if err := json.Unmarshal(raw, &p); err != nil {
		return fmt.Errorf("decoding %s: %w", kindOf(e.Key), err)
	}
	for _, x := range p.Lines {
		if x.At.Before(l.q.From) || x.At.After(l.q.To) {
			continue
		}
		l.lines++
		if strings.Contains(flows.Plain(x.Text+" "+x.File), l.text) {
			l.found = append(l.found, Found{who.Name, who.Portal, who.Person, x})
		}
	}
	return nil
}

// may tells whether a page that was not taken apart yet may hold the text: only then that is worth it. JSON escapes
// no letter that [flows.Plain] keeps, so each word of a text that is there is found so, too.
func (l *look) may(raw string) bool {
	raw = flows.Plain(raw)
	for _, word := range l.words {
		if !strings.Contains(raw, word) {
			return false
		}
	}
	return true
}

// mostKnown bounds the conversations whose organisation a search remembers.
const mostKnown = 4096

// owner is the conversation of a page, nil if it may not be seen or was erased.
func (l *look) owner(ctx context.Context, key string) (*Summary, error) {
	half := strings.TrimPrefix(key, transcript)
	half = half[10:min(len(half), 26)]
	if who, known := l.whose[half]; known {
		return who, nil
	}
	if len(l.whose) >= mostKnown {
		clear(l.whose)
	}
	es, err := l.s.kv.List(ctx, summaries+half, "", 1)
	if err != nil {
		return nil, fmt.Errorf("looking whose a page is: %w", err)
	}
	l.whose[half] = nil
	if len(es) == 0 {
		return nil, nil
	}
	who, err := l.s.summary(es[0])
	if err == nil && who.Portal != "" && l.q.Sees(who.Portal) {
		l.whose[half] = &who
	}
	return l.whose[half], err
}

// pageMoment is when a page was written; false for the lines of version 1, whose keys hold no time.
func pageMoment(key string) (time.Time, bool) {
	rest := strings.TrimPrefix(key, transcript)
	if len(rest) < 26 || rest[9] != '.' {
		return time.Time{}, false
	}
	ms, err := strconv.ParseInt(rest[:9], 36, 64)
	return time.UnixMilli(ms), err == nil
}
