package recovery_test

import (
	"strings"
	"testing"
	"time"

	"ventanilla/flows"
)

// RULES: pw.chat, data.canary
func TestAPasswordBehindAYesOrANoIsHidden(t *testing.T) {
	in(t, func(w *bureau) {
		for i, line := range []string{"si mi clave es Perro1234!", "no, mi clave nueva es Perro1234!", "está mal, mi clave es Perro1234!"} {
			p := w.phone("p"+string(rune('a'+i))).say("no puedo entrar", "docente", "123456", "dni", "20.111.222", "4000123456")
			p.wantStep("proof/confirm")
			got := w.Engine.Screen(p.key, p.dialog, flows.Input{From: flows.Person, Text: line})
			if strings.Contains(got.Text, "Perro") || !got.Hidden {
				t.Errorf("%q is stored as %q", line, got.Text)
			}
		}
	})
}

// A message that waited half an hour for the core is answered, and the silence
// that closes a dialog begins only then. RULES: talk.idle, talk.stuck
func TestSilenceBeginsWithTheAnswer(t *testing.T) {
	in(t, func(w *bureau) {
		p := w.phone("1").say("no puedo entrar")
		asked := w.Clock.Now()
		w.Clock.Advance(29 * time.Minute)
		r, err := w.Engine.Handle(w.Context(), flows.Call{ID: "late", At: asked, Key: p.key, Dialog: p.dialog, Input: flows.Input{From: flows.Person, Text: "docente"}})
		if err != nil {
			t.Fatal(err)
		}
		if due := r.Dialog.Due.Sub(w.Clock.Now()); due < 4*time.Minute {
			t.Errorf("the dialog is due in %v, right after it was answered", due)
		}
	})
}

// RULES: talk.status
func TestACodeThatWaitedForItsTurnIsNotCalledDead(t *testing.T) {
	in(t, func(w *bureau) {
		p := w.phone("1").say("no puedo entrar", "docente", "123456", "dni", "20.111.222", "4000123456")
		asked := w.Clock.Now()
		w.Clock.Advance(11 * time.Minute)
		r, err := w.Engine.Handle(w.Context(), flows.Call{ID: "late", At: asked, Key: p.key, Dialog: p.dialog, Input: flows.Input{From: flows.Person, Text: "sí"}})
		if err != nil {
			t.Fatal(err)
		}
		p.dialog = r.Dialog
		p.say("estado")
		p.wantHeard("5 intentos")
	})
}

// RULES: talk.stuck
func TestACodeThatNeverLeavesIsSaidToHaveFailed(t *testing.T) {
	in(t, func(w *bureau) {
		if err := w.Do("mail down"); err != nil {
			t.Fatal(err)
		}
		p := w.phone("1").identify("20.111.222")
		for range 30 {
			p.pass(time.Minute).hear(flows.Input{From: flows.System, Event: "tick"})
			if strings.Contains(p.heard(), "ya no va a llegar") {
				return
			}
		}
		t.Errorf("nobody said so; the last was %q", p.heard())
	})
}

// RULES: flood.starts
func TestAnOldProofDoesNotLiftTheLimitOfIdentities(t *testing.T) {
	in(t, func(w *bureau) {
		p := w.phone("1").identify("20.111.222")
		p.say(p.code())
		p.wantStep("recovery/form")
		p.say("terminar")
		for _, document := range []string{"31.000.001", "31.000.002", "31.000.003", "31.000.004"} {
			w.Clock.Advance(20 * time.Minute)
			p.identify(document)
			p.say("menu")
		}
		p.identify("31.000.005")
		p.wantHeard("datos distintos")
	})
}

// RULES: data.audit, notme
func TestNotMeLeavesALineInTheTrail(t *testing.T) {
	in(t, func(w *bureau) {
		p := w.phone("1").identify("20.111.222")
		p.say(p.code())
		p.submit("siete gatos en la terraza 9")
		p.follow("not_me")
		for _, a := range p.audit {
			if a.What == "not_me" && a.Account == "1" {
				return
			}
		}
		t.Errorf("no audit line says so: %+v", p.audit)
	})
}

// RULES: talk.tries
func TestAPasswordTypedAgainAndAgainIsNotAnsweredTheSameForEver(t *testing.T) {
	in(t, func(w *bureau) {
		p := w.phone("1").say("no puedo entrar")
		last, n := "", 0
		for range 8 {
			p.say("mi clave es Perro1234!")
			if p.heard() == last {
				n++
			} else {
				last, n = p.heard(), 1
			}
			if n > 3 {
				t.Fatalf("said %d times in a row: %s", n, last)
			}
		}
	})
}

func TestAHumanAskedForWhileParkedHasACaseOfItsOwn(t *testing.T) {
	in(t, func(w *bureau) {
		p := w.phone("1").say("no puedo entrar", "docente", "persona")
		p.say("seguir")
		p.wantHeard("legajo")
		if p.dialog.Values["case"] != "" {
			t.Errorf("the recovery carries the case %s", p.dialog.Values["case"])
		}
	})
}
