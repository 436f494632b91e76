package demo_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"ventanilla/cmd/ventanilla/demo"
	"ventanilla/cmd/ventanilla/settings"
)

// nobody is somebody who gives another person's data but for the document, which nobody has.
func nobody(who demo.Person) demo.Person {
	who.Identifiers = slices.Clone(who.Identifiers)
	for i, id := range who.Identifiers {
		if id.Field == "doc_number" {
			who.Identifiers[i].Value = "31000001"
		}
	}
	return who
}

// held keeps the moments at which replies leave as they are in production.
func held(l *settings.Limits) { l.IdentityHold = settings.DefaultLimits().IdentityHold }

// RULES: enum.same: as seen from outside, a tap on "Sí, están bien" shows nothing of
// the turn that it brings about, also while the core is slow, and neither does its reply.
func TestATapOnOnesDataIsShownWhenItsTimeHasComeWhoeverItIs(t *testing.T) {
	t.Parallel()
	w := start(t, t.TempDir(), held)
	who := w.seeded("adriana")
	for kind, person := range map[string]demo.Person{"existing": who, "missing": nobody(who)} {
		p := w.phone("stranger " + kind)
		p.say("no puedo entrar")
		p.hear("Paso 1 de 5")
		p.tell(person, who.Accounts[0].ID)
		question := p.hear("Corroborá tus datos")
		began := time.Now()
		p.tap("Sí, están bien")
		var shown, replied time.Duration
		for shown == 0 || replied == 0 {
			for _, l := range p.screen(fmt.Sprintf("after=%d", question.N-1)) {
				switch {
				case l.N == question.N && l.Edited && shown == 0:
					shown = time.Since(began)
				case l.From == "bot" && strings.Contains(l.Text, "código de 8 números") && replied == 0:
					replied = time.Since(began)
				}
			}
			if time.Since(began) > patience {
				t.Fatalf("%s: shown after %v, replied after %v", kind, shown, replied)
			}
		}
		if shown < 490*time.Millisecond {
			t.Errorf("%s: the tap was shown after %v, before its moment", kind, shown)
		}
		if hold := settings.DefaultLimits().IdentityHold; replied < hold-10*time.Millisecond {
			t.Errorf("%s: the reply came after %v, before its moment", kind, replied)
		}
	}
}

// RULES: enum.same: while the mail server is down, and when it is back, those for
// whom there is no mail hear what those hear for whom there is one.
func TestThatMailIsLateIsSaidWhetherThereIsAMailOrNot(t *testing.T) {
	t.Parallel()
	w := start(t, t.TempDir())
	w.fault("mail", "down", 1)
	who := w.seeded("marcos")
	phones := map[string]*phone{"existing": w.phone("stranger existing"), "missing": w.phone("stranger missing")}
	phones["existing"].identify(who, who.Accounts[0].ID)
	phones["missing"].identify(nobody(who), who.Accounts[0].ID)
	for _, p := range phones { // in real time, as the networks keep it
		p.hear("El correo está demorado")
	}
	w.fault("mail", "up", 1)
	w.mail(who.Addresses[0], 1)
	w.clock("15s")
	said := map[string][]string{}
	for kind, p := range phones {
		p.hear("funcionando otra vez")
		p.say("estado")
		p.hear("Pedí el código")
		for _, l := range p.screen("after=0") {
			if l.From == "bot" && !strings.Contains(l.Text, "Corroborá") && !strings.Contains(l.Text, "Pedí el código") {
				said[kind] = append(said[kind], l.Text)
			}
		}
	}
	if !slices.Equal(said["existing"], said["missing"]) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(said["existing"], "\n"), strings.Join(said["missing"], "\n"))
	}
}
