package store_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"ventanilla/flows"
	"ventanilla/store"
)

const grantID = "00112233445566778899aabbccddeeff"

// granted is a world where ana was mailed a grant of 15 minutes.
func granted(t *testing.T) *world {
	w := newWorld(t)
	w.accept(ana, said("1", "hola"))
	w.answer(ana, flows.Reply{To: "email:ana@example.org", Text: "…",
		Grants: []flows.Grant{{ID: grantID, Kind: "reset", Account: "17", Address: "ana@example.org", Until: w.clock.Now().Add(15 * time.Minute)}}})
	return w
}

// RULES: link.token
func TestLookingAtAGrantNeverUsesIt(t *testing.T) {
	w := granted(t)
	before := fmt.Sprint(w.dump())
	for range 10 {
		g, err := w.Grant(t.Context(), grantID)
		if err != nil || g.Key != ana || g.Grant.Kind != "reset" || g.Grant.Account != "17" {
			t.Fatalf("got %+v, %v", g, err)
		}
	}
	if fmt.Sprint(w.dump()) != before {
		t.Fatal("looking wrote something")
	}
	for _, e := range w.dump() {
		if strings.Contains(e.Key, grantID) {
			t.Fatal("the id of a grant stands in a key")
		}
	}
}

// RULES: link.token, link.twice
func TestOfManyRequestsOneUsesTheGrantAndMayRepeat(t *testing.T) {
	w := granted(t)
	var winner atomic.Value
	var wins atomic.Int32
	var wg sync.WaitGroup
	for i := range 40 {
		request := fmt.Sprint("request", i%20)
		wg.Go(func() {
			g, err := w.UseGrant(t.Context(), grantID, request)
			switch {
			case err == nil && g.Used == request:
				if old := winner.Swap(request); old != nil && old != request {
					t.Errorf("%v and %v both won", old, request)
				}
				wins.Add(1)
			case !errors.Is(err, store.ErrGrantUsed):
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if wins.Load() != 2 { // the winner came twice
		t.Fatalf("%d of 40 won, want the 2 of one request", wins.Load())
	}
	if _, err := w.Grant(t.Context(), grantID); !errors.Is(err, store.ErrGrantUsed) {
		t.Fatalf("looking at it: got %v, want ErrGrantUsed", err)
	}
	w.clock.Advance(time.Hour)
	if g, err := w.UseGrant(t.Context(), grantID, winner.Load().(string)); err != nil || g.UsedAt.IsZero() {
		t.Fatalf("repeating the same request after its time: %+v, %v", g, err)
	}
}

// RULES: link.token
func TestAGrantEndsAtItsTime(t *testing.T) {
	w := granted(t)
	w.clock.Advance(15*time.Minute - time.Second)
	if _, err := w.Grant(t.Context(), grantID); err != nil {
		t.Fatal(err)
	}
	w.clock.Advance(time.Second)
	if g, err := w.Grant(t.Context(), grantID); !errors.Is(err, store.ErrGrantExpired) || g.Grant.Kind != "reset" {
		t.Fatalf("looking: got %+v, %v", g, err)
	}
	if _, err := w.UseGrant(t.Context(), grantID, "r"); !errors.Is(err, store.ErrGrantExpired) {
		t.Fatalf("using: got %v, want ErrGrantExpired", err)
	}
}

func TestAGrantOutlivesTheDialogAndARestart(t *testing.T) {
	w := granted(t)
	w.update(ana, func(c *store.Conversation) { c.Dialog = flows.Dialog{} })
	w.restart()
	if _, err := w.UseGrant(t.Context(), grantID, "r"); err != nil {
		t.Fatal(err)
	}
}

func TestAnUnknownGrantIsNotFound(t *testing.T) {
	w := granted(t)
	for _, id := range []string{"", "x", strings.Repeat("0", 32), grantID + "0"} {
		if _, err := w.Grant(t.Context(), id); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("%q: got %v, want ErrNotFound", id, err)
		}
		if _, err := w.UseGrant(t.Context(), id, "r"); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("using %q: got %v, want ErrNotFound", id, err)
		}
	}
	if _, err := w.UseGrant(t.Context(), grantID, ""); err == nil {
		t.Error("a request without a name could not be told from another")
	}
}
