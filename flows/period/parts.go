package period

import (
	"fmt"
	"slices"
)

// spans are the parts of a year by how many months they have.
var spans = map[string]int{"two_months": 2, "quarter": 3, "four_months": 4, "half": 6}

// span reads quarters and halves of a year: "primer semestre 2025", "último trimestre".
func (r reader) span(all []token) Reading {
	i := find(all, "two_months", "quarter", "four_months", "half")
	if i < 0 {
		return Reading{}
	}
	size := spans[all[i].is]
	year, said := r.now.Year(), false
	if k := find(all, "y"); k >= 0 {
		year, said = all[k].n, true
	}
	now := (int(r.now.Month()) - 1) / size
	which := r.whichPart(all, i)
	switch {
	case which > 12/size:
		return Reading{Kind: Invalid}
	case which > 0 && !said && (which-1) > now:
		year--
	case which > 0:
	case has(all, "prev"):
		which, year = now, r.now.Year()
		if which == 0 {
			which, year = 12/size, year-1
		}
	case has(all, "this"):
		which = now + 1
	case has(all, "next"):
		return Reading{Kind: Future}
	default:
		n, _ := r.quantity(all)
		return Reading{Kind: LatestN, N: size * max(n, 1)}
	}
	periods := r.until(year, (which-1)*size+1, which*size)
	if len(periods) == 0 {
		return Reading{Kind: Future}
	}
	return Reading{Kind: Range, Periods: periods}
}

// whichPart is the number of a part: "tercer trimestre", "trimestre 3"; 0 if none is said.
func (r reader) whichPart(all []token, i int) int {
	if k := find(all, "nth"); k >= 0 {
		return all[k].n
	}
	if i+1 < len(all) && all[i+1].is == "number" {
		return all[i+1].n
	}
	return 0
}

// half is a fortnight: months count two.
type half int

func (r reader) thisHalf() half {
	h := half(r.today().index() * 2)
	if r.now.Day() > 15 {
		h++
	}
	return h
}

// paidHalf is the newest fortnight whose pay day, the 15th or the last of the month, has come.
func (r reader) paidHalf() half {
	last := r.now.AddDate(0, 0, 1).Day() == 1
	switch {
	case last, r.now.Day() < 15:
		return half(r.today().index()*2) + map[bool]half{true: 1, false: -1}[last]
	}
	return half(r.today().index() * 2)
}

func (h half) String() string { return fmt.Sprintf("%s-Q%d", at(int(h)/2), int(h)%2+1) }

func fortnight(list ...half) Reading {
	got := Reading{Kind: Fortnight}
	for _, h := range list {
		got.Periods = append(got.Periods, h.String())
	}
	return got
}

// fortnight reads half months: "la última quincena", "quincena 19", "primera quincena de octubre".
func (r reader) fortnight(all []token) Reading {
	i := find(all, "fortnight")
	if i < 0 {
		return r.halfWithoutWord(all)
	}
	if n, unit := r.quantity(all[:i+1]); unit == "fortnight" && n > 1 {
		if k := find(all, "ago"); k >= 0 && k < i {
			return fortnight(r.thisHalf() - half(n))
		}
		if list := mentions(all); n != 2 || len(list) == 0 {
			return Reading{Kind: LatestN, N: n}
		}
	}
	if j := i + 1; j < len(all) && all[j].is == "number" || j+1 < len(all) && all[j].text == "numero" && all[j+1].is == "number" {
		return r.nthOfYear(all, all[j+find(all[j:], "number")].n)
	}
	if j := skip(all, i+1); j < len(all) && all[j].is == "number" && payday(all[j].n) { // "la quincena del 30"
		return fortnight(r.paidOn(all[j].n))
	}
	if list := mentions(all); len(list) > 0 {
		return r.halfOf(all, i, list[0])
	}
	return r.relativeHalf(all)
}

// payday tells whether fortnights are paid on that day of a month.
func payday(day int) bool { return day == 15 || day >= 28 && day <= 31 }

// paidOn is the newest fortnight that was paid on a 15th, or on the last of a month.
func (r reader) paidOn(day int) half {
	h := r.paidHalf()
	if (int(h)%2 == 0) != (day == 15) {
		h--
	}
	return h
}

// halfWithoutWord reads "la segunda de octubre" where people are paid by the fortnight.
func (r reader) halfWithoutWord(all []token) Reading {
	k, list := find(all, "nth"), mentions(all)
	if r.country == "MX" && len(list) == 1 && payday(list[0].day) && slices.ContainsFunc(all, func(t token) bool { return t.text == "la" }) {
		return r.halfOf(all, find(all, "date"), list[0])
	}
	if r.country != "MX" || len(list) != 1 || k < 0 || all[k].n > 2 || all[k].text[len(all[k].text)-1] != 'a' {
		return Reading{}
	}
	return r.halfOf(all, k, list[0])
}

// nthOfYear reads "quincena 19": the 19th of the year, the latest that has begun.
func (r reader) nthOfYear(all []token, n int) Reading {
	if n < 1 || n > 24 {
		return Reading{Kind: Invalid}
	}
	year := r.now.Year()
	h := half(year*24 + n - 1)
	if k := find(all, "y"); k >= 0 {
		h = half(all[k].n*24 + n - 1)
	} else if h > r.thisHalf() {
		h -= 24
	}
	if h > r.thisHalf() {
		return Reading{Kind: Future, Periods: []string{h.String()}}
	}
	return fortnight(h)
}

// halfOf reads the fortnight of a month; without a word on which one it can be both.
func (r reader) halfOf(all []token, i int, m mention) Reading {
	if m.wrong {
		return invalid([]mention{m})
	}
	first := half(m.index() * 2)
	k := find(all, "nth")
	switch {
	case bothHalves(all) && first+1 <= r.thisHalf():
		return fortnight(first, first+1)
	case k >= 0 && all[k].n <= 2:
		first += half(all[k].n - 1)
	case has(all, "last"):
		first++
	case m.day > 15:
		first++
	case m.day > 0:
	case all[i].text == "quincenas" || all[i].text == "quinsenas" || has(all, "all", "couple"):
		return fortnight(first, first+1)
	default:
		return Reading{Kind: Ambiguous, Periods: []string{first.String(), (first + 1).String()}}
	}
	if first > r.thisHalf() {
		return Reading{Kind: Future, Periods: []string{first.String()}}
	}
	return fortnight(first)
}

// bothHalves tells of "la primera y la segunda quincena".
func bothHalves(all []token) bool {
	nth := func(n int) bool {
		return slices.ContainsFunc(all, func(t token) bool { return t.is == "nth" && t.n == n })
	}
	return nth(1) && nth(2)
}

func (r reader) relativeHalf(all []token) Reading {
	k := find(all, "nth")
	switch {
	case has(all, "next"):
		return Reading{Kind: Future, Periods: []string{(r.thisHalf() + 1).String()}}
	case k >= 0 && all[k].n <= 2:
		h := half(r.today().index()*2 + all[k].n - 1)
		if h > r.thisHalf() {
			h -= 2
		}
		return fortnight(h)
	case has(all, "antepen"):
		return fortnight(r.paidHalf() - 2)
	case has(all, "penult"):
		return fortnight(r.paidHalf() - 1)
	case has(all, "before_prev"):
		return fortnight(r.thisHalf() - 2)
	case has(all, "prev"):
		return fortnight(r.thisHalf() - 1)
	case has(all, "this"):
		return fortnight(r.thisHalf())
	case has(all, "all"):
		return Reading{Kind: All}
	case has(all, "lasts"):
		return Reading{Kind: LatestN}
	}
	return fortnight(r.paidHalf())
}
