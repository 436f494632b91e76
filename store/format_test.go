package store_test

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"ventanilla/flows"
	"ventanilla/store"
)

var v0 = flows.Key{Portal: "mseg", Channel: "telegram", Person: "1001"}

func TestARecordOfVersionZeroIsReadAndWrittenAsTodays(t *testing.T) {
	record, err := os.ReadFile("testdata/record-v0.json")
	if err != nil {
		t.Fatal(err)
	}
	w := newWorld(t)
	if err := w.PutRecord(t.Context(), w.Name(v0), record); err != nil {
		t.Fatal(err)
	}
	c := w.load(v0)
	if c.Schema != store.Schema || c.Dialog.Values["cuit"] != "20-26756539-3" || c.Dialog.Step != "code" || c.Turns != 3 || c.Name != "Ana" {
		t.Errorf("got %+v", c)
	}
	if in := c.Inbox[0]; in.Origin != "812" || in.Input.Text != "1234 5678" {
		t.Errorf("the message is %+v", in)
	}
	if got := texts(c.Outbox); !slices.Equal(got, []string{"Escribí el código."}) {
		t.Errorf("the lines are %q", got)
	}
	w.accept(v0, said("813", "hola"))
	opened, err := w.Opened(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if b := opened["c."+w.Name(v0)]; !strings.Contains(b, fmt.Sprintf(`{"v":%d,`, store.Schema)) || strings.Contains(b, "slots") {
		t.Errorf("written as %s", b)
	}
}

func TestARecordOfANewerVersionIsRefusedAndLeftAlone(t *testing.T) {
	w := newWorld(t)
	newer := fmt.Appendf(nil, `{"v":%d,"key":{"portal":"mseg"},"dialog":{"flow":{"is":"now an object"}}}`, store.Schema+1)
	if err := w.PutRecord(t.Context(), w.Name(ana), newer); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Load(t.Context(), ana); !errors.Is(err, store.ErrNewer) {
		t.Fatalf("loading: got %v, want ErrNewer", err)
	}
	if err := w.Accept(t.Context(), ana, said("1", "hola")); !errors.Is(err, store.ErrNewer) {
		t.Fatalf("accepting: got %v, want ErrNewer", err)
	}
	if opened, err := w.Opened(t.Context()); err != nil || opened["c."+w.Name(ana)] != string(newer) {
		t.Fatalf("it became %s, %v", opened["c."+w.Name(ana)], err)
	}
}

func TestABrokenRecordIsAnErrorAndNoPanic(t *testing.T) {
	w := newWorld(t)
	for _, record := range []string{"", "{", "[]", "null", `{"v":-1}`, `{"v":"1"}`, `{"v":1,"inbox":7}`, `{"v":0,"inbox":{"a":1},"dialog":7}`} {
		if err := w.PutRecord(t.Context(), w.Name(ana), []byte(record)); err != nil {
			t.Fatal(err)
		}
		if c, err := w.Load(t.Context(), ana); err == nil {
			t.Errorf("%s was read as %+v", record, c)
		}
	}
}

func TestEveryVersionHasItsMigration(t *testing.T) {
	if store.Migrations != store.Schema {
		t.Fatalf("%d migrations lead to version %d", store.Migrations, store.Schema)
	}
}

func TestAnIdleRecordStaysUnderOneKiB(t *testing.T) {
	w := newWorld(t)
	now := w.clock.Now()
	w.accept(ana, said("1", "hola"))
	c := w.load(ana)
	c.Answer(c.Inbox[0], flows.Result{Dialog: flows.Dialog{Flow: "recovery", Step: "code", Values: map[string]string{
		"cuit": "20-26756539-3", "legajo": "123456", "type": "retirado", "account": "17", "nonce": strings.Repeat("0", 32)},
		Path: []string{"recovery/type", "recovery/legajo", "recovery/cuit"}, Entered: strings.Repeat("0", 32), Since: now, Heard: now,
		Due: now.Add(5 * time.Minute), Echo: flows.Echo{Key: "recovery/ask_code", N: 1}, Mail: &flows.Mailed{Ref: strings.Repeat("0", 32), Asked: now, Taken: now},
		Memory: flows.Memory{Privacy: now, Proven: map[string]time.Time{"17": now}}},
		Audit: []flows.Audit{{What: "code_mailed"}}}, now)
	w.save(c)
	for _, e := range w.dump() {
		if strings.HasPrefix(e.Key, "c.") && len(e.Value) > 1024 {
			t.Errorf("an idle record has %d bytes", len(e.Value))
		}
	}
}

func TestASummaryShowsTheListAndNeverOutgrowsIt(t *testing.T) {
	w := newWorld(t)
	since := time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC)
	changes, err := w.Watch(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	w.update(ana, func(c *store.Conversation) {
		c.Name, c.Holder = "Ana", &store.Holder{Agent: "laura"}
		c.Dialog = flows.Dialog{Flow: "recovery", Step: "code", Since: since, Tries: 2}
	})
	want := store.Summary{Name: w.Name(ana), Portal: "mseg", Channel: "telegram", Person: "Ana", Flow: "recovery", Step: "code", Since: since, Tries: 2, Holder: "laura"}
	if got := <-changes; got != want {
		t.Errorf("watched %+v, want %+v", got, want)
	}
	w.update(beto, func(c *store.Conversation) {
		c.Key.Portal = "mseg"
		c.Name, c.Holder = strings.Repeat("<ñ🙂>", 100), &store.Holder{Agent: strings.Repeat("&", 100)}
		c.Dialog = flows.Dialog{Flow: strings.Repeat("f", 50), Step: strings.Repeat("s", 50), Since: since}
	})
	list, err := w.Summaries(t.Context(), "", 10)
	if err != nil || len(list) != 2 {
		t.Fatalf("got %+v, %v", list, err)
	}
	if rest, err := w.Summaries(t.Context(), list[0].Name, 10); err != nil || len(rest) != 1 || rest[0] != list[1] {
		t.Fatalf("after the first: %+v, %v", rest, err)
	}
	for _, e := range w.dump() {
		if strings.HasPrefix(e.Key, "i.") && len(e.Value) > 200 {
			t.Errorf("a summary has %d bytes", len(e.Value))
		}
	}
}

func TestASummaryIsWrittenOnlyWhenItChanges(t *testing.T) {
	w := newWorld(t)
	w.accept(ana, said("1", "hola"))
	before, err := w.kv.Get(t.Context(), "i."+w.Name(ana))
	if err != nil {
		t.Fatal(err)
	}
	w.accept(ana, said("2", "hola"))
	if after, err := w.kv.Get(t.Context(), "i."+w.Name(ana)); err != nil || after.Rev != before.Rev {
		t.Fatalf("written again: %d after %d, %v", after.Rev, before.Rev, err)
	}
}

func FuzzRecord(f *testing.F) {
	record, err := os.ReadFile("testdata/record-v0.json")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(record)
	f.Add([]byte(`{"v":1,"key":{"portal":"a"},"inbox":[{"id":"1","at":"2026-01-02T10:01:00Z","input":{"from":"person"}}]}`))
	f.Add([]byte(`{"v":0,"dialog":null,"inbox":[null,1]}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		c, _, err := store.Decode(b)
		if err != nil {
			return
		}
		again, err := store.Encode(c)
		if err != nil {
			t.Fatalf("%s was read and cannot be written: %v", b, err)
		}
		if _, _, err := store.Decode(again); err != nil {
			t.Fatalf("%s was written and cannot be read: %v", again, err)
		}
	})
}
