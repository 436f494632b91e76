package store_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"ventanilla/flows"
	"ventanilla/store"
	"ventanilla/store/boltkv"
)

// erased is a world where ana had everything of hers erased while mails of hers waited.
func erased(t *testing.T, mails ...flows.Reply) *world {
	t.Helper()
	w := newWorld(t)
	w.accept(ana, said("1", "hola"))
	w.answer(ana, mails...)
	if err := w.Erase(t.Context(), ana); err != nil {
		t.Fatal(err)
	}
	return w
}

// Whoever changed something and then has their data erased must not so silence the
// owner of the account. RULES: data.retention, notme
func TestErasingKeepsTheLinksThatProtectAnAccount(t *testing.T) {
	for kind, kept := range map[string]bool{"not_me": true, "stop": true, "go_on": true, "unlink": true, "one that comes later": true, "reset": false} {
		t.Run(kind, func(t *testing.T) {
			until := (&flows.Clock{}).Now().Add(time.Hour)
			// The link that ends a mailed page is bound to the same PIN as the page is.
			w := erased(t, flows.Reply{To: "email:ana@example.org", Text: "aviso",
				Grants: []flows.Grant{{ID: grantID, Kind: kind, Account: "17", Address: "ana@example.org", PIN: "link/1", Until: until}}})
			if !kept {
				if _, err := w.Grant(t.Context(), grantID); !errors.Is(err, store.ErrNotFound) {
					t.Fatalf("looking at it: %v, want it gone", err)
				}
				return
			}
			g, err := w.UseGrant(t.Context(), grantID, "request")
			if err != nil || g.Key != ana || g.Grant.Account != "17" {
				t.Fatalf("using it: %+v, %v", g, err)
			}
			if err := w.Erase(t.Context(), ana); err != nil {
				t.Fatal(err)
			}
			if g, err = w.UseGrant(t.Context(), grantID, "request"); err != nil || g.UsedAt.IsZero() {
				t.Errorf("repeating the request after another erasing: %+v, %v", g, err)
			}
		})
	}
}

// RULES: data.retention, notme
func TestErasingKeepsNoticesUnderWayAndTakesCodesAlong(t *testing.T) {
	w := erased(t, flows.Reply{To: "email:ana@example.org", Text: "{code}", Ref: "code/1"},
		flows.Reply{To: "email:ana@example.org", Text: "Cambió la clave"},
		flows.Reply{To: "email:ana@example.org", Text: "un enlace", Ref: "link/1"})
	if n := w.entries("o."); n != 1 {
		t.Fatalf("%d mails wait, want the notice only", n)
	}
	if got := w.mail(); got.Out.Reply.Text != "Cambió la clave" || got.Key != ana {
		t.Fatalf("got %+v", got)
	}
}

// None of what is reported of a mail brings anything back into the tombstone. RULES: data.retention
func TestTheFateOfAMailLeavesATombstoneAsItIs(t *testing.T) {
	for _, ref := range []string{"", "code/1"} {
		for _, failed := range []string{"", "refused", store.Expired} {
			w := newWorld(t)
			w.accept(ana, said("1", "hola"))
			w.answer(ana, flows.Reply{To: "email:ana@example.org", Text: "correo", Ref: ref})
			mail := w.mail() // a worker has it in its hands
			if err := w.Erase(t.Context(), ana); err != nil {
				t.Fatal(err)
			}
			if err := w.Done(t.Context(), mail, failed); err != nil {
				t.Fatal(err)
			}
			c := w.load(ana)
			if c.Erased.IsZero() || len(c.Inbox) != 0 || c.Dialog.Flow != "" || !c.Due().IsZero() || w.entries("t."+w.Name(ana)) != 0 || w.entries("o.") != 0 {
				t.Errorf("ref %q, %q: the tombstone is %+v", ref, failed, c)
			}
			w.saysNowhere(ana.Person)
			w.saysNowhere("ana@example.org")
			if err := w.PostponeAway(t.Context(), mail, w.clock.Now()); !errors.Is(err, store.ErrConflict) || w.entries("o.") != 0 {
				t.Errorf("ref %q, %q: putting it off brings it back: %v", ref, failed, err)
			}
		}
	}
}

// The mails whose fate the dialog waits for go together with the dialog, so that no
// report comes between, even if the rest could not be erased yet. RULES: data.retention
func TestNoReportComesBetweenTheTombstoneAndItsMails(t *testing.T) {
	w := newWorld(t)
	w.accept(ana, said("1", "hola"))
	w.answer(ana, flows.Reply{To: "email:ana@example.org", Text: "{code}", Ref: "code/1"})
	mail, full, commits := w.mail(), errors.New("the disk is full"), 0
	w.cut = func(s boltkv.Stage) error {
		if s == boltkv.Before {
			commits++
		}
		if commits > 1 {
			return full
		}
		return nil
	}
	if err := w.Erase(t.Context(), ana); !errors.Is(err, full) {
		t.Fatalf("erasing: %v, want %v", err, full)
	}
	w.restart()
	if err := w.Done(t.Context(), mail, "refused"); err != nil {
		t.Fatal(err)
	}
	if c := w.load(ana); c.Erased.IsZero() || len(c.Inbox) != 0 {
		t.Errorf("the tombstone is %+v", c)
	}
}

// tired is a driver of which one write fails.
type tired struct {
	store.KV
	left int // writes until then
}

var errTired = errors.New("the disk is full")

func (k *tired) Put(ctx context.Context, e store.Entry, with ...store.Entry) (uint64, error) {
	if k.left--; k.left == -1 {
		return 0, errTired
	}
	return k.KV.Put(ctx, e, with...)
}

// Whichever write of an erasing fails: the wish stands, the record is due again, and the next try
// leaves nothing behind. RULES: data.retention
func TestAnErasingThatFailsHalfwayIsFinished(t *testing.T) {
	failed := 0
	for n := 0; ; n++ {
		w := newWorld(t)
		w.accept(ana, said("1", "hola"))
		w.answer(ana, flows.Reply{To: "email:ana@example.org", Text: "{code}", Ref: "code/1"},
			flows.Reply{To: "email:ana@example.org", Text: "un enlace", Grants: []flows.Grant{{ID: grantID, Kind: "reset", Account: "17", Until: w.clock.Now().Add(time.Hour)}}})
		if err := w.Link(t.Context(), ana, "mseg", "17", w.clock.Now().Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
		if err := w.Update(t.Context(), ana, func(c *store.Conversation) error { c.Dialog.Memory.Forget = true; return nil }); err != nil {
			t.Fatal(err)
		}
		kv := &tired{KV: w.kv, left: n}
		s, err := store.New(t.Context(), kv, w.options)
		if err != nil {
			t.Fatal(err)
		}
		kv.left = n
		err = s.Erase(t.Context(), ana)
		if err == nil && kv.left >= 0 { // there were fewer writes than that
			break
		}
		failed++
		c, load := w.Load(t.Context(), ana)
		if err == nil || load != nil || !c.Dialog.Memory.Forget {
			t.Fatalf("write %d failed: %v, and the wish is there: %v (%v)", n, err, c.Dialog.Memory.Forget, load)
		}
		if due := c.Due(); n > 0 && (due.IsZero() || due.After(w.clock.Now().Add(time.Minute))) {
			t.Errorf("after write %d failed it is due at %v", n, due)
		}
		if err := w.Erase(t.Context(), ana); err != nil {
			t.Fatal(err)
		}
		lines, err := w.Transcript(t.Context(), ana, 0, 10)
		keys, linked := w.Linked(t.Context(), "mseg", "17")
		_, grant := w.Grant(t.Context(), grantID)
		c, load = w.Load(t.Context(), ana)
		if err := errors.Join(err, linked, load); err != nil {
			t.Fatal(err)
		}
		if len(lines) > 0 || len(keys) > 0 || !errors.Is(grant, store.ErrNotFound) || c.Dialog.Memory.Forget || c.Erasing || !c.Due().IsZero() || c.Name != "" || c.Erased.IsZero() {
			t.Errorf("write %d failed, and after the next try there are %v, %v, %v, %+v", n, lines, keys, grant, c)
		}
	}
	if failed < 4 {
		t.Errorf("%d writes of an erasing could fail, want several", failed)
	}
}

// Who is erased while a page of theirs is pressed may still be told: the network's window is open. RULES: wa.window, notme
func TestErasingKeepsWhenThePersonWasHeardLast(t *testing.T) {
	w := erased(t)
	c, err := w.Load(t.Context(), ana)
	if err != nil || c.Heard.IsZero() || c.Name != "" {
		t.Errorf("heard at %v, called %q, %v", c.Heard, c.Name, err)
	}
}
