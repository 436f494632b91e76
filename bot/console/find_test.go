package console_test

import (
	"bufio"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"ventanilla/bot/console"
	"ventanilla/flows"
	"ventanilla/store"
)

// leads sends a search and returns where that leads.
func (b *browser) leads(form url.Values) (address string) {
	b.w.t.Helper()
	req, err := http.NewRequestWithContext(b.w.t.Context(), "POST", b.w.url+"/console/search", strings.NewReader(form.Encode()))
	b.w.ok(err)
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	resp, err := b.http.Do(req)
	b.w.ok(err)
	_ = resp.Body.Close()
	return resp.Header.Get("Location")
}

// asks sends a search and follows it to its page.
func (b *browser) asks(form url.Values) (address, page string) {
	b.w.t.Helper()
	address = b.leads(form)
	status, page := b.get(address)
	if status != http.StatusOK {
		b.w.t.Errorf("searching: got %d", status)
	}
	return address, page
}

func TestAPersonIsFoundByTheirNameInTheChat(t *testing.T) {
	w := newWorld(t)
	laura, iris := w.hire("Laura", store.Answers), w.hire("Iris", store.Answers, "iess")
	angel := flows.Key{Portal: "mseg", Channel: "telegram", Person: "1002"}
	w.writes(ana, "Ana Gómez", "hola", "No puedo entrar")
	w.writes(angel, "José Ángel Núñez", "hola", "persona")
	for typed, want := range map[string]string{"Ana Gómez": "Ana Gómez", "gomez": "Ana Gómez", "jose nunez": "José Ángel Núñez", "NÚÑEZ ANG": "José Ángel Núñez"} {
		_, page := laura.asks(url.Values{"q": {typed}})
		if names := rowNames.FindAllStringSubmatch(page, -1); len(names) != 1 || names[0][1] != want || !strings.Contains(page, "por el nombre") {
			t.Errorf("%q: got %v, want %s", typed, names, want)
		}
		if _, page := iris.asks(url.Values{"q": {typed}}); strings.Contains(page, want+"<") {
			t.Errorf("%q leads who sees another organisation to %s", typed, want)
		}
	}
	for _, typed := range []string{"omez", "ana nunez", "go"} {
		if _, page := laura.asks(url.Values{"q": {typed}}); len(rowNames.FindAllString(page, -1)) > 0 {
			t.Errorf("%q finds somebody: %s", typed, plain(page))
		}
	}
	if _, page := laura.asks(url.Values{"q": {"Ramona"}}); !strings.Contains(plain(page), "Nadie se llama «Ramona» en su chat") {
		t.Errorf("nobody of that name: %s", plain(page))
	}
	w.ok(w.store.Erase(t.Context(), ana))
	if _, page := laura.asks(url.Values{"q": {"gomez"}}); strings.Contains(page, "Ana Gómez") {
		t.Error("who was erased is found by name")
	}
}

func TestANameOfManyLeadsToTheLatest(t *testing.T) {
	w := newWorld(t)
	laura := w.hire("Laura", store.Answers)
	for i := range 53 {
		w.clock.Advance(time.Second)
		w.writes(flows.Key{Portal: "mseg", Channel: "telegram", Person: fmt.Sprint(5000 + i)}, fmt.Sprintf("María Pérez %d", i), "hola")
	}
	_, page := laura.asks(url.Values{"q": {"maria"}})
	if n := len(rowNames.FindAllString(page, -1)); n != 50 || strings.Contains(page, "Pérez 2<") || !strings.Contains(page, "Pérez 3<") || !strings.Contains(plain(page), "se muestran las 50") {
		t.Errorf("got %d: %s", n, plain(page))
	}
}

func TestAPersonIsFoundByWhatTheyUsedHoweverItIsTyped(t *testing.T) {
	w := newWorld(t)
	laura := w.hire("Laura", store.Answers)
	iris, marta := w.hire("Iris", store.Answers, "iess"), w.hire("Marta", store.Answers)
	w.writes(ana, "Ana Gómez", "hola", "No puedo entrar", "20267565393", "persona")
	w.writes(beto, "Beto", "hola")
	conv, err := w.store.Load(t.Context(), ana)
	w.ok(err)
	for what, typed := range map[string]string{"the number as it was typed": "20267565393", "with hyphens": "20-26756539-3", "within words": "mi cuil es 20-26756539-3", "the case": conv.Dialog.Values["case"], "the case in small letters": strings.ToLower(conv.Dialog.Values["case"]), "the chat": "1001"} {
		address, page := laura.asks(url.Values{"q": {typed}})
		if !strings.Contains(page, "Ana Gómez") || strings.Contains(page, "Beto<") {
			t.Errorf("%s: %s", what, plain(page))
		}
		if strings.Contains(address, url.QueryEscape(typed)) || strings.Contains(address, "26756539") {
			t.Errorf("%s stands in the address %s", what, address)
		}
		if _, page := iris.asks(url.Values{"q": {typed}}); strings.Contains(page, "Ana Gómez") {
			t.Errorf("%s leads who sees another organisation to Ana", what)
		}
		if _, page := marta.get(address); strings.Contains(page, "Ana Gómez") {
			t.Errorf("another agent's search is shown at its address")
		}
	}
	if _, page := laura.asks(url.Values{"q": {"+593 98 765 4321"}}); !strings.Contains(page, "Beto") {
		t.Errorf("by telephone: %s", plain(page))
	}
	for _, part := range []string{"2026756539", "26756539", "An"} {
		if _, page := laura.asks(url.Values{"q": {part}}); strings.Contains(page, "Ana Gómez") {
			t.Errorf("a part, %q, is enough", part)
		}
	}
	w.neverKept("26756539", "c.", "t.") // of the record and the transcript others answer
	trail, err := w.store.Agents().Trail(t.Context(), "Laura")
	w.ok(err)
	kinds := map[string]int{}
	for _, l := range trail {
		if l.What == "searched" {
			kinds[l.Detail["kind"]]++
		}
	}
	if kinds["case"] != 2 || kinds["phone"] != 1 || kinds["identifier"] != 7 {
		t.Errorf("the agent's trail has %v", kinds)
	}
	w.ok(w.store.Erase(t.Context(), ana))
	if _, page := laura.asks(url.Values{"q": {"20267565393"}}); strings.Contains(page, "Ana Gómez") {
		t.Error("who was erased is found")
	}
}

// neverKept sees that no entry but those of some kinds holds a text.
func (w *world) neverKept(text string, but ...string) {
	w.t.Helper()
	err := store.Each(w.t.Context(), w.kv, w.keys, func(key string, plain []byte) error {
		for _, kind := range but {
			if strings.HasPrefix(key, kind) {
				return nil
			}
		}
		if strings.Contains(key+string(plain), text) {
			w.t.Errorf("it stands in %.2s", key)
		}
		return nil
	})
	w.ok(err)
}

func TestWhatWasSaidIsFoundInItsPeriodAndLeadsToTheLine(t *testing.T) {
	w := newWorld(t)
	laura := w.hire("Laura", store.Answers)
	iris := w.hire("Iris", store.Answers, "iess")
	w.writes(ana, "Ana Gómez", "hola", "no me llegó el «Código» & todavía espero")
	w.writes(beto, "Beto", "el codigo no anda")
	_, page := laura.asks(url.Values{"text": {"codigo"}})
	got := plain(page)
	if !strings.Contains(got, "Ana Gómez") || !strings.Contains(got, "Beto") || !strings.Contains(got, "Listo. Encontradas: 2.") || !strings.Contains(got, "Conversaciones en que está: 2") {
		t.Errorf("the page reads\n%s", got)
	}
	if !strings.Contains(page, "no me llegó el <mark>«Código»</mark> &amp; todavía") {
		t.Errorf("the place is not marked:\n%s", page)
	}
	link := regexp.MustCompile(`href="(/console/c/` + w.store.Name(ana) + `\?line=(\d+))#l-(\d+)"`).FindStringSubmatch(page)
	if link == nil || link[2] != link[3] {
		t.Fatalf("there is no link to the line in\n%s", page)
	}
	if _, page := laura.get(link[1]); !regexp.MustCompile(`<li class="line person" id="l-` + link[2] + `"(?s).{0,400}«Código»`).MatchString(page) {
		t.Error("the link leads to another line")
	}
	if _, page := iris.asks(url.Values{"text": {"codigo"}}); strings.Contains(page, "Ana Gómez") || !strings.Contains(page, "Beto") || !strings.Contains(plain(page), "Líneas leídas, del") {
		t.Errorf("who sees one organisation reads\n%s", plain(page))
	}
	if _, page := laura.asks(url.Values{"text": {"codigo"}, "portal": {"iess"}}); strings.Contains(page, "Ana Gómez") || !strings.Contains(page, "Beto") {
		t.Errorf("of one organisation: %s", plain(page))
	}
	if _, page := laura.asks(url.Values{"text": {"codigo"}, "from": {"2020-01-01"}, "to": {"2020-02-01"}}); strings.Contains(page, "Ana Gómez") {
		t.Errorf("in another period: %s", plain(page))
	}
	for _, bad := range []url.Values{{"text": {"co"}}, {"text": {"codigo"}, "from": {"2026-02-01"}, "to": {"2026-01-01"}}, {"text": {"codigo"}, "from": {"ayer"}}} {
		if _, page := laura.asks(bad); !strings.Contains(page, `role="alert"`) {
			t.Errorf("%v: nothing is said", bad)
		}
	}
	trail, err := w.store.Agents().Trail(t.Context(), "Laura")
	w.ok(err)
	if last := trail[len(trail)-1]; last.What != "searched" || last.Detail["kind"] != "text" || strings.Contains(fmt.Sprint(last.Detail), "codigo") {
		t.Errorf("the trail ends with %+v", last)
	}
}

func TestAMaskedAnswerIsNotFoundByItsText(t *testing.T) {
	w := newWorld(t)
	laura := w.hire("Laura", store.Answers)
	w.writes(ana, "Ana Gómez", "hola", "No puedo entrar", "20267565393")
	if _, page := laura.asks(url.Values{"text": {"20267565393"}}); strings.Contains(page, "Ana Gómez") {
		t.Errorf("the page reads\n%s", plain(page))
	}
}

func TestOneSearchOfAnAgentEndsTheOneBefore(t *testing.T) {
	w := newWorld(t)
	laura := w.hire("Laura", store.Answers)
	w.ok(fillTalks(w, 3000))
	address, _ := laura.asks(url.Values{"text": {"nada que se encuentre"}})
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	req, err := http.NewRequestWithContext(ctx, "GET", w.url+address, nil)
	w.ok(err)
	var all sync.WaitGroup
	var ended [8]string
	for i := range ended {
		all.Go(func() {
			resp, err := laura.http.Do(req.Clone(ctx))
			if err != nil {
				t.Error(err)
				return
			}
			defer func() { _ = resp.Body.Close() }()
			lines := bufio.NewScanner(resp.Body)
			lines.Buffer(nil, 1<<20)
			for lines.Scan() {
				if strings.Contains(lines.Text(), "progress ended") {
					ended[i] = lines.Text()
				}
			}
		})
	}
	all.Wait()
	whole := 0
	for _, s := range ended {
		if strings.Contains(s, "Listo") {
			whole++
		} else if !strings.Contains(s, "empezó otra") {
			t.Errorf("a search ended with %q", s)
		}
	}
	if whole == 0 {
		t.Error("none came to its end")
	}
}

func TestASearchKnowsThatItsAgentBeganAnother(t *testing.T) {
	begin := console.Searches()
	laura, _ := begin(t.Context(), "Laura")
	pedro, left := begin(t.Context(), "Pedro")
	again, leave := begin(t.Context(), "Laura")
	if laura.Err() == nil || pedro.Err() != nil || again.Err() != nil {
		t.Errorf("ended are %v, %v, %v; want the first alone", laura.Err(), pedro.Err(), again.Err())
	}
	left()
	leave()
	if third, _ := begin(t.Context(), "Laura"); again.Err() == nil || third.Err() != nil {
		t.Error("who left still searches")
	}
}

// fillTalks writes many short conversations.
func fillTalks(w *world, n int) error {
	work := make(chan int)
	var all sync.WaitGroup
	for range 64 {
		all.Go(func() {
			for i := range work {
				k := flows.Key{Portal: "mseg", Channel: "telegram", Person: fmt.Sprint("talk", i)}
				if err := w.store.Accept(context.Background(), k, store.Inbound{ID: "1", Name: fmt.Sprint("Persona ", i), Input: flows.Input{From: flows.Person, Text: fmt.Sprint("hola, soy ", i)}}); err != nil {
					w.t.Error(err)
				}
			}
		})
	}
	for i := range n {
		work <- i
	}
	close(work)
	all.Wait()
	return nil
}

func TestASearchThatFindsTooMuchSaysSoAndOneWhoseAgentLeftEnds(t *testing.T) {
	w := newWorld(t)
	laura := w.hire("Laura", store.Answers)
	w.ok(fillTalks(w, 250))
	if _, page := laura.asks(url.Values{"text": {"hola"}}); strings.Count(page, `class="row hit"`) != 200 || !strings.Contains(plain(page), "Se muestran las primeras 200") {
		t.Errorf("it shows %d: %.200s", strings.Count(page, `class="row hit"`), plain(page))
	}
	address, _ := laura.asks(url.Values{"text": {"hola"}})
	w.clock.Advance(31 * time.Minute)
	if status, page := laura.get(address); status != http.StatusSeeOther || strings.Contains(page, "row hit") {
		t.Errorf("a session that is over searches: %d", status)
	}
}

// A person's longest message does not keep the agents who find it waiting.
func TestALongLineIsSetApartAtOnce(t *testing.T) {
	for what, x := range map[string]struct{ text, typed, match string }{
		"many words before it":   {strings.Repeat("á ", 20_400) + "clave", "clave", "clave"},
		"many signs within it":   {"no " + strings.Repeat("- ", 20_000) + "abre", "no abre", "no " + strings.Repeat("- ", 20_000) + "abre"},
		"found twice, the first": {"una clave y otra clave", "clave", "clave"},
	} {
		began := time.Now()
		before, match, _ := console.Around(x.text, x.typed)
		if took := time.Since(began); match != x.match || took > 5*time.Second {
			t.Errorf("%s: got …%q after %v", what, match[:min(len(match), 20)], took)
		}
		if strings.Contains(before, x.typed) {
			t.Errorf("%s: it stands before %q, too", what, match)
		}
	}
}
