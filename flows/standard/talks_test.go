package standard_test

import (
	"cmp"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"ventanilla/flows/flowtest/town"
)

// RULES: none is broken by people who write as people do: of a hundred conversations on
// both channels each comes to its end, and nothing else is done.
func TestTalks(t *testing.T) {
	files, _ := filepath.Glob("testdata/talks/*.talk") // the pattern is valid
	if len(files) == 0 {
		t.Fatal("there are no talks")
	}
	var all []town.Told
	for _, path := range files {
		for i, k := range town.Talks(t, path) {
			for _, channel := range []string{"telegram", "whatsapp"} {
				t.Run(fmt.Sprintf("%s/%d/%s", k.File, i+1, channel), func(t *testing.T) {
					r := town.PlayTalk(t, k, channel)
					if len(r.Trouble) > 0 {
						t.Errorf("%s at %s wants %s: %s\n%s", k.Who, k.Portal, k.Want, strings.Join(r.Trouble, "; "), r.Said)
					}
					all = append(all, r)
				})
			}
		}
	}
	table(t, all)
}

// table reports how the talks went, by errand and channel.
func table(t *testing.T, all []town.Told) {
	t.Helper()
	byFile := map[string][]town.Told{}
	for _, r := range all {
		byFile[r.File+" "+r.Channel] = append(byFile[r.File+" "+r.Channel], r)
		byFile["all "+r.Channel] = append(byFile["all "+r.Channel], r)
	}
	t.Logf("%-22s %5s %8s %18s %12s", "errand", "talks", "finished", "messages (median)", "not heard")
	for _, name := range slices.Sorted(maps.Keys(byFile)) {
		rows := byFile[name]
		finished, lost, messages := 0, 0, []int{}
		for _, r := range rows {
			if messages = append(messages, r.Messages); r.Finished && len(r.Trouble) == 0 {
				finished++
			}
			lost += r.Lost
		}
		slices.SortFunc(messages, cmp.Compare[int])
		t.Logf("%-22s %5d %8d %18s %12d", name, len(rows), finished, strconv.Itoa(messages[len(messages)/2]), lost)
	}
}
