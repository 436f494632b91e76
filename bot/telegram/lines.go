package telegram

import (
	"context"
	"net/url"
	"slices"
	"time"
)

// kept takes the line that was used last, and closes those that were idle for too long.
func (t *transport) kept(ctx context.Context, to *url.URL) *line {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := time.Now()
	for len(t.idle) > 0 && now.Sub(t.idle[0].since) > maxIdle {
		_ = t.idle[0].Close()
		t.idle = slices.Delete(t.idle, 0, 1)
	}
	for i, l := range slices.Backward(t.idle) {
		if l.host == to.Host && l.scheme == to.Scheme {
			t.idle = slices.Delete(t.idle, i, i+1)
			t.begin(ctx, l)
			return l
		}
	}
	return nil
}

// watchEvery is how late a call may hear that its context ended: one look at all of them now and then
// costs nothing, and to be told of each was measured at a fiftieth of the processor time of a turn.
const watchEvery = 50 * time.Millisecond

// begin notes that a line carries a call, and has that watched. It is called under the lock.
func (t *transport) begin(ctx context.Context, l *line) {
	l.call, l.at = ctx, len(t.busy)
	t.busy = append(t.busy, l)
	switch {
	case t.watching:
	case t.watch == nil:
		t.watch = time.AfterFunc(watchEvery, t.look)
	default:
		t.watch.Reset(watchEvery)
	}
	t.watching = true
}

// look cuts the calls short whose context ended.
func (t *transport) look() {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, l := range t.busy {
		if !l.cut && l.call.Err() != nil {
			l.cut = true
			_ = l.raw.SetDeadline(time.Unix(1, 0)) // who reads or writes fails at once
		}
	}
	if t.watching = len(t.busy) > 0; t.watching {
		t.watch.Reset(watchEvery)
	}
}

// end notes that a line's call is over, and keeps the line for the next one if that may follow.
func (t *transport) end(l *line, more bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	last := len(t.busy) - 1
	moved := t.busy[last]
	t.busy[l.at], moved.at = moved, l.at
	t.busy[last], t.busy = nil, t.busy[:last]
	l.call = nil
	if !more || l.cut || l.r.Buffered() > 0 { // what came unasked would be taken for the answer to the next call
		_ = l.raw.SetDeadline(time.Unix(1, 0)) // to say goodbye must not make others wait
		_ = l.Close()
		return
	}
	l.since = time.Now()
	if t.idle = append(t.idle, l); len(t.idle) > maxConns {
		_ = t.idle[0].Close()
		t.idle = slices.Delete(t.idle, 0, 1)
	}
}

// CloseIdleConnections closes what nobody uses.
func (t *transport) CloseIdleConnections() {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, l := range t.idle {
		_ = l.Close()
	}
	t.idle = nil
	t.rich.CloseIdleConnections()
}
