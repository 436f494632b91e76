package standard_test

import (
	"math/rand/v2"
	"os"
	"testing"
	"testing/synctest"

	"ventanilla/flows/flowtest/town"
)

// The conversations of all errands are told with an upgrade to a table in which every
// step has another name before some of their lines, other ones each time: nobody
// notices. Those of recovery are told so before each line, there. RULES: talk.resume
func TestAnUpgradeInTheMiddleOfAnyErrandIsNoticedByNobody(t *testing.T) {
	every := 6
	if raceEnabled {
		every = 60
	}
	for _, c := range conversations(t) {
		script, err := os.ReadFile(c.path)
		if err != nil {
			t.Fatal(err)
		}
		want, lines := upgradedAt(t, c, string(script), 0)
		for at := 1 + rand.IntN(every); at <= lines; at += every {
			if got, _ := upgradedAt(t, c, string(script), at); got != want {
				t.Fatalf("%s: upgraded before line %d:\n--- want\n%s--- got\n%s", c.path, at, want, got)
			}
		}
	}
}

func upgradedAt(t *testing.T, c conversation, script string, at int) (said string, lines int) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := town.New(t, c.portal, "telegram")
		w.Before = func(line int) {
			if lines = line; line == at {
				w.Engine = town.Upgraded(t, w.Profile, w.Deps)
			}
		}
		said = town.SameName(w.Play(t, script))
	})
	return said, lines
}
