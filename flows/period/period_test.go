package period_test

import (
	"cmp"
	"encoding/json"
	"go.yaml.in/yaml/v3"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"ventanilla/flows/period"
)

// phrase is a row of testdata: what somebody writes and what is meant.
type phrase struct {
	Text, Reference, Country, Kind, Includes string
	Periods                                  []string
	N                                        int
}

func (p phrase) now(t *testing.T) time.Time {
	t.Helper()
	now, err := time.Parse(time.DateOnly, cmp.Or(p.Reference, "2026-11-21"))
	if err != nil {
		t.Fatal(err)
	}
	return now.Add(12 * time.Hour)
}

func (p phrase) right(t *testing.T) bool {
	t.Helper()
	got := period.Read(p.Text, p.now(t), p.Country)
	kind := cmp.Or(string(got.Kind), "none")
	ok := kind == p.Kind && slices.Equal(got.Periods, p.Periods) && got.N == p.N && (p.Includes == "" || got.Bonus)
	if !ok {
		t.Logf("%q (%s) is %s %v n=%d, want %s %v n=%d", p.Text, p.Country, kind, got.Periods, got.N, p.Kind, p.Periods, p.N)
	}
	return ok
}

func TestPeriodsAsPeopleNameThem(t *testing.T) {
	b, err := os.ReadFile("testdata/authored_payslip_2026-11-21.json")
	if err != nil {
		t.Fatal(err)
	}
	var all []phrase
	if err := json.Unmarshal(b, &all); err != nil {
		t.Fatal(err)
	}
	wrong := 0
	for _, p := range all {
		if !p.right(t) {
			wrong++
		}
	}
	t.Logf("%d of %d right", len(all)-wrong, len(all))
	if wrong > 0 || len(all) != 100 {
		t.Errorf("%d of %d phrases are read wrongly", wrong, len(all))
	}
}

func TestPhrasesOfOurOwn(t *testing.T) {
	all := append(own(t, "phrases.yaml"), own(t, "blind.yaml")...)
	wrong := 0
	for _, p := range all {
		if !p.right(t) {
			wrong++
		}
	}
	t.Logf("%d of %d right", len(all)-wrong, len(all))
	if wrong > 0 || len(all) < 300 {
		t.Errorf("%d of %d phrases are read wrongly", wrong, len(all))
	}
}

// own reads phrases of testdata.
func own(t testing.TB, name string) (all []phrase) {
	t.Helper()
	b, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	var lists map[string][][2]string
	if err := yaml.Unmarshal(b, &lists); err != nil {
		t.Fatal(err)
	}
	for _, country := range slices.Sorted(maps.Keys(lists)) {
		for _, row := range lists[country] {
			want := strings.Fields(row[1])
			p := phrase{Text: row[0], Country: country, Kind: want[0], Periods: want[1:]}
			if p.Kind == "latest_n" {
				p.N, _ = strconv.Atoi(want[1])
				p.Periods = nil
			}
			all = append(all, p)
		}
	}
	return all
}
