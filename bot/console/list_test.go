package console_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"ventanilla/bot/console"
	"ventanilla/flows"
	"ventanilla/store"
)

// fill writes conversations as they are after their dialogs: live ones wait for a person.
func fill(s *store.Store, from, to, live int, now time.Time) error {
	work := make(chan int)
	var all sync.WaitGroup
	var mu sync.Mutex
	var failed error
	for range 64 {
		all.Go(func() {
			for i := range work {
				k := flows.Key{Portal: "mseg", Channel: []string{"telegram", "whatsapp"}[i%2], Person: fmt.Sprint("+", i)}
				err := s.Update(context.Background(), k, func(c *store.Conversation) error {
					c.Name, c.Heard = fmt.Sprint("Persona ", i), now.Add(-time.Duration(i)*time.Minute)
					if i < live {
						c.Heard = now.Add(-time.Duration(i) * time.Second)
						c.Dialog = flows.Dialog{Flow: []string{"recovery", "handoff"}[i%3/2], Step: "number", Since: now, Tries: i % 4}
					}
					return nil
				})
				mu.Lock()
				failed = errorsFirst(failed, err)
				mu.Unlock()
			}
		})
	}
	for i := from; i < to; i++ {
		work <- i
	}
	close(work)
	all.Wait()
	return failed
}

func errorsFirst(a, b error) error {
	if a != nil {
		return a
	}
	return b
}

func TestTheListKeepsWhatGoesOnAndNotWhatIsStored(t *testing.T) {
	w := newWorld(t)
	w.closes()
	kept := map[int]int{}
	for _, stored := range []int{1000, 4000} {
		w.ok(fill(w.store, kept[0], stored, 50, w.clock.Now()))
		kept[0] = stored
		w.opens()
		w.until("the list is loaded", func() bool { return console.Kept(w.console) >= 250 })
		kept[stored] = console.Kept(w.console)
		w.closes()
	}
	if kept[1000] != kept[4000] || kept[4000] != 250 {
		t.Errorf("of 1000 it keeps %d, of 4000 %d; want 50 that go on and the 200 that ended last", kept[1000], kept[4000])
	}
}

func TestAfterARestartTheConversationsThatEndedLastAreThoseOnTheList(t *testing.T) {
	w := newWorld(t)
	laura := w.hire("Laura", store.Answers)
	w.ok(fill(w.store, 0, 400, 0, w.clock.Now()))
	w.reopen()
	laura.sees("/console/", "Persona 0 ")
	_, page := laura.get("/console/")
	at := -1
	for i := range 100 {
		next := strings.Index(page, fmt.Sprintf("<bdi>Persona %d</bdi>", i))
		if next < at {
			t.Fatalf("Persona %d stands at %d, after somebody who wrote earlier", i, next)
		}
		at = next
	}
	if got := plain(page); !strings.Contains(got, "Terminadas 200") || !strings.Contains(got, "3 min") || strings.Contains(page, "Persona 200<") {
		t.Errorf("the list reads %.300s", got)
	}
}

func TestTheListIsSortedByNeedAndNarrowedByEveryPartOfTheFilter(t *testing.T) {
	w := newWorld(t)
	laura, pedro := w.hire("Laura", store.Answers), w.hire("Pedro", store.Answers)
	now := w.clock.Now()
	put := func(person, channel, portal string, d flows.Dialog, heard time.Duration) flows.Key {
		k := flows.Key{Portal: portal, Channel: channel, Person: "+" + person}
		d.Since = now.Add(-heard)
		w.ok(w.store.Update(t.Context(), k, func(c *store.Conversation) error { c.Name, c.Dialog, c.Heard = person, d, now.Add(-heard); return nil }))
		return k
	}
	put("Corre", "telegram", "mseg", flows.Dialog{Flow: "recovery", Step: "number"}, time.Minute)
	cierra := put("Cierra", "whatsapp", "iess", flows.Dialog{Flow: "recovery", Step: "code"}, 23*time.Hour+10*time.Minute)
	put("Lejos", "whatsapp", "iess", flows.Dialog{Flow: "recovery", Step: "code"}, time.Hour)
	put("Trabada", "telegram", "mseg", flows.Dialog{Flow: "recovery", Step: "number", Tries: 2}, time.Minute)
	put("Espera poco", "telegram", "mseg", flows.Dialog{Flow: "handoff", Step: "waiting"}, time.Minute)
	put("Espera mucho", "telegram", "mseg", flows.Dialog{Flow: "handoff", Step: "waiting"}, time.Hour)
	atendida := put("Atendida", "telegram", "mseg", flows.Dialog{Flow: "handoff", Step: "waiting"}, time.Hour)
	put("Lista", "telegram", "mseg", flows.Dialog{}, time.Hour)
	laura.post(w.talk(atendida, "take"), nil)
	pedro.sees("/console/", "Lista")
	order := []string{"Esperan a una persona 2 Espera mucho", "Espera poco", "Les está costando 1 Trabada", "Se les cierra WhatsApp 1 Cierra", "Con una persona 1 Atendida", "Con el asistente 2 Lejos", "Corre", "Terminadas 1 Lista"}
	_, page := pedro.get("/console/")
	got, at := plain(page), 0
	for _, s := range order {
		i := strings.Index(got[at:], s)
		if i < 0 {
			t.Fatalf("%q does not come in its place:\n%s", s, got)
		}
		at += i
	}
	pedro.post(w.talk(atendida, "label"), map[string][]string{"label": {"vip"}})
	w.until("the label is in the list", func() bool {
		_, page := pedro.get("/console/list?label=VIP")
		return strings.Contains(page, "Atendida")
	})
	for query, want := range map[string][]string{
		"portal=iess": {"Cierra", "Lejos"}, "channel=whatsapp": {"Cierra", "Lejos"}, "flow=handoff": {"Atendida", "Espera mucho", "Espera poco"},
		"step=recovery/number": {"Corre", "Trabada"}, "step=recovery/code&portal=mseg": nil, "who=mine": nil, "who=free&flow=handoff": {"Espera mucho", "Espera poco"},
		"label=VIP": {"Atendida"}, "label=VIP&channel=whatsapp": nil, "flow=recovery&step=recovery/code&portal=iess": {"Cierra", "Lejos"},
	} {
		for _, address := range []string{"/console/?" + query, "/console/list?" + query} {
			_, page := pedro.get(address)
			var names []string
			for _, m := range rowNames.FindAllStringSubmatch(page, -1) {
				names = append(names, m[1])
			}
			if slices.Sort(names); !slices.Equal(names, want) {
				t.Errorf("%s: got %q, want %q", address, names, want)
			}
		}
	}
	iris := w.hire("Iris", store.Answers, "iess")
	for _, address := range []string{"/console/", "/console/list?portal=mseg", "/console/list?label=vip", w.talk(atendida, ""), w.talk(cierra, "") + "?portal=mseg"} {
		if _, page := iris.get(address); strings.Contains(page, "Espera mucho") || strings.Contains(page, "Atendida") || strings.Contains(page, "vip") {
			t.Errorf("%s shows a foreign organisation's", address)
		}
	}
	if _, page := pedro.get("/console/?flow=handoff&who=free"); !strings.Contains(page, `hx-get="/console/list?flow=handoff&amp;who=free"`) || !strings.Contains(page, `?flow=handoff&amp;who=free" id="r-`) {
		t.Error("the filter is lost when the list is drawn anew or a conversation opened")
	}
}

// counting counts how often a record is read.
type counting struct {
	store.KV
	records *atomic.Int64
}

func (k counting) Get(ctx context.Context, key string) (store.Entry, error) {
	if strings.HasPrefix(key, "c.") {
		k.records.Add(1)
	}
	return k.KV.Get(ctx, key)
}

// RULES: wa.window
func TestDrawingTheListReadsRecordsOnlyOfWindowsThatMayCloseSoon(t *testing.T) {
	w := newWorld(t)
	laura := w.hire("Laura", store.Answers)
	w.closes()
	var records atomic.Int64
	var err error
	w.config.Store, err = store.New(t.Context(), counting{w.kv, &records}, store.Options{Keys: w.keys, Clock: w.clock, Random: rand.Reader, Log: quiet})
	w.ok(err)
	w.ok(fill(w.store, 0, 200, 200, w.clock.Now())) // a hundred of them on WhatsApp
	w.opens()
	w.until("the list is loaded", func() bool { return console.Kept(w.console) == 200 })
	draws := func() int64 {
		before := records.Load()
		for range 5 {
			laura.get("/console/list")
		}
		return records.Load() - before
	}
	if n := draws(); n != 100 {
		t.Errorf("at first: %d reads of records, want one for each conversation on WhatsApp", n)
	}
	if n := draws(); n != 0 {
		t.Errorf("afterwards: %d, want none", n)
	}
	writes := func(i, tries int) {
		k := flows.Key{Portal: "mseg", Channel: "whatsapp", Person: fmt.Sprint("+", i)}
		w.ok(w.store.Update(t.Context(), k, func(c *store.Conversation) error {
			c.Heard, c.Dialog.Tries = w.clock.Now(), tries
			return nil
		}))
	}
	writes(1, 3)
	w.until("the list heard of it", func() bool { _, page := laura.get("/console/list"); return strings.Contains(page, "3 respuestas") })
	if n := draws(); n != 0 {
		t.Errorf("after a message, with a day to go: %d, want none", n)
	}
	w.clock.Advance(23*time.Hour + 30*time.Minute)
	laura = w.reenters("Laura")
	if _, page := laura.get("/console/"); !strings.Contains(closing(page), "Persona 9<") {
		t.Errorf("whose window is about to close is not said:\n%.300s", plain(page))
	}
	writes(9, 1)
	w.until("whoever writes has a day again", func() bool {
		_, page := laura.get("/console/list")
		return !strings.Contains(closing(page), "Persona 9<")
	})
	if n := draws(); n != 0 {
		t.Errorf("while nothing is written: %d reads, want none", n)
	}
}

// closing is the part of a list of those whose window is about to close.
func closing(page string) string {
	_, part, _ := strings.Cut(page, `id="g-closing"`)
	part, _, _ = strings.Cut(part, "</section>")
	return part
}

// reenters signs an agent in again, after their sessions ended.
func (w *world) reenters(name string) *browser {
	w.t.Helper()
	b := w.browser()
	b.name = name
	status, page := b.post("/console/sign-in", url.Values{"name": {name}, "password": {good}, "code": {w.code(name)}})
	if status != http.StatusSeeOther {
		w.t.Fatalf("signing in again: %d %s", status, plain(page))
	}
	return b
}

func FuzzAround(f *testing.F) {
	for _, s := range []string{"no me llegó el «Código» & todavía", "  a\n\n b ", "", "ñandú", "\xff\xfe x", "a b c a b c"} {
		f.Add(s, "codigo")
		f.Add(s, "b c")
	}
	f.Fuzz(func(t *testing.T, text, typed string) {
		before, match, after := console.Around(text, typed)
		if len(text) < 60 && before+match+after != text {
			t.Errorf("%q became %q %q %q", text, before, match, after)
		}
		if match != "" && flows.Plain(typed) != "" && !strings.Contains(flows.Plain(match), flows.Plain(typed)) {
			t.Errorf("%q is not in %q of %q", typed, match, text)
		}
	})
}
