package period

import "slices"

// fillers are the words between a month and its year.
var fillers = []string{"de", "del", "d", "el", "la", "los", "las", "pero", "para", "ese", "en"}

func filler(t token) bool { return t.is == "" && slices.Contains(fillers, t.text) }

// skip returns the first place from i on that is no filler.
func skip(all []token, i int) int {
	for i < len(all) && filler(all[i]) {
		i++
	}
	return i
}

// is tells whether the meanings stand at i, with fillers between them; next is behind them.
func is(all []token, i int, meanings ...string) (next int, ok bool) {
	for k, m := range meanings {
		if k > 0 {
			i = skip(all, i)
		}
		if i >= len(all) || all[i].is != m {
			return 0, false
		}
		i++
	}
	return i, true
}

// years replaces what names a year by one token "y".
func (r reader) years(all []token) (out []token) {
	for i := 0; i < len(all); {
		if t, next, ok := r.yearAt(all, i); ok {
			out, i = append(out, t), next
			continue
		}
		out, i = append(out, all[i]), i+1
	}
	return out
}

func (r reader) yearAt(all []token, i int) (token, int, bool) {
	year := r.now.Year()
	for _, p := range []struct {
		n  int
		is []string
	}{
		{year, []string{"this", "year"}}, {year, []string{"year", "this"}}, {year - 2, []string{"year", "before_prev"}},
		{year - 1, []string{"year", "prev"}}, {year - 1, []string{"prev", "year"}}, {year + 1, []string{"next", "year"}}, {year + 1, []string{"year", "next"}},
	} {
		if next, ok := is(all, i, p.is...); ok {
			return token{is: "y", n: p.n}, next, true
		}
	}
	if next, ok := is(all, i, "ago", "number", "year"); ok && all[next-2].n < 60 && !queFollows(all, next) {
		return r.yearsAgo(all, i, all[next-2].n), next, true
	}
	if next, ok := is(all, i, "year", "number"); ok && all[next-1].n >= 100 == (all[next-1].n >= 1900) {
		if n := r.shortYear(all[next-1].n); n > 0 {
			return token{is: "y", n: n}, next, true
		}
	}
	if all[i].is == "number" && fourFigures(all[i]) {
		return token{is: "y", n: all[i].n}, i + 1, true
	}
	if all[i].is == "year" && i > 0 && all[i-1].text == "del" || all[i].is == "year" && i > 1 && all[i-1].text == "de" {
		return token{is: "y", n: year}, i + 1, true
	}
	return token{}, 0, false
}

func (r reader) shortYear(n int) int {
	if n >= 1900 {
		return n
	}
	return r.century(n)
}

func fourFigures(t token) bool {
	return len(t.wide) == 1 && t.wide[0] == 4 && t.n > 0 || t.wide == nil && t.n >= 1900 && t.n < 2100
}

// yearsAgo: "los de hace dos años" is a year, "el de hace un año" a month.
func (r reader) yearsAgo(all []token, i, n int) token {
	if i > 1 && (all[i-2].text == "los" || all[i-2].text == "todos" || all[i-1].text == "los") || n > 1 {
		return token{is: "y", n: r.now.Year() - n}
	}
	return token{is: "date", at: r.back(12 * n)}
}

// queFollows tells of "hace tres meses que no puedo entrar", which names no period.
func queFollows(all []token, i int) bool { return i < len(all) && all[i].text == "que" }

// months replaces what names a month by one token "date".
func (r reader) months(all []token) (out []token) {
	for i := 0; i < len(all); {
		w, next, ok := r.monthAt(all, i)
		if ok && whenPaid(out) {
			i = next
			continue
		}
		if !ok {
			out, i = append(out, all[i]), i+1
			continue
		}
		for len(out) > 0 && r.before(&w, out) {
			out = out[:len(out)-1]
		}
		out, i = append(out, token{is: "date", at: w}), next
	}
	return out
}

// whenPaid tells of "el de octubre que cobré en noviembre", where the second month is not the one that is asked for.
func whenPaid(out []token) bool {
	n := len(out)
	return n > 2 && out[n-1].text == "en" && out[n-2].is == "paid" && has(out, "date")
}

func (r reader) monthAt(all []token, i int) (w when, next int, ok bool) {
	switch t := all[i]; t.is {
	case "date":
		return t.at, i + 1, true
	case "m":
		w, next = r.withYear(t.n, all, i+1)
		return w, next, true
	case "short":
		if w, next = r.withYear(t.n, all, i+1); w.said || len(all) == 1 || i > 0 && (all[i-1].is == "number" || all[i-1].is == "date" || all[i-1].is == "to") {
			return w, next, true
		}
	case "digits":
		if i > 0 && all[i-1].is == "month" && len(t.digits) == 2 && t.wide[1] <= 2 || len(t.digits) > 1 && i > 0 && all[i-1].is == "bonus" && t.digits[0] <= 2 {
			return when{}, 0, false
		}
		w, ok = r.written(t)
		return w, i + 1, ok
	case "number":
		if j := skip(all, i+1); j < len(all) && all[j].is == "y" && t.n <= 12 && len(t.wide) == 1 && t.n > 0 && !labelled(all, i) {
			return r.of(t.n, all[j].n), j + 1, true
		}
		if i+1 < len(all) && all[i+1].is == "number" && len(t.wide) == 1 && len(all[i+1].wide) == 1 && t.n <= 12 && t.n > 0 && all[i+1].wide[0] == 2 && all[i+1].n > 12 && r.century(all[i+1].n) > 0 && len(all) <= 4 {
			return r.of(t.n, r.century(all[i+1].n)), i + 2, true // "10 25"
		}
	}
	return r.relativeAt(all, i)
}

// labelled tells whether a number counts something else: "quincena 9 de 2025", "los últimos 3 de 2025".
func labelled(all []token, i int) bool {
	return i > 0 && slices.Contains([]string{"fortnight", "quarter", "half", "two_months", "four_months", "last", "lasts", "bonus", "month"}, all[i-1].is)
}

// withYear reads the year behind a month, if there is one.
func (r reader) withYear(month int, all []token, i int) (when, int) {
	w := r.latest(month)
	j := skip(all, i)
	if j+1 < len(all) && j == i && (all[j].text == "/" || all[j].text == "-") && (all[j+1].is == "y" || all[j+1].is == "number") {
		i, j = i+1, j+1 // "oct/25", "dic-2024"
	}
	if j >= len(all) {
		return w, i
	}
	switch t := all[j]; {
	case t.is == "y":
		return r.of(month, t.n), j + 1
	case t.is == "date": // "octubre de hace un año"
		return r.of(month, t.at.year), j + 1
	case t.is == "prev" && j > i && all[j-1].text == "del": // "diciembre del pasado"
		return r.of(month, r.now.Year()-1), j + 1
	case t.is == "prev", t.is == "last" && j == i:
		if w.index() == r.today().index() {
			w.year--
		}
		return w, j + 1
	case t.is == "next":
		w.year, w.said = r.latest(month).year+1, true
		return w, j + 1
	case t.is == "this" && j == i:
		return w, j + 1
	case t.is == "number" && t.n < 100 && j == skip(all, i) && len(t.wide) <= 1:
		return r.twoFigures(w, t, i, j)
	}
	return w, i
}

// twoFigures reads "octubre 25" as a month of 2025, "octubre 30" as a day.
func (r reader) twoFigures(w when, t token, i, j int) (when, int) {
	if t.wide != nil && t.wide[0] == 1 && j == i {
		return w, i
	}
	if y := r.century(t.n); y > 0 && (t.n >= 10 || t.wide != nil && t.wide[0] == 2) {
		return r.of(w.month, y), j + 1
	}
	if t.n > 0 && t.n <= 31 && t.wide != nil {
		w.day = t.n
		return w, j + 1
	}
	return w, i
}

// before takes what stands before a month and belongs to it; true if the last token of out was taken.
func (r reader) before(w *when, out []token) bool {
	last := out[len(out)-1]
	switch {
	case filler(last) && last.text != "y" && len(out) > 1 && belongs(out[len(out)-2], w):
		return true
	case last.is == "y" && !w.said:
		*w = r.of(w.month, last.n)
		return true
	case last.is == "number" && last.n >= 1 && last.n <= 31 && w.day == 0 && w.other == nil && len(last.wide) == 1:
		w.day = last.n
		return true
	case last.is == "this" && !w.said:
		return true
	case last.is == "prev" && !w.said && w.index() == r.today().index():
		w.year--
		return true
	case last.is == "next" && !w.said:
		w.year, w.said = r.latest(w.month).year+1, true
		return true
	case last.is == "month":
		return true
	}
	return false
}

// belongs tells whether a token that stands before fillers and a month is part of its name.
func belongs(t token, w *when) bool {
	return t.is == "month" || t.is == "y" && !w.said || t.is == "number" && len(t.wide) == 1 && t.n >= 1 && t.n <= 31 && w.day == 0
}
