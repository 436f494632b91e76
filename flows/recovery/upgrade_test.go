package recovery_test

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"

	"ventanilla/flows/flowtest/town"
	"ventanilla/flows/standard"
)

// Every written conversation is told once for each of its lines, with an upgrade to
// a table in which every step has another name just before that line: nobody notices.
// Together they park a dialog at every step where one can be parked. RULES: talk.resume
func TestAnUpgradeAtAnyMomentIsNoticedByNobody(t *testing.T) {
	parked := map[string]bool{}
	for folder, id := range told {
		scripts, _ := filepath.Glob(folder + "/*.chat") // the pattern is valid
		for _, name := range scripts {
			t.Run(id+"/"+strings.TrimSuffix(filepath.Base(name), ".chat"), func(t *testing.T) { upgradedEverywhere(t, id, name, parked) })
		}
	}
	if racing {
		return
	}
	for _, id := range told {
		_, _, _, deps := worldOf(t, id, "telegram")
		all, err := standard.Flows(profile(t, id), deps)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range all {
			for _, s := range f.Steps {
				if f.Name == "recovery" && s.Waits() && !parked[f.Name+"/"+s.Name] {
					t.Errorf("no conversation was ever parked at %s/%s", f.Name, s.Name)
				}
			}
		}
	}
}

// told are the folders of conversations and the organisations they are told at.
var told = map[string]string{"testdata": "mseg", "testdata/temporary": "segurometal"}

// upgradedEverywhere tells a conversation once for each of its lines.
func upgradedEverywhere(t *testing.T, id, name string, parked map[string]bool) {
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	first, step := 1, 1
	if racing { // each takes five times as long
		first, step = 1+rand.IntN(12), 12
	}
	for at, lines := first, 1; at <= lines || at == first; at += step {
		var got string
		synctest.Test(t, func(t *testing.T) { got, lines = upgradedAt(t, id, string(want), at, parked) })
		if got != string(want) {
			t.Fatalf("upgraded before line %d:\n--- want\n%s--- got\n%s", at, want, got)
		}
	}
}

// upgradedAt plays a script with an upgrade before one of its lines, and returns how many there are.
func upgradedAt(t *testing.T, id, script string, at int, parked map[string]bool) (got string, lines int) {
	w, _, _, deps := worldOf(t, id, "telegram")
	next := town.Upgraded(t, profile(t, id), deps)
	w.Before = func(line int) {
		lines = line
		if line == at {
			parked[w.Dialog.Flow+"/"+w.Dialog.Step] = true
			w.Engine = next
		}
	}
	return town.SameName(w.Play(t, script)), lines
}
