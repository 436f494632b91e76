package app

import (
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
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
	steps, acts, missing := 0, map[string]bool{}, map[string]bool{}
	for _, p := range organisations(t) {
		deps := standard.Deps{Limits: flows.DefaultLimits(), MailDown: func() bool { return false }}
		list, err := standard.Flows(p, deps)
		if err != nil {
			t.Fatal(err)
		}
		engine, err := standard.New(p, deps)
		if err != nil {
			t.Fatal(err)
		}
		for _, a := range engine.Acts() {
			acts[a.Name] = true
			for _, key := range console.Unspoken(a) {
				missing[key] = true
			}
		}
		for _, f := range list {
			steps += len(f.Steps)
			for _, name := range console.Unnamed(f, organisation(p).Fields) {
				missing[name] = true
			}
		}
	}
	if len(missing) > 0 {
		t.Errorf("the console has no words for %q: bot/console/words/*/{steps,help}.yaml", slices.Sorted(maps.Keys(missing)))
	}
	if steps < 500 || len(acts) < 11 {
		t.Errorf("got %d steps and the acts %v, want those of all organisations", steps, slices.Sorted(maps.Keys(acts)))
	}
}

// noted finds in the code what is written into trails. RULES: data.audit
var noted = regexp.MustCompile(`(?:What: |audit\(r, [a-zA-Z.]+, |Note\(|auditAid\(|TellOf\(ctx, t, [^"]*"[a-z_]+", |\.Tell\(ctx, t, "[a-z_]+", )"([a-z_]+)"`)

func TestAgentsReadWordsForWhatStandsInTrails(t *testing.T) {
	found := map[string]bool{"stop": true, "transferred": true}
	for _, dir := range []string{"../../../bot", "../../../store", "../../../flows"} {
		err := filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
			if err != nil || filepath.Ext(path) != ".go" || strings.HasSuffix(path, "_test.go") || strings.Contains(path, "flowtest") {
				return err
			}
			code, err := os.ReadFile(path)
			for _, m := range noted.FindAllSubmatch(code, -1) {
				found[string(m[1])] = true
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	for what := range found {
		if !console.Recorded(what) {
			t.Errorf("the console has no words for %q: act_%s of bot/console/words/*/trail.yaml", what, what)
		}
	}
	if len(found) < 45 || !found["aid_asked"] || !found["revealed"] || !found["unlocked"] || !found["signed_in"] {
		t.Errorf("only %d were found: %v", len(found), slices.Sorted(maps.Keys(found)))
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
