package flows

import (
	"maps"
	"slices"
)

// Identifier is something that the person of a dialog said to be found by.
type Identifier struct {
	Label string // what it is called
	Mask  string // as transcripts show it
	Whole string // as the person wrote it
}

// Identifiers are those that a dialog still holds, also of an errand that was left for a moment. Passwords and
// codes are never among them: no dialog holds one. The keys of invitations are left out, for they open an account.
func (e *Engine) Identifiers(k Key, d Dialog) (all []Identifier) {
	held := []map[string]string{d.Values}
	if d.Parked != nil {
		held = append(held, d.Parked.Values)
	}
	seen := map[string]bool{}
	for _, values := range held {
		r := e.begin(Call{Key: k, Dialog: d})
		r.t.Values = values
		for _, name := range slices.Sorted(maps.Keys(e.flows)) {
			for i := range e.flows[name].flow.Steps {
				s := &e.flows[name].flow.Steps[i]
				if seen[s.Name] || values[s.Name] == "" || !s.identifies() {
					continue
				}
				seen[s.Name] = true
				all = append(all, Identifier{Label: s.Label(r.t), Mask: s.Mask(r.t), Whole: s.told(r.t)})
			}
		}
	}
	return all
}

// identifies tells that the answer to a step says who somebody is.
func (s *Step) identifies() bool {
	return s.Keep && s.Mask != nil && s.Label != nil && (s.Sensitive || !s.Masked)
}
