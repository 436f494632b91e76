package media

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"
)

// maxHeld bounds the documents in memory: a payslip has some 50 KB.
const maxHeld = 64 << 20

// errEnded is returned for the document of a line that has arrived.
var errEnded = errors.New("media: the document was delivered")

// memory keeps documents for as long as their links live, so that the core is asked
// once for what a network asks for three times, and ranges fit together. It forgets
// by real time, whatever clock links are judged by. The zero value is ready.
type memory struct {
	mu    sync.Mutex
	docs  map[line]*doc
	held  int // bytes
	fetch singleflight.Group
}

// doc is a document, without bytes while it is fetched, or the mark of one that was delivered.
type doc struct {
	data  []byte
	at    time.Time
	ended bool
}

// open returns a document, from memory or from where get has it. Several who ask at once wait for one fetch.
func (m *memory) open(ctx context.Context, l line, get func(context.Context) ([]byte, error)) ([]byte, error) {
	if data, err := m.known(l); data != nil || err != nil {
		return data, err
	}
	got := m.fetch.DoChan(l.chat+" "+l.id, func() (any, error) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), fetchTime) // who asked first may leave
		defer cancel()
		m.expect(l)
		data, err := get(ctx)
		return data, m.keep(l, data, err)
	})
	select {
	case r := <-got:
		data, _ := r.Val.([]byte)
		return data, r.Err
	case <-ctx.Done():
		return nil, fmt.Errorf("waiting for a document: %w", ctx.Err())
	}
}

// known is what memory holds of a line: its bytes, nothing, or that it was delivered.
func (m *memory) known(l line) ([]byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	switch d := m.docs[l]; {
	case d == nil:
		return nil, nil
	case d.ended:
		return nil, errEnded
	default:
		return d.data, nil
	}
}

// expect makes room for a document that is being fetched, so that its end is noticed meanwhile.
func (m *memory) expect(l line) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.docs[l] == nil {
		m.put(l, &doc{at: time.Now()})
	}
}

// keep remembers a document that links may serve, unless it was delivered meanwhile or
// could not be had.
func (m *memory) keep(l line, data []byte, err error) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	switch d := m.docs[l]; {
	case d != nil && d.ended:
		return errEnded
	case err != nil || len(data) > MaxBytes:
		m.drop(l)
	default:
		m.put(l, &doc{data: data, at: time.Now()})
	}
	return err
}

// end forgets the bytes of a document, and that they were delivered once no link of
// theirs can live. Most lines that arrive have no document: of those it remembers nothing.
func (m *memory) end(l line) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.docs[l] != nil {
		m.put(l, &doc{at: time.Now(), ended: true})
	}
}

func (m *memory) put(l line, d *doc) {
	m.drop(l)
	for m.held+len(d.data) > maxHeld {
		m.drop(m.oldest())
	}
	if m.docs == nil {
		m.docs = map[line]*doc{}
	}
	m.docs[l] = d
	m.held += len(d.data)
	time.AfterFunc(linkLife, func() {
		m.mu.Lock()
		defer m.mu.Unlock()
		if m.docs[l] == d {
			m.drop(l)
		}
	})
}

func (m *memory) drop(l line) {
	if d := m.docs[l]; d != nil {
		m.held -= len(d.data)
		delete(m.docs, l)
	}
}

// oldest is the document that was fetched first: the next one who asks for it has it fetched again.
func (m *memory) oldest() (first line) {
	var at time.Time
	for l, d := range m.docs {
		if len(d.data) > 0 && (at.IsZero() || d.at.Before(at)) {
			first, at = l, d.at
		}
	}
	return first
}
