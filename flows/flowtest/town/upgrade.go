package town

import (
	"maps"
	"strings"
	"testing"

	"ventanilla/backend/portal"
	"ventanilla/flows"
	"ventanilla/flows/standard"
)

// newer is what an upgrade adds to the name of a step.
const newer = "-2"

// Upgraded is the engine of a later version, in which no step is called what it was and
// Moved says where each went; only questions whose answers are kept by the name of
// their step stay.
func Upgraded(t testing.TB, p portal.Profile, d standard.Deps) *flows.Engine {
	t.Helper()
	all, err := standard.Flows(p, d)
	if err != nil {
		t.Fatal(err)
	}
	went := map[string]string{} // "flow/step": its new name
	for _, f := range all {
		for _, s := range f.Steps {
			if !s.Keep {
				went[f.Name+"/"+s.Name] = s.Name + newer
			}
		}
	}
	for i := range all {
		all[i] = renamed(all[i], went)
	}
	e, err := standard.Engine(p, d, all)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// SameName takes the marks of an upgrade out of what was said.
func SameName(said string) string { return strings.ReplaceAll(said, newer+":", ":") }

func renamed(f flows.Flow, went map[string]string) flows.Flow {
	to := func(dst string) string {
		flow, step, elsewhere := strings.Cut(dst, "/")
		if !elsewhere {
			flow, step = f.Name, dst
		}
		now, moved := went[flow+"/"+step]
		switch {
		case !moved:
			return dst
		case elsewhere:
			return flow + "/" + now
		}
		return now
	}
	on := func(old flows.On) flows.On {
		all := maps.Clone(old)
		for event, dst := range all {
			all[event] = to(dst)
		}
		return all
	}
	moved := map[string]string{}
	for old, dst := range f.Moved {
		moved[old] = to(dst)
	}
	steps := make([]flows.Step, len(f.Steps))
	for i, s := range f.Steps {
		if now, ok := went[f.Name+"/"+s.Name]; ok {
			moved[s.Name], s.Name = now, now
		}
		s.On = on(s.On)
		steps[i] = s
	}
	aids := map[string]flows.Aid{}
	for name, a := range f.Aids {
		if a.Step != "" {
			a.Step = to(a.Step)
		}
		aids[name] = a
	}
	f.Aids = aids
	f.Steps, f.Always, f.Moved = steps, on(f.Always), moved
	return f
}
