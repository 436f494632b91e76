package recovery_test

import (
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"

	"ventanilla/flows"
	"ventanilla/flows/standard"
)

// newer is what the tests add to the name of a step in the next version.
const newer = "-2"

// renamed is a flow as a later version might have it: no step is called what it
// was, and Moved says where each went. Questions whose answers are kept by the name of the step stay.
func renamed(f flows.Flow) flows.Flow {
	f.Moved = map[string]string{}
	for _, s := range f.Steps {
		if !s.Keep {
			f.Moved[s.Name] = s.Name + newer
		}
	}
	to := func(name string) string {
		if now, ok := f.Moved[name]; ok {
			return now
		}
		return name
	}
	on := func(old flows.On) flows.On {
		all := maps.Clone(old)
		for event, name := range all {
			all[event] = to(name)
		}
		return all
	}
	steps := make([]flows.Step, len(f.Steps))
	for i, s := range f.Steps {
		s.Name, s.On = to(s.Name), on(s.On)
		steps[i] = s
	}
	f.Steps, f.Always = steps, on(f.Always)
	return f
}

// upgraded is the engine of the next version.
func upgraded(t testing.TB, d standard.Deps) *flows.Engine {
	t.Helper()
	p := mseg(t)
	all, err := standard.Flows(p, d)
	if err != nil {
		t.Fatal(err)
	}
	for i := range all {
		all[i] = renamed(all[i])
	}
	words, err := flows.Words()
	if err != nil {
		t.Fatal(err)
	}
	texts, err := standard.Texts(p, d, all)
	if err != nil {
		t.Fatal(err)
	}
	e, err := flows.New(flows.Options{Flows: all, Home: "menu", Human: "handoff", Texts: texts, Words: words, Limits: d.Limits, Now: d.Now, Random: d.Random})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// Every written conversation is told once for each of its lines, with an upgrade to
// a table in which every step has another name just before that line: nobody notices.
// Together they park a dialog at every step where one can be parked. RULES: talk.resume
func TestAnUpgradeAtAnyMomentIsNoticedByNobody(t *testing.T) {
	scripts, _ := filepath.Glob("testdata/*.chat") // the pattern is valid
	parked := map[string]bool{}
	first, step := 1, 1
	if racing { // each takes five times as long
		first, step = 1+rand.IntN(6), 6
	}
	for _, name := range scripts {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".chat"), func(t *testing.T) {
			want, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			for at, lines := first, 1; at <= lines || at == first; at += step {
				var got string
				synctest.Test(t, func(t *testing.T) { got, lines = upgradedAt(t, string(want), at, parked) })
				if got != string(want) {
					t.Fatalf("upgraded before line %d:\n--- want\n%s--- got\n%s", at, want, got)
				}
			}
		})
	}
	if racing {
		return
	}
	_, _, _, deps := worldOn(t)
	all, err := standard.Flows(mseg(t), deps)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range all {
		for _, s := range f.Steps {
			if (s.Take != nil || s.Form != nil || s.Wait > 0) && !parked[f.Name+"/"+s.Name] && s.Name != "code_new" { // a new address is no matter of recovery
				t.Errorf("no conversation was ever parked at %s/%s", f.Name, s.Name)
			}
		}
	}
}

// upgradedAt plays a script with an upgrade before one of its lines, and returns how many there are.
func upgradedAt(t *testing.T, script string, at int, parked map[string]bool) (got string, lines int) {
	w, _, _, deps := worldOn(t)
	next := upgraded(t, deps)
	w.Before = func(line int) {
		lines = line
		if line == at {
			parked[w.Dialog.Flow+"/"+w.Dialog.Step] = true
			w.Engine = next
		}
	}
	got = w.Play(t, script)
	return strings.ReplaceAll(got, newer+":", ":"), lines
}
