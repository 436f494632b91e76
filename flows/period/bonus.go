package period

import (
	"slices"
	"time"
)

// due is a day of each year until which something must be paid.
type due struct{ month, day int }

// The extra salaries by law: AR Ley 27.073 (SAC, 30 June and 18 December), MX LFT
// art. 87 (20 December), EC Código del Trabajo art. 111 (24 December) and 113 (15
// March on the coast and Galápagos, 15 August in the highlands and the east).
var (
	bonusAR     = []due{{6, 30}, {12, 18}}
	bonusMX     = []due{{12, 20}}
	tenthThird  = []due{{12, 24}}
	fourthCoast = []due{{3, 15}}
	fourthHigh  = []due{{8, 15}}
)

// schedule is when the extra salary that a sentence names is paid; several if it does not say which.
func (r reader) schedule(all []token) [][]due {
	switch {
	case has(all, "d14") && has(all, "coast"):
		return [][]due{fourthCoast}
	case has(all, "d14") && has(all, "highlands"):
		return [][]due{fourthHigh}
	case has(all, "d14"):
		return [][]due{fourthCoast, fourthHigh}
	case has(all, "d13"), r.country == "EC" && has(all, "bonus"):
		return [][]due{tenthThird}
	case has(all, "tenth") && r.country == "EC":
		return [][]due{tenthThird, fourthCoast, fourthHigh}
	case has(all, "bonus") && r.country == "MX":
		return [][]due{bonusMX}
	case has(all, "bonus"):
		return [][]due{bonusAR}
	}
	return nil
}

// bonus reads the extra salary: "aguinaldo", "SAC 2/2025", "décimo cuarto sierra", "octubre y el aguinaldo".
func (r reader) bonus(all []token) Reading {
	schedules := r.schedule(all)
	if schedules == nil {
		return Reading{}
	}
	b := find(all, "bonus", "d13", "d14", "tenth")
	own, others := r.whose(all, b, schedules...)
	if len(others) > 0 {
		return r.together(all, b, own, others, schedules)
	}
	if len(own) > 0 {
		got := r.bonusOf(own)
		if p := find(all[:b], "pay"); got.Kind == Bonus && p >= 0 && has(all[p:b], "and") { // "el sueldo y el aguinaldo de junio"
			got.Kind = Months
		}
		return got
	}
	if len(schedules) > 1 {
		return r.either(all, schedules)
	}
	return r.paidBonus(all, b, schedules[0])
}

// whose parts the months of a sentence: those that say which extra salary is meant, and those asked for beside it. A month that is
// joined to one of the former is another extra salary, "el sac de junio y el de diciembre", if it is paid then and no salary is named.
func (r reader) whose(all []token, b int, schedules ...[]due) (own []when, others []mention) {
	last := b
	for _, m := range r.leftover(all, mentions(all)) {
		gap := all[min(b, m.place)+1 : max(b, m.place)]
		if len(own) > 0 && m.place > last && paidIn(schedules, m.when) && !has(all[last:m.place], "pay") {
			own, last = append(own, m.when), m.place
			continue
		}
		if has(gap, "and") || m.place < b && !m.wrong {
			others = append(others, m)
			continue
		}
		own, last = append(own, m.when), m.place
	}
	return own, others
}

// paidIn tells whether one of some extra salaries is paid in a month.
func paidIn(schedules [][]due, w when) bool {
	return slices.ContainsFunc(schedules, func(s []due) bool {
		return slices.ContainsFunc(s, func(d due) bool { return d.month == w.month })
	})
}

func (r reader) bonusOf(own []when) Reading {
	for _, w := range own {
		if w.wrong {
			return invalid([]mention{{w, 0}})
		}
	}
	got := Reading{Kind: Bonus, Periods: strs(own), Bonus: true}
	if own[0].index() > r.today().index() {
		got.Kind = Future
	}
	return got
}

// together reads months and the extra salary, in the order they are named.
func (r reader) together(all []token, b int, own []when, others []mention, schedules [][]due) Reading {
	months := r.dates(slices.DeleteFunc(slices.Clone(all), func(t token) bool { return t.is == "bonus" || t.is == "d13" || t.is == "d14" }))
	switch {
	case months.Kind == Months && len(own) > 0: // "el sac de junio y el sueldo de octubre"
		months.Bonus, months.Bonuses = true, strs(own)
		if slices.ContainsFunc(others, func(m mention) bool { return slices.Contains(months.Bonuses, m.when.String()) }) { // both of one month
			months.Bonuses = nil
		}
		return months
	case months.Kind == Invalid, len(own) > 0:
		return months
	}
	var extra []string
	for _, s := range schedules {
		extra = append(extra, r.lastDue(s, 0).String())
	}
	got := Reading{Kind: Months, Bonus: true, Bonuses: extra}
	if others[0].place < b {
		got.Periods = append(months.Periods, extra...)
	} else {
		got.Periods = append(extra, months.Periods...)
	}
	return got
}

// either reads an extra salary of which there are several, such as the décimo cuarto.
func (r reader) either(all []token, schedules [][]due) Reading {
	got := Reading{Kind: Ambiguous, Bonus: true}
	for _, s := range schedules {
		w := r.lastDue(s, 0)
		if k := find(all, "y"); k >= 0 {
			w = when{year: all[k].n, month: s[0].month}
		}
		got.Periods = append(got.Periods, w.String())
	}
	return got
}

// paidBonus reads which one of those that are paid at known times is meant.
func (r reader) paidBonus(all []token, b int, s []due) Reading {
	year := 0
	if k := find(all, "y"); k >= 0 {
		year = all[k].n
	}
	which := 0
	if len(s) > 1 {
		which, year = r.whichHalf(all, b, year)
	}
	got := Reading{Kind: Bonus, Bonus: true}
	switch {
	case which > 0:
		w := when{year: year, month: s[which-1].month}
		if year == 0 {
			w.year = r.now.Year()
		}
		return r.dueOrNot(w, s[which-1])
	case year > 0:
		return r.bonusInYear(year, s)
	case has(all, "next"):
		return Reading{Kind: Future, Periods: []string{r.nextDue(s).String()}, Bonus: true}
	case has(all, "all"):
		return got
	case has(all, "penult", "prev") && !has(all, "year"):
		got.Periods = []string{r.lastDue(s, 1).String()}
		return got
	}
	n, _ := r.quantity(all)
	for i := range max(1, min(n, 20)) {
		got.Periods = append(got.Periods, r.lastDue(s, i).String())
	}
	return got
}

// whichHalf reads the half of a year: "segundo aguinaldo", "SAC 2/2025", "sac 1 2025".
func (r reader) whichHalf(all []token, b, year int) (which, ofYear int) {
	if k := find(all, "nth"); k >= 0 && all[k].n <= 2 {
		return all[k].n, year
	}
	if b+1 < len(all) {
		switch t := all[b+1]; {
		case t.is == "digits" && len(t.digits) == 2 && t.digits[0] >= 1 && t.digits[0] <= 2:
			return t.digits[0], r.shortYear(t.digits[1])
		case t.is == "number" && t.n >= 1 && t.n <= 2:
			return t.n, year
		}
	}
	return 0, year
}

func (r reader) dueOrNot(w when, d due) Reading {
	got := Reading{Kind: Bonus, Periods: []string{w.String()}, Bonus: true}
	if r.date(w.year, d).After(r.now) {
		got.Kind = Future
	}
	return got
}

func (r reader) bonusInYear(year int, s []due) Reading {
	got := Reading{Kind: Bonus, Bonus: true}
	for _, d := range s {
		if !r.date(year, d).After(r.now) {
			got.Periods = append(got.Periods, when{year: year, month: d.month}.String())
		}
	}
	if len(got.Periods) == 0 {
		return Reading{Kind: Future, Periods: []string{when{year: year, month: s[0].month}.String()}, Bonus: true}
	}
	return got
}

func (r reader) date(year int, d due) time.Time {
	return time.Date(year, time.Month(d.month), d.day, 0, 0, 0, 0, r.now.Location())
}

// lastDue is the newest of them that was due, or the one n before it.
func (r reader) lastDue(s []due, n int) when {
	for year := r.now.Year(); ; year-- {
		for i := len(s) - 1; i >= 0; i-- {
			if r.date(year, s[i]).After(r.now) {
				continue
			}
			if n == 0 {
				return when{year: year, month: s[i].month}
			}
			n--
		}
	}
}

func (r reader) nextDue(s []due) when {
	for year := r.now.Year(); ; year++ {
		for _, d := range s {
			if r.date(year, d).After(r.now) {
				return when{year: year, month: d.month}
			}
		}
	}
}

// concepts are what is paid apart, and when if it is at a known time (PTU: MX LFT art.
// 122, utilidades: EC Código del Trabajo art. 105).
var concepts = map[string]due{"ptu": {5, 30}, "utilidades": {4, 15}, "finiquito": {}, "vacaciones": {}, "retroactivo": {}, "bono": {}, "reserva": {}, "ahorro": {}, "presentismo": {}}

// concept reads what is paid apart: "PTU", "finiquito", "vacaciones de enero".
func (r reader) concept(all []token) Reading {
	i := slices.IndexFunc(all, func(t token) bool { _, ok := concepts[t.is]; return ok })
	if i < 0 {
		return Reading{}
	}
	name := all[i].is
	if name == "utilidades" && r.country == "MX" {
		name = "ptu"
	}
	d := concepts[name]
	got := Reading{Kind: Concept, Concept: name}
	own, others := r.whose(all, i)
	switch k := find(all, "y"); {
	case len(others) > 0:
		months := r.dates(all)
		months.Concept = name
		return months
	case len(own) > 0:
		got.Periods = strs(own)
	case d.month > 0 && k >= 0:
		got.Periods = []string{when{year: all[k].n, month: d.month}.String()}
	case d.month > 0:
		got.Periods = []string{r.lastDue([]due{d}, 0).String()}
	}
	return got
}
