package console_test

import (
	"bufio"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"ventanilla/flows"
	"ventanilla/store"
)

func TestAnAgentSeesWhoWaitsStepsInAndHandsBack(t *testing.T) {
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

// Two agents and the bot race for a conversation, over HTTP: one owner, no double voice.
func TestOfTwoAgentsOneGetsTheConversation(t *testing.T) {
	w := newWorld(t)
	laura, pedro := w.hire("Laura", store.Answers), w.hire("Pedro", store.Answers)
	races := 100
	if testing.Short() {
		races = 20
	}
	for i := range races {
		k := flows.Key{Portal: "mseg", Channel: "telegram", Person: fmt.Sprint("race", i)}
		w.writes(k, "Ana", "hola")
		var all sync.WaitGroup
		var won, spoke atomic.Int64
		for _, b := range []*browser{laura, pedro} {
			all.Go(func() {
				if status, _ := b.post(w.talk(k, "take"), nil); status == http.StatusSeeOther {
					won.Add(1)
				} else if status != http.StatusConflict {
					t.Errorf("got %d", status)
				}
				if status, _ := b.post(w.talk(k, "say"), line("Soy "+b.name)); status == http.StatusSeeOther {
					spoke.Add(1)
				}
			})
		}
		all.Go(func() { w.writes1(k, fmt.Sprint("r", i), "persona") })
		all.Wait()
		if won.Load() != 1 || spoke.Load() != 1 {
			t.Fatalf("race %d: %d got it and %d spoke, want one", i, won.Load(), spoke.Load())
		}
		c, err := w.store.Load(t.Context(), k)
		w.ok(err)
		w.until("the agent's line left", func() bool {
			return slices.Contains(w.phone.heard(k.Person), "Soy "+c.Holder.Agent)
		})
		heard := w.phone.heard(k.Person)
		if at := slices.IndexFunc(heard, func(s string) bool { return strings.HasPrefix(s, "Ahora te atiende") }); at < 0 || len(heard) != at+2 {
			t.Fatalf("race %d: after the takeover the person heard %q", i, heard)
		}
	}
}

// writes1 is writes for several at once.
func (w *world) writes1(k flows.Key, id, text string) {
	err := w.worker.Receive(w.t.Context(), k, store.Inbound{ID: id, Name: "Ana", Input: flows.Input{From: flows.Person, Text: text}})
	if err != nil {
		w.t.Error(err)
	}
}

// everything is each address, with who may use it.
var everything = []struct {
	method, act string
	roles       []store.Role
}{
	{"GET", "", store.Roles}, {"GET", "lines?after=0", store.Roles}, {"GET", "state", store.Roles},
	{"GET", "trail", []store.Role{store.Supervises, store.Audits}},
	{"POST", "take", []store.Role{store.Answers, store.Supervises}}, {"POST", "say", []store.Role{store.Answers, store.Supervises}},
	{"POST", "note", []store.Role{store.Answers, store.Supervises}}, {"POST", "return", []store.Role{store.Answers, store.Supervises}},
	{"POST", "close", []store.Role{store.Answers, store.Supervises}}, {"POST", "free", []store.Role{store.Supervises}},
}

func TestEachRoleReachesOnlyWhatItMayAndNobodyAForeignPortal(t *testing.T) {
	w := newWorld(t)
	w.writes(ana, "Ana", "hola", "persona")
	w.writes(beto, "Beto Secreto", "hola", "persona")
	for _, role := range store.Roles {
		b := w.hire(string(role), role, "mseg")
		w.until("the list is there", func() bool { _, page := b.get("/console/"); return strings.Contains(page, "Ana") })
		for _, x := range everything {
			status, _ := b.do(x.method, w.talk(ana, x.act), nil, http.Header{"Sec-Fetch-Site": {"same-origin"}})
			if allowed := status != http.StatusForbidden && status != http.StatusNotFound; allowed != slices.Contains(x.roles, role) {
				t.Errorf("%s %s %s: got %d", role, x.method, x.act, status)
			}
			status, body := b.do(x.method, w.talk(beto, x.act), line("hola"), http.Header{"Sec-Fetch-Site": {"same-origin"}})
			if status != http.StatusNotFound && status != http.StatusForbidden || strings.Contains(body, "Secreto") {
				t.Errorf("%s %s %s at a foreign portal: got %d %s", role, x.method, x.act, status, plain(body))
			}
		}
		c, err := w.store.Load(t.Context(), beto)
		w.ok(err)
		for _, path := range []string{"/console/", "/console/list", "/console/list?portal=iess", "/console/search?case=" + c.Dialog.Values["case"]} {
			if _, body := b.get(path); strings.Contains(body, "Secreto") {
				t.Errorf("%s sees a foreign portal at %s", role, path)
			}
		}
		if status, _ := b.get("/console/events?c=" + w.store.Name(beto)); status != http.StatusNotFound {
			t.Errorf("%s hears of a foreign conversation: %d", role, status)
		}
		if status, _ := b.get("/console/today"); (status == http.StatusOK) != (role != store.Answers) {
			t.Errorf("%s at the figures: %d", role, status)
		}
	}
	stranger := w.browser()
	for _, x := range everything {
		if status, body := stranger.do(x.method, w.talk(ana, x.act), nil, nil); status != http.StatusSeeOther && status != http.StatusUnauthorized || strings.Contains(body, "Ana") {
			t.Errorf("a stranger at %s: got %d %s", x.act, status, body)
		}
	}
}

func TestRequestsThatOthersForgeAreRefused(t *testing.T) {
	w := newWorld(t)
	laura := w.hire("Laura", store.Answers)
	w.writes(ana, "Ana", "hola")
	for name, h := range map[string]http.Header{"another site": {"Sec-Fetch-Site": {"cross-site"}}, "another port": {"Sec-Fetch-Site": {"same-site"}},
		"an old browser": {"Origin": {"https://evil.example"}}, "a frame without an origin": {"Origin": {"null"}}} {
		if status, _ := laura.do("POST", w.talk(ana, "take"), url.Values{}, h); status != http.StatusForbidden {
			t.Errorf("%s: got %d, want 403", name, status)
		}
	}
	req, err := http.NewRequestWithContext(t.Context(), "GET", w.url+"/console/", nil)
	w.ok(err)
	req.Host = "evil.example"
	resp, err := laura.http.Do(req)
	w.ok(err)
	_ = resp.Body.Close()
	if resp.StatusCode != http.StatusMisdirectedRequest {
		t.Errorf("under a foreign name: got %d", resp.StatusCode)
	}
	if c, err := w.store.Load(t.Context(), ana); err != nil || c.Holder != nil {
		t.Errorf("held by %v, %v", c.Holder, err)
	}
	resp, err = laura.http.Get(w.url + "/console/")
	w.ok(err)
	_ = resp.Body.Close()
	if p := resp.Header.Get("Content-Security-Policy"); !strings.HasPrefix(p, "default-src 'none';") || strings.Contains(p, "unsafe") {
		t.Errorf("the policy is %q", p)
	}
}

func TestSigningInTakesPasswordAndAFreshCodeAndEndsWhenItIsEnded(t *testing.T) {
	w := newWorld(t)
	laura := w.hire("Laura", store.Answers)
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
	w := newWorld(t)
	w.writes(beto, "Beto", "hola", "persona")
	w.clock.Advance(23*time.Hour + 30*time.Minute)
	laura := w.hire("Laura", store.Answers)
	if _, page := laura.get("/console/"); !strings.Contains(plain(page), "Esperan a una persona 1 Beto IESS · WhatsApp Espera a una persona WhatsApp se cierra en 29 min") {
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
