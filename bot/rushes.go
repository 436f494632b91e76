package bot

import (
	"context"
	"slices"
	"sync"
	"time"
)

// rushes are goroutines that may outlive the request that began them. The zero
// value is ready; after stop none begins.
type rushes struct {
	mu      sync.Mutex
	stopped bool
	life    context.Context // of all of them
	cut     context.CancelFunc
	all     sync.WaitGroup
	idle    []chan func(context.Context) // goroutines that wait for the next rush, the latest last
	unused  int                          // so many of the first have waited since the last look at them
	look    *time.Timer                  // for [rushes.dismiss]; nil: nobody waits

	once   sync.Once
	turns  chan struct{} // a token for each message that waits for its quick answer
	timers timers
}

const (
	// quickTurns is how many messages at a time are answered before they are acknowledged.
	// More would not end sooner: a thousand at once took three times the memory of
	// 64 and no less time. Sending is not counted.
	quickTurns = 64
	// maxCrowd is how long a message waits for that; then it is only made safe.
	maxCrowd = time.Second
)

// admit waits until a quick answer may begin; admitted must follow once the message is
// safe or left to the queue. It returns false if too many came at once.
func (r *rushes) admit(ctx context.Context) bool {
	r.once.Do(func() { r.turns = make(chan struct{}, quickTurns) })
	select {
	case r.turns <- struct{}{}:
		return true
	default:
	}
	ctx, cancel := context.WithTimeout(ctx, maxCrowd)
	defer cancel()
	return lock(ctx, r.turns) == nil
}

func (r *rushes) admitted() { <-r.turns }

// maxResting is how many goroutines wait for the next rush, and restTime how long at least; twice
// that at most. A new one begins with a stack that a turn outgrows several times: copying it was
// measured at a fortieth of the processor time of a turn.
const (
	maxResting = 64
	restTime   = time.Second / 2
)

// begin runs f in a goroutine and returns true, unless stop was called.
func (r *rushes) begin(f func(life context.Context)) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.stopped {
		return false
	}
	if r.cut == nil {
		r.life, r.cut = context.WithCancel(context.Background())
	}
	r.all.Add(1)
	if last := len(r.idle) - 1; last >= 0 {
		r.idle[last] <- f // has room
		r.idle = r.idle[:last]
		r.unused = min(r.unused, last)
		return true
	}
	next := make(chan func(context.Context), 1)
	next <- f
	go r.work(r.life, next)
	return true
}

// work runs one rush after the other, until none comes for a while.
func (r *rushes) work(life context.Context, next chan func(context.Context)) {
	for f := range next {
		f(life)
		r.all.Done()
		if !r.rest(next) {
			return
		}
	}
}

// rest tells begin that a goroutine is free, unless there are enough.
func (r *rushes) rest(next chan func(context.Context)) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.stopped || len(r.idle) >= maxResting {
		return false
	}
	r.idle = append(r.idle, next)
	if r.look == nil {
		r.look = time.AfterFunc(restTime, r.dismiss)
	}
	return true
}

// dismiss ends the goroutines that nobody needed since it was called last.
func (r *rushes) dismiss() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, next := range r.idle[:r.unused] {
		close(next)
	}
	r.idle = slices.Delete(r.idle, 0, r.unused)
	r.unused = len(r.idle)
	if r.look = nil; len(r.idle) > 0 {
		r.look = time.AfterFunc(restTime, r.dismiss)
	}
}

// timers are for who waits for a moment in each turn, and give theirs back. The zero value is ready.
type timers struct{ free sync.Pool }

// start returns a timer that runs; stop must follow.
func (p *timers) start(d time.Duration) *time.Timer {
	if t, ok := p.free.Get().(*time.Timer); ok {
		t.Reset(d)
		return t
	}
	return time.NewTimer(d)
}

func (p *timers) stop(t *time.Timer) {
	t.Stop() // nothing is in its channel afterwards (package time, since Go 1.23)
	p.free.Put(t)
}

// stop waits until all are finished; at the end of ctx it cuts the rest short and
// waits for them a moment longer.
func (r *rushes) stop(ctx context.Context) {
	r.mu.Lock()
	r.stopped = true
	cut := r.cut
	r.unused = len(r.idle)
	r.mu.Unlock()
	r.dismiss()
	if cut == nil {
		return
	}
	defer cut()
	finished := make(chan struct{})
	go func() {
		r.all.Wait()
		close(finished)
	}()
	select {
	case <-finished:
	case <-ctx.Done():
		cut()
		within(cutTime, finished)
	}
}

// Stop waits until what [Worker.Receive] began is finished; at the end of ctx it
// cuts the rest short and waits a moment longer. Messages that arrive afterwards are only made safe.
func (w *Worker) Stop(ctx context.Context) { w.rushes.stop(ctx) }
