package console_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"ventanilla/bot/console"
	"ventanilla/flows"
	"ventanilla/store"
)

// change works on a conversation as the bot would.
func (w *world) change(k flows.Key, f func(*store.Conversation)) {
	w.t.Helper()
	w.ok(w.store.Update(w.t.Context(), k, func(c *store.Conversation) error { f(c); return nil }))
}

// later is a moment at which the runner does not look.
func (w *world) later() time.Time { return w.clock.Now().Add(time.Hour) }

// RULES: wa.errors
func TestEachLineSaysHowFarItGotAndWhyItDidNot(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	laura := w.hire("Laura", store.Answers)
	now := w.clock.Now()
	w.change(beto, func(c *store.Conversation) {
		c.Name = "Beto"
		say := func(id, text string, r flows.Reply) {
			r.Text, r.Not = text, w.later()
			c.Say(id, "", r, now)
		}
		for _, x := range []string{"leída", "entregada", "enviada", "sin salir", "insistida", "perdida"} {
			say(x, "línea "+x, flows.Reply{})
		}
		c.Delivered("leída", now)
		c.Delivered("entregada", now)
		c.Sent("enviada", "SM1")
		c.Await("enviada", w.later(), now)
		c.Trouble("insistida", "twilio 63018")
		c.Postpone("insistida", w.later())
		c.Trouble("perdida", "twilio 63016")
		c.Drop("perdida", "refused", now)
		c.Arrived(2, false)
		c.Arrived(1, true)
	})
	_, page := laura.get(w.talk(beto, ""))
	got := plain(page)
	for _, want := range []string{"línea leída", "✓✓ leído", "línea entregada", "✓✓ entregado", "✓ enviado", "◷ por salir", "↻ se reintenta WhatsApp pide ir más despacio",
		"✕ no llegó Pasaron 24 horas desde su último mensaje: WhatsApp solo acepta un mensaje con plantilla."} {
		if !strings.Contains(got, want) {
			t.Errorf("the page has no %q:\n%s", want, got)
		}
	}
	if _, side := laura.get(w.talk(beto, "side")); strings.Count(side, `class="tick `) != 6 {
		t.Errorf("for a page that is open come\n%s", side)
	}
	english := http.Header{"Accept-Language": {"en"}}
	if _, page := laura.do("GET", w.talk(beto, ""), nil, english); !strings.Contains(plain(page), "✕ did not arrive 24 hours have passed since their last message") {
		t.Errorf("in English it reads\n%s", plain(page))
	}
}

func TestAMessageThatCannotBeAnsweredSaysWhy(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	laura := w.hire("Laura", store.Answers)
	now := w.clock.Now()
	w.writes(ana, "Ana", "hola")
	w.change(ana, func(c *store.Conversation) {
		in := store.Inbound{ID: "stuck", At: now, Input: flows.Input{From: flows.Person, Text: "sí"}}
		c.Inbox = append(c.Inbox, in)
		c.Stick(in, w.later(), now)
		c.Stuck.Why = "core unavailable"
	})
	if _, page := laura.get(w.talk(ana, "")); !strings.Contains(plain(page), "El último mensaje no se pudo responder todavía. El sistema de la organización no responde: se reintenta solo. Se reintenta; va una vez.") {
		t.Errorf("the page reads\n%s", plain(page))
	}
}

func TestALineOfThePersonSaysWhatWasUnderstoodAndWhy(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	laura := w.hire("Laura", store.Answers)
	w.writes(ana, "Ana", "hola, no puedo entrar", "12345")
	_, page := laura.get(w.talk(ana, ""))
	if got := plain(page); !strings.Contains(got, "Entendió: recuperar el acceso 93 % recuperar el acceso 93 % por: «pued entr…» desbloquear la cuenta 41 %") || strings.Count(page, `class="said"`) != 1 {
		t.Errorf("the page reads\n%s", got)
	}
}

func TestReadyAnswersSpeakOfThisPersonAndThisOrganisation(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.config.Organisations[0].Canned = []console.Canned{{Key: "turno", Text: "{name}, sacá turno en {place}."}, {Key: "bye", Text: "¡Chau, {name}!"}}
	w.config.Organisations[0].Place, w.config.Organisations[0].Hours = "la oficina de personal", "de lunes a viernes de 8 a 16"
	w.reopen()
	laura := w.hire("Laura", store.Answers)
	w.writes(ana, "Ana Gómez", "hola", "persona")
	_, page := laura.get(w.talk(ana, ""))
	got := plain(page)
	for _, want := range []string{"Hola Ana, soy Laura, de Mi Portal.", "Atendemos de lunes a viernes de 8 a 16.", "Tu caso es el V410017.", "Ana, sacá turno en la oficina de personal.", "¡Chau, Ana!"} {
		if !strings.Contains(got, want) {
			t.Errorf("there is no %q in\n%s", want, got)
		}
	}
	if strings.Contains(page, "{") && strings.Contains(got, "{site}") {
		t.Errorf("a variable without a value is offered:\n%s", got)
	}
	laura.post(w.talk(ana, "take"), nil)
	without := line("")
	without.Set("canned", "turno") // where there are no scripts
	if status, body := laura.post(w.talk(ana, "say"), without); status != http.StatusSeeOther {
		t.Errorf("choosing one: got %d %s", status, plain(body))
	}
	w.until("Ana heard it", func() bool {
		return strings.Contains(strings.Join(w.phone.heard("1001"), "\n"), "Ana, sacá turno en la oficina de personal.")
	})
}

func TestTimesAreThoseOfTheOrganisation(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	boss := w.hire("Jefa", store.Supervises)
	w.writes(ana, "Ana", "hola")
	w.writes(beto, "Beto", "hola")
	at, err := w.store.Load(t.Context(), ana)
	w.ok(err)
	for k, zone := range map[flows.Key]string{ana: "America/Argentina/Buenos_Aires", beto: "America/Guayaquil"} {
		local, err := time.LoadLocation(zone)
		w.ok(err)
		if _, page := boss.get(w.talk(k, "")); !strings.Contains(page, at.Heard.In(local).Format("T15:04")) {
			t.Errorf("at %s the page shows other times than %s", zone, at.Heard.In(local).Format("15:04"))
		}
		name := map[string]string{"America/Argentina/Buenos_Aires": "Hora de Buenos Aires", "America/Guayaquil": "Hora de Guayaquil"}[zone]
		if _, page := boss.get(w.talk(k, "trail")); !strings.Contains(plain(page), name) || !strings.Contains(page, at.Heard.In(local).Format("2006-01-02 15:")) {
			t.Errorf("the trail does not say whose times they are:\n%s", plain(page))
		}
	}
}

func TestOtherConversationsOfThePersonAreBesideIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	laura := w.hire("Laura", store.Answers, "mseg")
	elsewhere := flows.Key{Portal: "mseg", Channel: "whatsapp", Person: "+5492210000001"}
	foreign := flows.Key{Portal: "iess", Channel: "telegram", Person: "7007"}
	for _, k := range []flows.Key{ana, elsewhere, foreign} {
		w.writes(k, "Ana en "+k.Channel+" de "+k.Portal, "hola")
		w.change(k, func(c *store.Conversation) {
			c.Answer(store.Inbound{ID: "x" + k.Person, At: w.clock.Now()}, flows.Result{Dialog: c.Dialog, Idents: []flows.Ident{{Kind: "legajo", Value: "70123"}}}, w.clock.Now())
		})
	}
	_, page := laura.get(w.talk(ana, ""))
	got := plain(page)
	if !strings.Contains(got, "Ana en whatsapp de mseg WhatsApp") || !strings.Contains(got, "mismo dato: Número de legajo") || strings.Contains(got, "de iess") || strings.Contains(page, "70123") {
		t.Errorf("beside it stands\n%s", got)
	}
	if !strings.Contains(page, w.talk(elsewhere, "")) {
		t.Error("nothing leads to the other conversation")
	}
}

// RULES: code.stored, agent.never
func TestWhereASecretStoodAnAgentSeesDots(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	laura := w.hire("Laura", store.Answers)
	w.writes(ana, "Ana", "hola, mi {pin} y mi {code}")
	w.change(ana, func(c *store.Conversation) {
		for i, text := range []string{"El PIN es {pin}.", "Tu código: {code}.", "Entrá con {temporary}."} {
			c.Answer(store.Inbound{ID: text, At: w.clock.Now()}, flows.Result{Dialog: c.Dialog, Replies: []flows.Reply{{Text: text, To: []string{"", "email:ana@correo.example", ""}[i]}}}, w.clock.Now())
		}
	})
	_, page := laura.get(w.talk(ana, ""))
	got := plain(page)
	for _, want := range []string{"El PIN es ••••.", "Tu código: •••• ••••.", "Entrá con ••••••••••••.", "hola, mi {pin} y mi {code}"} {
		if !strings.Contains(got, want) {
			t.Errorf("there is no %q in\n%s", want, got)
		}
	}
}
