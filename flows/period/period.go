// Package period reads which pay period people mean: "el último", "octubre",
// "los últimos 3", "aguinaldo". It is a function of the words, the day and the
// country; it asks nobody and never guesses silently: what can mean two things is [Ambiguous].
package period

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"ventanilla/flows"
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
	Concept string   // of Concept: "ptu", "finiquito", "vacaciones", "utilidades"
}

// Read reads the period that a sentence names, as of a day, with the words of a
// country ("AR", "MX", "EC"; "" knows those of all).
func Read(text string, now time.Time, country string) Reading {
	for _, w := range strings.Fields(flows.Plain(text)) {
		if i := slices.Index(names, w); i >= 0 {
			year := now.Year()
			if i+1 > int(now.Month()) {
				year--
			}
			return Reading{Kind: Month, Periods: []string{fmt.Sprintf("%d-%02d", year, i+1)}}
		}
		if strings.HasPrefix(w, "ultim") {
			return Reading{Kind: Latest}
		}
	}
	return Reading{}
}

var names = strings.Fields("enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre")
