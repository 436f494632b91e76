package flows

import (
	"strings"
	"testing"
)

func TestAStepLeadsWhereItsTableSaysAndNowhereElse(t *testing.T) {
	m := compile(Flow{Name: "f", Steps: []Step{
		{Name: "a", On: On{"again": "a", "skip": "c", "other": "g/", "back": "g/b", "over": End}},
		{Name: "b", On: On{"next": "a"}},
		{Name: "c"},
	}})
	for at, want := range map[move]string{
		{"a", "next"}: "f/b", {"a", "again"}: "f/a", {"a", "skip"}: "f/c", {"a", "other"}: "g/", {"a", "back"}: "g/b",
		{"a", "over"}: "f/end", {"b", "next"}: "f/a", {"c", "next"}: "f/end",
		{"b", "again"}: "", {"a", "never"}: "", {"d", "next"}: "",
	} {
		got, err := m.next(at.step, at.event)
		if got != want || (err != nil) != (want == "") || err != nil && !strings.Contains(err.Error(), "f/"+at.step) {
			t.Errorf("%s from %s leads to %q, %v, want %q", at.event, at.step, got, err, want)
		}
	}
}
