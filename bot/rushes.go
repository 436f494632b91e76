package bot

import (
	"context"
	"sync"
)

// rushes are goroutines that may outlive the request that began them. The zero
// value is ready; after stop none begins.
type rushes struct {
	mu      sync.Mutex
	stopped bool
	life    context.Context // of all of them
	cut     context.CancelFunc
	all     sync.WaitGroup
}

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
