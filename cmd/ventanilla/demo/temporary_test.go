package demo_test

import (
	"net/url"
	"regexp"
	"strings"
	"testing"

	"ventanilla/cmd/ventanilla/demo"
)

// at is somebody's phone in the chat of another organisation.
func (w *world) at(channel, portal, person string) *phone {
	return &phone{world: w, path: "/demo/" + channel + "/" + portal + "/" + url.PathEscape(person)}
}

func (w *world) signinAt(portal, username, password string) string {
	w.t.Helper()
	var got struct{ Result string }
	w.must("POST", "/demo/core/"+portal+"/signin", map[string]string{"username": username, "password": password}, &got)
	return got.Result
}

var temporaryForm = regexp.MustCompile(`(?m)^\s*([A-HJ-NP-Za-km-z2-9]{12,})\s*$`)

// temporary is the temporary password that a mail carries.
func (w *world) temporary(m demo.Mail) string {
	w.t.Helper()
	found := temporaryForm.FindStringSubmatch(m.Text)
	if found == nil {
		w.t.Fatalf("there is no temporary password in %q", m.Text)
	}
	return found[1]
}

// RULES: temp.keeps, temp.form. Asking changes nothing; signing in with what the mail carries unlocks, once.
func TestATemporaryPasswordByMailUnlocksAtThePortal(t *testing.T) {
	t.Parallel()
	w := start(t, t.TempDir())
	who := w.seeded("beatriz")
	account := who.Accounts[0]
	p := w.at("telegram", "segurometal", who.Phone)
	p.say("olvidé mi clave")
	p.hear("¿Cuál es tu usuario?")
	p.say("dni 25.582.558")
	p.hear("• Usuario: DNI25582558")
	p.tap("Sí, están bien")
	p.hear("le mandé una clave temporal")
	temporary := w.temporary(w.mail(who.Addresses[0], 1))
	if got := w.signinAt("segurometal", account.Username, account.Password); got != "locked" {
		t.Errorf("asking changed the lock: the old password gets %q", got)
	}
	if got := w.signinAt("segurometal", account.Username, temporary); got != "must_change" {
		t.Errorf("signing in with the temporary password: got %q, want must_change", got)
	}
	for _, old := range []string{temporary, account.Password} {
		if got := w.signinAt("segurometal", account.Username, old); got != "wrong" {
			t.Errorf("afterwards %q gets %q, want wrong", old, got)
		}
	}
	p.say("listo, ya entré")
	p.hear("¡Qué bueno!")
}

// Who cannot make the portal's change work is led to the page.
func TestWhoCannotChangeATemporaryPasswordDoesItOnThePage(t *testing.T) {
	t.Parallel()
	w := start(t, t.TempDir())
	who := w.seeded("silvia")
	p := w.at("telegram", "segurometal", who.Phone)
	p.say("olvidé mi clave")
	p.hear("¿Cuál es tu usuario?")
	p.say(who.Identifiers[0].Value)
	p.hear("• Usuario: DNI31877450")
	p.tap("Sí, están bien")
	p.hear("le mandé una clave temporal")
	p.say("la clave actual es incorrecta")
	p.hear("página mía")
	p.tap("Sí, cambiarla en la página")
	p.hear("código de 8 números")
	p.say(w.code(w.mailAbout(who.Addresses[0], "código")))
	line := p.hear("elegí tu clave nueva")
	const chosen = "La tortuga cruza 9 puentes"
	if status, page := w.send(w.open(line.Links[0].URL), map[string]string{"_pin": p.pin(line), "password": chosen, "repeat": chosen}); status != 200 || !strings.Contains(page, "DNI31877450") {
		t.Fatalf("the page answers %d without the user name:\n%s", status, page)
	}
	p.hear("Tu cuenta quedó abierta")
	if got := w.signinAt("segurometal", "DNI31877450", chosen); got != "ok" {
		t.Errorf("the new password: got %q, want ok", got)
	}
	w.mailAbout(who.Addresses[0], "Cambió la clave")
}

// RULES: wa.policy. On WhatsApp the user name is typed on the page and told back there; the chat shows its end.
func TestOnWhatsAppTheUserNameStaysOutOfTheChat(t *testing.T) {
	t.Parallel()
	w := start(t, t.TempDir())
	who := w.seeded("herreria")
	p := w.at("whatsapp", "segurometal", who.Phone)
	p.say("olvidé la clave")
	line := p.hear("página")
	f := w.open(line.Links[0].URL)
	if status, page := w.send(f, map[string]string{"_pin": p.pin(line), "username": "30-71241741-8"}); status != 422 || !strings.Contains(page, "30-71241741-8") {
		t.Errorf("a mistyped CUIT: %d, and it is to be there still:\n%s", status, page)
	}
	if status, page := w.send(w.open(line.Links[0].URL), map[string]string{"_pin": p.pin(line), "username": "cuit 30-71241741-9"}); status != 200 || !strings.Contains(page, "CUIT30712417419") {
		t.Errorf("the page does not tell the user name: %d\n%s", status, page)
	}
	p.hear("Usuario: ••••419")
	p.say("sí")
	p.hear("le mandé una clave temporal")
	if got := w.signinAt("segurometal", "CUIT30712417419", w.temporary(w.mail(who.Addresses[0], 1))); got != "must_change" {
		t.Errorf("signing in with the temporary password: got %q", got)
	}
	p.say("como la uso?")
	p.hear("En Usuario poné el tuyo")
	for _, l := range p.screen("after=0") {
		if strings.Contains(l.Text, "30712417419") {
			t.Errorf("the chat shows %q", l.Text)
		}
	}
}
