package bot

import (
	"context"
	"sync"

	"ventanilla/flows"
)

// desk is where one conversation is worked on in this process. Two locks stand
// on it: work, held by who answers and delivers, perhaps for as long as a core
// call hangs; and line, held only while one reply is being sent and noted, so
// that an agent's takeover waits for a send and never for the core.
type desk struct {
	work chan struct{}
	line chan struct{}
	refs int // guarded by desks.mu

	mu    sync.Mutex
	hurry context.CancelCauseFunc // ends the retry that is running; nil if there is none
}

// interrupt ends a running retry, because something newer waits that must overtake it.
func (d *desk) interrupt() {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.hurry != nil {
		d.hurry(errOvertaken)
	}
}

// interruptible lets [desk.interrupt] end ctx until the returned func is called.
func (d *desk) interruptible(ctx context.Context) (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	d.mu.Lock()
	d.hurry = cancel
	d.mu.Unlock()
	return ctx, func() {
		d.mu.Lock()
		d.hurry = nil
		d.mu.Unlock()
		cancel(nil)
	}
}

// soon takes the work lock if it comes free within [quick], as it does when only
// the end of a delivery is being written. A retry is not waited for.
func (d *desk) soon(ctx context.Context, timers *timers) bool {
	select {
	case d.work <- struct{}{}:
		return true
	default:
	}
	if d.retrying() {
		return false
	}
	timer := timers.start(quick)
	defer timers.stop(timer)
	select {
	case d.work <- struct{}{}:
		return true
	case <-timer.C:
	case <-ctx.Done():
	}
	return false
}

func (d *desk) retrying() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.hurry != nil
}

// desks holds the desks in use. The zero value is ready.
type desks struct {
	mu   sync.Mutex
	m    map[flows.Key]*desk
	free []*desk // nobody stands at
}

// mostFree is how many desks are kept for others.
const mostFree = 64

// enter returns the conversation's desk; [desks.leave] must follow, and nobody touches it afterwards: it may be another's by then.
func (s *desks) enter(k flows.Key) *desk {
	s.mu.Lock()
	defer s.mu.Unlock()
	d := s.m[k]
	if d == nil {
		if last := len(s.free) - 1; last >= 0 {
			d, s.free = s.free[last], s.free[:last]
		} else {
			d = &desk{work: make(chan struct{}, 1), line: make(chan struct{}, 1)}
		}
		if s.m == nil {
			s.m = map[flows.Key]*desk{}
		}
		s.m[k] = d
	}
	d.refs++
	return d
}

func (s *desks) leave(k flows.Key, d *desk) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if d.refs--; d.refs == 0 {
		delete(s.m, k)
		if len(s.free) < mostFree { // each gave back what they held
			s.free = append(s.free, d)
		}
	}
}

// lock waits for a lock of a desk, or for the end of ctx.
func lock(ctx context.Context, l chan struct{}) error {
	if ctx.Err() == nil {
		select {
		case l <- struct{}{}:
			return nil
		default: // only now is there anything to wait for
		}
	}
	select {
	case l <- struct{}{}:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func unlock(l chan struct{}) { <-l }
