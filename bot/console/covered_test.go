package console_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"ventanilla/flows"
	"ventanilla/store"
)

func TestAnAddressIsMaskedWhereverItWasSaid(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	laura := w.hire("Laura", store.Answers)
	now := w.clock.Now()
	w.change(ana, func(c *store.Conversation) {
		c.Name = "Ana"
		for _, text := range []string{"Te mandé un código a ana.maria@correo.example.", "dos: (ana.maria@correo.example) y <otra.persona+x@sitio.com.ar>", "sin nada a@ b"} {
			c.Say(text, "", flows.Reply{Text: text, Not: w.later()}, now)
		}
		c.Say("fix", "", flows.Reply{Text: "¿Qué dato querés corregir?", Offer: []flows.Option{{ID: "fix/mail", Label: "Correo: ana.maria@correo.example"},
			{ID: "fix/doc", Label: "Documento: 22.841.307", Shown: "Documento: ••••307"}}, Not: w.later()}, now)
		c.SetAside(store.Inbound{ID: "aside", At: now, Input: flows.Input{From: flows.Person, Text: "es ana.maria@correo.example"}}, store.TroubleBug, "panic", "V777777", now)
		c.Jot("Laura", "avisar a mesa@mseg.example", now)
	})
	w.writes(ana, "Ana", "mi mail es ana.maria@correo.example")
	w.ok(w.worker.Receive(t.Context(), ana, store.Inbound{ID: "tap", Input: flows.Input{From: flows.Person, Choice: "fix/mail"}}))
	_, page := laura.get(w.talk(ana, ""))
	got := plain(page)
	for _, want := range []string{"Te mandé un código a a•••a@c•••.example.", "dos: (a•••a@c•••.example) y <o•••x@s•••.com.ar>", "sin nada a@ b", "mi mail es a•••a@c•••.example", "corregir? Correo: a•••a@c•••.example Documento: ••••307", "avisar a mesa@mseg.example"} {
		if !strings.Contains(got, want) {
			t.Errorf("the page has no %q:\n%s", want, got)
		}
	}
	if strings.Contains(page, "ana.maria") || strings.Contains(page, "otra.persona") || strings.Contains(page, "841") {
		t.Errorf("an address is on the page:\n%s", got)
	}
	_, page = w.hire("Jefa", store.Supervises).get("/console/aside")
	if got := plain(page); !strings.Contains(got, "es a•••a@c•••.example") || strings.Contains(page, "ana.maria") {
		t.Errorf("what was set aside reads\n%s", got)
	}
	find := func(text string) string {
		_, page := laura.asks(url.Values{"text": {text}})
		return plain(page)
	}
	if got := find("ana.maria"); !strings.Contains(got, "Encontradas: 0") {
		t.Errorf("what is masked is found:\n%s", got)
	}
	if got := find("mi mail"); !strings.Contains(got, "Encontradas: 1") || strings.Contains(got, "ana.maria@") {
		t.Errorf("beside what is found stands\n%s", got)
	}
}

func TestASessionSaysWhereItIsInWords(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	laura := w.hire("Laura", store.Answers)
	for agent, want := range map[string]string{
		"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36":                                              "Chrome en Linux",
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0":                      "Edge en Windows",
		"Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1":            "Safari en iPhone",
		"Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:143.0) Gecko/20100101 Firefox/143.0":                                                               "Firefox en Mac",
		"Mozilla/5.0 (Linux; Android 14; SAMSUNG SM-A155M) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/25.0 Chrome/121.0.0.0 Mobile Safari/537.36": "Samsung Internet en Android",
		"curl/8.5.0": "un navegador que no dice cuál es",
	} {
		_, _ = laura.do("GET", strings.TrimPrefix(w.console.Ticket("Laura"), w.url), nil, http.Header{"User-Agent": {agent}})
		_, page := laura.get("/console/sessions")
		if got := plain(page); !strings.Contains(got, want) || !strings.Contains(got, agent) {
			t.Errorf("of %s it says\n%s", agent, got)
		}
	}
}

func TestTimesOfNoOrganisationAreThoseOfTheVisitor(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	boss := w.hire("Jefa", store.Supervises)
	for cookie, want := range map[string]string{"": "Hora de Buenos Aires", "America/Guayaquil": "Hora de Guayaquil", "UTC": "Hora de UTC", "Local": "Hora de Buenos Aires", "../../etc/passwd": "Hora de Buenos Aires", "Nowhere/Atlantis": "Hora de Buenos Aires"} {
		for _, path := range []string{"/console/sessions", "/console/acts"} {
			_, page := boss.do("GET", path, nil, http.Header{"Cookie": {"ventanilla-zone=" + cookie}})
			if got := plain(page); !strings.Contains(got, want) {
				t.Errorf("of %q %s says\n%s", cookie, path, got)
			}
		}
	}
}
