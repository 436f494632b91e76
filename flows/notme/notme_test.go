package notme_test

import (
	"strings"
	"testing"
	"testing/synctest"

	"ventanilla/flows/flowtest/town"
)

func TestConversations(t *testing.T) { town.Run(t, "testdata", "mseg", nil) }

// RULES: notme. A stop whose turn could not be saved is done again, and its owner is told.
func TestAStopThatRunsAgainIsDoneAndTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := town.New(t, "mseg", "telegram")
		w.InChat = true
		w.Play(t, "> cambiar mis datos\n> ley 10430\n> 310877\n> dni\n> 22841307\n> 5100-40404/0\n> si\n> {code}\n")
		before := w.Dialog
		first := w.Play(t, "^ freeze\n")
		w.Dialog = before // it was not saved
		if again := w.Play(t, "^ freeze\n"); !strings.Contains(again, "(done)") || !strings.Contains(again, "✉ adriana@correo.example") {
			t.Errorf("the first time\n%s\nagain\n%s", first, again)
		}
	})
}
