package console_test

import (
	"bufio"
	"context"
	crand "crypto/rand"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"ventanilla/bot/console"
	"ventanilla/flows"
	"ventanilla/store"
)

// many is how many conversations are stored, and in how many of them something goes on.
type many struct{ stored, live int }

// somebody is the i-th person: half of them on each network.
func somebody(i int) flows.Key {
	return flows.Key{Portal: []string{"mseg", "iess"}[i%7/6], Channel: []string{"telegram", "whatsapp"}[i%2], Person: fmt.Sprint("+54911", 1000000+i)}
}

// told are the lines of a conversation as it mostly goes.
var told = []string{"hola", "no puedo entrar a mi cuenta", "Docente", "20-1234", "sí, esa soy yo", "no me llega el código", "ahora sí", "gracias, ya pude entrar"}

// remember writes the conversations down, over the last 80 days: what was said, identifiers, cases. The live ones began just now.
func (m many) remember(w *world, now time.Time) error {
	var days [81]*store.Store // each as it wrote then
	for ago := range days {
		var err error
		if days[ago], err = w.store.Beside(context.Background(), store.Options{Keys: w.keys, Clock: w.clock.Behind(time.Duration(ago) * 24 * time.Hour), Random: crand.Reader, Limits: flows.NoLimits(), Log: quiet}); err != nil {
			return err
		}
	}
	work := make(chan int)
	var all sync.WaitGroup
	failed := make(chan error, 64)
	for range 64 {
		all.Go(func() {
			for i := range work {
				if err := days[m.ago(i)/(24*time.Hour)].Update(context.Background(), somebody(i), func(c *store.Conversation) error { m.one(c, i, now); return nil }); err != nil {
					failed <- err
					return
				}
			}
		})
	}
	for i := range m.stored {
		select {
		case work <- i:
		case err := <-failed:
			return err
		}
	}
	close(work)
	all.Wait()
	return nil
}

// ago is how long ago somebody wrote.
func (m many) ago(i int) time.Duration {
	if i < m.live {
		return 5 * time.Minute
	}
	return 5*time.Minute + time.Duration(i%115200)*time.Minute
}

func (m many) one(c *store.Conversation, i int, now time.Time) {
	at := now.Add(-m.ago(i))
	for n, text := range told {
		in := store.Inbound{ID: fmt.Sprint("old", i, "/", n), At: at, Name: fmt.Sprintf("%s %s", firsts[i%len(firsts)], lasts[i/7%len(lasts)]), Input: flows.Input{From: flows.Person, Text: fmt.Sprint(text, " ", i%977)}}
		c.Recall(in)
		c.Answer(in, flows.Result{Dialog: c.Dialog, Replies: []flows.Reply{{Text: "Escribí tu número de legajo, por ejemplo 123456. Está en tu recibo."}}}, at)
		at = at.Add(20 * time.Second)
	}
	r := flows.Result{Idents: []flows.Ident{{Kind: "legajo", Value: fmt.Sprint("L", 5000000+i)}}}
	if i%10 == 0 {
		r.Audit = []flows.Audit{{What: "case_opened", Detail: map[string]string{"case": fmt.Sprintf("V%07d", i)}}}
	}
	if i < m.live {
		r.Dialog = flows.Dialog{Flow: []string{"recovery", "handoff"}[i%3/2], Step: []string{"number", "waiting"}[i%3/2], Since: now, Tries: i % 4}
	}
	c.Answer(store.Inbound{ID: "end"}, r, at)
	c.Outbox, c.Inbox = nil, nil
}

var (
	firsts = strings.Fields("Olga Raúl Nora Darío Mirta Hugo Elsa Ariel Delia Omar Irma Saúl Zulma Rubén Amalia Tito Noemí Julio Ester Fabio")
	lasts  = strings.Fields("Gómez Pérez Quispe Mamani Zárate Ibarra Ñáñez Toledo Ruiz Vega Luna Sosa Ponce Rivas Mora Cano Paz Rey Gil Oña Ávila Bravo Cruz Díaz")
)

// timings are how long something took, each time.
type timings []time.Duration

func (t timings) String() string {
	slices.Sort(t)
	if len(t) == 0 {
		return "never"
	}
	at := func(q float64) time.Duration {
		return t[min(int(q*float64(len(t))), len(t)-1)].Round(100 * time.Microsecond)
	}
	return fmt.Sprintf("median %v, 99 of 100 %v, worst %v (%d times)", at(0.5), at(0.99), at(1), len(t))
}

// timed notes how long something takes.
func (t *timings) timed(do func()) {
	began := time.Now()
	do()
	*t = append(*t, time.Since(began))
}

func heapKB() int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc / 1024)
}

// BenchmarkScale prints how long agents wait with 100,000 stored conversations, of which 500 go on: for the list, right
// after the start and while people write, for each kind of search, and for what somebody wrote; how long people wait
// for their answer meanwhile; and whether the heap stays as it is. VENTANILLA_SCALE sets another number of conversations,
// VENTANILLA_MINUTES how long people write. Run it with -benchtime 1x.
func BenchmarkScale(b *testing.B) {
	number := func(name string, otherwise float64) float64 {
		if n, err := strconv.ParseFloat(os.Getenv(name), 64); err == nil {
			return n
		}
		return otherwise
	}
	m := many{int(number("VENTANILLA_SCALE", 100_000)), 500}
	w := newWorld(b)
	laura, pedro := w.hire("Laura", store.Answers), w.hire("Pedro", store.Answers)
	w.closes()
	began := time.Now()
	w.ok(m.remember(w, w.clock.Now()))
	fmt.Printf("%d conversations written in %v\n", m.stored, time.Since(began).Round(time.Second))
	m.begins(b, w, laura)
	m.searches(b, w, laura)
	m.crowds(b, w)
	m.goesOn(b, w, laura, pedro, time.Duration(number("VENTANILLA_MINUTES", 0.5)*float64(time.Minute)))
	for b.Loop() {
		laura.get("/console/list")
	}
}

// begins opens the list again and again, and lets people write, from the start of the program until all is read.
func (m many) begins(b *testing.B, w *world, laura *browser) {
	before, began := heapKB(), time.Now()
	w.opens()
	var list, turns timings
	for i := 0; console.Kept(w.console) < m.live+200 || len(list) < 3; i++ {
		list.timed(func() { laura.get("/console/") })
		turns.timed(func() { w.writes(somebody(i%m.live), "", "hola") })
	}
	fmt.Printf("all read %v after the start; the list meanwhile: %v; turns: %v\n", time.Since(began).Round(time.Millisecond), list, turns)
	fmt.Printf("the heap grew by %d KB\n", heapKB()-before)
}

// searches looks for things that are there, ten times each.
func (m many) searches(b *testing.B, w *world, laura *browser) {
	for _, kind := range []string{"case", "identifier", "name", "chat"} {
		var took timings
		for range 10 {
			i := rand.IntN(m.stored)/10*10 + 10%m.stored
			i %= m.stored
			typed := map[string]string{"case": fmt.Sprintf("V%07d", i), "identifier": fmt.Sprint("L", 5000000+i), "name": firsts[i%len(firsts)] + " " + lasts[i/7%len(lasts)], "chat": somebody(i).Person}[kind]
			took.timed(func() {
				if _, page := laura.asks(url.Values{"q": {typed}}); !strings.Contains(page, w.talk(somebody(i), "")) && kind != "name" || !strings.Contains(page, "/console/c/") {
					b.Fatalf("%s %q was not found:\n%s", kind, typed, plain(page))
				}
			})
		}
		fmt.Printf("search by %s: %v\n", kind, took)
	}
	for _, days := range []int{7, 90} {
		var first, whole timings
		for n := range 3 {
			form := url.Values{"text": {fmt.Sprint("no me llega el código ", 100+n)}, "from": {w.clock.Now().AddDate(0, 0, -days).Format(time.DateOnly)}, "to": {w.clock.Now().Format(time.DateOnly)}}
			began := time.Now()
			address := laura.leads(form)
			req, err := http.NewRequestWithContext(b.Context(), http.MethodGet, w.url+address, nil)
			w.ok(err)
			resp, err := laura.http.Do(req)
			w.ok(err)
			lines := bufio.NewScanner(resp.Body)
			lines.Buffer(nil, 1<<20)
			seen := false
			for lines.Scan() {
				if !seen && strings.Contains(lines.Text(), "<main") {
					first, seen = append(first, time.Since(began)), true
				}
			}
			whole = append(whole, time.Since(began))
			w.ok(resp.Body.Close())
		}
		fmt.Printf("search of text in %d days: begins to show: %v; all: %v\n", days, first, whole)
	}
}

// crowds lets eight agents look through all that was said at once, and people write.
func (m many) crowds(b *testing.B, w *world) {
	var all sync.WaitGroup
	var searching atomic.Int64
	began := time.Now()
	for n := range 8 {
		agent := w.hire(fmt.Sprint("Agente ", n), store.Answers)
		searching.Add(1)
		all.Go(func() {
			defer searching.Add(-1)
			agent.asks(url.Values{"text": {"nadie dijo esto"}, "from": {w.clock.Now().AddDate(0, 0, -90).Format(time.DateOnly)}, "to": {w.clock.Now().Format(time.DateOnly)}})
		})
	}
	laura := w.hire("Otra", store.Answers)
	var list, turns timings
	for i := 0; searching.Load() > 0; i++ {
		turns.timed(func() { w.writes(somebody(i%m.live), "", fmt.Sprint("hola ", i)) })
		list.timed(func() { laura.get("/console/list") })
	}
	all.Wait()
	fmt.Printf("while eight agents look through 90 days, for %v: the list: %v; turns: %v\n", time.Since(began).Round(time.Millisecond), list, turns)
}

// goesOn lets people write for a while, ten a second, with pages open, and says how soon these show it.
func (m many) goesOn(b *testing.B, w *world, laura, pedro *browser, long time.Duration) {
	ctx, stop := context.WithCancel(b.Context())
	defer stop()
	req, err := http.NewRequestWithContext(ctx, "GET", w.url+"/console/events", nil)
	w.ok(err)
	resp, err := pedro.http.Do(req)
	w.ok(err)
	defer func() { _ = resp.Body.Close() }()
	lines := bufio.NewScanner(resp.Body)
	heard := make(chan time.Time, 1000)
	go func() {
		for lines.Scan() {
			if strings.HasPrefix(lines.Text(), "event: news") {
				heard <- time.Now()
			}
		}
	}()
	var list, turns, event timings
	heaps := []int64{heapKB()}
	quarter := time.Now().Add(long / 4)
	for end, i := time.Now().Add(long), 0; time.Now().Before(end); i++ {
		for len(heard) > 0 {
			<-heard
		}
		began := time.Now()
		turns.timed(func() { w.writes(somebody(i%m.live), "", fmt.Sprint("hola ", i)) })
		select {
		case at := <-heard:
			list.timed(func() { pedro.get("/console/list") })
			event = append(event, at.Sub(began)+list[len(list)-1])
		case <-time.After(5 * time.Second):
			b.Fatal("the page hears nothing")
		}
		if i%50 == 0 {
			laura.get(w.talk(somebody(i%m.live), ""))
		}
		if time.Now().After(quarter) {
			heaps, quarter = append(heaps, heapKB()), quarter.Add(long/4)
		}
		time.Sleep(time.Until(began.Add(100 * time.Millisecond)))
	}
	fmt.Printf("while people write: the list: %v; turns: %v; from the message to the drawn list: %v\n", list, turns, event)
	fmt.Printf("heap: %v KB\n", append(heaps, heapKB()))
}
