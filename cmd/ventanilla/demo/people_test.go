package demo_test

import (
	"slices"
	"testing"

	"ventanilla/backend/portal"
	"ventanilla/cmd/ventanilla/demo"
)

// What the demo tells people to paste must be what the bot takes for an answer.
func TestEveryIdentifierIsAnAnswerToItsQuestion(t *testing.T) {
	w := start(t, t.TempDir())
	var people []demo.Person
	w.must("GET", "/demo/people", nil, &people)
	profiles, err := portal.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	checked := 0
	for _, person := range people {
		profile := profiles[slices.IndexFunc(profiles, func(p portal.Profile) bool { return p.ID == person.Portal })]
		for _, a := range person.Accounts {
			earlier := map[string]string{}
			for _, f := range profile.Identity {
				i := slices.IndexFunc(person.Identifiers, func(id demo.Identifier) bool {
					return id.Field == f.ID && (id.Account == "" || id.Account == a.ID)
				})
				if i < 0 {
					continue
				}
				value, reason := f.Parse(person.Identifiers[i].Value, earlier)
				if reason != "" {
					t.Errorf("%s: %q is no answer to %q: %s", person.Name, person.Identifiers[i].Value, f.For(earlier).Ask, reason)
				}
				earlier[f.ID] = value
				checked++
			}
		}
	}
	if checked < 100 {
		t.Errorf("only %d identifiers were read", checked)
	}
}

// Each organisation has somebody for each of the troubles that its errands must end well in.
func TestEachOrganisationHasItsTroubles(t *testing.T) {
	w := start(t, t.TempDir())
	var people []demo.Person
	w.must("GET", "/demo/people", nil, &people)
	found := map[string]map[string]int{}
	for _, p := range people {
		if found[p.Portal] == nil {
			found[p.Portal] = map[string]int{}
		}
		kinds := append(slices.Clone(p.State), "somebody")
		if len(p.Bounces) > 0 {
			kinds = append(kinds, "dead address")
		}
		if len(p.Accounts) > 1 {
			kinds = append(kinds, "several accounts")
		}
		for _, k := range kinds {
			found[p.Portal][k]++
		}
	}
	for _, id := range []string{"iess", "metlife", "miportal", "mseg", "segurometal"} {
		for _, kind := range []string{"ok", "locked", "dead address", "several accounts"} {
			if found[id][kind] == 0 {
				t.Errorf("%s has nobody with %s", id, kind)
			}
		}
		if found[id]["unregistered"] == 0 && id != "iess" {
			t.Errorf("%s has nobody to register", id)
		}
		if found[id]["somebody"] < 8 {
			t.Errorf("%s has %d people", id, found[id]["somebody"])
		}
	}
}
