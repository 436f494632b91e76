package store_test

import (
	"crypto/ed25519"
	"encoding/base64"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"ventanilla/flows"
	"ventanilla/store"
)

const lines = 5

// audited is a world with a trail of some lines in each of two conversations, on two days,
// both signed.
func audited(t *testing.T) *world {
	w := newWorld(t)
	for day := range 2 {
		for i := range lines {
			for _, k := range []flows.Key{ana, beto} {
				w.update(k, func(c *store.Conversation) {
					c.Audit(flows.Audit{What: "proof", Account: "17", Detail: map[string]string{"method": "code", "n": fmt.Sprint(day, i)}}, w.clock.Now())
				})
			}
		}
		w.clock.Advance(24 * time.Hour)
	}
	w.clock.Advance(time.Hour)
	if n, err := w.Checkpoint(t.Context()); err != nil || n != 2 {
		t.Fatalf("%d days were signed, %v; want 2", n, err)
	}
	return w
}

// verify asks all that can be asked.
func (w *world) verify() error {
	return errors.Join(w.VerifyAudit(w.t.Context(), ana), w.VerifyAudit(w.t.Context(), beto), w.VerifyCheckpoint(w.t.Context()))
}

// RULES: data.audit
func TestAnUntouchedTrailIsVerified(t *testing.T) {
	w := audited(t)
	w.restart()
	if err := w.verify(); err != nil {
		t.Fatal(err)
	}
	got, err := w.AuditTrail(t.Context(), ana, 3, 4)
	if err != nil || len(got) != 4 || got[0].N != 4 || got[0].What != "proof" || got[0].Detail["n"] != "0 3" {
		t.Fatalf("got %+v, %v", got, err)
	}
	if err := w.VerifyAudit(t.Context(), flows.Key{Portal: "nobody"}); err != nil {
		t.Fatalf("somebody who never wrote: %v", err)
	}
	w.update(ana, func(c *store.Conversation) { c.Audit(flows.Audit{What: "view"}, w.clock.Now()) })
	if err := w.verify(); err != nil {
		t.Fatalf("after another line: %v", err)
	}
	if n, err := w.Checkpoint(t.Context()); err != nil || n != 0 {
		t.Fatalf("a day that is not over was signed: %d, %v", n, err)
	}
}

// RULES: data.audit
func TestOneFlippedBitOfTheTrailIsFound(t *testing.T) {
	w := audited(t)
	for _, e := range w.dump() {
		if !slices.Contains([]string{"u.", "d.", "k."}, e.Key[:2]) && !strings.HasPrefix(e.Key, "c.") {
			continue
		}
		for at := 0; at < len(e.Value); at += 7 {
			flipped := e
			flipped.Value = slices.Clone(e.Value)
			flipped.Value[at] ^= 1 << (at % 8)
			w.put(flipped)
			if err := w.verify(); !errors.Is(err, store.ErrTampered) {
				t.Fatalf("%s, byte %d: got %v, want ErrTampered", e.Key[:2], at, err)
			}
		}
		w.put(e)
	}
	if err := w.verify(); err != nil {
		t.Fatalf("put back as it was: %v", err)
	}
}

// put writes e whatever is there.
func (w *world) put(e store.Entry) {
	w.t.Helper()
	old, err := w.kv.Get(w.t.Context(), e.Key)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		w.t.Fatal(err)
	}
	e.Rev = old.Rev
	if _, err := w.kv.Put(w.t.Context(), e); err != nil {
		w.t.Fatal(err)
	}
}

// RULES: data.audit
func TestWhoHasTheSealingKeysCannotRewriteTheTrail(t *testing.T) {
	name := func(w *world) string { return w.Name(ana) }
	for what, change := range map[string]func(t *testing.T, w *world){
		"a line is another one": func(t *testing.T, w *world) {
			key := "u." + name(w) + ".0000000003"
			open, err := w.Opened(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if err := w.PutSealed(t.Context(), key, []byte(strings.Replace(open[key], "proof", "proxf", 1))); err != nil {
				t.Fatal(err)
			}
		},
		"a line is gone":        func(_ *testing.T, w *world) { w.put(store.Entry{Key: "u." + name(w) + ".0000000003"}) },
		"the last line is gone": func(_ *testing.T, w *world) { w.put(store.Entry{Key: "u." + name(w) + ".0000000010"}) },
		"all lines are gone": func(_ *testing.T, w *world) {
			for _, e := range w.dump() {
				if strings.HasPrefix(e.Key, "u.") {
					w.put(store.Entry{Key: e.Key})
				}
			}
		},
		"a line was added": func(t *testing.T, w *world) {
			if err := w.PutSealed(t.Context(), "u."+name(w)+".0000000011", []byte(`{"n":11}`)); err != nil {
				t.Fatal(err)
			}
		},
		"a head and the record were rolled back together": func(t *testing.T, w *world) {
			for n := 6; n <= 10; n++ {
				w.put(store.Entry{Key: fmt.Sprintf("u.%s.%010d", name(w), n)})
			}
			open, err := w.Opened(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			for key := range open {
				if strings.HasPrefix(key, "d.") && strings.HasSuffix(key, name(w)) {
					w.put(store.Entry{Key: key}) // the head of a day
				}
			}
			w.update(ana, func(c *store.Conversation) { c.Chain = store.Chain{} })
		},
		"a checkpoint is gone": func(t *testing.T, w *world) {
			for _, e := range w.dump() {
				if strings.HasPrefix(e.Key, "k.") {
					w.put(store.Entry{Key: e.Key})
					return
				}
			}
		},
		"a checkpoint is not signed": func(t *testing.T, w *world) {
			signature := regexp.MustCompile(`"signature":"[^"]*"`)
			open, err := w.Opened(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			last := slices.Max(slices.DeleteFunc(slices.Collect(maps.Keys(open)), func(key string) bool { return !strings.HasPrefix(key, "k.") }))
			forged := signature.ReplaceAllString(open[last], `"signature":"`+base64.StdEncoding.EncodeToString(make([]byte, 64))+`"`)
			if err := w.PutSealed(t.Context(), last, []byte(forged)); err != nil {
				t.Fatal(err)
			}
		},
		"a checkpoint says something else": func(t *testing.T, w *world) {
			for _, e := range w.dump() {
				if strings.HasPrefix(e.Key, "k.") {
					open, err := w.Opened(t.Context())
					if err != nil {
						t.Fatal(err)
					}
					if err := w.PutSealed(t.Context(), e.Key, []byte(strings.Replace(open[e.Key], `"heads":2`, `"heads":1`, 1))); err != nil {
						t.Fatal(err)
					}
				}
			}
		},
	} {
		t.Run(what, func(t *testing.T) {
			w := audited(t)
			change(t, w)
			if err := w.verify(); !errors.Is(err, store.ErrTampered) {
				t.Fatalf("got %v, want ErrTampered", err)
			}
		})
	}
}

func TestACheckpointIsSignedOnceADayIsClosed(t *testing.T) {
	w := newWorld(t)
	w.update(ana, func(c *store.Conversation) { c.Audit(flows.Audit{What: "proof"}, w.clock.Now()) })
	now := w.clock.Now()
	midnight := now.Truncate(24 * time.Hour).Add(24 * time.Hour)
	w.clock.Advance(midnight.Sub(now) + 5*time.Minute)
	if n, err := w.Checkpoint(t.Context()); err != nil || n != 0 {
		t.Fatalf("within the grace: %d, %v", n, err)
	}
	w.clock.Advance(6 * time.Minute)
	for _, want := range []int{1, 0} {
		if n, err := w.Checkpoint(t.Context()); err != nil || n != want {
			t.Fatalf("signed %d, %v; want %d", n, err, want)
		}
	}
	if len(w.CheckpointKey()) != ed25519.PublicKeySize {
		t.Fatal("there is no public key")
	}
	if err := w.verify(); err != nil {
		t.Fatal(err)
	}
}

// RULES: data.retention
func TestErasingForgetsThePersonAndKeepsTheTrail(t *testing.T) {
	w := newWorld(t, func(o *store.Options) { o.Limits = flows.NoLimits() })
	for i := range 100 {
		w.accept(ana, said(numbered(i), "texto"))
		w.answer(ana, flows.Reply{Text: "ok"})
	}
	blocked := w.clock.Now().Add(time.Hour)
	w.accept(ana, said("x", "veneno"))
	w.accept(ana, said("y", "hola"))
	w.accept(beto, said("1", "texto"))
	w.update(beto, func(c *store.Conversation) { c.SetAside(c.Inbox[0], store.TroubleUnknown, "r", "C-2", w.clock.Now()) })
	w.update(ana, func(c *store.Conversation) {
		c.SetAside(c.Inbox[0], store.TroubleUnknown, "r", "C-1", w.clock.Now())
		c.Answer(c.Inbox[0], flows.Result{Dialog: flows.Dialog{Flow: "menu", Memory: flows.Memory{Privacy: blocked, Blocked: blocked}},
			Replies: []flows.Reply{{To: "email:x@example.org", Text: "correo", Ref: "code/1"}}, Audit: []flows.Audit{{What: "proof"}}}, w.clock.Now())
	})
	if err := w.Guards().Freeze(t.Context(), "account/17", blocked); err != nil {
		t.Fatal(err)
	}
	turns := w.load(ana).Turns
	for range 2 {
		if err := w.Erase(t.Context(), ana); err != nil {
			t.Fatal(err)
		}
	}
	c := w.load(ana)
	if c.Erased.IsZero() || c.Name != "" || c.Dialog.Flow != "" || !c.Dialog.Memory.Privacy.IsZero() || len(c.Inbox)+len(c.Outbox) > 0 {
		t.Errorf("the tombstone is %+v", c)
	}
	if !c.Dialog.Memory.Blocked.Equal(blocked) || c.Turns != turns || c.Chain.N != 3 {
		t.Errorf("the tombstone lost what stays: %+v", c)
	}
	if n := w.entries("t."); n != 1 {
		t.Errorf("%d pages of transcripts are left, want the other person's", n)
	}
	if n := w.entries("t." + w.Name(ana)); n != 0 {
		t.Errorf("%d transcript lines are left", n)
	}
	if w.entries("o.") != 0 || w.entries("i."+w.Name(ana)) != 0 {
		t.Error("a mail or the summary is left")
	}
	if list, err := w.broken(); err != nil || len(list) != 1 || list[0].Case != "C-2" {
		t.Errorf("set aside: %+v, %v; want the other person's only", list, err)
	}
	if until, err := w.Guards().Frozen(t.Context(), "account/17"); err != nil || until.IsZero() {
		t.Errorf("the freeze is gone: %v, %v", until, err)
	}
	if err := w.VerifyAudit(t.Context(), ana); err != nil {
		t.Error(err)
	}
	w.saysNowhere(ana.Person)
	w.accept(ana, said("again", "hola"))
	if c := w.load(ana); c.Key != ana || len(c.Inbox) != 1 {
		t.Errorf("who comes back is %+v", c)
	}
}

// saysNowhere fails if any entry, opened, still holds what was to be forgotten.
func (w *world) saysNowhere(what string) {
	w.t.Helper()
	opened, err := w.Opened(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	for key, value := range opened {
		if strings.Contains(value, what) {
			w.t.Errorf("%s still says %q: %s", key[:2], what, value)
		}
	}
}

// RULES: data.retention
func TestErasingTakesAPersonsLinksInMailsAlongAndNobodyElses(t *testing.T) {
	w := newWorld(t)
	until := w.clock.Now().Add(time.Hour)
	for id, k := range map[string]flows.Key{"of ana": ana, "of beto": beto} {
		w.update(k, func(c *store.Conversation) {
			c.Say("g", "", flows.Reply{Text: "un enlace", Grants: []flows.Grant{{ID: id, Kind: "reset", Address: "x@example.org", Until: until}}}, w.clock.Now())
		})
	}
	if err := w.Erase(t.Context(), ana); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Grant(t.Context(), "of ana"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("the person's link: %v, want it gone", err)
	}
	if _, err := w.Grant(t.Context(), "of beto"); err != nil {
		t.Errorf("another person's link: %v", err)
	}
}
