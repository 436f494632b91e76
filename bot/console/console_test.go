package console_test

import (
	"bufio"
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"ventanilla/store"
)

func TestAnAgentSeesWhoWaitsStepsInAndHandsBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	laura := w.hire("Laura", store.Answers)
	w.writes(ana, "Ana Gómez", "hola", "No puedo entrar", "persona")
	w.until("Ana is in the list", func() bool { _, page := laura.get("/console/"); return strings.Contains(page, "Ana Gómez") })
	_, page := laura.get("/console/")
	if got := plain(page); !strings.Contains(got, "Esperan a una persona 1 Ana Gómez Mi Portal · Telegram") {
		t.Errorf("the list reads\n%s", got)
	}
	if _, page := laura.get(w.talk(ana, "")); !strings.Contains(plain(page), "Ya avisé: una persona te va a escribir.") {
		t.Errorf("the conversation reads\n%s", plain(page))
	}
	if status, _ := laura.post(w.talk(ana, "say"), line("Hola")); status != http.StatusUnprocessableEntity {
		t.Errorf("a line without holding: got %d", status)
	}
	if status, _ := laura.post(w.talk(ana, "take"), nil); status != http.StatusSeeOther {
		t.Errorf("taking over: got %d", status)
	}
	same := line("Hola Ana, soy Laura")
	for range 3 { // a line that is sent again is one
		if status, body := laura.post(w.talk(ana, "say"), same); status != http.StatusSeeOther {
			t.Errorf("a line: got %d %s", status, plain(body))
		}
	}
	w.writes(ana, "Ana Gómez", "gracias")
	want := []string{"Ahora te atiende una persona: Laura, de Mi Portal. Escribile acá mismo. Nadie te va a pedir tu clave ni un código.", "Hola Ana, soy Laura"}
	w.until("Ana heard Laura", func() bool {
		got := w.phone.heard("1001")
		return len(got) >= 2 && slices.Equal(got[len(got)-2:], want)
	})
	if status, _ := laura.post(w.talk(ana, "return"), nil); status != http.StatusSeeOther {
		t.Errorf("handing back: got %d", status)
	}
	w.until("Ana is asked the question that was open", func() bool {
		got := w.phone.heard("1001")
		return got[len(got)-1] == "¿Qué necesitás?" || got[len(got)-1] == "¿Cuál es tu legajo?"
	})
	if lines, _ := w.store.AuditTrail(t.Context(), ana, 0, 20); len(lines) != 5 {
		t.Errorf("the trail has %+v; want case_opened, viewed, taken_over, answered, handed_back", lines)
	}
}

// RULES: agent.never, pw.chat
func TestASecretThatAnAgentTypesIsNeitherSentNorKept(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	laura := w.hire("Laura", store.Answers)
	w.writes(ana, "Ana", "hola")
	laura.post(w.talk(ana, "take"), nil)
	for _, act := range []string{"say", "note"} {
		status, body := laura.post(w.talk(ana, act), line("Tu clave es Canario2024!"))
		if status != http.StatusUnprocessableEntity || strings.Contains(body, "Canario2024!") {
			t.Errorf("%s: got %d %s", act, status, plain(body))
		}
	}
	err := store.Each(t.Context(), w.kv, w.keys, func(key string, plain []byte) error {
		if strings.Contains(string(plain), "Canario2024!") {
			t.Errorf("it stands in %s", key[:2])
		}
		return nil
	})
	w.ok(err)
}

func TestSigningInTakesPasswordAndAFreshCodeAndEndsWhenItIsEnded(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	laura := w.enrols("Laura", store.Answers)
	boss := w.hire("Jefa", store.Supervises)
	attempt := func(name, password, code string) int {
		status, _ := w.browser().post("/console/sign-in", url.Values{"name": {name}, "password": {password}, "code": {code}})
		return status
	}
	used := w.code("Laura")
	for what, status := range map[string]int{
		"a code that was used":   attempt("Laura", good, used),
		"a wrong password":       attempt("Laura", good+"x", used),
		"no password":            attempt("Laura", "", used),
		"nobody":                 attempt("Nadie", good, used),
		"somebody else's secret": attempt("Jefa", good, w.code("Laura")),
	} {
		if status != http.StatusForbidden {
			t.Errorf("%s: got %d, want 403", what, status)
		}
	}
	w.clock.Advance(time.Minute)
	var in atomic.Int64
	var all sync.WaitGroup
	code := w.code("Laura")
	for range 3 { // the same code, at once
		all.Go(func() {
			if attempt("laura", good, code) == http.StatusSeeOther {
				in.Add(1)
			}
		})
	}
	if all.Wait(); in.Load() != 1 {
		t.Errorf("one code let %d in, want 1", in.Load())
	}
	for range 10 {
		attempt("Laura", "guess", "000000")
	}
	w.clock.Advance(time.Minute)
	if status := attempt("Laura", good, w.code("Laura")); status != http.StatusTooManyRequests {
		t.Errorf("after many tries: got %d, want 429", status)
	}
	sessions, err := w.store.Agents().Sessions(t.Context())
	w.ok(err)
	for _, s := range sessions {
		if s.Agent == "Jefa" {
			if status, _ := laura.post("/console/sessions/end", url.Values{"id": {s.ID}}); status != http.StatusNotFound {
				t.Errorf("an agent ended a supervisor's session: %d", status)
			}
		}
	}
	for _, s := range sessions {
		if s.Agent == "Laura" {
			boss.post("/console/sessions/end", url.Values{"id": {s.ID}})
		}
	}
	if status, _ := laura.get("/console/"); status != http.StatusSeeOther {
		t.Errorf("after her sessions were ended: got %d", status)
	}
	if status, _ := boss.get("/console/"); status != http.StatusOK {
		t.Errorf("the supervisor: got %d", status)
	}
}

// stream opens the events of a page and returns those that come, each as "id word word".
func (b *browser) stream(ctx context.Context, path, last string) <-chan string {
	b.w.t.Helper()
	req, err := http.NewRequestWithContext(ctx, "GET", b.w.url+path, nil)
	b.w.ok(err)
	if last != "" {
		req.Header.Set("Last-Event-ID", last)
	}
	resp, err := b.http.Do(req)
	b.w.ok(err)
	out := make(chan string, 100)
	go func() {
		defer close(out)
		defer func() { _ = resp.Body.Close() }()
		id, event := "", ""
		for lines := bufio.NewScanner(resp.Body); lines.Scan(); {
			switch key, value, _ := strings.Cut(lines.Text(), ": "); key {
			case "id":
				id = value
			case "event":
				event = value
			case "data":
				out <- id + " " + event + " " + value
			}
		}
	}()
	return out
}

func next(t *testing.T, s <-chan string, want string) (id string) {
	t.Helper()
	for timeout := time.After(20 * time.Second); ; {
		select {
		case e, ok := <-s:
			if !ok {
				t.Fatalf("the stream ended before %q", want)
			}
			if id, what, _ := strings.Cut(e, " "); strings.Contains(what, want) {
				return id
			}
		case <-timeout:
			t.Fatalf("no event %q", want)
		}
	}
}

func TestADroppedStreamGoesOnWhereItWas(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	laura := w.hire("Laura", store.Answers)
	w.writes(ana, "Ana", "hola")
	path := "/console/events?c=" + w.store.Name(ana)
	first, drop := context.WithCancel(t.Context())
	s := laura.stream(first, path, "")
	id := next(t, s, "hello")
	w.writes(ana, "Ana", "una línea")
	id2 := next(t, s, "talk")
	if id == id2 {
		t.Error("two events have one id")
	}
	drop()
	w.writes(ana, "Ana", "mientras no había nadie")
	again, end := context.WithCancel(t.Context())
	defer end()
	s = laura.stream(again, path, id2)
	id3 := next(t, s, "talk")
	_, body := laura.get(w.talk(ana, "lines?after=1"))
	if strings.Count(body, "mientras no había nadie") != 1 || strings.Contains(body, ">hola<") {
		t.Errorf("the lines after the first are\n%s", plain(body))
	}
	if stale := next(t, laura.stream(again, path, "other-boot"), "talk"); stale == "" {
		t.Error("a stream of an earlier start was not told to look again")
	}
	sessions, err := w.store.Agents().Sessions(t.Context())
	w.ok(err)
	laura.post("/console/sessions/end", url.Values{"id": {sessions[0].ID}})
	if id4 := next(t, s, "out"); id4 < id3 && len(id4) == len(id3) {
		t.Errorf("ids go back from %s to %s", id3, id4)
	}
}

// RULES: wa.window
func TestOnWhatsAppOnlyReadyAnswersLeaveAfterADay(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.writes(beto, "Beto", "hola", "persona")
	w.clock.Advance(23*time.Hour + 30*time.Minute)
	laura := w.hire("Laura", store.Answers)
	if _, page := laura.get("/console/"); !strings.Contains(plain(page), "Esperan a una persona 1 Beto IESS · WhatsApp WhatsApp se cierra en 29 min") {
		t.Errorf("half an hour before the end the list reads\n%s", plain(page))
	}
	laura.post(w.talk(beto, "take"), nil)
	if _, page := laura.get(w.talk(beto, "")); !strings.Contains(plain(page), "Queda poco: 29 min") {
		t.Errorf("half an hour before the end it reads\n%s", plain(page))
	}
	w.clock.Advance(20 * time.Minute)
	if status, _ := laura.post(w.talk(beto, "say"), line("a tiempo")); status != http.StatusSeeOther {
		t.Errorf("in time: got %d", status)
	}
	w.clock.Advance(10 * time.Minute)
	laura.get("/console/")
	if status, _ := laura.post(w.talk(beto, "say"), line("tarde")); status != http.StatusUnprocessableEntity {
		t.Errorf("a day later: got %d", status)
	}
	if status, body := laura.post(w.talk(beto, "say"), line("Deme unos minutos, que lo reviso, y le escribo por aquí.")); status != http.StatusSeeOther {
		t.Errorf("a ready answer: got %d %s", status, plain(body))
	}
}

func TestACaseIsFoundByItsNumberAndPrivateNotesStayPrivate(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	laura := w.hire("Laura", store.Answers)
	w.writes(ana, "Ana Gómez", "hola", "persona")
	if _, page := laura.get("/console/search?case=v410017"); !strings.Contains(page, "Ana Gómez") {
		t.Errorf("searching reads\n%s", plain(page))
	}
	if status, _ := laura.post(w.talk(ana, "note"), line("llamó por teléfono, ya se verificó")); status != http.StatusSeeOther {
		t.Errorf("a note: got %d", status)
	}
	if _, page := laura.get(w.talk(ana, "")); !strings.Contains(plain(page), "nota de Laura llamó por teléfono") {
		t.Errorf("the page reads\n%s", plain(page))
	}
	if heard := strings.Join(w.phone.heard("1001"), "\n"); strings.Contains(heard, "llamó") {
		t.Error("the person read the note")
	}
}

func TestWhatAnAgentLeavesBehindIsInTheLineAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	laura := w.hire("Laura", store.Answers)
	w.writes(ana, "Ana", "hola", "persona")
	before, err := w.store.Load(t.Context(), ana)
	w.ok(err)
	laura.post(w.talk(ana, "take"), nil)
	w.until("the list knows who has it", func() bool {
		_, page := laura.get("/console/?who=mine")
		return strings.Contains(plain(page), "Ana Mi Portal")
	})
	w.ok(w.console.Abandoned(t.Context()))
	if c, err := w.store.Load(t.Context(), ana); err != nil || c.Holder == nil {
		t.Fatalf("it was taken from an agent who is there: %v", err)
	}
	// A page that is open and fetches by itself does not keep anybody signed in.
	for range 2 {
		w.clock.Advance(store.SessionIdle/2 + time.Second)
		laura.do("GET", "/console/list", nil, http.Header{"Hx-Request": {"true"}})
	}
	if status, _ := laura.do("GET", "/console/list", nil, http.Header{"Hx-Request": {"true"}}); status != http.StatusUnauthorized {
		t.Errorf("after half an hour without a hand: got %d, want 401", status)
	}
	w.ok(w.console.Abandoned(t.Context()))
	c, err := w.store.Load(t.Context(), ana)
	w.ok(err)
	if c.Holder != nil || c.Dialog.Flow != "handoff" || !c.Dialog.Waiting.Equal(before.Dialog.Waiting) {
		t.Errorf("held by %v, at %s since %v; want the line since %v", c.Holder, c.Dialog.Flow, c.Dialog.Waiting, before.Dialog.Waiting)
	}
	if n, err := w.store.Place(t.Context(), ana, w.clock.Now()); err != nil || n != 1 {
		t.Errorf("%d are in the line, %v; want 1", n, err)
	}
}
