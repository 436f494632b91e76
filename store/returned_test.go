package store_test

import (
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"ventanilla/flows"
	"ventanilla/store"
)

// taken answers ana with one mail that the mail server takes under a receipt.
func taken(t *testing.T, r flows.Reply) (*world, store.Away) {
	w := mailed(t, r)
	a := w.mail()
	a.Out.Sent, a.Out.Known = "<1@example.org>", w.clock.Now().Add(store.ReturnableFor)
	if err := w.Done(t.Context(), a, ""); err != nil {
		t.Fatal(err)
	}
	return w, a
}

func TestWhatComesBackIsHeardOnceAsIfItHadBeenRefusedAtOnce(t *testing.T) {
	w, sent := taken(t, flows.Reply{Text: "{code}", Ref: "code/1"})
	var wg sync.WaitGroup
	found := make(chan store.Away, 8)
	for range 8 {
		wg.Go(func() {
			a, err := w.Returned(t.Context(), "<1@example.org>", "returned", "smtp 550 5.1.1")
			if err == nil {
				found <- a
			} else if !errors.Is(err, store.ErrNotFound) {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if len(found) != 1 {
		t.Fatalf("it came back %d times", len(found))
	}
	if a := <-found; a.Key != ana || a.Out.Reply.To != "email:" || a.Out.Reply.Text != "" || a.Out.ID != sent.Out.ID {
		t.Errorf("got %+v, want the reply without its words and address", a)
	}
	c := w.load(ana)
	if len(c.Inbox) != 2 {
		t.Fatalf("the dialog hears %d reports, want that it was sent and that it came back", len(c.Inbox))
	}
	in := c.Inbox[1]
	if in.Input.Event != "undelivered" || in.Input.Ref != "code/1" || in.Input.Values["reason"] != "returned" {
		t.Errorf("the dialog hears %+v", in)
	}
	if want := (store.Lost{N: sent.Out.N, Why: "smtp 550 5.1.1"}); !slices.Contains(c.Fates.Lost, want) || slices.Contains(c.Fates.Mailed, sent.Out.N) {
		t.Errorf("agents see %+v, want %+v and not that it arrived", c.Fates, want)
	}
	if n := w.entries("r."); n != 0 {
		t.Errorf("%d are still awaited", n)
	}
}

func TestOnlyWhatWasReallySentAndIsAwaitedComesBack(t *testing.T) {
	w, a := taken(t, flows.Reply{Text: "aviso"})
	for _, forged := range []string{"", "<2@example.org>", "1@example.org", "<1@example.org>.", "r." + w.Name(ana)} {
		if _, err := w.Returned(t.Context(), forged, "returned", ""); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("%q: got %v, want that nothing is known of it", forged, err)
		}
	}
	w.saysNowhere("ana@example.org")
	w.clock.Advance(store.ReturnableFor)
	if _, err := w.Returned(t.Context(), a.Out.Sent, "returned", ""); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("after its time: got %v", err)
	}
	refused := mailed(t, flows.Reply{Text: "aviso"})
	a = refused.mail()
	a.Out.Sent = "<3@example.org>"
	if err := refused.Done(t.Context(), a, "refused"); err != nil || refused.entries("r.") != 0 {
		t.Errorf("a refused mail is awaited: %v", err)
	}
}

func TestWhatNobodyAsksAboutComesBackWithoutAWordToTheDialog(t *testing.T) {
	w, _ := taken(t, flows.Reply{Text: "aviso"})
	before := w.load(ana)
	if _, err := w.Returned(t.Context(), "<1@example.org>", "returned", "smtp 5.1.1"); err != nil {
		t.Fatal(err)
	}
	if c := w.load(ana); len(c.Inbox) != len(before.Inbox) || w.entries("r.") != 0 {
		t.Errorf("got %d reports", len(c.Inbox))
	}
}

// RULES: data.retention
func TestErasingSomebodyForgetsWhatMayComeBack(t *testing.T) {
	for _, ref := range []string{"", "code/1"} {
		w, a := taken(t, flows.Reply{Text: "aviso", Ref: ref})
		if err := w.Erase(t.Context(), ana); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Returned(t.Context(), a.Out.Sent, "returned", ""); !errors.Is(err, store.ErrNotFound) || w.entries("r.") != 0 {
			t.Errorf("ref %q: got %v and %d entries", ref, err, w.entries("r."))
		}
	}
	w := mailed(t, flows.Reply{Text: "aviso"}) // still under way when the person is erased
	a := w.mail()
	w.clock.Advance(time.Second)
	if err := w.Erase(t.Context(), ana); err != nil {
		t.Fatal(err)
	}
	a.Out.Sent, a.Out.Known = "<1@example.org>", w.clock.Now().Add(time.Hour)
	if err := w.Done(t.Context(), a, ""); err != nil || w.entries("r.") != 0 {
		t.Errorf("a notice that left after the erasing is remembered: %v", err)
	}
}
