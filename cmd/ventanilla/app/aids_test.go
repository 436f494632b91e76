package app

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"ventanilla/backend/emulator"
	mailbox "ventanilla/bot/email/emulator"
	"ventanilla/flows"
	"ventanilla/store"
)

// RULES: agent.never, data.audit. With the person's fresh proof one agent opens the account, once however often the
// form is sent; the person is told, and so are the account's mails.
func TestAnAgentUnlocksWithThePersonsProofOnce(t *testing.T) {
	w, o := aided(t)
	laura := o.hire("Laura", store.Answers)
	identify(w)
	w.say("si", w.mailed())
	w.say(w.code(), "¿Te acordás de tu clave?")
	w.quiet()
	laura.at("POST", "take")
	w.hear("Ahora te atiende", 0)
	if _, page := laura.at("GET", "help"); !strings.Contains(page, `value="unlock"`) || strings.Contains(page, "necesita otro agente") {
		t.Errorf("the page offers\n%s", page)
	}
	for _, bad := range []string{"", "ok", "su clave es Canario2024!"} {
		if status, _ := laura.at("POST", "help", "act", "unlock", "reason", bad, "request", requestNo()); status != http.StatusUnprocessableEntity {
			t.Errorf("for the reason %q: got %d", bad, status)
		}
	}
	same := requestNo()
	for range 3 {
		if status, body := laura.wants("unlock", "request", same); status != http.StatusNoContent {
			t.Errorf("unlocking: got %d %s", status, body)
		}
	}
	if got := w.did("unlock"); got != flows.AidDone {
		t.Fatalf("it was %s; the chat:\n%s", got, w.screen())
	}
	w.hear("Una persona de Mi Portal MSEG desbloqueó la cuenta", 0)
	w.quiet()
	if n := w.unlocked(); n != 1 {
		t.Errorf("the core unlocked %d times, want once", n)
	}
	if got := strings.Count(w.screen(), "desbloqueó la cuenta"); got != 1 {
		t.Errorf("the person heard of it %d times:\n%s", got, w.screen())
	}
	for _, row := range []string{"aid_asked Laura unlock", "unlocked Laura", "aided Laura unlock done"} {
		if !w.row(row) {
			t.Errorf("the trail lacks %q: %+v", row, w.trail())
		}
	}
	if c := w.kept(); c.Holder == nil || c.Holder.Agent != "Laura" || c.Dialog.Step != "ask" {
		t.Errorf("afterwards %+v holds it at %s/%s", c.Holder, c.Dialog.Flow, c.Dialog.Step)
	}
	w.soundTrail()
}

// RULES: agent.never. Without a proof nothing happens before a second agent allows it, who is another one, may act and
// sees the organisation.
func TestWithoutAProofItTakesTwoAgents(t *testing.T) {
	w, o := aided(t)
	laura, pedro := o.hire("Laura", store.Answers), o.hire("Pedro", store.Supervises, "mseg")
	identify(w)
	w.say("si", w.mailed())
	w.quiet()
	if _, page := laura.at("GET", "help"); !strings.Contains(page, "necesita otro agente") {
		t.Errorf("the page offers\n%s", page)
	}
	id := laura.pleads("unlock")
	laura.allows(id, http.StatusConflict)
	pedro.allows(id+"x", http.StatusConflict)
	for c, want := range map[*clerk]int{o.hire("Alba", store.Audits): http.StatusForbidden, o.hire("Lejos", store.Answers, "iess"): http.StatusNotFound} {
		c.allows(id, want)
		if status, _ := c.wants("unlock"); status != want {
			t.Errorf("%s acts: got %d, want %d", c.name, status, want)
		}
	}
	if _, page := pedro.ask("GET", "/console/", nil); !strings.Contains(page, "Esperan a un segundo agente") {
		t.Errorf("the list does not show it:\n%s", page)
	}
	if n := w.unlocked(); n != 0 {
		t.Fatalf("the core unlocked %d times before anybody allowed it", n)
	}
	pedro.allows(id, http.StatusSeeOther)
	pedro.allows(id, http.StatusConflict)
	if got := w.did("unlock"); got != flows.AidDone {
		t.Fatalf("it was %s; the chat:\n%s", got, w.screen())
	}
	w.hear("desbloqueó la cuenta", 0)
	w.quiet()
	if n := w.unlocked(); n != 1 || strings.Contains(w.screen(), w.username()) {
		t.Errorf("the core unlocked %d times, and who proved nothing reads\n%s", n, w.screen())
	}
	if !w.row("aid_allowed Pedro unlock") || !w.row("aided Laura unlock done") {
		t.Errorf("the trail says %+v", w.trail())
	}
	w.soundTrail()
}

// RULES: agent.never. A request ends after a quarter of an hour, with whoever asked leaving or being given another
// role or organisation, and at the word of whoever asked.
func TestARequestEndsWithItsTimeOrItsAgent(t *testing.T) {
	w, o := aided(t)
	laura, pedro := o.hire("Laura", store.Answers), o.hire("Pedro", store.Answers)
	identify(w)
	w.say("si", w.mailed())
	w.quiet()
	id, agents := laura.pleads("unlock"), w.running().store.Agents()
	w.clock.Advance(store.PleaLife)
	pedro.allows(id, http.StatusConflict)
	for _, change := range []func(*store.Agent){func(a *store.Agent) { a.Role = store.Audits }, func(a *store.Agent) { a.Role, a.Portals = store.Answers, []string{"iess"} }} {
		id = laura.pleads("unlock")
		w.must(agents.Update(t.Context(), "Laura", func(a *store.Agent) error { change(a); return nil }))
		pedro.allows(id, http.StatusConflict)
		w.must(agents.Update(t.Context(), "Laura", func(a *store.Agent) error { a.Role, a.Portals = store.Answers, nil; return nil }))
		pedro.allows(id, http.StatusConflict)
	}
	id = laura.pleads("unlock")
	if status, _ := laura.at("POST", "deny", "id", id); status != http.StatusSeeOther {
		t.Errorf("taking it back: got %d", status)
	}
	pedro.allows(id, http.StatusConflict)
	id = laura.pleads("unlock")
	w.must(agents.Remove(t.Context(), "Laura"))
	pedro.allows(id, http.StatusConflict)
	w.quiet()
	if n := w.unlocked(); n != 0 || !w.row("aid_denied  unlock void") || !w.row("aid_denied Laura unlock withdrawn") {
		t.Errorf("the core unlocked %d times; the trail says %+v", n, w.trail())
	}
}

// RULES: talk.stuck. The core is down while an agent acts: the act waits, the page says so, and it is done once when the core is back.
func TestAnActWaitsForACoreThatIsDown(t *testing.T) {
	w, o := aided(t)
	laura := o.hire("Laura", store.Answers)
	identify(w)
	w.say("si", w.mailed())
	w.say(w.code(), "¿Te acordás de tu clave?")
	w.quiet()
	w.must(w.core.Fail(emulator.Fault{Kind: emulator.FaultDown, Times: -1}))
	if status, body := laura.wants("unlock"); status != http.StatusNoContent {
		t.Fatalf("got %d %s", status, body)
	}
	w.until("it failed once", func() bool { return w.kept().Stuck != nil })
	if _, page := laura.at("GET", ""); !strings.Contains(page, "En curso: Desbloquear la cuenta") {
		t.Errorf("the page does not say that it is under way")
	}
	w.core.Heal()
	w.forward("the act is done", func() bool { return len(w.acts("unlock")) == 1 })
	w.quiet()
	if n := w.unlocked(); n != 1 || w.acts("unlock")[0] != flows.AidDone {
		t.Errorf("the core unlocked %d times, and it was %v", n, w.acts("unlock"))
	}
}

// RULES: agent.never, code.resend, code.once, contact.change, reg.proof, notme, link.chat, talk.idle
func TestEveryActOfAnAgentOverHTTP(t *testing.T) {
	w, o := aided(t)
	laura, pedro := o.hire("Laura", store.Answers), o.hire("Pedro", store.Answers)
	act := func(name, want string, more ...string) {
		t.Helper()
		n, heard := len(w.acts(name)), len(w.net.Lines(person))
		if status, body := laura.wants(name, more...); status != http.StatusNoContent {
			t.Fatalf("%s: got %d %s", name, status, body)
		}
		if pleas := w.kept().Pleas; len(pleas) > 0 {
			pedro.at("POST", "allow", "id", pleas[len(pleas)-1].ID)
		}
		w.until(name+" is over", func() bool { return len(w.acts(name)) > n })
		if got := w.acts(name)[n]; got != flows.AidDone {
			t.Fatalf("%s: %s; the chat:\n%s", name, got, w.screen())
		}
		w.hear(want, heard-1)
		w.quiet()
	}
	not := func(name string) {
		t.Helper()
		if status, body := laura.wants(name, "checked", "vino con su DNI"); status != http.StatusUnprocessableEntity {
			t.Errorf("%s: got %d %s, want that it cannot be done now", name, status, body)
		}
	}
	identify(w)
	w.quiet()
	not("resend")
	not("payslip_again")
	act("restart", "Empecemos otra vez")
	w.say("si", w.mailed())
	w.code()
	w.clock.Advance(2 * time.Minute)
	w.quiet()
	laura.at("POST", "take")
	act("resend", "pedí otro código")
	laura.at("POST", "return")
	w.hear("Seguís conmigo", 0)
	w.say(w.code(), "¿Te acordás de tu clave?")
	w.quiet()
	not("new_mail")
	act("extend", "Te di más tiempo")
	not("extend")
	act("reset", "página")
	w.must(w.running().store.Link(t.Context(), flows.Key{Portal: "mseg", Channel: "telegram", Person: "other"}, "mseg", "acc-ana", time.Time{}))
	act("unlink_others", "a los otros chats")
	if keys, err := w.running().store.Linked(t.Context(), "mseg", "acc-ana"); err != nil || len(keys) != 0 {
		t.Errorf("still linked: %v, %v", keys, err)
	}
	act("freeze", "frenó los cambios por chat")
	if until, err := w.running().store.Guards().Frozen(t.Context(), "account/mseg/acc-ana"); err != nil || until.IsZero() {
		t.Errorf("frozen until %v, %v", until, err)
	}
	w.clock.Advance(2 * time.Minute)
	act("thaw", w.mailed())
	w.say(w.code(), "ya podés volver a hacer tus trámites")
	if until, err := w.running().store.Guards().Frozen(t.Context(), "account/mseg/acc-ana"); err != nil || !until.IsZero() {
		t.Errorf("frozen until %v, %v", until, err)
	}
	w.quiet()
	w.soundTrail()
}

// RULES: contact.change, reg.proof, notify.all. Somebody who reads no mail of the account comes to the office: one agent
// checks who they are, another allows it, a code proves the new address, and the old one is told.
func TestWhoReadsNoMailGetsANewOneByTwoAgents(t *testing.T) {
	const other = "ana.nueva@correo.example"
	w, o := aided(t)
	laura, pedro := o.hire("Laura", store.Answers), o.hire("Pedro", store.Answers)
	identify(w)
	w.say("si", w.mailed())
	w.say("ya no tengo ese correo", "caso es el")
	w.quiet()
	if status, _ := laura.wants("new_mail"); status != http.StatusUnprocessableEntity {
		t.Errorf("without saying what was checked: got %d", status)
	}
	if status, body := laura.wants("new_mail", "checked", "vino a la oficina con su DNI, la foto coincide"); status != http.StatusNoContent {
		t.Fatalf("asking: got %d %s", status, body)
	}
	id := w.kept().Pleas[0].ID
	if _, page := pedro.at("GET", ""); !strings.Contains(page, "la foto coincide") {
		t.Error("the second agent does not read what was checked")
	}
	pedro.at("POST", "allow", "id", id)
	w.hear("comprobó quién sos", 0)
	w.say(other, "a "+other)
	var code string
	w.until("the code comes to the new address", func() bool {
		for _, m := range w.mail.Mails(other) {
			code = codeOf.FindString(m.Text)
		}
		return code != ""
	})
	w.say("0000 0000", "no es")
	w.say(code, "ahora los códigos y avisos de tu cuenta llegan a "+other)
	w.quiet()
	if !slices.Contains(w.seen().effects, "acc-ana "+emulator.ContactChanged) {
		t.Errorf("the core did %v", w.seen().effects)
	}
	for _, to := range []string{address, other} {
		if !slices.ContainsFunc(w.mail.Mails(to), func(m mailbox.Mail) bool { return strings.Contains(m.Subject, "Cambiaron tus datos") }) {
			t.Errorf("%s is not told", to)
		}
	}
	for _, l := range w.trail() {
		if l.What == "aided" && (l.Detail["second"] != "Pedro" || l.Detail["checked"] == "" || l.Account != "acc-ana") {
			t.Errorf("the trail says %+v", l)
		}
	}
	w.soundTrail()
}

// RULES: data.audit, agent.never. What the person typed is shown with a reason and a line in the trail, as long as the
// dialog holds it; never a code or a password.
func TestIdentifiersAreRevealedWithAReasonWhileTheyAreHeld(t *testing.T) {
	w, o := aided(t)
	laura := o.hire("Laura", store.Answers)
	identify(w)
	w.say("si", w.mailed())
	code := w.code()
	w.say(code, "¿Te acordás de tu clave?")
	w.say("no, quiero una nueva", "PIN")
	w.quiet()
	if _, page := laura.at("GET", ""); strings.Contains(page, "30.555.777") || strings.Contains(page, "30555777") {
		t.Error("the page shows a whole document number unasked")
	}
	if status, _ := laura.at("POST", "reveal", "reason", ""); status != http.StatusUnprocessableEntity {
		t.Errorf("without a reason: got %d", status)
	}
	status, page := laura.at("POST", "reveal", "reason", why)
	for _, want := range []string{"30.555.777", "704417", "9000417263"} {
		if !strings.Contains(page, want) {
			t.Errorf("got %d; %s is not in\n%s", status, want, page)
		}
	}
	for _, never := range []string{code, strings.ReplaceAll(code, " ", ""), chosen} {
		if strings.Contains(page, never) {
			t.Errorf("it shows %q", never)
		}
	}
	if !w.row("revealed Laura") {
		t.Errorf("the trail says %+v", w.trail())
	}
	w.say("terminar", "Borré de esta charla")
	w.quiet()
	if _, page := laura.at("POST", "reveal", "reason", why); !strings.Contains(page, "ya no guarda ningún dato") {
		t.Errorf("after the end it shows\n%s", page)
	}
	w.soundTrail()
}

// helpedIn is the story of somebody who proved the account, which an agent then opens: however often they ask until there is an answer.
func helpedIn(w *world) {
	w.t.Helper()
	o := w.office()
	laura := o.hire("Laura", store.Answers)
	identify(w)
	w.say("si", w.mailed())
	w.say(w.code(), "¿Te acordás de tu clave?")
	w.quiet()
	w.known = w.power.passed()
	path, form := "/console/c/"+w.running().store.Name(w.key())+"/help", url.Values{"act": {"unlock"}, "reason": {why}, "request": {"0123456789abcdef"}}
	w.until("the act is accepted", func() bool {
		status, _ := laura.ask("POST", path, form)
		return status == http.StatusNoContent
	})
	w.hear("desbloqueó la cuenta", 0)
	w.mailAbout("Se desbloqueó", regexp.MustCompile(`.`))
	w.quiet()
}

// RULES: agent.never, reset.unlocks. A cut at any moment of an agent's act changes nothing but perhaps one line and one mail.
func TestAPowerCutDuringAnAgentsActChangesNothingElse(t *testing.T) {
	cutEverywhere(t, way{channel: "telegram", portal: "mseg"}, helpedIn, []string{"acc-ana " + emulator.Unlocked}, func(known, end int) (int, int) { return known, end })
}

// allowedIn is the story of somebody who proved nothing: one agent asks, another allows, each until there is an answer.
func allowedIn(w *world) {
	w.t.Helper()
	o := w.office()
	laura, pedro := o.hire("Laura", store.Answers), o.hire("Pedro", store.Answers)
	identify(w)
	w.say("si", w.mailed())
	w.quiet()
	w.known = w.power.passed()
	at, form := "/console/c/"+w.running().store.Name(w.key()), url.Values{"act": {"unlock"}, "reason": {why}, "request": {"0123456789abcdef"}}
	w.until("it is asked for", func() bool {
		status, _ := laura.ask("POST", at+"/help", form)
		return status == http.StatusNoContent
	})
	w.until("it is allowed", func() bool {
		status, _ := pedro.ask("POST", at+"/allow", url.Values{"id": {"aid/Laura/0123456789abcdef"}})
		return status == http.StatusSeeOther || status == http.StatusConflict // an answer that was lost said yes
	})
	w.hear("desbloqueó la cuenta", 0)
	w.mailAbout("Se desbloqueó", regexp.MustCompile(`.`))
	w.quiet()
}

// RULES: agent.never. So it is where two agents had to agree.
func TestAPowerCutWhileTwoAgentsAgreeChangesNothingElse(t *testing.T) {
	cutEverywhere(t, way{channel: "telegram", portal: "mseg"}, allowedIn, []string{"acc-ana " + emulator.Unlocked}, func(known, end int) (int, int) { return known, end })
}
