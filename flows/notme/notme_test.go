package notme_test

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"ventanilla/flows"
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

// Of a chat that proved several accounts and says nothing now, the agent chooses by name which one to stop.
func TestTheAccountsToStopHaveNames(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := town.New(t, "mseg", "telegram")
		people, err := w.Core.People()
		if err != nil {
			t.Fatal(err)
		}
		proven := map[string]time.Time{"gone": w.Clock.Now()}
		for _, p := range people {
			if p.Portal == "mseg" && len(proven) < 3 {
				proven[p.Accounts[0].ID] = w.Clock.Now()
			}
		}
		all, err := w.Engine.Chances(t.Context(), w.Key, flows.Dialog{Memory: flows.Memory{Proven: proven}})
		if err != nil {
			t.Fatal(err)
		}
		freeze := all[slices.IndexFunc(all, func(c flows.Chance) bool { return c.Act == "freeze" })]
		if len(freeze.Accounts) != 3 || freeze.Why != "" {
			t.Fatalf("got %+v", freeze)
		}
		for _, o := range freeze.Accounts {
			if o.Label == "" || (o.Label == o.ID) != (o.ID == "gone") {
				t.Errorf("%s is called %q", o.ID, o.Label)
			}
		}
	})
}
