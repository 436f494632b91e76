package store_test

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"ventanilla/flows"
	"ventanilla/store"
	"ventanilla/store/boltkv"
)

// numberedMessage is a message of a network that counts them.
func numberedMessage(n int) store.Inbound {
	in := said(fmt.Sprint("tg/", n), fmt.Sprint("text ", n))
	in.Order = uint64(n)
	return in
}

// RULES: tg.dedupe
func TestMessagesThatComeInAnyOrderAreEachAcceptedOnce(t *testing.T) {
	w := newWorld(t, func(o *store.Options) { o.Limits = flows.NoLimits() })
	var want []string
	for _, n := range []int{10, 12, 11, 11, 10, 12, 13, 5, 5, 13} {
		w.accept(ana, numberedMessage(n))
		if id := fmt.Sprint("tg/", n); !slices.Contains(want, id) {
			want = append(want, id)
		}
	}
	if got := ids(w.load(ana).Inbox); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	w.accept(beto, numberedMessage(11))
	if got := ids(w.load(beto).Inbox); !slices.Equal(got, []string{"tg/11"}) {
		t.Errorf("the other person has %q", got)
	}
}

// RULES: tg.dedupe, wa.dedupe
func TestMarksThatLeftTheRecordCount(t *testing.T) {
	for name, message := range map[string]func(int) store.Inbound{
		"numbered":     numberedMessage,
		"not numbered": func(n int) store.Inbound { return said(fmt.Sprint("SM", n), "hola") },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, func(o *store.Options) { o.Limits = flows.NoLimits() })
			const messages = 500
			for n := range messages {
				w.accept(ana, message(n+1))
				w.answer(ana)
			}
			blocks := w.entries("s.")
			if blocks < messages/30 || blocks > messages/20 {
				t.Errorf("%d messages left %d blocks of marks", messages, blocks)
			}
			w.restart()
			for n := range messages {
				w.accept(ana, message(n+1))
			}
			if c := w.load(ana); len(c.Inbox) != 0 {
				t.Fatalf("accepted again: %q", ids(c.Inbox))
			}
			for _, e := range w.dump() {
				if strings.HasPrefix(e.Key, "c.") && len(e.Value) > 1024 {
					t.Errorf("the record has %d bytes", len(e.Value))
				}
			}
		})
	}
}

// RULES: tg.dedupe
func TestANetworkThatBeginsToCountAnewIsHeard(t *testing.T) {
	w := newWorld(t)
	w.accept(ana, numberedMessage(900))
	w.answer(ana)
	w.clock.Advance(8 * 24 * time.Hour)
	for _, n := range []int{7, 8, 7, 8} {
		w.accept(ana, numberedMessage(n))
	}
	if got := ids(w.load(ana).Inbox); !slices.Equal(got, []string{"tg/7", "tg/8"}) {
		t.Errorf("got %q", got)
	}
	w.clock.Advance(8 * 24 * time.Hour)
	w.accept(ana, numberedMessage(900)) // the number of a week ago says nothing
	if got := ids(w.load(ana).Inbox); !slices.Equal(got, []string{"tg/7", "tg/8", "tg/900"}) {
		t.Errorf("got %q", got)
	}
}

// RULES: tg.dedupe
func TestWhatVersionOneAcceptedIsNotAcceptedAgain(t *testing.T) {
	w := newWorld(t)
	name := w.Name(ana)
	record := `{"v":1,"key":{"portal":"mseg","channel":"telegram","person":"5491155550001"},"turns":2,"lines":2,"heard":"2026-01-02T10:00:00Z"}`
	if err := w.PutRecord(t.Context(), name, []byte(record)); err != nil {
		t.Fatal(err)
	}
	for n, line := range []string{`{"n":1,"at":"2026-01-02T10:00:00Z","from":"person","text":"uno"}`, `{"n":2,"at":"2026-01-02T10:00:01Z","from":"bot","text":"dos"}`} {
		if err := w.PutSealed(t.Context(), fmt.Sprintf("t.%s.%010d", name, n+1), []byte(line)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.PutOldMark(t.Context(), name, "tg/11"); err != nil {
		t.Fatal(err)
	}
	for _, n := range []int{10, 11, 12, 11, 10} { // 11 is above what the record knows by then
		w.accept(ana, numberedMessage(n))
	}
	c := w.load(ana)
	if got := ids(c.Inbox); !slices.Equal(got, []string{"tg/10", "tg/12"}) || c.Schema != store.Schema {
		t.Errorf("got %q, version %d", got, c.Schema)
	}
	for after, want := range [][]string{{"uno", "dos", "text 10", "text 12"}, {"dos", "text 10", "text 12"}, {"text 10", "text 12"}, {"text 12"}, nil} {
		lines, err := w.Transcript(t.Context(), ana, uint64(after), 10)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, l := range lines {
			got = append(got, l.Text)
		}
		if !slices.Equal(got, want) {
			t.Errorf("after %d: got %q, want %q", after, got, want)
		}
	}
}

func TestTheLinesOfOneWriteAreReadFromAnyOfThemOn(t *testing.T) {
	w := newWorld(t)
	for n := range 3 {
		w.accept(ana, said(fmt.Sprint(n), fmt.Sprint("q", n)))
		w.answer(ana, flows.Reply{Text: "a"}, flows.Reply{Text: "b"}, flows.Reply{Text: "c"})
	}
	all, err := w.Transcript(t.Context(), ana, 0, 100)
	if err != nil || len(all) != 12 {
		t.Fatalf("got %d lines, %v", len(all), err)
	}
	for after := range len(all) {
		for n := 1; n <= len(all); n++ {
			got, err := w.Transcript(t.Context(), ana, uint64(after), n)
			if want := all[after:min(after+n, len(all))]; err != nil || !reflect.DeepEqual(got, want) {
				t.Fatalf("%d after %d: got %+v, %v", n, after, got, err)
			}
		}
	}
	if n := w.entries("t."); n != 6 {
		t.Errorf("12 lines of 6 writes are %d entries", n)
	}
}

// RULES: data.retention
func TestATranscriptBeginsWhereItIsKept(t *testing.T) {
	w := newWorld(t)
	w.accept(ana, said("1", "uno"))
	w.answer(ana, flows.Reply{Text: "dos"})
	w.clock.Advance(store.TranscriptFor - time.Hour)
	w.accept(ana, said("2", "tres"))
	w.clock.Advance(2 * time.Hour)
	for n := 1; n > 0; {
		var err error
		if n, err = w.kv.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	lines, err := w.Transcript(t.Context(), ana, 0, 10)
	if err != nil || len(lines) != 1 || lines[0].Text != "tres" || lines[0].N != 3 {
		t.Errorf("got %+v, %v", lines, err)
	}
}

// RULES: data.retention
func TestAnErasureThatWasCutShortGoesOn(t *testing.T) {
	w := newWorld(t, func(o *store.Options) { o.Limits = flows.NoLimits() })
	for n := range 20 {
		w.accept(ana, numberedMessage(n+1))
		w.answer(ana, flows.Reply{Text: "sí"})
	}
	for left := w.entries("t."); left > 0; {
		commits := 0
		w.cut = func(s boltkv.Stage) error {
			if commits++; commits > 12 {
				return errPower
			}
			return nil
		}
		err := w.Erase(t.Context(), ana)
		w.restart()
		now := w.entries("t.")
		if err != nil && now >= left || err == nil && now > 0 {
			t.Fatalf("%d of %d pages are left, %v", now, left, err)
		}
		left = now
	}
}

// RULES: wa.dedupe
func TestMarksThatLeftTheRecordCountWhileTheConversationIsKeptRead(t *testing.T) {
	w := newWorld(t, func(o *store.Options) { o.Limits = flows.NoLimits() })
	for n := range 120 {
		for range 2 { // each comes twice, the first as well as one that left the record comes again later
			for _, id := range []int{n, n / 2} {
				c, changed, err := w.Receive(t.Context(), ana, said(fmt.Sprint("SM", id), "hola"))
				if err != nil {
					t.Fatal(err)
				}
				if fresh := id == n && len(c.Inbox) == 1; changed != fresh {
					t.Fatalf("message %d after %d: taken %t", id, n, changed)
				}
				if changed {
					answered(c, w)
					if err := w.Save(t.Context(), c); err != nil {
						t.Fatal(err)
					}
				}
				c.Leave()
			}
		}
	}
}
