// Package period reads which pay period people mean: "el último", "octubre",
// "los últimos 3", "aguinaldo". It is a function of the words, the day and the
// country; it asks nobody and never guesses silently: what can mean two things is [Ambiguous].
package period

import (
	"slices"
	"time"
)

// Kind is how a pay period was named.
type Kind string

// The kinds of answers. Periods are months "2026-10" or fortnights "2026-11-Q1".
const (
	None      Kind = ""          // no period is named
	Month     Kind = "month"     // one month
	Months    Kind = "months"    // several, in order
	Range     Kind = "range"     // a quarter or half of a year
	Year      Kind = "year"      // all months of a year until today
	Latest    Kind = "latest"    // the newest there is
	LatestN   Kind = "latest_n"  // the newest N
	First     Kind = "first"     // the oldest there is
	All       Kind = "all"       // every one
	Fortnight Kind = "fortnight" // half a month
	Bonus     Kind = "sac"       // the extra salary: aguinaldo, SAC, décimo
	Concept   Kind = "concept"   // something else that is paid apart: PTU, finiquito, vacaciones
	Future    Kind = "future"    // not paid yet
	Ambiguous Kind = "ambiguous" // Periods are what it can mean: ask
	Invalid   Kind = "invalid"   // no such month, or out of reach
	Unknown   Kind = "unknown"   // a period is meant that only the person knows: "el del mes que entré"
)

// Reading is which period a sentence names.
type Reading struct {
	Kind    Kind
	Periods []string // months "2026-10" or fortnights "2026-11-Q1"
	N       int      // of LatestN
	Bonus   bool     // the extra salary is among the Periods, or is what is asked for
	Bonuses []string // those of Periods of which only the extra salary is asked for: "octubre y el aguinaldo"
	Concept string   // of Concept: "ptu", "finiquito", "vacaciones", "utilidades"
}

// Read reads the period that a sentence names, as of a day, with the words of a
// country ("AR", "MX", "EC"; "" knows those of all). A month without a year is the
// latest one that is not in the future. Of a sentence that corrects itself the last word counts.
func Read(text string, now time.Time, country string) Reading {
	r := reader{now: now, country: country}
	all := r.months(r.years(lex(impersonal(text))))
	parts := corrected(all)
	for i := len(parts) - 1; i >= 0; i-- {
		if got := r.named(parts[i]); got.Kind != None {
			return got
		}
	}
	return hinted(all)
}

// corrected cuts a sentence where it takes something back: "octubre no, noviembre".
// What is taken back at the very end goes with the words that do it.
func corrected(all []token) (parts [][]token) {
	from := 0
	for i, t := range all {
		instead := t.text == "quiero" && has(all[from:i], "date") && from > 0 && all[from-1].text == "no" // "no quiero el de octubre, quiero el de mayo"
		if t.is != "wrong" && !instead {
			continue
		}
		if i == len(all)-1 && t.text == "no" && i > 0 && all[i-1].is == "date" {
			return append(parts, all[from:i-1])
		}
		parts, from = append(parts, all[from:i]), i+1
	}
	return append(parts, all[from:])
}

// named reads a period that is named, one way of naming after the other.
func (r reader) named(all []token) Reading {
	if has(all, "unknown") && !slices.ContainsFunc(all, func(t token) bool { return t.text == "vez" }) {
		return Reading{Kind: Unknown}
	}
	if got := r.several(all); got.Kind != None {
		return got
	}
	return r.single(all)
}

// single reads a period, or several months.
func (r reader) single(all []token) Reading {
	for _, way := range []func([]token) Reading{r.bonus, r.concept, r.fortnight, r.span, r.dates, r.inYear, r.counted, r.relative, r.whole, alone(r)} {
		if got := way(all); got.Kind != None {
			return got
		}
	}
	return Reading{}
}

// hinted reads what names no period but tells which is meant: "el que cobré ayer".
func hinted(all []token) Reading {
	if has(all, "paid") && !has(all, "week") {
		return Reading{Kind: Latest}
	}
	return Reading{}
}
