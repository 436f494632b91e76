package sessions_test

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"ventanilla/backend/emulator"
	"ventanilla/backend/secret"
	"ventanilla/flows/flowtest/town"
)

func TestConversations(t *testing.T) { town.Run(t, "testdata", "mseg", nil) }

const (
	reset = "> no puedo entrar\n> ley 10430\n> 310877\n> dni\n> 22841307\n> 5100-40404/0\n> si\n> {code}\n@ password=mate+amargo+y+libros+8 repeat=mate+amargo+y+libros+8\n"
)

// RULES: reset.nologin. After a new password the other sessions can be ended by one tap.
func TestOneTapEndsTheOtherSessionsAfterANewPassword(t *testing.T) {
	for _, channel := range []string{"telegram", "whatsapp"} {
		synctest.Test(t, func(t *testing.T) {
			w := town.New(t, "mseg", channel)
			w.InChat = true
			said := w.Play(t, reset)
			if !strings.Contains(said, "Si quedó abierta en otro teléfono") || !strings.Contains(said, "[Cerrar las otras sesiones]") {
				t.Fatalf("%s: it is not offered:\n%s", channel, said)
			}
			if got, err := w.Core.SignIn(t.Context(), "mseg", "aromero", secret.Text("mate amargo y libros 8")); err != nil || got != emulator.OK {
				t.Logf("signing in: %v %v", got, err)
			}
			said = w.Play(t, "= Cerrar las otras sesiones\n")
			if !strings.Contains(said, "cerré todas las sesiones") || strings.Contains(said, "✉") || w.Dialog.Flow != "" {
				t.Errorf("%s: one tap leads to\n%s", channel, said)
			}
			effects, err := w.Core.Effects()
			if err != nil || !slices.ContainsFunc(effects, func(e emulator.Effect) bool { return e.Kind == emulator.SessionsEnded && e.Account == "mseg-1003" }) {
				t.Errorf("%s: the core did %v, %v", channel, effects, err)
			}
		})
	}
}
