package flows

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

func TestAWaitNoticesWithinAMinuteThatTheTimeJumped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := &Clock{}
		began := time.Now()
		done := make(chan error, 1)
		go func() { done <- c.WaitUntil(t.Context(), c.Now().Add(8*time.Hour)) }()
		synctest.Wait()
		c.ahead.Add(int64(9 * time.Hour)) // as when a machine wakes up: nobody is told
		if err := <-done; err != nil || time.Since(began) > time.Minute {
			t.Errorf("got %v after %s, want nil within a minute", err, time.Since(began))
		}
	})
}

func TestAWaitEndsAtItsTimeWhenTheClockIsMovedOrWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := &Clock{}
		began := time.Now()
		if err := c.WaitUntil(t.Context(), c.Now().Add(10*time.Minute)); err != nil || time.Since(began) != 10*time.Minute {
			t.Errorf("got %v after %s, want nil after 10m", err, time.Since(began))
		}
		began = time.Now()
		time.AfterFunc(time.Second, func() { c.Advance(time.Hour) })
		if err := c.WaitUntil(t.Context(), c.Now().Add(time.Hour)); err != nil || time.Since(began) != time.Second {
			t.Errorf("got %v after %s, want nil as soon as the clock is moved", err, time.Since(began))
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := c.WaitUntil(ctx, c.Now().Add(time.Hour)); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v, want the end of the context", err)
		}
	})
}
