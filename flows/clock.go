package flows

import (
	"context"
	"sync"
	"sync/atomic"
	"time"
)

// Clock is the one time that engine, store drivers and emulators share. Its zero
// value is the wall clock; [Clock.Advance] moves it forward, so that a demo or a
// test can live through an hour in no time. Socket deadlines and leases use real
// time and never this clock.
type Clock struct {
	ahead atomic.Int64 // of the wall clock, a [time.Duration]

	mu    sync.Mutex
	moved chan struct{} // closed when the clock is moved
}

// Now returns the time in UTC.
func (c *Clock) Now() time.Time {
	return time.Now().Add(time.Duration(c.ahead.Load())).UTC()
}

// Advance moves the clock forward by d and wakes who waits on it. A negative d does nothing.
func (c *Clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ahead.Add(int64(max(d, 0)))
	if c.moved != nil {
		close(c.moved)
		c.moved = nil
	}
}

// Behind returns a clock that shows what this one does now, so much earlier: to write a past down.
func (c *Clock) Behind(d time.Duration) *Clock {
	past := &Clock{}
	past.ahead.Store(c.ahead.Load() - int64(d))
	return past
}

// longestNap is how long a wait goes on without looking at the time: timers do not
// notice that the machine slept or that its clock was set.
const longestNap = time.Minute

// WaitUntil returns nil once t has come, or the error of ctx.
func (c *Clock) WaitUntil(ctx context.Context, t time.Time) error {
	for {
		left, moved := c.until(t)
		if left <= 0 {
			return ctx.Err()
		}
		timer := time.NewTimer(min(left, longestNap))
		select {
		case <-ctx.Done():
			timer.Stop()
			return ctx.Err()
		case <-moved:
			timer.Stop()
		case <-timer.C:
		}
	}
}

func (c *Clock) until(t time.Time) (time.Duration, <-chan struct{}) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.moved == nil {
		c.moved = make(chan struct{})
	}
	return t.Sub(time.Now().Add(time.Duration(c.ahead.Load()))), c.moved
}
