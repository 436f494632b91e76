package store_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"ventanilla/flows"
	"ventanilla/store"
)

// mailed answers ana with one mail.
func mailed(t *testing.T, r flows.Reply) *world {
	w := newWorld(t)
	w.accept(ana, said("1", "hola"))
	if r.To == "" {
		r.To = "email:ana@example.org"
	}
	w.answer(ana, r)
	return w
}

func (w *world) entries(prefix string) (n int) {
	es, err := w.kv.List(w.t.Context(), prefix, "", 1<<20)
	if err != nil {
		w.t.Fatal(err)
	}
	return len(es)
}

func TestTheDialogHearsOfAMailsFateOnce(t *testing.T) {
	for _, c := range []struct{ failed, event string }{{"", "sent"}, {"refused", "undelivered"}} {
		w := mailed(t, flows.Reply{Text: "{code}", Ref: "code-1"})
		a := w.mail()
		w.clock.Advance(time.Minute)
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				if err := w.Done(t.Context(), a, c.failed); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		v := w.load(ana)
		if len(v.Inbox) != 1 || w.entries("o.") != 0 {
			t.Fatalf("%s: %d reports, %d mails left", c.event, len(v.Inbox), w.entries("o."))
		}
		in := v.Inbox[0]
		if in.Input.Event != c.event || in.Input.From != flows.System || in.Input.Ref != "code-1" || in.Input.Values["reason"] != c.failed || in.At.Before(a.Out.At.Add(time.Minute)) {
			t.Errorf("%s: the dialog hears %+v", c.event, in)
		}
	}
}

func TestAMailNobodyAsksAboutIsOnlyRemoved(t *testing.T) {
	w := mailed(t, flows.Reply{Text: "aviso"})
	a := w.mail()
	if err := w.PostponeAway(t.Context(), a, w.clock.Now()); err != nil {
		t.Fatal(err)
	}
	if err := w.Done(t.Context(), a, ""); err != nil { // done is done, whatever was written meanwhile
		t.Fatal(err)
	}
	if n := w.entries("o."); n != 0 || len(w.load(ana).Inbox) != 0 {
		t.Fatalf("%d mails left, %d reports", n, len(w.load(ana).Inbox))
	}
	if err := w.Done(t.Context(), a, ""); err != nil {
		t.Fatalf("again: %v", err)
	}
}

func TestAPostponedMailComesBackThen(t *testing.T) {
	w := mailed(t, flows.Reply{Text: "{code}", Ref: "c"})
	jobs := w.claim()
	var a store.Away
	for _, j := range jobs {
		if j.Away != nil {
			a = *j.Away
		}
	}
	if err := w.PostponeAway(t.Context(), a, w.clock.Now().Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	for _, j := range jobs {
		w.Release(j)
	}
	for _, j := range w.claim() {
		if j.Away != nil {
			t.Fatal("it is due at once")
		}
		w.Release(j)
	}
	if err := w.PostponeAway(t.Context(), a, w.clock.Now()); !errors.Is(err, store.ErrConflict) {
		t.Fatalf("postponing what changed: got %v, want ErrConflict", err)
	}
	w.clock.Advance(time.Minute)
	if again := w.mail(); again.Out.Tries != 1 || again.Out.ID != a.Out.ID {
		t.Fatalf("got %+v", again)
	}
}

func TestOnlyWhatWasTriedCountsAsATry(t *testing.T) {
	w := newWorld(t)
	w.accept(ana, said("1", "hola"))
	w.answer(ana, flows.Reply{Text: "línea"}, flows.Reply{To: "email:ana@example.org", Text: "correo"})
	if err := w.DelayAway(t.Context(), w.mail(), w.clock.Now()); err != nil {
		t.Fatal(err)
	}
	if got := w.mail().Out.Tries; got != 0 {
		t.Errorf("got %d tries of a mail that only waited", got)
	}
	c := w.load(ana)
	c.Delay(c.Outbox[0].ID, w.clock.Now().Add(time.Minute))
	if c.Outbox[0].Tries != 0 || c.Next(w.clock.Now()) != nil {
		t.Errorf("got %+v for a line that only waits", c.Outbox[0])
	}
	c.Postpone(c.Outbox[0].ID, w.clock.Now())
	if c.Outbox[0].Tries != 1 || c.Next(w.clock.Now()) == nil {
		t.Errorf("got %+v for a line that was tried", c.Outbox[0])
	}
}

func TestAMailWaitsForItsMoment(t *testing.T) {
	w := newWorld(t)
	w.accept(ana, said("1", "hola"))
	w.answer(ana, flows.Reply{To: "email:ana@example.org", Text: "después", Not: w.clock.Now().Add(time.Hour)})
	if jobs := w.claim(); len(jobs) != 0 {
		t.Fatalf("due now: %+v", jobs)
	}
	w.clock.Advance(time.Hour)
	w.mail()
}

// RULES: code.life
func TestAMailPastItsEndIsNeverHandedOut(t *testing.T) {
	var fell []store.Away
	w := newWorld(t, func(o *store.Options) { o.Fell = func(a store.Away) { fell = append(fell, a) } })
	w.accept(ana, said("1", "hola"))
	w.answer(ana, flows.Reply{To: "email:ana@example.org", Text: "{code}", Ref: "c", Until: w.clock.Now().Add(10 * time.Minute)})
	w.clock.Advance(10 * time.Minute)
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	jobs, err := w.Claim(ctx, 10, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	for len(jobs) == 1 && len(jobs[0].Conversation.Inbox) == 0 { // its dialog may be due for more than one reason
		w.Release(jobs[0])
		if jobs, err = w.Claim(ctx, 10, time.Minute); err != nil {
			t.Fatal(err)
		}
	}
	if len(jobs) != 1 || jobs[0].Away != nil || jobs[0].Key != ana {
		t.Fatalf("got %+v, want the conversation alone", jobs)
	}
	if in := jobs[0].Conversation.Inbox[0].Input; in.Event != "undelivered" || in.Values["reason"] != store.Expired || w.entries("o.") != 0 {
		t.Fatalf("the dialog hears %+v", in)
	}
	if len(fell) != 1 || fell[0].Key != ana || fell[0].Out.Reply.Ref != "c" {
		t.Errorf("got %+v told, want the mail once", fell)
	}
}

func TestAMailPostponedBeyondItsEndExpiresAtItsEnd(t *testing.T) {
	w := newWorld(t)
	w.accept(ana, said("1", "hola"))
	w.answer(ana, flows.Reply{To: "email:ana@example.org", Text: "{code}", Ref: "c", Until: w.clock.Now().Add(10 * time.Minute)})
	for _, j := range w.claim() {
		if j.Away != nil {
			if err := w.PostponeAway(t.Context(), *j.Away, w.clock.Now().Add(time.Hour)); err != nil {
				t.Fatal(err)
			}
		}
		w.Release(j)
	}
	w.clock.Advance(10 * time.Minute)
	for range 2 {
		for _, j := range w.claim() {
			w.Release(j)
		}
	}
	if c := w.load(ana); len(c.Inbox) != 1 || c.Inbox[0].Input.Event != "undelivered" {
		t.Fatalf("the dialog hears %+v", c.Inbox)
	}
}

func TestAJobIsNobodyElsesUntilItIsReleased(t *testing.T) {
	w := newWorld(t)
	w.accept(ana, said("1", "hola"))
	jobs := w.claim()
	if len(jobs) != 1 || jobs[0].Key != ana || ids(jobs[0].Conversation.Inbox)[0] != "1" {
		t.Fatalf("got %+v", jobs)
	}
	w.accept(ana, said("2", "hola"))
	if more := w.claim(); len(more) != 0 {
		t.Fatalf("claimed twice: %+v", more)
	}
	c := jobs[0].Conversation
	c.Dialog.Flow = "menu"
	if err := w.Save(t.Context(), c); !errors.Is(err, store.ErrConflict) {
		t.Fatalf("saving what was claimed before the second message: got %v, want ErrConflict", err)
	}
	w.Release(jobs[0])
	if more := w.claim(); len(more) != 1 || len(more[0].Conversation.Inbox) != 2 {
		t.Fatalf("after the release: %+v", more)
	}
}

func TestWhatWasSavedIsNotSavedAgain(t *testing.T) {
	w := newWorld(t)
	w.accept(ana, said("1", "hola"))
	c := w.answer(ana, flows.Reply{To: "email:ana@example.org", Text: "aviso", Grants: []flows.Grant{{ID: grantID, Until: w.clock.Now().Add(time.Hour)}}})
	if err := w.Done(t.Context(), w.mail(), ""); err != nil {
		t.Fatal(err)
	}
	if _, err := w.UseGrant(t.Context(), grantID, "r"); err != nil {
		t.Fatal(err)
	}
	w.save(c)
	if n := w.entries("o."); n != 0 {
		t.Fatal("a mail that was sent is back")
	}
	if _, err := w.Grant(t.Context(), grantID); !errors.Is(err, store.ErrGrantUsed) {
		t.Fatalf("a used grant: got %v, want ErrGrantUsed", err)
	}
}
