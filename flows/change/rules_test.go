package change_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"

	"ventanilla/backend/emulator"
	"ventanilla/backend/portal"
	"ventanilla/backend/secret"
	"ventanilla/flows"
	"ventanilla/flows/flowtest/town"
)

// script is a conversation up to the page.
func script(cedula string) string { return "> hola\n= Cambiar mi clave\n> " + cedula + "\n> si\n" }

// page submits a current and a new password.
func page(current string) string {
	return "@ current=" + current + " password=brisa+del+malecon+22 repeat=brisa+del+malecon+22 accept=yes\n"
}

// inTown plays a script, looks at what became of it, and returns what was said.
func inTown(t *testing.T, id, lines string, look func(t *testing.T, w *town.Town)) (said string) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := town.New(t, id, "telegram").Offer(t, portal.Recover, portal.Change)
		said = w.Play(t, lines)
		if look != nil {
			look(t, w)
		}
	})
	return said
}

func signIn(t *testing.T, w *town.Town, username, password string, want emulator.Result) {
	t.Helper()
	got, err := w.Core.SignIn(t.Context(), w.Profile.ID, username, secret.Text(password))
	if err != nil || got != want {
		t.Errorf("%s signs in with %q: %s, %v; want %s", username, password, got, err, want)
	}
}

// RULES: pw.current
func TestTheCurrentPasswordIsReplacedAndOnlyByWhoKnowsIt(t *testing.T) {
	inTown(t, "iess", script("0917558207")+page("malecon+2000+brisa"), func(t *testing.T, w *town.Town) {
		signIn(t, w, "0917558207", "brisa del malecon 22", emulator.OK)
		signIn(t, w, "0917558207", "malecon 2000 brisa", emulator.Wrong)
	})
	inTown(t, "iess", script("0917558207")+page("una+clave+mala"), func(t *testing.T, w *town.Town) {
		signIn(t, w, "0917558207", "malecon 2000 brisa", emulator.OK)
	})
}

// A password that the core calls expired needs no more than being changed. RULES: pw.rotation
func TestAnExpiredPasswordIsRenewedByChangingIt(t *testing.T) {
	said := inTown(t, "iess", script("0104337167")+page("catedral+nueva+1885"), func(t *testing.T, w *town.Town) {
		signIn(t, w, "0104337167", "brisa del malecon 22", emulator.OK)
	})
	if !strings.Contains(said, "vencida") {
		t.Errorf("nobody is told that it had expired:\n%s", said)
	}
}

// Whoever does not exist, is locked, closed, never registered or frozen meets what a wrong
// current password meets. RULES: enum.same
func TestAStrangerWithAWrongPasswordCannotTellWhoExists(t *testing.T) {
	people := map[string]string{"nobody": "1710034065", "somebody": "0917558207", "locked": "1309284519", "closed": "1714882055", "must change": "0926443185",
		"without mail": "0601882541", "two accounts": "1720661030", "frozen": "1713029443", "expired": "0104337167"}
	story := func(who string) string {
		cedula := people[who]
		lines := "! freeze iess-4001\n" + script(cedula) + "> estado\n"
		for i := range 4 {
			for j := range 3 {
				lines += page(fmt.Sprintf("una+clave+mala+%d%d", i, j))
			}
			lines += "= Probar otra vez\n"
		}
		said := inTown(t, "iess", lines+"> estado\n> no se la clave\n> 12345678\n", nil)
		var seen []string
		for line := range strings.Lines(said) {
			if !strings.HasPrefix(line, "  ✉") { // only the owner sees a mail
				shown := strings.ReplaceAll(line, cedula[:9]+"-"+cedula[9:], "CEDULA")
				seen = append(seen, strings.ReplaceAll(shown, cedula, "CEDULA"))
			}
		}
		return strings.Join(seen, "")
	}
	want := story("nobody")
	if strings.Count(want, "page: No se pudo") < 4 || !strings.Contains(want, "demasiados intentos") {
		t.Fatalf("the story is none:\n%s", want)
	}
	for who := range people {
		if got := story(who); got != want {
			t.Errorf("%s: got\n%s\nwant\n%s", who, got, want)
		}
	}
}

// Ten wrong ones a day for all strangers together, then not even the right one; its owner is told, and
// after a code needs no current password. RULES: code.tries, harm.none
func TestWrongCurrentPasswordsAreCountedOverAllChats(t *testing.T) {
	lines := ""
	for i := range 4 {
		lines += fmt.Sprintf("& Extraño%d\n", i) + script("0917558207")
		for j := range 3 {
			lines += page(fmt.Sprintf("una+clave+mala+%d%d", i, j))
		}
	}
	lines += "& Jefferson\n" + script("0917558207") + page("malecon+2000+brisa")
	said := inTown(t, "iess", lines, func(t *testing.T, w *town.Town) {
		signIn(t, w, "0917558207", "malecon 2000 brisa", emulator.OK)
		if n := strings.Count(strings.Join(w.Mails(), "\n"), "Muchos intentos"); n != 1 {
			t.Errorf("the owner was warned %d times, want once: %q", n, w.Mails())
		}
		again := w.Play(t, "> si\n> {code}\n> menu\n= Cambiar mi clave\n= Sí, con esa\n"+page("malecon+2000+brisa")+"@ password=brisa+del+malecon+22 repeat=brisa+del+malecon+22\n")
		signIn(t, w, "0917558207", "brisa del malecon 22", emulator.OK)
		if !strings.Contains(again, "No le hace falta la clave actual") {
			t.Errorf("after a proof the owner cannot go on:\n%s", again)
		}
	})
	if !strings.HasSuffix(strings.TrimSpace(said), "[Elegir otra con un código] [Hablar con una persona]") {
		t.Errorf("an eleventh password was tried, or nothing else is offered:\n%s", said)
	}
}

// What is chosen, in which version of the agreement, is kept. Every address is told. RULES: notify.all
func TestTheAgreementIsKeptAndTheOwnerTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := town.New(t, "iess", "telegram").Offer(t, portal.Recover, portal.Change)
		w.Play(t, script("0917558207"))
		call := flows.Call{ID: "form", At: w.Clock.Now(), Key: w.Key, Dialog: w.Dialog}
		good := secret.Text("brisa del malecon 22")
		o, err := w.Engine.Submit(t.Context(), call, flows.FormValues{"current": "malecon 2000 brisa", "password": good, "repeat": good, "accept": "yes"})
		if err != nil || o.Event != "password_changed" {
			t.Fatalf("%+v, %v", o, err)
		}
		call.Input = flows.Input{From: flows.System, Event: o.Event, Ref: w.Dialog.Entered, Values: o.Values}
		r, err := w.Engine.Handle(t.Context(), call)
		if err != nil {
			t.Fatal(err)
		}
		kept, told := "", 0
		for _, a := range r.Audit {
			kept += a.What + " " + a.Account + " " + a.Detail["version"] + ";"
		}
		for _, reply := range r.Replies {
			if reply.To == "email:jefferson.macias@correo.example" && len(reply.Grants) == 1 {
				told++
			}
		}
		if kept != "agreed iess-4002 2026-01;password_changed iess-4002 ;" || told != 1 {
			t.Errorf("the audit holds %q and %d were told", kept, told)
		}
	})
}

// A core that is down leaves the result open; the same page finishes it.
func TestACoreThatIsDownIsNoWrongPassword(t *testing.T) {
	said := inTown(t, "iess", script("0917558207")+"! core down\n"+page("malecon+2000+brisa")+"! core up\n"+page("malecon+2000+brisa"), nil)
	if strings.Contains(said, "No se pudo con esa") || !strings.Contains(said, "page: Listo") {
		t.Errorf("got\n%s", said)
	}
	if !strings.Contains(said, "unavailable") {
		t.Errorf("the outage went unnoticed:\n%s", said)
	}
}
