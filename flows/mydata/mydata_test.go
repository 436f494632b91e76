package mydata_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"ventanilla/flows"
	"ventanilla/flows/flowtest/town"
)

func TestConversations(t *testing.T) { town.Run(t, "testdata", "mseg", nil) }

// RULES: notme. Who got hold of a frozen account cannot cut its owner's chats off from the notices.
func TestOfAFrozenAccountNoOtherChatIsCutOff(t *testing.T) {
	owner := flows.Key{Portal: "mseg", Channel: "telegram", Person: "owner"}
	for frozen, want := range map[string]int{"": 0, "! freeze mseg-1003\n": 1} {
		synctest.Test(t, func(t *testing.T) {
			w := town.New(t, "mseg", "telegram")
			if err := w.Links.Link(t.Context(), owner, "mseg", "mseg-1003", w.Clock.Now().Add(time.Hour)); err != nil {
				t.Fatal(err)
			}
			said := w.Play(t, "> mis datos\n= Cortar avisos a otros\n> ley 10430\n> 310877\n> dni\n> 22841307\n> 5100-40404/0\n> si\n> {code}\n> menu\n> mis datos\n")
			if err := w.Links.Link(t.Context(), owner, "mseg", "mseg-1003", w.Clock.Now().Add(time.Hour)); err != nil {
				t.Fatal(err)
			}
			said += w.Play(t, frozen+"= Cortar avisos a otros\n")
			keys, err := w.Links.Linked(t.Context(), "mseg", "mseg-1003")
			if err != nil || len(keys) != want {
				t.Errorf("%q: linked are %v, %v:\n%s", frozen, keys, err, said)
			}
			if want == 1 && !strings.Contains(said, "no fue su titular") {
				t.Errorf("nobody is told why:\n%s", said)
			}
		})
	}
}
