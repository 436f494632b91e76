package recovery_test

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"

	"ventanilla/flows"
	"ventanilla/flows/standard"
)

// asBefore is a dialog as the version stored it in which recovery itself asked who
// somebody is: its steps had the names of today's, and there was no sub-dialog.
func asBefore(d flows.Dialog, older map[string]bool) flows.Dialog {
	if older[d.Flow+"/"+d.Step] {
		d.Flow, d.Caller, d.Want = "recovery", "", ""
	}
	return d
}

// olderSteps are the steps that the version before had in recovery and that stand elsewhere now.
func olderSteps(t *testing.T, id string, deps standard.Deps) map[string]bool {
	t.Helper()
	all, err := standard.Flows(profile(t, id), deps)
	if err != nil {
		t.Fatal(err)
	}
	older := map[string]bool{}
	for _, f := range all {
		if f.Name == "recovery" {
			for _, to := range f.Moved {
				older[to] = true
			}
		}
	}
	return older
}

// Every written conversation is told once for each of its lines with the dialog as the
// version before had parked it there: nobody notices. Together they park one at every
// step that waited then and has moved since. RULES: talk.resume
func TestDialogsOfTheVersionBeforeGoOn(t *testing.T) {
	parked := map[string]bool{}
	for folder, id := range told {
		scripts, _ := filepath.Glob(folder + "/*.chat") // the pattern is valid
		for _, name := range scripts {
			t.Run(id+"/"+strings.TrimSuffix(filepath.Base(name), ".chat"), func(t *testing.T) { olderEverywhere(t, id, name, parked) })
		}
	}
	if racing {
		return
	}
	_, _, _, deps := worldOn(t)
	for name := range olderSteps(t, "mseg", deps) {
		if waits(t, "mseg", deps, name) && !parked[name] {
			t.Errorf("no conversation was ever parked at %s", name)
		}
	}
}

// olderEverywhere tells a conversation once for each of its lines.
func olderEverywhere(t *testing.T, id, name string, parked map[string]bool) {
	script, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	first, step := 1, 1
	if racing {
		first, step = 1+rand.IntN(12), 12
	}
	var want string
	synctest.Test(t, func(t *testing.T) { want, _ = olderAt(t, id, string(script), 0, parked) })
	for at, lines := first, 1; at <= lines || at == first; at += step {
		var got string
		synctest.Test(t, func(t *testing.T) { got, lines = olderAt(t, id, string(script), at, parked) })
		if got != want {
			t.Fatalf("parked by the version before at line %d:\n--- want\n%s--- got\n%s", at, want, got)
		}
	}
}

// waits tells whether a dialog can stand at a step.
func waits(t *testing.T, id string, deps standard.Deps, name string) bool {
	t.Helper()
	all, err := standard.Flows(profile(t, id), deps)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range all {
		for _, s := range f.Steps {
			if f.Name+"/"+s.Name == name {
				return s.Waits()
			}
		}
	}
	return false // of another organisation
}

var cases = regexp.MustCompile(`V\d{6}`) // which come from chance, and chance from what happened before

// olderAt plays a script with the dialog as it was stored before at one of its lines, and returns how many there are.
func olderAt(t *testing.T, id, script string, at int, parked map[string]bool) (got string, lines int) {
	w, _, _, deps := worldOf(t, id, "telegram")
	older := olderSteps(t, id, deps)
	w.Before = func(line int) {
		lines = line
		if line == at {
			parked[w.Dialog.Flow+"/"+w.Dialog.Step] = true
			w.Dialog = asBefore(w.Dialog, older)
		}
	}
	return cases.ReplaceAllString(w.Play(t, script), "V"), lines
}
