package bot

import (
	"context"
	"sync"
	"time"
)

// Brief is a context that ends after a while, like one of [context.WithTimeout], for what is nearly always
// over long before and asks whether to stop rather than waiting to be told; what waits anyway takes the other. It is
// entered with its parent, and its timer started, only once somebody waits for Done: three of them in each turn were
// measured at a fortieth of its processor time. Before that [context.Cause] does not know of its end. [Brief.Close] must follow.
type Brief struct {
	context.Context // that it was made of
	ends            time.Time

	mu     sync.Mutex
	over   error           // how it ended; nil: it did not, or nobody looked
	timed  context.Context // nil: nobody asked for Done
	cancel context.CancelFunc
}

// Within returns a context that ends d from now, or with its parent.
func Within(parent context.Context, d time.Duration) *Brief {
	ends := time.Now().Add(d)
	if sooner, ok := parent.Deadline(); ok && sooner.Before(ends) {
		ends = sooner
	}
	return &Brief{Context: parent, ends: ends}
}

// Close ends it; what waits for it is told so.
func (b *Brief) Close() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.cancel != nil {
		b.cancel()
	} else if b.err() == nil {
		b.over = context.Canceled
	}
}

// Deadline implements [context.Context].
func (b *Brief) Deadline() (time.Time, bool) { return b.ends, true }

// Done implements [context.Context].
func (b *Brief) Done() <-chan struct{} {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.timed == nil {
		over := b.err()
		b.timed, b.cancel = context.WithDeadline(b.Context, b.ends)
		if over != nil {
			b.cancel()
		}
	}
	return b.timed.Done()
}

// Err implements [context.Context].
func (b *Brief) Err() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.err()
}

func (b *Brief) err() error {
	if b.over == nil && b.timed != nil {
		return b.timed.Err()
	}
	if b.over == nil {
		b.over = b.Context.Err()
	}
	if b.over == nil && !time.Now().Before(b.ends) {
		b.over = context.DeadlineExceeded
	}
	return b.over
}

// Value implements [context.Context].
func (b *Brief) Value(key any) any {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.timed != nil {
		return b.timed.Value(key) // package context finds by it what is to end with this one
	}
	return b.Context.Value(key)
}
