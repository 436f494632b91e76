package recovery_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"ventanilla/flows/flowtest"
)

func TestConversationsWithATemporaryPassword(t *testing.T) {
	flowtest.RunIn(t, "testdata/temporary", func(t *testing.T) *flowtest.World {
		w, _, _, _ := worldOf(t, "segurometal", "telegram")
		return w
	})
}

// holders are user names and how the bot must not tell them apart.
var holders = map[string]string{
	"existing": "DNI25582558", "a company": "CUIT30712417419", "two addresses": "DNI14203377", "two accounts": "DNI31877450",
	"unregistered": "DNI40111222", "without an address": "DNI20333444", "frozen": "DNI22841307",
}

// RULES: enum.same
func TestAStrangerCannotTellWhoHasAUserName(t *testing.T) {
	start := []string{"no puedo entrar", "DOC"}
	stories := map[string][]string{
		"no mail":       append(start, "si", "no me llego", "estado", "mandame otra clave", "61s", "otra clave", "61s", "otra clave", "61s", "otra clave", "estado", "ya no tengo ese correo"),
		"does not work": append(start, "si", "como la uso", "no me deja cambiarla", "estado", "si", "00000001", "estado", "00000002", "00000003", "00000004", "00000005", "otro codigo", "61s", "otro codigo", "00000006"),
		"had one":       append(start, "ya tengo una y no me deja", "00000001", "estado", "menu", "seguir", "cancelar", "hola"),
		"it works":      append(start, "si", "gracias", "ya pude entrar", "hola"),
		"too soon":      append(start, append([]string{"si", "cancelar"}, append(start, "si", "estado", "no me llego")...)...),
		"asleep":        append(start, "si", "6m", "hola", "2h", "no me llego"),
		"human":         append(start, "no", "volver", "si", "persona", "estado"),
	}
	for name, lines := range stories {
		for _, channel := range []string{"telegram", "whatsapp"} {
			sameForAll(t, name+" on "+channel, channel, lines)
		}
	}
}

func sameForAll(t *testing.T, name, channel string, lines []string) {
	t.Helper()
	inOf(t, "segurometal", channel, func(w *bureau) {
		w.core.people["DNI22841307"] = w.core.people["22841307"]
		_ = w.guard.Freeze(w.Context(), "account/segurometal/6", w.Clock.Now().Add(24*time.Hour)) // cannot fail
		want := transcript(w, "nobody "+name, "DNI10222333", lines)
		if !strings.Contains(strings.Join(want, ""), "after=1.5s") && !strings.HasPrefix(name, "human") {
			t.Errorf("%s: the reply to the identity does not wait", name)
		}
		for who, username := range holders {
			got := transcript(w, who+name, username, lines)
			for i := range max(len(got), len(want)) {
				if i >= len(got) || i >= len(want) || withoutNames(got[i], username) != withoutNames(want[i], "DNI10222333") {
					t.Fatalf("%s, %s, line %d:\ngot  %v\nwant %v", name, who, i, at(got, i), at(want, i))
				}
			}
		}
	})
}

func withoutNames(s, username string) string {
	return maskedName.ReplaceAllString(strings.ReplaceAll(withoutTimes(s), username, "DOC"), "DOC")
}

var maskedName = regexp.MustCompile(`•+\d{3}`)

// RULES: temp.keeps. Asking changes nothing: the core is not even told before the mail leaves,
// and what is sent holds a reference only.
func TestAskingForATemporaryPasswordChangesNothingAndHoldsNone(t *testing.T) {
	inOf(t, "segurometal", "telegram", func(w *bureau) {
		p := w.phone("ruben").say("no puedo entrar", "dni 14.203.377", "si")
		if len(p.mails) != 2 {
			t.Fatalf("%d mails, want one to each address", len(p.mails))
		}
		first, second := p.mails[0], p.mails[1]
		if first.Temporary == nil || first.Temporary.Account != "13" || *second.Temporary != *first.Temporary {
			t.Errorf("the mails refer to %+v and %+v, want the same of account 13", first.Temporary, second.Temporary)
		}
		if !strings.Contains(first.Text, "{temporary}") || !strings.Contains(first.Text, "usuario DNI14203377,") || first.Code != nil {
			t.Errorf("the mail says %q", first.Text)
		}
		p.pass(time.Minute).say("mandame otra clave")
		if third := p.mails[2]; third.Temporary.Op == first.Temporary.Op {
			t.Error("asking again refers to the same password")
		}
		p.say("como la uso", "no me deja cambiarla")
		if len(w.core.calls)+len(w.core.resets) > 0 {
			t.Errorf("the core was asked to %v %v", w.core.calls, w.core.resets)
		}
		if p.dialog.Proof != nil {
			t.Error("proven without a code")
		}
	})
}

// An account that was never registered has no password to replace: its owner hears that by mail, once a day.
func TestWhoNeverRegisteredIsToldByMailAlone(t *testing.T) {
	inOf(t, "segurometal", "telegram", func(w *bureau) {
		p := w.phone("lucas").say("no puedo entrar", "DNI40111222", "si").pass(time.Minute).say("mandame otra clave")
		if len(p.mails) != 1 || p.mails[0].Temporary != nil || !strings.Contains(p.mails[0].Title, "todavía no está registrada") {
			t.Errorf("mails %+v", p.mails)
		}
		p.wantStep("recovery/temp_again")
	})
}

// RULES: reset.unlocks, notify.all. The page works as in the mode of codes.
func TestWhoCannotMakeTheChangeWorkChoosesOnThePage(t *testing.T) {
	for _, complaint := range []string{"me dice clave caducada", "no me deja cambiar", "la clave actual es incorrecta", "no me anda", "sigue bloqueado", "No me deja cambiarla", "me tira error"} {
		inOf(t, "segurometal", "telegram", func(w *bureau) {
			p := w.phone("beatriz").say("hola", "no puedo entrar", "DNI25582558", "si", complaint)
			p.wantStep("recovery/stuck")
			p.say(complaint).wantStep("proof/code")
			p.say(p.code()).wantStep("recovery/form")
			p.submit("La tortuga cruza 9 puentes")
			p.wantHeard("¡Listo!")
			if last := p.mails[len(p.mails)-1]; !strings.Contains(last.Title, "Cambió la clave") {
				t.Errorf("%s: the last mail is %q", complaint, last.Title)
			}
			if !slices.Equal(w.core.calls, []string{"reset 11"}) {
				t.Errorf("%s: the core was asked to %v", complaint, w.core.calls)
			}
		})
	}
}

// RULES: flood.account, code.resend. Strangers can have only so many mails sent, codes and temporary passwords together.
func TestTheDaysMailsOfAnAccountCountCodesAndTemporaryPasswordsTogether(t *testing.T) {
	inOf(t, "segurometal", "telegram", func(w *bureau) {
		secrets, notices := 0, 0
		for i := range 4 {
			p := w.phone(fmt.Sprint("stranger", i)).say("no puedo entrar", "DNI25582558", "si").pass(61*time.Second).say("mandame otra clave", "no me deja", "si")
			for _, m := range p.mails {
				if m.Temporary != nil || m.Code != nil {
					secrets++
				} else {
					notices++
				}
			}
		}
		if secrets != 5 || notices != 1 {
			t.Errorf("%d mails with a secret and %d notices, want 5 and 1", secrets, notices)
		}
	})
}
