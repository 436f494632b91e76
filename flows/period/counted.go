package period

import "strings"

// inYear reads a year, or the first or last month of one.
func (r reader) inYear(all []token) Reading {
	var years []int
	for _, t := range all {
		if t.is == "y" && t.n >= 1950 && t.n <= r.now.Year()+10 {
			years = append(years, t.n)
		}
	}
	switch {
	case len(years) == 0 && has(all, "so_far"):
		years = append(years, r.now.Year())
	case len(years) == 0:
		return Reading{}
	}
	year, past := years[0], years[0] < r.now.Year()
	switch i := find(all, "nth"); {
	case has(all, "from") && has(all, "start"):
		return Reading{Kind: Year, Periods: r.until(year, 1, 12)}
	case has(all, "start", "oldest") || i >= 0 && all[i].n == 1:
		return month(when{year: year, month: 1})
	case has(all, "end", "last") && past:
		return month(when{year: year, month: 12})
	case has(all, "last"):
		return Reading{Kind: Latest}
	case has(all, "end"):
		return month(r.latest(12))
	case year > r.now.Year():
		return Reading{Kind: Future}
	}
	got := Reading{Kind: Year}
	for _, y := range years {
		got.Periods = append(got.Periods, r.until(y, 1, 12)...)
	}
	return got
}

// until is the months of a year from one to another, as far as they have begun.
func (r reader) until(year, from, to int) (list []string) {
	for m := from; m <= to; m++ {
		if w := (when{year: year, month: m}); w.index() <= r.today().index() {
			list = append(list, w.String())
		}
	}
	return list
}

// most is how many payslips can be asked for by their number.
const most = 120

// counted reads "los últimos 3", "los 3 últimos recibos", "últimos seis meses", "2 recibos".
func (r reader) counted(all []token) Reading {
	i := find(all, "lasts", "last")
	n, unit := r.quantity(all)
	switch {
	case unit == "week" || unit == "day" || unit == "month" && has(all, "ago"):
		return Reading{}
	case i >= 0 && n == 0 && has(all, "year"):
		return Reading{Kind: LatestN, N: 12}
	case i >= 0 && all[i].is == "last" && (has(all, "penult") || has(all[i:], "prev") && has(all[i:], "and")): // "el último y el anterior"
		return Reading{Kind: LatestN, N: 2}
	case n > 1 && n <= most && (i >= 0 || unit == "month" || unit == "pay" || has(all, "newest", "prev", "back")):
		return Reading{Kind: LatestN, N: n}
	case n == 1 && i >= 0:
		return Reading{Kind: Latest}
	case i >= 0 && all[i].is == "lasts" && !otherThing(all, i+1):
		return Reading{Kind: LatestN}
	}
	return Reading{}
}

// quantity is the number in a sentence and what it counts, in months.
func (r reader) quantity(all []token) (n int, unit string) {
	for i, t := range all {
		switch t.is {
		case "number":
			n = t.n
		case "couple":
			n = 2
		case "nth": // "los primeros 3" are not the last ones
			return 0, ""
		default:
			continue
		}
		for j := i + 1; j < len(all) && j <= i+3; j++ {
			switch all[j].is {
			case "month", "pay", "week", "day", "fortnight":
				return n, all[j].is
			case "year":
				return 12 * n, "month"
			}
		}
		return n, ""
	}
	if has(all, "week") || has(all, "day") {
		return 0, "week"
	}
	return 0, ""
}

// whole reads "todos", "el primero", "el más viejo".
func (r reader) whole(all []token) Reading {
	i, k := find(all, "all"), find(all, "nth")
	switch {
	case has(all, "oldest"):
		return Reading{Kind: First}
	case i >= 0 && !has(all, "week", "day") && (has(all, "pay", "month") || len(all) <= 4 || len(all) <= 7 && strings.HasSuffix(all[i].text, "s") || strings.HasPrefix(all[i].text, "hist")):
		return Reading{Kind: All}
	case k >= 0 && all[k].n == 1 && (has(all, "pay") || len(all) <= 3) && !has(all, "week", "day"):
		return Reading{Kind: First}
	}
	return Reading{}
}

// alone reads a number that is the whole answer: a month, or an option of a list.
func alone(r reader) func([]token) Reading {
	return func(all []token) Reading {
		i := skip(all, 0)
		if i != len(all)-1 || all[i].is != "number" {
			return Reading{}
		}
		n := all[i].n
		if r.country == "MX" && i > 0 && payday(n) { // "la del 15"
			return fortnight(r.paidOn(n))
		}
		if n >= 1 && n <= 12 {
			return Reading{Kind: Ambiguous, Periods: []string{r.latest(n).String()}}
		}
		return Reading{}
	}
}
