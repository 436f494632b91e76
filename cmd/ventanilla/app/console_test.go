package app

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"testing"

	"ventanilla/backend"
	"ventanilla/backend/portal"
	"ventanilla/bot/console"
	"ventanilla/bot/whatsapp"
	"ventanilla/flows"
	"ventanilla/flows/intent"
	"ventanilla/flows/standard"
)

// organisations are the built-in profiles and the one of the README.
func organisations(t *testing.T) []portal.Profile {
	t.Helper()
	all, err := portal.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	sixth, err := portal.Load(os.DirFS("../../../backend/portal/testdata/sixth"))
	if err != nil {
		t.Fatal(err)
	}
	return append(all, sixth...)
}

func TestAgentsReadAWordForEachStepAndActOfEachConversation(t *testing.T) {
	steps, acts, missing := 0, 0, map[string]bool{}
	for _, p := range organisations(t) {
		list, err := standard.Flows(p, standard.Deps{Limits: flows.DefaultLimits(), MailDown: func() bool { return false }})
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range list {
			steps, acts = steps+len(f.Steps), acts+len(f.Aids)
			for _, name := range console.Unnamed(f, organisation(p).Fields) {
				missing[name] = true
			}
		}
	}
	if len(missing) > 0 {
		t.Errorf("the console has no words for %q: bot/console/words/*/{steps,help}.yaml", slices.Sorted(maps.Keys(missing)))
	}
	if steps < 500 || acts < 40 {
		t.Errorf("got %d steps and %d acts, want those of all organisations", steps, acts)
	}
}

// RULES: wa.errors
func TestAgentsReadWordsForWhatNetworksAndCoreSay(t *testing.T) {
	codes := []string{"expired", "refused", "gone", "held", "media", "too_large", "missing", "muted", "network", "http", "unknown", "core slow", "other",
		"smtp 550", "smtp 4xx", "smtp 5xx", "smtp sign-in", "telegram 403", "telegram 5xx"}
	for _, code := range whatsapp.Codes() {
		codes = append(codes, fmt.Sprint("twilio ", code))
	}
	for _, code := range []backend.Code{backend.NotFound, backend.Rejected, backend.WeakPassword, backend.WrongPassword, backend.Locked, backend.BadEvidence, backend.IdempotencyMismatch,
		backend.RateLimited, backend.Invalid, backend.Unauthorized, backend.Unsupported, backend.Unavailable, backend.Internal} {
		codes = append(codes, "core "+string(code))
	}
	for _, code := range codes {
		if !console.Explained(code) {
			t.Errorf("the console has no words for %q: bot/console/words/*/errors.yaml", code)
		}
	}
	if !slices.Contains(codes, "twilio 63016") {
		t.Errorf("got %q, want the codes of Twilio among them", codes)
	}
}

func TestAgentsReadWordsForWhatPeopleWant(t *testing.T) {
	for id := range intent.Labels {
		if !console.Wishes(id) {
			t.Errorf("the console has no words for the wish %q: bot/console/words/*/wishes.yaml", id)
		}
	}
}
