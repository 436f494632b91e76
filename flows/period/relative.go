package period

// relativeAt reads months that are named from today: "este mes", "el mes pasado",
// "hace dos meses", "el mes 10", "el quinto mes".
func (r reader) relativeAt(all []token, i int) (w when, next int, ok bool) {
	for _, p := range []struct {
		back int
		is   []string
	}{
		{2, []string{"month", "before_prev"}}, {2, []string{"before_prev", "month"}}, {2, []string{"prev", "before_prev"}},
		{3, []string{"antepen", "month"}}, {3, []string{"month", "antepen"}}, {2, []string{"penult", "month"}}, {2, []string{"month", "penult"}},
		{0, []string{"this", "month"}}, {0, []string{"month", "this"}}, {1, []string{"month", "prev"}}, {1, []string{"prev", "month"}}, {1, []string{"last", "month"}},
		{1, []string{"month", "last"}}, {-1, []string{"next", "month"}}, {-1, []string{"month", "next"}},
	} {
		if next, ok := is(all, i, p.is...); ok && !plural(all[i:next]) {
			if j := skip(all, next); p.is[0] == "last" && j < len(all) && all[j].is == "y" { // "el último mes del año pasado"
				return r.of(12, all[j].n), j + 1, true
			}
			return said(r.back(p.back)), next, true
		}
	}
	if next, ok := is(all, i, "ago", "number", "month"); ok && all[next-2].n < 600 && !queFollows(all, next) {
		return said(r.back(all[next-2].n)), next, true
	}
	if next, ok := is(all, i, "ago", "half"); ok {
		return said(r.back(6)), next, true
	}
	if next, ok := is(all, i, "number", "month", "back"); ok {
		return said(r.back(all[i].n)), next, true
	}
	if i > 1 && !has(all[:i], "last", "newest") && all[i].is == "prev" && filler(all[i-1]) && all[i-2].is == "and" { // "este mes y el pasado"
		return said(r.back(1)), i + 1, true
	}
	return r.numbered(all, i)
}

func said(w when) when { w.said = true; return w }

// plural tells of "los meses pasados", which are no one month.
func plural(all []token) bool {
	for _, t := range all {
		if t.text == "meses" || t.text == "mensualidades" {
			return true
		}
	}
	return false
}

// numbered reads "el mes 10 del 2025", "el quinto mes del año".
func (r reader) numbered(all []token, i int) (w when, next int, ok bool) {
	n := 0
	if next, ok = is(all, i, "month", "number"); ok && all[next-1].n < 100 {
		n = all[next-1].n
	} else if next, ok = is(all, i, "nth", "month"); ok && !plural(all[i:next]) {
		n = all[i].n
	} else if next, ok = is(all, i, "tenth", "month"); ok {
		n = 10
	} else {
		return when{}, 0, false
	}
	if n < 1 || n > 12 {
		return when{wrong: true}, next, true
	}
	w, next = r.withYear(n, all, next)
	if all[i].is == "nth" && !w.said { // of this year, not of the last
		w.year = r.now.Year()
	}
	return w, next, true
}

// relative reads what stands for itself: "el penúltimo", "el anterior", "el último".
func (r reader) relative(all []token) Reading {
	for i, t := range all {
		switch t.is {
		case "antepen":
			return month(r.back(3))
		case "penult", "before_prev":
			return month(r.back(2))
		case "newest":
			return Reading{Kind: Latest}
		case "this":
			if t.text == "actual" && standsAlone(all, i) {
				return Reading{Kind: Latest}
			}
		case "last":
			if !otherThing(all, i+1) {
				return Reading{Kind: Latest}
			}
		case "prev":
			if standsAlone(all, i) {
				return month(r.back(1))
			}
		case "next":
			if standsAlone(all, i) {
				return Reading{Kind: Future, Periods: []string{r.back(-1).String()}}
			}
		}
	}
	return Reading{}
}

func month(w when) Reading { return Reading{Kind: Month, Periods: []string{w.String()}} }

// otherThing tells of "la última vez", "la última semana".
func otherThing(all []token, i int) bool {
	if i >= len(all) {
		return false
	}
	switch all[i].text {
	case "vez", "intento", "correo", "mail", "clave", "codigo", "contrasena":
		return true
	}
	return all[i].is == "week" || all[i].is == "day"
}

// standsAlone tells whether "anterior" speaks of a payslip: "el anterior", "el recibo anterior".
func standsAlone(all []token, i int) bool {
	if len(all) == 1 {
		return true
	}
	return i > 0 && (all[i-1].is == "pay" || filler(all[i-1]) || all[i-1].text == "al") && !otherThing(all, i+1) || i+1 < len(all) && all[i+1].is == "pay"
}
