package period_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"ventanilla/flows/period"
)

var names = strings.Fields("enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre")

func days(t *rapid.T) time.Time {
	return time.Date(rapid.IntRange(2020, 2040).Draw(t, "year"), time.Month(rapid.IntRange(1, 12).Draw(t, "month")),
		rapid.IntRange(1, 28).Draw(t, "day"), 9, 0, 0, 0, time.UTC)
}

func TestAMonthOfAYearIsReadHoweverItIsWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		now := days(t)
		year, month := rapid.IntRange(1990, now.Year()-1).Draw(t, "of"), rapid.IntRange(1, 12).Draw(t, "which")
		name := names[month-1]
		want := fmt.Sprintf("%d-%02d", year, month)
		for _, text := range []string{
			fmt.Sprintf("%s %d", name, year), fmt.Sprintf("%s de %d", name, year), fmt.Sprintf("el recibo de %s del %d por favor", name, year),
			fmt.Sprintf("%02d/%d", month, year), fmt.Sprintf("%d-%02d", year, month), fmt.Sprintf("mes %d de %d", month, year),
			strings.ToUpper(fmt.Sprintf("%s del año %d!!", name, year)), fmt.Sprintf("%d %s", year, name), fmt.Sprintf("15/%02d/%d", month, year),
		} {
			if got := period.Read(text, now, "AR"); got.Kind != period.Month || !slices.Equal(got.Periods, []string{want}) {
				t.Errorf("%q on %s is %v, want %s", text, now.Format(time.DateOnly), got, want)
			}
		}
	})
}

func TestAMonthWithoutAYearIsTheLatestThatHasBegun(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		now, month := days(t), rapid.IntRange(1, 12).Draw(t, "which")
		year := now.Year()
		if month > int(now.Month()) {
			year--
		}
		want := fmt.Sprintf("%d-%02d", year, month)
		if got := period.Read(names[month-1], now, "EC"); got.Kind != period.Month || got.Periods[0] != want {
			t.Errorf("%s on %s is %v, want %s", names[month-1], now.Format(time.DateOnly), got, want)
		}
	})
}

func TestARangeHoldsBothItsEndsAndAllBetween(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		now := days(t)
		a, b := rapid.IntRange(1, 11).Draw(t, "from"), 0
		b = rapid.IntRange(a+1, 12).Draw(t, "to")
		var want []string
		for m := a; m <= b; m++ {
			want = append(want, fmt.Sprintf("%d-%02d", now.Year()-1, m))
		}
		text := fmt.Sprintf("desde %s hasta %s del año pasado", names[a-1], names[b-1])
		if got := period.Read(text, now, ""); !slices.Equal(got.Periods, want) {
			t.Errorf("%q is %v, want %v", text, got, want)
		}
	})
}

var wellFormed = regexp.MustCompile(`^[0-9]{4,}-[0-9]{2}(-Q[12])?$`)

func FuzzRead(f *testing.F) {
	for _, p := range append(own(f, "phrases.yaml"), own(f, "blind.yaml")...) {
		f.Add(p.Text, p.Country)
	}
	f.Add("99999999999999999999/9", "MX")
	now := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, text, country string) {
		got := period.Read(text, now, country)
		for _, p := range got.Periods {
			if !wellFormed.MatchString(p) {
				t.Errorf("%q names %q", text, p)
			}
			if got.Kind == period.Month && p > "2026-11" {
				t.Errorf("%q is %s, which has not come", text, p)
			}
		}
		if len(got.Periods) > 400 {
			t.Errorf("%q names %d periods", text, len(got.Periods))
		}
	})
}

func TestPayslipsThatAReadingMeans(t *testing.T) {
	have := []period.Slip{{"2026-10", false}, {"2026-09", false}, {"2026-06", false}, {"2026-06", true}, {"2025-12", false}, {"2025-12", true}, {"2025-11", false}}
	now := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	for text, want := range map[string][]int{
		"el último": {0}, "los últimos 3": {0, 1, 2}, "junio": {2}, "aguinaldo": {3}, "segundo aguinaldo del año pasado": {5}, "2025": {4, 5, 6},
		"todos": {0, 1, 2, 3, 4, 5, 6}, "el primero de todos": {6}, "octubre y el aguinaldo": {0, 3}, "el sueldo y el aguinaldo de junio": {2, 3}, "enero": nil, "hola": nil, "septiembre, octubre y noviembre": {0, 1},
	} {
		if got := period.Read(text, now, "AR").Among(have); !slices.Equal(got, want) {
			t.Errorf("%q means %v, want %v", text, got, want)
		}
	}
	if got := (period.Reading{Kind: period.First}).Among(nil); got != nil {
		t.Errorf("the first of none is %v", got)
	}
}
