package bot

import (
	"context"
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

	once  sync.Once
	turns chan struct{} // a token for each message that waits for its quick answer
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
	r.all.Go(func() { f(r.life) })
	return true
}

// stop waits until all are finished; at the end of ctx it cuts the rest short and
// waits for them a moment longer.
func (r *rushes) stop(ctx context.Context) {
	r.mu.Lock()
	r.stopped = true
	cut := r.cut
	r.mu.Unlock()
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
