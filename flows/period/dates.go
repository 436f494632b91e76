package period

import "slices"

// mention is a month of a sentence and where it stands.
type mention struct {
	when
	place int
}

func mentions(all []token) (list []mention) {
	for i, t := range all {
		if t.is == "date" {
			list = append(list, mention{t.at, i})
		}
	}
	return list
}

// dates reads months that are named: one, several, from one to another.
func (r reader) dates(all []token) Reading {
	list := mentions(all)
	if got, ok := r.figuresOfMonths(all); ok {
		return got
	}
	if len(list) == 0 {
		return Reading{}
	}
	list = r.leftover(all, list)
	if slices.ContainsFunc(list, func(m mention) bool { return m.wrong }) {
		return invalid(list)
	}
	if len(list) == 1 {
		return r.one(all, list[0])
	}
	joint := between(all, list)
	switch {
	case joint == "to":
		return r.months2(r.stretch(list[0].when, list[len(list)-1].when))
	case joint == "or":
		return Reading{Kind: Ambiguous, Periods: strs(r.spread(list))}
	}
	return r.months2(r.spread(list))
}

// months2 is a list of months, each once.
func (r reader) months2(list []when) Reading {
	periods := []string{}
	for _, p := range strs(list) {
		if !slices.Contains(periods, p) {
			periods = append(periods, p)
		}
	}
	if len(periods) == 1 {
		return Reading{Kind: Month, Periods: periods}
	}
	return Reading{Kind: Months, Periods: periods}
}

// invalid names what was understood of months that cannot be.
func invalid(list []mention) Reading {
	got := Reading{Kind: Invalid}
	for _, m := range list {
		if m.month >= 1 && m.month <= 12 && m.year > 0 {
			got.Periods = append(got.Periods, m.String())
		}
	}
	return got
}

// one reads a single month: itself, from it until now, or one of two that it can mean.
func (r reader) one(all []token, m mention) Reading {
	switch {
	case m.other != nil:
		return Reading{Kind: Ambiguous, Periods: []string{m.String(), m.other.String()}}
	case m.index() > r.today().index():
		return Reading{Kind: Future, Periods: []string{m.String()}}
	case has(all[:m.place], "from") && !has(all[:m.place], "y") || has(all[m.place:], "so_far"):
		return r.months2(r.run(m.when, r.today()))
	}
	return month(m.when)
}

// run is all months from one to another, both ends included.
func (r reader) run(a, b when) (list []when) {
	for i := a.index(); i <= b.index() && len(list) < 120; i++ {
		list = append(list, at(i))
	}
	return list
}

// stretch is from one month to another; a year that was not said follows from the other one.
func (r reader) stretch(a, b when) []when {
	switch {
	case b.said && !a.said:
		a.year = b.year
		if a.month > b.month {
			a.year--
		}
	case a.said && !b.said:
		b.year = a.year
		if b.month < a.month {
			b.year++
		}
	case !a.said:
		for a.index() > b.index() {
			a.year--
		}
		if a.index()+12 <= b.index() {
			a.year++
		}
	}
	if a.index() > b.index() {
		a, b = b, a
	}
	return r.run(a, b)
}

// spread gives the months of a list the year that was said for their neighbours.
func (r reader) spread(list []mention) (out []when) {
	for i, m := range list {
		w := m.when
		for j := i + 1; !w.said && j < len(list); j++ {
			if list[j].said {
				w.year, w.said = list[j].year, true
			}
		}
		for j := i - 1; !w.said && j >= 0; j-- {
			if list[j].said {
				w.year, w.said = list[j].year, true
			}
		}
		out = append(out, w)
	}
	return out
}

// leftover gives a year that stands apart to the months without one: "los dos del año pasado".
func (r reader) leftover(all []token, list []mention) []mention {
	if i := find(all, "y"); i >= 0 {
		for k := range list {
			if !list[k].said {
				list[k].when = r.of(list[k].month, all[i].n)
			}
		}
	}
	return list
}

// between is how the months of a list are joined: "to", "or", or "and".
func between(all []token, list []mention) string {
	joint := "and"
	for k := 1; k < len(list); k++ {
		gap := all[list[k-1].place+1 : list[k].place]
		switch {
		case has(gap, "or"):
			return "or"
		case has(gap, "to") && !has(gap, "and"), len(list) == 2 && has(all[:list[0].place], "between") && has(gap, "and"):
			joint = "to"
		}
	}
	return joint
}

// figuresOfMonths reads "meses 1-3", "mes 9 y 10".
func (r reader) figuresOfMonths(all []token) (Reading, bool) {
	i := find(all, "month")
	if i < 0 || i+1 >= len(all) || all[i+1].is != "digits" || len(all[i+1].digits) != 2 {
		return Reading{}, false
	}
	d := all[i+1].digits
	if d[0] < 1 || d[0] > 12 || d[1] < 1 || d[1] > 12 {
		return Reading{Kind: Invalid}, true
	}
	if all[i+1].sep == "-" {
		return r.months2(r.stretch(r.latest(d[0]), r.latest(d[1]))), true
	}
	return r.months2([]when{r.latest(d[0]), r.latest(d[1])}), true
}
