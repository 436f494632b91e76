package flows_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"ventanilla/flows"
	"ventanilla/flows/text"
)

var noon = time.Date(2026, 11, 30, 15, 0, 0, 0, time.UTC)

// sentences are the texts of a flow, of which each says its own key.
func sentences(keys ...string) fs.FS {
	var b strings.Builder
	for _, k := range append(keys, "errand") {
		fmt.Fprintf(&b, "%s: \"%s?\"\n", k, k)
	}
	return fstest.MapFS{"es.yaml": {Data: []byte(b.String())}}
}

func digits(_ *flows.Turn, in flows.Input) (string, string) {
	if in.Choice != "" {
		return in.Choice, ""
	}
	if s := strings.TrimSpace(in.Text); s != "" && strings.Trim(s, "0123456789") == "" {
		return s, ""
	}
	return "", "no_number"
}

func label(s string) func(*flows.Turn) string { return func(*flows.Turn) string { return s } }

// small are a menu, an errand of three questions, and a human.
func small(do flows.Do) []flows.Flow {
	return []flows.Flow{
		{Name: "menu", Texts: sentences("menu", "no_number", "offer_go"), Steps: []flows.Step{
			{Name: "menu", Say: "menu", Offer: []string{"go"}, Take: digits, On: flows.On{"go": "errand/", "next": "menu"}}}},
		{Name: "errand", Texts: sentences("kind", "number", "place", "sure", "page", "done", "no_number", "offer_yes", "title", "act_page", "half"), Moved: map[string]string{"old": "older", "older": "number"},
			Steps: []flows.Step{
				{Name: "kind", Say: "kind", Take: digits, Keep: true, Label: label("Kind")},
				{Name: "number", Say: "number", Take: digits, Keep: true, Label: label("Number"), Needs: []string{"kind"}},
				{Name: "place", Say: "place", Take: digits, Keep: true, Label: label("Place")},
				{Name: "sure", Say: "sure", Offer: []string{"yes", "word/corregir"}, Take: digits, On: flows.On{"yes": "do"}},
				{Name: "do", Do: do, Acts: true, On: flows.On{"again": "sure"}},
				{Name: "page", Say: "page", Left: "half", Form: &flows.Form{Name: "page", Title: "title"}, Wait: 15 * time.Minute,
					On: flows.On{"set": "done", "new_link": "page", "timeout": "kind"}},
				{Name: "done", Say: "done", On: flows.On{"next": flows.End}},
			}},
		{Name: "human", Texts: sentences("wait"), Steps: []flows.Step{
			{Name: "wait", Say: "wait", Free: true, Rests: true, Take: func(*flows.Turn, flows.Input) (string, string) { return "said", "" }, On: flows.On{"next": "wait"}}}},
	}
}

func build(all []flows.Flow) (*flows.Engine, error) {
	texts, err := text.New(text.Config{Locale: "es"}, all...)
	if err != nil {
		return nil, err
	}
	words, err := flows.Words()
	if err != nil {
		return nil, err
	}
	n := 0
	return flows.New(flows.Options{Flows: all, Home: "menu", Human: "human", Texts: texts, Words: words, Limits: flows.DefaultLimits(),
		Now: func() time.Time { return noon }, Random: func(int) string { n++; return fmt.Sprintf("%016x", n) }})
}

func engine(t testing.TB, do flows.Do) *flows.Engine {
	t.Helper()
	e, err := build(small(do))
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func nothing(context.Context, *flows.Turn) (string, error) { return "", nil }

// talk says lines from a dialog and returns where it stands and what was said last.
func talk(t testing.TB, e *flows.Engine, d flows.Dialog, lines ...string) (flows.Dialog, []string) {
	t.Helper()
	var said []string
	for _, line := range lines {
		r, err := e.Handle(t.Context(), flows.Call{ID: "t", At: noon, Dialog: d, Input: flows.Input{From: flows.Person, Text: line}})
		if err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		d, said = r.Dialog, nil
		for _, reply := range r.Replies {
			said = append(said, reply.Text)
		}
	}
	return d, said
}

func TestCheckReportsEveryMistakeAtOnce(t *testing.T) {
	take := func(*flows.Turn, flows.Input) (string, string) { return "", "" }
	all := []flows.Flow{
		{Name: "menu", Texts: sentences("menu"), Always: flows.On{"stop": "nowhere", "boom": "menu"}, Moved: map[string]string{"gone": "further"}, Steps: []flows.Step{
			{Name: "menu", Say: "menu", Take: take, On: flows.On{"a": "missing", "b": "lost/", "next": "one"}},
			{Name: "one", On: flows.On{"next": "two"}},
			{Name: "two", On: flows.On{"next": "one", "x": "tries"}},
			{Name: "tries", Say: "menu", Take: take, Tries: 3, Wait: time.Minute, On: flows.On{"next": "spent"}},
			{Name: "spent", Say: "menu", Take: take, On: flows.On{"spent": "menu", "timeout": "menu", "next": "silent"}},
			{Name: "silent", Take: take, On: flows.On{"next": "offers"}},
			{Name: "offers", Say: "unknown", Offer: []string{"yes", "yes", "Ñ"}, On: flows.On{"next": "keeps"}},
			{Name: "keeps", Say: "menu", Keep: true, Needs: []string{"later"}, Wait: time.Minute, On: flows.On{"timeout": "menu"}},
			{Name: "bad name", Say: "menu", Take: take, Left: "unknown_too", On: flows.On{"next": "page"}},
			{Name: "page", Say: "menu", Form: &flows.Form{Name: "p", Title: "t", Intro: "i", Fields: []flows.Field{{Label: "l", Hint: "h"}}}, On: flows.On{"next": flows.End}},
			{Name: "unreached", Say: "menu", Take: take, On: flows.On{"next": flows.End}},
			{Name: "unreached", Say: "menu", Take: take, On: flows.On{"next": flows.End, "boom": "menu"}},
		}},
		{Name: "other", Texts: sentences("menu"), Always: flows.On{"boom": "w"}, Steps: []flows.Step{{Name: "w", Say: "menu", Take: take, On: flows.On{"stop": "w"}}}},
		{Name: "empty", Texts: sentences()},
		{Name: "other", Texts: sentences("menu"), Steps: []flows.Step{{Name: "w"}}},
	}
	_, err := build(all)
	if err == nil {
		t.Fatal("no mistake was found")
	}
	for _, want := range []string{
		`flow "empty" is empty or there are two of this name`, `flow "other" is empty or there are two of this name`, `human flow "human" does not exist`,
		`on "a": leads nowhere: "menu/missing"`, `on "b": leads nowhere: "lost/"`, `always on "stop": leads nowhere`, `always on "stop": means something else in other/w`,
		`always on "boom": flow "other" wants it too`, `always on "boom": means something else in menu/unreached`, `step "gone" moved to a step that does not exist`,
		"menu/one: leads back to itself", "menu/two: leads back to itself", `menu/tries: Tries and the event "spent"`, `menu/tries: Wait and the event "timeout"`,
		`menu/spent: Tries and`, `menu/spent: Wait and`, "menu/silent: waits without having said", "menu/offers: offers options but takes no answer",
		`menu/offers: option "yes" is there twice`, `menu/offers: option "Ñ"`, `menu/offers: text "unknown" is missing`, `text "offer_yes" is missing`,
		"menu/keeps: keeps an answer, so it needs Take and Label", `menu/keeps: needs "later"`, "menu/bad name: a step cannot have this name",
		`text "unknown_too" is missing`, `menu/page: text "t" is missing`, `text "i" is missing`, `text "l" is missing`, `text "h" is missing`, `text "act_p" is missing`,
		"menu/unreached: nothing leads here", "two steps have one name",
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("the error does not say %q", want)
		}
	}
	if t.Failed() {
		t.Log(err)
	}
}

func TestCheckWantsTheFlowsThatOthersLeadTo(t *testing.T) {
	_, err := build(small(nothing)[1:])
	if err == nil || !strings.Contains(err.Error(), `home flow "menu" does not exist`) {
		t.Errorf("the error is %v", err)
	}
}

// RULES: talk.resume. A dialog parked at a step that was renamed twice goes on at the new one.
func TestADialogAtARenamedStepGoesOn(t *testing.T) {
	e := engine(t, nothing)
	d, said := talk(t, e, flows.Dialog{Flow: "errand", Step: "old", Values: map[string]string{"kind": "1"}, Path: []string{"kind"}, Heard: noon, Memory: flows.Memory{Privacy: noon}}, "22")
	if d.Step != "place" || d.Values["number"] != "22" || d.Values["kind"] != "1" {
		t.Errorf("it stands at %q with %v (%q)", d.Step, d.Values, said)
	}
	for _, lost := range []flows.Dialog{{Flow: "errand", Step: "never"}, {Flow: "gone", Step: "x"}} { // nobody said where these went
		lost.Heard, lost.Memory.Privacy = noon, noon
		if d, said := talk(t, e, lost, "22"); d.Flow != "menu" || len(said) == 0 {
			t.Errorf("%+v stands at %s/%s and said %q", lost, d.Flow, d.Step, said)
		}
	}
}

func TestACancelledContextPoisonsNothing(t *testing.T) {
	e := engine(t, nothing)
	d, _ := talk(t, e, flows.Dialog{}, "hola", "go")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for range 50 {
		_, _ = e.Handle(ctx, flows.Call{ID: "c", At: noon, Dialog: d, Input: flows.Input{From: flows.Person, Text: "1"}})
	}
	if d, _ = talk(t, e, d, "1", "2", "3"); d.Step != "sure" {
		t.Errorf("it stands at %q", d.Step)
	}
}

func TestATurnThatFailsLeavesTheDialogAsItWas(t *testing.T) {
	boom := errors.New("boom")
	e := engine(t, func(_ context.Context, t *flows.Turn) (string, error) {
		t.Values["half"] = "done"
		t.Dialog.Memory.Privacy = time.Time{}
		return "", boom
	})
	d, _ := talk(t, e, flows.Dialog{}, "hola", "go", "1", "2", "3")
	before := fmt.Sprintf("%+v", d)
	_, err := e.Handle(t.Context(), flows.Call{ID: "x", At: noon, Dialog: d, Input: flows.Input{From: flows.Person, Text: "sí"}})
	if !errors.Is(err, boom) || fmt.Sprintf("%+v", d) != before {
		t.Errorf("the error is %v and the dialog %+v, want %s", err, d, before)
	}
}

func TestBackRestoresAndAsksAgainWhatDependedOnIt(t *testing.T) {
	e := engine(t, nothing)
	at, _ := talk(t, e, flows.Dialog{}, "hola", "go", "1", "2", "3")
	for _, c := range []struct {
		lines  []string
		step   string
		values map[string]string
	}{
		{[]string{"volver"}, "place", map[string]string{"kind": "1", "number": "2", "place": "3"}},
		{[]string{"volver", "volver", "volver", "volver"}, "kind", map[string]string{"kind": "1", "number": "2", "place": "3"}},
		{[]string{"corregir", "1", "1"}, "sure", map[string]string{"kind": "1", "number": "2", "place": "3"}},
		{[]string{"corregir", "kind", "5"}, "number", map[string]string{"kind": "5", "place": "3"}},
		{[]string{"corregir", "kind", "5", "6"}, "sure", map[string]string{"kind": "5", "number": "6", "place": "3"}},
		{[]string{"corregir", "kind", "5", "volver"}, "kind", map[string]string{"kind": "5", "place": "3"}},
		{[]string{"corregir", "number", "7"}, "sure", map[string]string{"kind": "1", "number": "7", "place": "3"}},
		{[]string{"corregir", "volver"}, "sure", map[string]string{"kind": "1", "number": "2", "place": "3"}},
		{[]string{"corregir", "nada"}, "sure", map[string]string{"kind": "1", "number": "2", "place": "3"}},
		{[]string{"no"}, "sure", map[string]string{"kind": "1", "number": "2", "place": "3"}},
		{[]string{"volver", "menu", "seguir", "volver"}, "number", map[string]string{"kind": "1", "number": "2", "place": "3"}},
	} {
		d, said := talk(t, e, at, c.lines...)
		if d.Step != c.step || !maps.Equal(d.Values, c.values) {
			t.Errorf("%q leads to %s %v (%q), want %s %v", c.lines, d.Step, d.Values, said, c.step, c.values)
		}
		if !slices.IsSortedFunc(d.Path, func(a, b string) int {
			return strings.Index("kind number place", a) - strings.Index("kind number place", b)
		}) {
			t.Errorf("%q: the path is %v", c.lines, d.Path)
		}
	}
	d, _ := talk(t, e, at, "sí")
	if d, said := talk(t, e, d, "volver"); d.Step != "page" || !strings.Contains(said[0], "ya está hecho") {
		t.Errorf("back over what acted: %s %q", d.Step, said)
	}
}

// A word that works everywhere is not the beginning of an option: "persona" is not "Personal".
func TestWordsAndOptionsThatResembleEachOther(t *testing.T) {
	all := small(nothing)
	options := []flows.Option{{ID: "staff", Label: "Personal civil"}, {ID: "other", Label: "Otra persona usó mis datos"}, {ID: "two", Label: "Dos cosas"}, {ID: "tick", Label: "👍 Vale"}}
	all[1].Steps[0].Offers = func(*flows.Turn) []flows.Option { return options }
	e, err := build(all)
	if err != nil {
		t.Fatal(err)
	}
	at, _ := talk(t, e, flows.Dialog{}, "hola", "go")
	for typed, want := range map[string]string{
		"persona": "human/wait", "Personal": "staff", "personal civil": "staff", "1": "staff", "la primera": "staff", "opción 1": "staff", "otra persona": "other",
		"otra persona usó mis datos": "other", "dos": "other", "3": "two", "el último": "tick", "vale": "tick", "staff": "staff", "chau": "/", "menu": "menu/menu",
	} {
		d, _ := talk(t, e, at, typed)
		got := d.Values["kind"]
		if got == "" {
			got = d.Flow + "/" + d.Step
		}
		if got != want {
			t.Errorf("%q means %s, want %s", typed, got, want)
		}
	}
}

// RULES: talk.words. The graph is drawn from the table. UPDATE=1 redraws it.
func TestGraph(t *testing.T) {
	got := small(nothing)[1].Graph()
	if os.Getenv("UPDATE") != "" {
		if err := os.WriteFile("testdata/errand.mmd", []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile("testdata/errand.mmd")
	if err != nil || got != string(want) {
		t.Errorf("the graph is (%v)\n%s\nwant\n%s", err, got, want)
	}
}

// A million turns of texts, taps, events and silence in any order strand nobody.
func TestAMillionTurns(t *testing.T) {
	turns := 1_000_000
	if testing.Short() || raceEnabled {
		turns = 50_000
	}
	events := []string{"", "again"}
	i := 0
	e := engine(t, func(context.Context, *flows.Turn) (string, error) { i++; return events[i%2], nil })
	inputs := []flows.Input{}
	for _, s := range []string{"1", "22", "333", "hola", "go", "sí", "no", "menu", "volver", "corregir", "seguir", "estado", "ayuda", "persona", "cancelar", "terminar", "repetir", "kind", "nada", "", "😀"} {
		inputs = append(inputs, flows.Input{From: flows.Person, Text: s})
	}
	for _, s := range []string{"go", "yes", "keep", "fix/kind", "fix/number", "word/menu", "word/volver", "word/seguir", "nonsense"} {
		inputs = append(inputs, flows.Input{From: flows.Person, Choice: s})
	}
	for _, s := range []string{"tick", "set", "new_link", "timeout", "sent", "unknown"} {
		inputs = append(inputs, flows.Input{From: flows.System, Event: s})
	}
	d, at, x, places := flows.Dialog{}, noon, uint64(88172645463325252), map[string]int{}
	for n := range turns {
		x ^= x << 13 // xorshift64, G. Marsaglia 2003
		x ^= x >> 7
		x ^= x << 17
		in := inputs[x%uint64(len(inputs))]
		if x>>32%16 == 0 {
			at = at.Add(time.Duration(x>>40%1200) * time.Second)
		}
		r, err := e.Handle(t.Context(), flows.Call{ID: "m", At: at, Dialog: d, Input: in})
		if err != nil {
			t.Fatalf("turn %d at %s/%s, %+v: %v", n, d.Flow, d.Step, in, err)
		}
		if in.From == flows.Person && len(r.Replies) == 0 {
			t.Fatalf("turn %d at %s/%s: %+v was met with silence", n, d.Flow, d.Step, in)
		}
		for _, reply := range r.Replies {
			if reply.Text == "" {
				t.Fatalf("turn %d at %s/%s: %+v got an empty line", n, d.Flow, d.Step, in)
			}
		}
		d = r.Dialog
		places[d.Flow+"/"+d.Step]++
		if d.Flow != "" && d.Due.IsZero() || len(d.Path) > 3 || len(d.Values) > 4 {
			t.Fatalf("turn %d: the dialog is stranded or grows: %+v", n, d)
		}
	}
	if len(places) < 8 {
		t.Errorf("only %v were reached", places)
	}
}

func BenchmarkTurn(b *testing.B) {
	e := engine(b, nothing)
	d, _ := talk(b, e, flows.Dialog{}, "hola", "go", "1", "2", "3")
	call := flows.Call{ID: "b", At: noon, Dialog: d, Input: flows.Input{From: flows.Person, Text: "volver"}}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := e.Handle(b.Context(), call); err != nil {
			b.Fatal(err)
		}
	}
}
