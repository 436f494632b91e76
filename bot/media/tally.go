package media

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// tallies count what left through each link: bytes, since whoever reads a document in
// ranges has it too. As many bytes as it has are one copy. The zero value is ready.
type tallies struct {
	mu sync.Mutex
	m  map[string]*tally // by token
}

// tally is what left through one link.
type tally struct {
	subject string
	mu      sync.Mutex
	known   bool  // the copies of an earlier life of the program are among whole
	whole   int   // copies that are counted among the budgets
	rest    int64 // bytes beyond them
	running int   // requests being answered; each may take a whole copy
}

func (t *tallies) of(token string) *tally {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.m == nil {
		t.m = map[string]*tally{}
	}
	one := t.m[token]
	if one == nil {
		one = &tally{subject: "media/" + token}
		t.m[token] = one
		time.AfterFunc(linkLife, func() {
			t.mu.Lock()
			defer t.mu.Unlock()
			delete(t.m, token)
		})
	}
	return one
}

// begin lets a request have a copy, or says why not. [tally.end] must follow.
func (t *tallies) begin(ctx context.Context, g Counter, token string) (*tally, *refusal) {
	one := t.of(token)
	one.mu.Lock()
	defer one.mu.Unlock()
	if !one.known {
		left, err := g.Peek(ctx, one.subject, copies)
		if err != nil {
			return nil, ill
		}
		one.whole, one.known = copies.Max-left.N, true
	}
	switch {
	case one.whole >= copies.Max:
		return nil, over
	case one.whole+one.running >= copies.Max:
		return nil, busy
	}
	one.running++
	return one, nil
}

// end counts what a request really got. What it got of a copy that broke off is not lost to the next.
func (one *tally) end(ctx context.Context, g Counter, sent, size int64) error {
	one.mu.Lock()
	defer one.mu.Unlock()
	one.running--
	for one.rest += sent; one.rest >= size; one.rest -= size {
		one.whole++
		if _, err := g.Spend(ctx, one.subject, copies, strconv.Itoa(one.whole)); err != nil {
			return fmt.Errorf("counting a copy: %w", err)
		}
	}
	return nil
}

// counted is an answer whose bytes are counted, as far as they were handed to the network.
type counted struct {
	http.ResponseWriter
	sent int64
	body bool
}

// WriteHeader implements [http.ResponseWriter].
func (c *counted) WriteHeader(status int) {
	c.body = status == http.StatusOK || status == http.StatusPartialContent
	c.ResponseWriter.WriteHeader(status)
}

// Write implements [http.ResponseWriter].
func (c *counted) Write(p []byte) (int, error) {
	n, err := c.ResponseWriter.Write(p)
	if c.body {
		c.sent += int64(n)
	}
	return n, err
}
