package payslip

import (
	"slices"
	"testing"
	"time"

	"ventanilla/backend"
	"ventanilla/flows/period"
)

var argentina = []backend.Payslip{
	{ID: "2026-10", Period: "2026-10", Kind: backend.Monthly}, {ID: "2026-09", Period: "2026-09", Kind: backend.Monthly}, {ID: "2026-08", Period: "2026-08", Kind: backend.Monthly},
	{ID: "2026-07", Period: "2026-07", Kind: backend.Monthly}, {ID: "2026-06", Period: "2026-06", Kind: backend.Monthly},
	{ID: "2026-06-sac", Period: "2026-06", Kind: backend.Bonus, Concept: backend.SAC}, {ID: "2025-12-sac", Period: "2025-12", Kind: backend.Bonus, Concept: backend.SAC},
}

var mexico = []backend.Payslip{
	{ID: "2026-10-Q2", Period: "2026-10-Q2", Kind: backend.Fortnight}, {ID: "2026-10-Q1", Period: "2026-10-Q1", Kind: backend.Fortnight},
	{ID: "2026-05-Q2", Period: "2026-05-Q2", Kind: backend.Fortnight}, {ID: "2026-05-ptu", Period: "2026-05", Kind: backend.Other, Concept: backend.PTU}, {ID: "2026-05-Q1", Period: "2026-05-Q1", Kind: backend.Fortnight},
	{ID: "2025-12-sac", Period: "2025-12", Kind: backend.Bonus, Concept: backend.SAC}, {ID: "2025-12-Q1", Period: "2025-12-Q1", Kind: backend.Fortnight},
}

func TestAPeriodMeansThesePayslips(t *testing.T) {
	now := time.Date(2026, 11, 21, 15, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		list    []backend.Payslip
		country string
		says    string
		want    []string
	}{
		{argentina, "AR", "el último", []string{"2026-10"}},
		{argentina, "AR", "los últimos 3", []string{"2026-10", "2026-09", "2026-08"}},
		{argentina, "AR", "agosto", []string{"2026-08"}},
		{argentina, "AR", "junio", []string{"2026-06", "2026-06-sac"}},
		{argentina, "AR", "aguinaldo", []string{"2026-06-sac"}},
		{argentina, "AR", "el aguinaldo de diciembre del año pasado", []string{"2025-12-sac"}},
		{argentina, "AR", "agosto y septiembre", []string{"2026-09", "2026-08"}},
		{argentina, "AR", "marzo de 2019", nil},
		{argentina, "AR", "ptu", nil},
		{argentina, "AR", "la primera quincena de octubre", []string{"2026-10"}},
		{mexico, "MX", "octubre", []string{"2026-10-Q2", "2026-10-Q1"}},
		{mexico, "MX", "mayo", []string{"2026-05-Q2", "2026-05-ptu", "2026-05-Q1"}},
		{mexico, "MX", "la segunda quincena de octubre", []string{"2026-10-Q2"}},
		{mexico, "MX", "ptu", []string{"2026-05-ptu"}},
		{mexico, "MX", "las utilidades", []string{"2026-05-ptu"}},
		{mexico, "MX", "aguinaldo", []string{"2025-12-sac"}},
		{mexico, "MX", "finiquito", nil},
	} {
		var got []string
		for _, s := range pick(c.list, period.Read(c.says, now, c.country)) {
			got = append(got, s.ID)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %q is %v, want %v", c.country, c.says, got, c.want)
		}
	}
}

// Four of one month are not all sent because one of them was asked for.
func TestManyOfOneMonthAreNotSentUnasked(t *testing.T) {
	list := append(slices.Clone(mexico[2:5]), backend.Payslip{ID: "x", Period: "2026-05", Kind: backend.Bonus})
	got := pick(list, period.Reading{Kind: period.Month, Periods: []string{"2026-05"}})
	if len(got) != 2 || got[0].ID != "2026-05-Q2" || got[1].ID != "2026-05-Q1" {
		t.Errorf("May is %v, want its two fortnights", got)
	}
}

func TestTheNearestComeFirstToMind(t *testing.T) {
	for _, c := range []struct {
		id      string
		periods []string
		want    int
	}{
		{"2026-10", []string{"2026-10"}, 0}, {"2026-10", []string{"2026-08"}, 4}, {"2026-01", []string{"2025-12"}, 2},
		{"2026-10-Q2", []string{"2026-10-Q1"}, 1}, {"2026-10", []string{"2019-03", "2026-12"}, 4},
	} {
		if got := distance(backend.Payslip{Period: c.id}, c.periods); got != c.want {
			t.Errorf("%s is %d from %v, want %d", c.id, got, c.periods, c.want)
		}
	}
}
