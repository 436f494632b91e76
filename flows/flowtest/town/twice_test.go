package town_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"

	"ventanilla/flows/flowtest"
	"ventanilla/flows/flowtest/town"
)

// drawn are scripts in which chance draws what is said.
var drawn = map[string]string{
	"proof/testdata/varias-personas": "a question", "recovery/testdata/muchas-identidades": "a question", "register/testdata/miportal/hugo": "names to choose",
}

// was says what a password was before it was changed, which a page that is sent again cannot know.
var was = regexp.MustCompile(`(La anterior estaba vencida|El cambio que \S+ pedía)[^.]*\. `)

// A turn that could not be written down is run again, by the next program if need be. Whatever the first run did
// outside, the person sees the same, the same mails leave, nothing is done or counted twice, and the record is the same.
// RULES: notify.all, link.twice, reset.unlocks
func TestATurnThatRunsAgainChangesNothing(t *testing.T) {
	scripts, _ := filepath.Glob("../../*/testdata/*.chat") // the patterns are valid
	more, _ := filepath.Glob("../../*/testdata/*/*.chat")
	scripts = append(scripts, more...)
	if len(scripts) < 100 {
		t.Fatalf("there are %d scripts", len(scripts))
	}
	for i, path := range scripts {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		name := strings.TrimSuffix(strings.TrimPrefix(path, "../../"), ".chat")
		if drawn[name] != "" || strings.Contains(string(b), "\n! fault") { // a fault happens so many times, and twice as many are asked for
			continue
		}
		for j, channel := range []string{"telegram", "whatsapp"} {
			if always := name == "contact/testdata/correo" || name == "recovery/testdata/link/ximena" || name == "unlock/testdata/iess/cambiar-bloqueada"; raceEnabled && !always && (2*i+j)%9 != 0 {
				continue // the detector makes it slow; what was broken once is always looked at
			}
			t.Run(name+"/"+channel, func(t *testing.T) { compare(t, portalOf(path), channel, string(b), false) })
		}
	}
}

// The same of conversations as people write them.
func TestATurnOfATalkThatRunsAgainChangesNothing(t *testing.T) {
	files, _ := filepath.Glob("../../standard/testdata/talks/*.talk") // the pattern is valid
	played := 0
	for _, path := range files {
		for i, k := range town.Talks(t, path) {
			if raceEnabled && i%6 != 0 {
				continue
			}
			channel := []string{"telegram", "whatsapp"}[i%2]
			t.Run(k.File+"/"+strconv.Itoa(i+1)+"/"+channel, func(t *testing.T) {
				compare(t, k.Portal, channel, town.PlayTalk(t, k, channel).Said, true)
			})
			played++
		}
	}
	if played == 0 {
		t.Fatal("there are no talks")
	}
}

func compare(t *testing.T, portal, channel, script string, inChat bool) {
	t.Helper()
	said, left := played(t, portal, channel, script, inChat, false)
	again, leftAgain := played(t, portal, channel, script, inChat, true)
	if d := differs(said, again); d != "" {
		t.Errorf("if each turn runs twice, said: %s", d)
	}
	if d := differs(left, leftAgain); d != "" {
		t.Errorf("if each turn runs twice, left: %s", d)
	}
}

// portalOf is the organisation at which a script plays.
func portalOf(path string) string {
	folder := filepath.Base(filepath.Dir(path))
	for _, p := range []string{"mseg", "iess", "metlife", "miportal", "segurometal"} {
		if folder == p {
			return p
		}
	}
	return map[string]string{"link": "miportal", "temporary": "segurometal", "whatsapp": "iess"}[folder] + map[bool]string{true: "mseg"}[folder == "testdata"]
}

func played(t *testing.T, portal, channel, script string, inChat, twice bool) (said, left string) {
	synctest.Test(t, func(t *testing.T) {
		w := town.New(t, portal, channel)
		w.InChat, w.Twice = inChat, twice
		said = was.ReplaceAllString(flowtest.Settled(w.Play(t, script)), "")
		left = w.Traces(t)
	})
	return said, left
}

// differs tells where two texts part; "" if they do not.
func differs(want, got string) string {
	w, g := strings.Split(want, "\n"), strings.Split(got, "\n")
	for i := range min(len(w), len(g)) {
		if w[i] != g[i] {
			from := max(0, i-4)
			return strings.Join(w[from:i], "\n") + "\nwant " + w[i] + "\ngot  " + g[i]
		}
	}
	if len(w) != len(g) {
		return strconv.Itoa(len(g)) + " lines, want " + strconv.Itoa(len(w))
	}
	return ""
}
