package demo_test

import (
	"strings"
	"testing"

	"ventanilla/cmd/ventanilla/demo"
)

// seeded finds one of the people by id.
func (w *world) seeded(id string) demo.Person {
	w.t.Helper()
	var people []demo.Person
	w.must("GET", "/demo/people", nil, &people)
	for _, p := range people {
		if p.ID == id {
			return p
		}
	}
	w.t.Fatalf("%s is not among the people", id)
	return demo.Person{}
}

// tell answers every identity question for one of the person's accounts, and confirms.
func (p *phone) tell(who demo.Person, account string) {
	p.t.Helper()
	for _, id := range who.Identifiers {
		if id.Field != "" && (id.Account == "" || id.Account == account) {
			p.say(id.Value)
		}
	}
}

// identify goes from the first word to the question for the code.
func (p *phone) identify(who demo.Person, account string) {
	p.t.Helper()
	p.say("no puedo entrar")
	order := []string{"personnel_type", "legajo", "doc_type", "doc_number", "bank_account"}
	for i, field := range order {
		p.hear("Paso " + string(rune('1'+i)) + " de 5")
		for _, id := range who.Identifiers {
			if id.Field == field && (id.Account == "" || id.Account == account) {
				p.say(id.Value)
			}
		}
	}
	p.hear("Corroborá tus datos")
	p.tap("Sí, están bien")
	p.hear("código de 8 números")
}

const newPassword = "caballo verde salta 7 cercas"

// The whole story, over nothing but the JSON API and the page that the chat links to.
func TestALockedOutPersonGetsBackIn(t *testing.T) {
	t.Parallel()
	w := start(t, t.TempDir())
	who := w.seeded("adriana")
	account := who.Accounts[0]
	if got := w.signin(account.Username, account.Password); got != "must_change" {
		t.Fatalf("before: signing in is %q, want must_change", got)
	}
	p := w.phone(who.Phone)
	p.identify(who, account.ID)
	p.say(w.code(w.mail(who.Addresses[0], 1)))
	line := p.hear("elegí tu clave nueva")
	f := w.open(line.Links[0].URL)
	status, page := w.send(f, map[string]string{"_pin": p.pin(line), "password": newPassword, "repeat": newPassword})
	if status != 200 || !strings.Contains(page, account.Username) {
		t.Fatalf("the page answers %d without the user name:\n%s", status, page)
	}
	p.hear("Tu cuenta quedó abierta")
	if got := w.signin(account.Username, newPassword); got != "ok" {
		t.Errorf("the new password: got %q, want ok", got)
	}
	if got := w.signin(account.Username, account.Password); got != "wrong" {
		t.Errorf("the old password: got %q, want wrong", got)
	}
	if got := w.mail(who.Addresses[0], 2); !strings.Contains(got.Subject, "Cambió la clave") || len(got.Links) == 0 {
		t.Errorf("the notice is %q with links %v", got.Subject, got.Links)
	}
}

// Two accounts, two addresses: a code goes to each, and the one that is used opens the account behind it.
func TestAPersonWithTwoAccountsOpensTheOneWhoseCodeTheyRead(t *testing.T) {
	t.Parallel()
	w := start(t, t.TempDir())
	who := w.seeded("juan-ramon")
	p := w.phone(who.Phone)
	p.identify(who, who.Accounts[1].ID)
	first, second := w.code(w.mail(who.Addresses[0], 1)), w.code(w.mail(who.Addresses[1], 1))
	if first == second {
		t.Errorf("both addresses got the code %s", first)
	}
	p.say(second)
	p.hear("¿Te acordás de tu clave?")
	p.say("no, quiero una nueva")
	line := p.hear("elegí tu clave nueva")
	if status, page := w.send(w.open(line.Links[0].URL), map[string]string{"_pin": p.pin(line), "password": newPassword, "repeat": newPassword}); status != 200 {
		t.Fatalf("the page answers %d:\n%s", status, page)
	}
	p.hear("Tu cuenta quedó abierta")
	if got := w.signin(who.Accounts[1].Username, newPassword); got != "ok" {
		t.Errorf("the teacher's account: got %q, want ok", got)
	}
	if got := w.signin(who.Accounts[0].Username, who.Accounts[0].Password); got != "locked" {
		t.Errorf("the other account: got %q, want it locked as before", got)
	}
}

// RULES: enum.same
func TestAStrangerHearsWhatThePersonHears(t *testing.T) {
	t.Parallel()
	w := start(t, t.TempDir())
	who := w.seeded("adriana")
	known, unknown := w.phone("conocida"), w.phone("desconocida")
	stranger := who
	stranger.Identifiers = nil
	for _, id := range who.Identifiers {
		id.Value = strings.NewReplacer("310.877", "310.878", "22.841.307", "22.841.308", "5100-40404/0", "5100-40405/0").Replace(id.Value)
		stranger.Identifiers = append(stranger.Identifiers, id)
	}
	known.identify(who, who.Accounts[0].ID)
	unknown.identify(stranger, who.Accounts[0].ID)
	w.mail(who.Addresses[0], 1)
	unknown.say("1234 5678")
	wrong := unknown.hear("código")
	known.say("0000 0000")
	if same := known.hear("código"); same.Text != wrong.Text {
		t.Errorf("got %q and %q, want the same words", same.Text, wrong.Text)
	}
}

// RULES: talk.words, code.tries
func TestWrongAnswersBackMenuAndFiveWrongCodes(t *testing.T) {
	t.Parallel()
	w := start(t, t.TempDir())
	who := w.seeded("graciela")
	p := w.phone(who.Phone)
	p.say("no me acuerdo la clave")
	p.hear("Paso 1 de 5")
	p.say("astronauta")
	p.hear("No reconozco")
	p.say("ley 10430")
	p.hear("Paso 2 de 5")
	p.say("volver")
	p.hear("Paso 1 de 5")
	p.say("menú")
	p.hear("¿")
	p.read = last(p.screen("after=0"))
	p.identify(who, who.Accounts[0].ID)
	right := w.code(w.mail(who.Addresses[0], 1))
	for range 5 {
		p.say("1111 2222")
	}
	p.hear("cinco")
	p.say(right)
	for _, l := range p.screen("after=0") {
		if strings.Contains(l.Text, "elegí tu clave nueva") {
			t.Fatal("the right code was taken after five wrong ones")
		}
	}
}

func last(lines []demo.Line) int { return lines[len(lines)-1].N }

func TestMailDownForTenMinutesIsSaidAndThenArrives(t *testing.T) {
	t.Parallel()
	w := start(t, t.TempDir())
	who := w.seeded("marcos")
	w.fault("mail", "down", 1)
	p := w.phone(who.Phone)
	p.identify(who, who.Accounts[0].ID)
	w.clock("2m")
	p.say("estado")
	p.hear("correo")
	w.clock("8m")
	w.fault("mail", "up", 1)
	w.clock("2m")
	p.say(w.code(w.mail(who.Addresses[0], 1)))
	p.hear("¿Te acordás de tu clave?") // the account is locked
}

func TestCoreDownForTenMinutesLeavesTheChatAlive(t *testing.T) {
	t.Parallel()
	w := start(t, t.TempDir())
	who := w.seeded("marcos")
	w.fault("core", "down", -1)
	p := w.phone(who.Phone)
	p.say("no puedo entrar")
	p.hear("Paso 1 de 5")
	p.tell(who, who.Accounts[0].ID)
	p.hear("Corroborá tus datos")
	p.tap("Sí, están bien")
	p.hear("tard") // RULES: talk.stuck
	p.say("ayuda")
	p.hear("cada dato sea tuyo") // the question still stands, and its answer is kept
	w.fault("core", "up", 1)
	w.clock("10m")
	w.mail(who.Addresses[0], 1)
}

// RULES: talk.resume
func TestARestartGoesOnWhereItWas(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	w := start(t, dir)
	who := w.seeded("hernan")
	p := w.phone(who.Phone)
	p.say("no puedo entrar")
	p.hear("Paso 1 de 5")
	p.say("docente")
	p.hear("Paso 2 de 5")
	w.clock("3m") // the demo's time goes on where it was, too
	before := w.now()
	w.stop()
	w = start(t, dir)
	if now := w.now(); now.Before(before) {
		t.Errorf("time went back from %s to %s", before, now)
	}
	p = w.phone(who.Phone)
	if p.hear("Paso 2 de 5").Deleted {
		t.Error("the phone forgot what was said")
	}
	p.say("781305")
	p.hear("Paso 3 de 5")
}

// RULES: link.twice
func TestADoubleTapSetsOnePassword(t *testing.T) {
	t.Parallel()
	w := start(t, t.TempDir())
	who := w.seeded("graciela")
	p := w.phone(who.Phone)
	p.identify(who, who.Accounts[0].ID)
	p.say(w.code(w.mail(who.Addresses[0], 1)))
	line := p.hear("elegí tu clave nueva")
	f, values := w.open(line.Links[0].URL), map[string]string{"_pin": p.pin(line), "password": newPassword, "repeat": newPassword}
	done := make(chan int, 2)
	for range 2 {
		go func() { status, _ := w.send(f, values); done <- status }()
	}
	if a, b := <-done, <-done; a != 200 || b != 200 {
		t.Errorf("got %d and %d, want both to hear that it is done", a, b)
	}
	p.hear("Tu cuenta quedó abierta")
	values["password"], values["repeat"] = "otra clave muy distinta 9", "otra clave muy distinta 9"
	w.send(f, values) // the same request again hears the same answer; what it carries is not used
	if got := w.signin(who.Accounts[0].Username, values["password"]); got != "wrong" {
		t.Errorf("got %q for a second password, want wrong", got)
	}
	if got := w.signin(who.Accounts[0].Username, newPassword); got != "ok" {
		t.Errorf("got %q, want the first password to hold", got)
	}
}
