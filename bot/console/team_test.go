package console_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"ventanilla/flows"
	"ventanilla/store"
)

// sees waits until a page of the console holds a text.
func (b *browser) sees(path, text string) {
	b.w.t.Helper()
	b.w.until(b.name+" sees "+text, func() bool { _, page := b.get(path); return strings.Contains(plain(page), text) })
}

// care is what agents arranged about a conversation.
func (w *world) care(k flows.Key) store.Care {
	w.t.Helper()
	care, err := w.store.CareOf(w.t.Context(), w.store.Name(k))
	w.ok(err)
	return care
}

func (w *world) holder(k flows.Key) string {
	w.t.Helper()
	c, err := w.store.Load(w.t.Context(), k)
	w.ok(err)
	if c.Holder == nil {
		return ""
	}
	return c.Holder.Agent
}

// trail are the lines of a conversation's trail, each as what and who.
func (w *world) trail(k flows.Key) (all []string) {
	w.t.Helper()
	lines, err := w.store.AuditTrail(w.t.Context(), k, 0, 100)
	w.ok(err)
	for _, l := range lines {
		all = append(all, strings.TrimSpace(l.What+" "+l.Who+" "+l.Detail["to"]))
	}
	return all
}

func TestAnAssignmentThatNobodyAnswersIsInTheQueueAgainAlsoAfterARestart(t *testing.T) {
	w := newWorld(t)
	laura, pedro := w.hire("Laura", store.Answers), w.hire("Pedro", store.Answers)
	w.writes(ana, "Ana", "hola", "persona")
	laura.sees("/console/", "Ana")
	said := len(w.phone.heard(ana.Person))
	if status, page := laura.post(w.talk(ana, "assign"), url.Values{"to": {"Pedro"}, "text": {"habla con ella, es de tu zona"}}); status != http.StatusSeeOther {
		t.Fatalf("assigning: %d %s", status, plain(page))
	}
	pedro.sees("/console/?who=mine", "para usted, de Laura · 2 min")
	laura.sees(w.talk(ana, ""), "Usted se la asignó a Pedro")
	pedro.sees(w.talk(ana, ""), "Laura se la asignó: tómela en 2 min")
	pedro.sees(w.talk(ana, ""), "habla con ella, es de tu zona")
	if _, page := laura.get("/console/?who=free"); strings.Contains(page, "Ana") {
		t.Error("what is assigned is shown as nobody's")
	}
	w.clock.Advance(2 * time.Minute)
	w.ok(w.console.Overdue(t.Context()))
	if w.care(ana).Asked == nil {
		t.Fatal("it went back before its time")
	}
	w.clock.Advance(time.Minute)
	w.reopen() // the program was restarted meanwhile
	w.until("it is in the queue again", func() bool { w.ok(w.console.Overdue(t.Context())); return w.care(ana).Missed != nil })
	for _, b := range []*browser{laura, pedro} {
		b.sees(w.talk(ana, ""), "Pedro no respondió a Laura: volvió a la fila")
		b.sees("/console/?who=free", "Pedro no respondió")
	}
	if got := w.phone.heard(ana.Person); len(got) != said {
		t.Errorf("the person heard %q of it", got[said:])
	}
	laura.post(w.talk(ana, "take"), nil)
	if k := w.care(ana); !k.Empty() {
		t.Errorf("after somebody took it: %+v", k)
	}
	if got := w.trail(ana); !slices.Contains(got, "assigned Laura Pedro") || !slices.Contains(got, "unanswered") {
		t.Errorf("the trail is %q", got)
	}
}

func TestATransferIsAtOnceTheOthersAndIsSaidWhenTheyAccept(t *testing.T) {
	w := newWorld(t)
	laura, pedro := w.hire("Laura", store.Answers), w.hire("Pedro", store.Supervises)
	w.writes(ana, "Ana", "hola", "persona")
	laura.post(w.talk(ana, "take"), nil)
	w.until("Ana hears Laura", func() bool { return strings.Contains(strings.Join(w.phone.heard(ana.Person), " "), "Laura") })
	said := len(w.phone.heard(ana.Person))
	if status, page := laura.post(w.talk(ana, "assign"), url.Values{"to": {"Pedro"}}); status != http.StatusSeeOther || w.holder(ana) != "Pedro" {
		t.Fatalf("transferring: %d, held by %q: %s", status, w.holder(ana), plain(page))
	}
	if status, _ := laura.post(w.talk(ana, "say"), line("una cosa más")); status != http.StatusUnprocessableEntity {
		t.Errorf("who passed it on still speaks: %d", status)
	}
	if got := w.phone.heard(ana.Person); len(got) != said {
		t.Errorf("the person heard %q of it", got[said:])
	}
	pedro.sees(w.talk(ana, ""), "Laura se la pasó: acéptela en 2 min")
	if status, _ := pedro.post(w.talk(ana, "say"), line("Hola, sigo yo")); status != http.StatusSeeOther {
		t.Errorf("who got it answers: %d", status)
	}
	w.until("Ana hears who it is, and then what they say", func() bool {
		got := w.phone.heard(ana.Person)
		return len(got) == said+2 && strings.Contains(got[said], "Pedro") && got[said+1] == "Hola, sigo yo"
	})
	if k := w.care(ana); !k.Empty() {
		t.Errorf("an answer accepts it: %+v", k)
	}
	if got := w.trail(ana); !slices.Contains(got, "transferred Laura Pedro") || !slices.Contains(got, "accepted Pedro") {
		t.Errorf("the trail is %q", got)
	}
}

func TestATransferThatNobodyAnswersIsInTheQueueAtTheOldPlace(t *testing.T) {
	w := newWorld(t)
	laura, _ := w.hire("Laura", store.Answers), w.hire("Pedro", store.Answers)
	w.writes(ana, "Ana", "hola", "persona")
	before, err := w.store.Load(t.Context(), ana)
	w.ok(err)
	laura.post(w.talk(ana, "take"), nil)
	laura.post(w.talk(ana, "assign"), url.Values{"to": {"Pedro"}})
	laura.sees("/console/", "para Pedro")
	w.clock.Advance(4 * time.Minute)
	w.ok(w.console.Overdue(t.Context()))
	after, err := w.store.Load(t.Context(), ana)
	w.ok(err)
	if after.Holder != nil || !after.Dialog.Waiting.Equal(before.Dialog.Waiting) {
		t.Errorf("held by %v, waits since %v, want %v", after.Holder, after.Dialog.Waiting, before.Dialog.Waiting)
	}
	laura.sees("/console/", "Esperan a una persona 1 Ana")
}

func TestWhoIsAwayOrNotThereOrElsewhereIsAssignedNothing(t *testing.T) {
	w := newWorld(t)
	laura, pedro := w.hire("Laura", store.Answers), w.hire("Pedro", store.Answers)
	w.hire("Iris", store.Answers, "iess")
	w.hire("Aldo", store.Audits)
	gone := w.hire("Gonzalo", store.Answers)
	gone.post("/console/sign-out", nil)
	w.writes(ana, "Ana", "hola", "persona")
	w.until("the list is there", func() bool { _, page := laura.get("/console/"); return strings.Contains(page, "Ana") })
	for _, name := range []string{"Iris", "Aldo", "Gonzalo", "Nadie"} {
		if status, _ := laura.post(w.talk(ana, "assign"), url.Values{"to": {name}}); status != http.StatusConflict || w.care(ana).Asked != nil {
			t.Errorf("assigning to %s: got %d", name, status)
		}
	}
	if _, page := laura.get(w.talk(ana, "takers")); strings.TrimSpace(plain(page)) != "Pedro" {
		t.Errorf("to choose from there are %q, want Pedro", plain(page))
	}
	laura.post(w.talk(ana, "assign"), url.Values{"to": {"Pedro"}})
	laura.sees("/console/", "para Pedro")
	if status, _ := pedro.post("/console/team/status", url.Values{"status": {"away"}, "minutes": {"30"}, "to": {"/console/"}}); status != http.StatusSeeOther {
		t.Errorf("going away: got %d", status)
	}
	if k := w.care(ana); k.Missed == nil {
		t.Errorf("who goes away keeps what they did not take: %+v", k)
	}
	if status, _ := laura.post(w.talk(ana, "assign"), url.Values{"to": {"Pedro"}}); status != http.StatusConflict {
		t.Errorf("assigning to who is away: got %d", status)
	}
	laura.sees("/console/team", "Pedro Atiende No disponible · vuelve")
	laura.sees("/console/team", "Gonzalo Atiende No ingresó")
	w.clock.Advance(31 * time.Minute)
	back := w.browser()
	back.post("/console/sign-in", url.Values{"name": {"Pedro"}, "password": {good}, "code": {w.code("Pedro")}})
	back.name = "Pedro"
	back.sees("/console/team", "Pedro usted Atiende Disponible")
}

func TestLabelsAreSuggestedFilteredByAndTakenOff(t *testing.T) {
	w := newWorld(t)
	laura := w.hire("Laura", store.Answers)
	iris := w.hire("Iris", store.Answers, "iess")
	w.writes(ana, "Ana", "hola", "persona")
	w.writes(beto, "Beto", "hola")
	laura.sees("/console/", "Beto")
	if status, _ := laura.post(w.talk(ana, "label"), url.Values{"label": {" Sin  mail "}}); status != http.StatusSeeOther {
		t.Errorf("labelling: %d", status)
	}
	laura.sees("/console/?label=sin+mail", "Ana")
	if _, page := laura.get("/console/?label=sin+mail"); strings.Contains(page, "Beto") {
		t.Error("the filter lets others through")
	}
	if _, page := laura.get(w.talk(beto, "")); !strings.Contains(page, `<option value="Sin mail">`) {
		t.Error("a label in use is not suggested")
	}
	if _, page := iris.get(w.talk(beto, "")); strings.Contains(page, "Sin mail") {
		t.Error("a label of a foreign organisation is suggested")
	}
	for _, bad := range []string{"", strings.Repeat("x", 25), "Canario2024!"} {
		if status, page := laura.post(w.talk(ana, "label"), url.Values{"label": {bad}}); status != http.StatusConflict || strings.Contains(page, "Canario") {
			t.Errorf("label %q: got %d", bad, status)
		}
	}
	laura.post(w.talk(ana, "unlabel"), url.Values{"label": {"sin mail"}})
	if k := w.care(ana); !k.Empty() {
		t.Errorf("after taking it off: %+v", k)
	}
}

func TestStatusLeadsOnlyToPagesOfTheConsole(t *testing.T) {
	w := newWorld(t)
	laura := w.hire("Laura", store.Answers)
	for to, want := range map[string]string{"/console/?who=mine": "/console/?who=mine", "https://evil.example/": "/console/team", "//evil.example": "/console/team", "/console//evil.example": "/console/team", "/console/\\evil": "/console/team", "": "/console/team"} {
		req, err := http.NewRequestWithContext(t.Context(), "POST", w.url+"/console/team/status", strings.NewReader(url.Values{"status": {"available"}, "to": {to}}.Encode()))
		w.ok(err)
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		resp, err := laura.http.Do(req)
		w.ok(err)
		_ = resp.Body.Close()
		if got := resp.Header.Get("Location"); got != want {
			t.Errorf("to %q: led to %q, want %q", to, got, want)
		}
	}
	if status, _ := laura.post("/console/team/status", url.Values{"status": {"away"}, "minutes": {"100000"}}); status != http.StatusBadRequest {
		t.Errorf("away for too long: got %d", status)
	}
}
