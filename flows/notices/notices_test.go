package notices_test

import (
	"strings"
	"testing"
	"testing/synctest"

	"ventanilla/flows/flowtest/town"
)

func TestConversations(t *testing.T) { town.Run(t, "testdata", "mseg", nil) }

// RULES: notme, link.chat. Whose owner said "No fui yo" meanwhile is linked to no chat.
func TestAFrozenAccountIsLinkedToNoChat(t *testing.T) {
	for _, channel := range []string{"telegram", "whatsapp"} {
		for frozen, want := range map[string]bool{"": true, "! freeze mseg-1003\n": false} {
			synctest.Test(t, func(t *testing.T) {
				w := town.New(t, "mseg", channel)
				w.InChat = true
				said := w.Play(t, "> avisame por aca\n> ley 10430\n> 310877\n> dni\n> 22841307\n> 5100-40404/0\n> si\n> {code}\n"+frozen+"> si\n")
				keys, err := w.Links.Linked(t.Context(), "mseg", "mseg-1003")
				if err != nil || (len(keys) == 1) != want || (len(w.Dialog.Memory.Linked) == 1) != want {
					t.Errorf("%s, %q: linked are %v, %v, %v:\n%s", channel, frozen, keys, w.Dialog.Memory.Linked, err, said)
				}
				if !want && (!strings.Contains(said, "no fue su titular") || w.Dialog.Flow != "handoff" || strings.Contains(said, "unlink")) {
					t.Errorf("%s: at %s:\n%s", channel, w.Dialog.Flow, said)
				}
			})
		}
	}
}
