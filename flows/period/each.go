package period

import (
	"regexp"
	"slices"
	"strings"
)

// several reads periods of which one at least is a fortnight, and that are joined: "la última quincena y el aguinaldo",
// "segunda quincena de septiembre y primera de octubre". Months alone are read together elsewhere. What it cannot read
// part by part it leaves to the other ways.
func (r reader) several(all []token) Reading {
	at := find(all, "fortnight")
	if at < 0 {
		return Reading{}
	}
	parts := divided(all)
	if len(parts) < 2 {
		return Reading{}
	}
	got := Reading{Kind: Months}
	for _, part := range parts {
		if k := find(part, "nth"); k >= 0 && find(part, "fortnight") < 0 { // "y primera de octubre"
			if find(part, "date") < 0 { // "la primera y la segunda quincena de octubre"
				return Reading{}
			}
			part = slices.Insert(slices.Clone(part), k+1, all[at])
		}
		one := r.single(part)
		switch one.Kind {
		case Fortnight, Month, Bonus:
		case Ambiguous:
			if one.Bonus {
				return Reading{}
			}
			got.Kind = Ambiguous
		default:
			return Reading{}
		}
		if len(one.Periods) == 0 {
			return Reading{}
		}
		got.Periods = append(got.Periods, one.Periods...)
		if one.Kind == Bonus {
			got.Bonus, got.Bonuses = true, append(got.Bonuses, one.Periods...)
		}
	}
	if got.Kind == Ambiguous && got.Bonus {
		return Reading{}
	}
	if !slices.ContainsFunc(got.Periods, func(p string) bool { return len(p) <= len("2026-10") }) && got.Kind == Months {
		got.Kind = Fortnight
	}
	return got
}

// divided cuts tokens where something joins them.
func divided(all []token) (parts [][]token) {
	from := 0
	for i, t := range all {
		if t.is == "and" || t.text == "," {
			if i > from {
				parts = append(parts, all[from:i])
			}
			from = i + 1
		}
	}
	if from < len(all) {
		parts = append(parts, all[from:])
	}
	return parts
}

// identifier is a number that says who somebody is, and never when: five digits or more that are no date.
var identifier = regexp.MustCompile(`\S*\d(?:[.\-/]?\d){4,}\S*`)

// dateLike is what looks like such a number, and is a date.
var dateLike = regexp.MustCompile(`^\D*(?:\d{1,2}[/.\-]){1,2}(?:\d{4}|\d{2})\D*$|^\D*\d{4}[/.\-]\d{1,2}(?:[/.\-]\d{1,2})?\D*$|^\D*(?:0?\d|1[0-2])(?:19|20)\d{2}\D*$|^\D*(?:19|20)\d{2}(?:0\d|1[0-2])\D*$`)

// law is by what some people are sorted, and which is no period either.
var law = regexp.MustCompile(`(?i)\bley\s+(?:n\S*\s+)?\d[\d.]*`)

// born is when somebody was.
var born = regexp.MustCompile(`(?i)\bnac(?:[ií]|id[oa]|imiento)?\b\D{0,20}\d{1,2}(?:[/.\- ]\d{1,2}[/.\- ]| (?:de )?\pL+ (?:del? )?)\d{2,4}`)

// impersonal is a sentence without what says who somebody is: "los últimos 3, legajo 298.410".
func impersonal(text string) string {
	if len(text) > 4096 || !strings.ContainsAny(text, "0123456789") {
		return text
	}
	return identifier.ReplaceAllStringFunc(law.ReplaceAllString(born.ReplaceAllString(text, " "), " "), func(s string) string {
		if dateLike.MatchString(s) {
			return s
		}
		return " "
	})
}
