package period

import (
	"fmt"
	"slices"
	"time"
)

// when is a month that a sentence names.
type when struct {
	year, month int
	said        bool // the year was said, not concluded
	day         int  // 0 if none was said
	other       *when
	wrong       bool // no such month
}

func (w when) String() string { return fmt.Sprintf("%04d-%02d", w.year, w.month) }

// index counts months, so that they can be compared and stepped through.
func (w when) index() int { return w.year*12 + w.month - 1 }

func at(index int) when { return when{year: index / 12, month: index%12 + 1} }

// reader reads sentences as of a day in a country.
type reader struct {
	now     time.Time
	country string
}

func (r reader) today() when { return when{year: r.now.Year(), month: int(r.now.Month())} }

// back is the month n months ago.
func (r reader) back(n int) when { return at(r.today().index() - n) }

// latest is the latest month of that name that is not in the future.
func (r reader) latest(month int) when {
	w := when{year: r.now.Year(), month: month}
	if w.index() > r.today().index() {
		w.year--
	}
	return w
}

// century reads the year in two figures; 0 if it is none that has been.
func (r reader) century(yy int) int {
	switch {
	case yy <= r.now.Year()%100:
		return r.now.Year()/100*100 + yy
	case yy >= 50 && yy < 100:
		return r.now.Year()/100*100 - 100 + yy
	}
	return 0
}

// reach tells whether somebody could have been paid in a year.
func (r reader) reach(year int) bool { return year >= 1950 && year <= r.now.Year()+10 }

// written reads a date of two or three numbers.
func (r reader) written(t token) (when, bool) {
	d := t.digits
	switch len(d) {
	case 3:
		return r.full(d, t.wide)
	case 2:
		return r.pair(d[0], d[1], t.wide)
	}
	return when{}, false
}

func (r reader) full(d, wide []int) (when, bool) {
	if wide[0] == 4 {
		d = []int{d[2], d[1], d[0]}
	} else if wide[2] <= 2 {
		d = []int{d[0], d[1], r.century(d[2])}
	}
	if d[1] > 12 && d[0] <= 12 { // month first
		d = []int{d[1], d[0], d[2]}
	}
	w := when{year: d[2], month: d[1], day: d[0], said: true}
	w.wrong = d[1] < 1 || d[1] > 12 || d[0] < 1 || d[0] > 31 || !r.reach(d[2])
	if d[0] < 1 || d[0] > 31 {
		w.month = 0
	}
	return w, true
}

// pair reads "10/2025", "2025/10", "10/25", "15/10", and "10/11", which is one of two.
func (r reader) pair(a, b int, wide []int) (when, bool) {
	switch {
	case wide[0] == 4:
		return r.of(b, a), true
	case wide[1] == 4:
		return r.of(a, b), true
	case wide[0] > 2 || wide[1] > 2:
		return when{}, false
	case a >= 1 && a <= 12 && b >= 1 && b <= 12:
		first, second := r.of(a, r.century(b)), r.latest(b)
		second.day, first.other = a, &second
		return first, true
	case a >= 1 && a <= 12 && r.century(b) > 0:
		return r.of(a, r.century(b)), true
	case a >= 1 && a <= 12 && b <= 31: // month first
		w := r.latest(a)
		w.day = b
		return w, true
	case b >= 1 && b <= 12 && a <= 31:
		w := r.latest(b)
		w.day = a
		return w, true
	}
	return when{wrong: true}, true
}

func (r reader) of(month, year int) when {
	return when{year: year, month: month, said: true, wrong: month < 1 || month > 12 || !r.reach(year)}
}

func has(all []token, is ...string) bool { return find(all, is...) >= 0 }

func find(all []token, is ...string) int {
	return slices.IndexFunc(all, func(t token) bool { return slices.Contains(is, t.is) })
}

func strs(list []when) []string {
	out := make([]string, len(list))
	for i, w := range list {
		out[i] = w.String()
	}
	return out
}
