package store_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"ventanilla/flows"
	"ventanilla/store"
)

// looks are the texts that a search finds.
func (w *world) looks(q store.Query) (found []string) {
	w.t.Helper()
	if q.Sees == nil {
		q.Sees = func(string) bool { return true }
	}
	err := w.Look(w.t.Context(), q, func(f store.Found) error { found = append(found, f.Line.Text); return nil }, func(store.Progress) error { return nil })
	if err != nil {
		w.t.Fatal(err)
	}
	return found
}

func TestATextIsFoundInItsPeriodAndOnlyWhereItMayBeSeen(t *testing.T) {
	w := newWorld(t)
	began := w.clock.Now()
	w.accept(ana, said("1", "No me llegó el CÓDIGO"))
	w.clock.Advance(time.Second) // pages of one moment come in no order
	w.accept(flows.Key{Portal: "iess", Channel: "telegram", Person: "7"}, said("2", "el código, por favor"))
	w.clock.Advance(24 * time.Hour)
	w.accept(beto, said("3", "otro codigo"))
	now := w.clock.Now()
	late := said("4", "un codigo que se escribió tarde")
	late.At = began.Add(-30 * time.Minute)
	w.accept(beto, late)
	for _, one := range []struct {
		what string
		q    store.Query
		want []string
	}{
		{"all", store.Query{Text: "codigo", From: began.Add(-time.Hour), To: now}, []string{"No me llegó el CÓDIGO", "el código, por favor", "otro codigo", "un codigo que se escribió tarde"}},
		{"one organisation", store.Query{Text: "código", From: began.Add(-time.Hour), To: now, Sees: func(p string) bool { return p == "mseg" }}, []string{"No me llegó el CÓDIGO", "otro codigo", "un codigo que se escribió tarde"}},
		{"a day", store.Query{Text: "codigo", From: now.Add(-time.Hour), To: now}, []string{"otro codigo"}},
		{"the day before", store.Query{Text: "codigo", From: began.Add(-time.Hour), To: began.Add(time.Hour)}, []string{"No me llegó el CÓDIGO", "el código, por favor"}},
		{"words in a row", store.Query{Text: "LLEGO el codigo", From: began.Add(-time.Hour), To: now}, []string{"No me llegó el CÓDIGO"}},
		{"nothing", store.Query{Text: "payaso", From: began.Add(-time.Hour), To: now}, nil},
	} {
		if got := w.looks(one.q); !slices.Equal(got, one.want) {
			t.Errorf("%s: got %q, want %q", one.what, got, one.want)
		}
	}
	err := w.Look(t.Context(), store.Query{Text: "¿a?", To: now}, nil, nil)
	if !errors.Is(err, store.ErrShort) {
		t.Errorf("too short: got %v", err)
	}
}

func TestASearchEndsWhenItIsCancelledAndFindsNothingOfWhoWasErased(t *testing.T) {
	w := newWorld(t)
	for i := range 600 {
		w.accept(flows.Key{Portal: "mseg", Channel: "telegram", Person: fmt.Sprint(i)}, said("1", "hola mundo"))
	}
	q := store.Query{Text: "mundo", From: w.clock.Now().Add(-time.Hour), To: w.clock.Now().Add(time.Hour), Sees: func(string) bool { return true }}
	ctx, stop := context.WithCancel(t.Context())
	found, told := 0, 0
	err := w.Look(ctx, q, func(store.Found) error { found++; return nil }, func(store.Progress) error { told++; stop(); return nil })
	if !errors.Is(err, context.Canceled) || told != 1 || found >= 600 {
		t.Errorf("cancelled: %v after %d, told %d times", err, found, told)
	}
	for i := range 600 {
		if i < 10 {
			if err := w.Erase(t.Context(), flows.Key{Portal: "mseg", Channel: "telegram", Person: fmt.Sprint(i)}); err != nil {
				t.Fatal(err)
			}
		}
	}
	if got := len(w.looks(q)); got != 590 {
		t.Errorf("after erasing 10: found %d, want 590", got)
	}
}

func TestWhatWasMaskedIsNotFound(t *testing.T) {
	w := newWorld(t, func(o *store.Options) {
		o.Screen = func(_ flows.Key, _ flows.Dialog, in flows.Input) flows.Input { in.Shown = "•••393"; return in }
	})
	w.accept(ana, said("1", "20267565393"))
	if got := w.looks(store.Query{Text: "20267565", From: w.clock.Now().Add(-time.Hour), To: w.clock.Now()}); len(got) != 0 {
		t.Errorf("got %q", got)
	}
}

// What is passed over without being taken apart is nothing that holds the text, whatever it is written with.
func TestNoLineThatHoldsTheTextIsPassedOver(t *testing.T) {
	w := newWorld(t)
	n := 0
	rapid.Check(t, func(rt *rapid.T) {
		from := w.clock.Now()
		w.clock.Advance(2 * time.Hour)
		odd := rapid.SampledFrom([]string{"ñandú", "LLEGÓ", "\n", "\"", "\\", "<b>", "&", "\u2028", "\u00ad", "👍", "e\u0301", "ＡＢＣ", "codigo", "a", "\t", "\x01", "u003c", "at\":\""})
		written := strings.Join(rapid.SliceOfN(odd, 1, 8).Draw(rt, "written"), rapid.SampledFrom([]string{"", " "}).Draw(rt, "between"))
		n++
		w.accept(flows.Key{Portal: "mseg", Channel: "telegram", Person: fmt.Sprint(n)}, said(fmt.Sprint(n), written))
		has := []rune(flows.Plain(written))
		if len(has) < store.MinText {
			return
		}
		i := rapid.IntRange(0, len(has)-store.MinText).Draw(rt, "from")
		text := string(has[i:rapid.IntRange(i+store.MinText, len(has)).Draw(rt, "to")])
		w.clock.Advance(2 * time.Hour)
		lines := 0
		var found []string
		err := w.Look(t.Context(), store.Query{Text: text, From: from, To: w.clock.Now(), Sees: func(string) bool { return true }},
			func(f store.Found) error { found = append(found, f.Line.Text); return nil }, func(p store.Progress) error { lines = p.Lines; return nil })
		if len([]rune(strings.ReplaceAll(flows.Plain(text), " ", ""))) < store.MinText {
			return
		}
		if want := strings.Contains(flows.Plain(written), flows.Plain(text)); err != nil || want != (len(found) == 1) {
			rt.Fatalf("%q in %q: found %q, %v", text, written, found, err)
		}
		err = w.Look(t.Context(), store.Query{Text: "nobody wrote this", From: from, To: w.clock.Now(), Sees: func(string) bool { return true }},
			func(store.Found) error { return errors.New("found") }, func(p store.Progress) error { lines = p.Lines; return nil })
		if err != nil || lines != 1 {
			rt.Fatalf("of %q, %d lines were read, %v", written, lines, err)
		}
	})
}
