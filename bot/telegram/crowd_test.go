package telegram

import (
	"context"
	"testing"
	"testing/synctest"
	"time"
)

func TestWhoWaitsOutsideComesInWhenThereIsRoomOrAfterASecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := make(crowd, 1)
		if !c.enter(t.Context()) {
			t.Fatal("the first has no place")
		}
		began := time.Now()
		if c.enter(t.Context()) || time.Since(began) != crowdTime {
			t.Errorf("the second came in after %v as if there were room", time.Since(began))
		}
		began = time.Now()
		time.AfterFunc(crowdTime/2, c.leave)
		if !c.enter(t.Context()) || time.Since(began) != crowdTime/2 {
			t.Errorf("the third took no notice for %v of the place that was free", time.Since(began))
		}
		gone, cancel := context.WithCancel(t.Context())
		cancel()
		if began = time.Now(); c.enter(gone) || time.Since(began) != 0 {
			t.Errorf("who hung up was given a place after %v", time.Since(began))
		}
	})
}
