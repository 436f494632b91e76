package bot

import (
	"cmp"
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"ventanilla/flows"
	"ventanilla/store"
)

// Runner decides who is next: it claims what is due and hands it to the worker,
// many at a time, never one conversation twice. What goes elsewhere has a pool of
// its own, so that a mail server that hangs delays no chat.
type Runner struct {
	Queue  Queue
	Worker *Worker
	Chats  int           // conversations at a time; 0: 512
	Aways  int           // replies to elsewhere at a time; 0: 16
	Grace  time.Duration // for what is in hand when Run has to end; 0: 10 s

	inHand   sync.WaitGroup
	failures atomic.Int64 // of the store, in a row

	mu   sync.Mutex
	busy map[task]bool
}

// task is what at most one goroutine works on.
type task struct {
	k   flows.Key
	out string // id of the reply to elsewhere; "" for the conversation
}

const (
	claimAtOnce = 64
	// maxWaiting is how many replies to elsewhere may wait in memory for their pool.
	maxWaiting = 2048
	// holdOff is for how long a reply goes back to the store when too many wait.
	holdOff = 30 * time.Second
	// fresh is for how long after a claim work on it may begin, so that it ends within [Lease].
	fresh = Lease / 4
)

// Run works until ctx ends, then finishes what is in hand, for [Runner.Grace] at
// most. A store that fails is tried again, ever more slowly; it is no reason to
// return. The error says how much had to be cut short. Run may be called once.
func (r *Runner) Run(ctx context.Context) error {
	r.busy = map[task]bool{}
	work, cut := context.WithCancel(context.WithoutCancel(ctx))
	defer cut()
	chats := pool{name: "chat", free: make(chan struct{}, cmp.Or(r.Chats, 512))}
	aways := pool{name: "away", free: make(chan struct{}, cmp.Or(r.Aways, 16))}
	for ctx.Err() == nil {
		if lock(ctx, chats.free) != nil {
			break
		}
		unlock(chats.free)
		jobs, err := r.Queue.Claim(ctx, claimAtOnce, Lease)
		if err != nil && ctx.Err() == nil {
			r.Worker.Log.Error("nothing can be claimed", "err", err)
			r.rest(ctx)
		}
		for _, j := range jobs {
			if j.Away != nil {
				r.begin(ctx, work, &aways, j)
			} else {
				r.begin(ctx, work, &chats, j)
			}
		}
	}
	return r.finish(ctx, cut)
}

// pool bounds how much of one kind is worked on at a time.
type pool struct {
	name    string
	free    chan struct{}
	waiting atomic.Int64
}

// begin starts a goroutine for a job, unless one works on the same already.
func (r *Runner) begin(stop, work context.Context, p *pool, j store.Job) {
	t := task{k: j.Key}
	if j.Away != nil {
		t.out = j.Away.Out.ID
	}
	if !r.take(t) {
		return
	}
	deadline := time.Now().Add(fresh)
	p.waiting.Add(1)
	r.inHand.Go(func() {
		defer r.Queue.Release(j)
		defer r.leave(t)
		if err := r.do(stop, work, p, j, deadline); err != nil {
			r.Worker.Log.Error("work will be done again", "pool", p.name, r.Worker.who(j.Key), "err", err)
			r.rest(stop)
			return
		}
		r.failures.Store(0)
	})
}

func (r *Runner) take(t task) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.busy[t] {
		return false
	}
	r.busy[t] = true
	return true
}

func (r *Runner) leave(t task) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.busy, t)
}

// do waits for a place in the pool and works on a job. What waited so long that
// its lease may end goes back to the queue.
func (r *Runner) do(stop, work context.Context, p *pool, j store.Job, deadline time.Time) (err error) {
	defer func() {
		if x := recover(); x != nil {
			err = panicked(x)
		}
	}()
	waiting := p.waiting.Load()
	defer p.waiting.Add(-1)
	queued := r.Worker.Meters.waiting.WithLabelValues(p.name)
	queued.Inc()
	defer queued.Dec()
	if j.Away != nil && waiting > maxWaiting {
		return unlessChanged(r.Worker.Away.DelayAway(work, *j.Away, r.Worker.Clock.Now().Add(holdOff)))
	}
	if lock(stop, p.free) != nil || time.Now().After(deadline) {
		return nil
	}
	defer unlock(p.free)
	gauge := r.Worker.Meters.working.WithLabelValues(p.name)
	gauge.Inc()
	defer gauge.Dec()
	if j.Away != nil {
		return r.Worker.Carry(work, *j.Away)
	}
	return r.Worker.Drain(work, j.Key)
}

// rest waits longer after each failure in a row: from a tenth of a second to six.
func (r *Runner) rest(ctx context.Context) {
	tries := int(min(r.failures.Add(1)-1, 10))
	timer := time.NewTimer(backoff(tries, r.Worker.Jitter()) / 10)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}

// finish waits for what is in hand, cuts it short when the grace is over, and then
// waits once more: nothing may work on a store that is being closed, and what a
// network has just taken is still noted (see [lastWord]).
func (r *Runner) finish(ctx context.Context, cut context.CancelFunc) (err error) {
	ctx = context.WithoutCancel(ctx)
	grace, end := context.WithTimeout(ctx, cmp.Or(r.Grace, 10*time.Second))
	defer end()
	done := make(chan struct{})
	go func() {
		r.Worker.Stop(grace)
		r.inHand.Wait()
		close(done)
	}()
	select {
	case <-done:
	case <-grace.Done():
		if n := r.working(); n > 0 {
			err = fmt.Errorf("stopping the bot: %d jobs were cut short and go on at the next start", n)
		}
		cut()
		if !within(cutTime, done) {
			err = fmt.Errorf("stopping the bot: %d jobs do not end", r.working())
		}
	}
	late, over := context.WithTimeout(ctx, cutTime)
	defer over()
	if err := r.Queue.Settle(late); err != nil {
		r.Worker.Log.Error("some lines will be said again at the next start", "err", err)
	}
	return err
}

func (r *Runner) working() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.busy)
}

const (
	// lastWord is how long a worker that was cut short may take to note what a network has taken.
	lastWord = 1500 * time.Millisecond
	// cutTime is how long workers that were cut short are waited for.
	cutTime = 2 * time.Second
)

// within waits until done is closed, for d at most.
func within(d time.Duration, done <-chan struct{}) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-done:
		return true
	case <-timer.C:
		return false
	}
}

// outlasting returns a context that ends [lastWord] after ctx did, to write down
// what cannot be undone any more.
func outlasting(ctx context.Context) (context.Context, context.CancelFunc) {
	longer, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() { time.AfterFunc(lastWord, cancel) })
	return longer, func() { stop(); cancel() }
}
