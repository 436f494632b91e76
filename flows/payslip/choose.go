package payslip

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"

	"ventanilla/backend"
	"ventanilla/flows"
	"ventanilla/flows/account"
	"ventanilla/flows/period"
)

const (
	batch   = 6 // how many payslips are sent at once; the rest on request
	page    = 6 // how many a list shows: with the ways out they are at most ten (RULES: wa.limits)
	few     = 3 // so many of one month are sent without asking which
	nearest = 4 // how many are offered in the place of one that is not there
)

// byReading sends the payslips that a period means, or offers what is near.
func (p payslips) byReading(ctx context.Context, t *flows.Turn, list []backend.Payslip, r period.Reading) (string, error) {
	switch r.Kind {
	case period.Unknown, period.Invalid:
		p.show(t, list, 0)
		return "show", nil
	case period.LatestN:
		if r.N == 0 {
			p.show(t, list, 0)
			return "show", nil
		}
	}
	meant := pick(list, r)
	switch {
	case len(meant) == 0:
		return p.instead(t, list, r), nil
	case r.Kind == period.Ambiguous && (len(meant) > 1 || !r.Bonus): // of two extra salaries a person may have one
		p.offer(t, meant[:min(len(meant), page)], "which", "")
		return "choose", nil
	}
	p.lacking(t, list, r)
	return p.send(ctx, t, meant)
}

// byID sends payslips that were offered before, as far as they are still there.
func (p payslips) byID(ctx context.Context, t *flows.Turn, list []backend.Payslip, wanted []string) (string, error) {
	there := slices.DeleteFunc(slices.Clone(list), func(s backend.Payslip) bool { return !slices.Contains(wanted, s.ID) })
	if len(there) == 0 {
		p.offer(t, list[:min(len(list), nearest)], "gone", "")
		return "choose", nil
	}
	return p.send(ctx, t, there)
}

// byPlace sends one payslip by its place in the list, if the list is that long.
func (p payslips) byPlace(ctx context.Context, t *flows.Turn, list []backend.Payslip, i int) (string, error) {
	if i < len(list) {
		return p.send(ctx, t, list[i:i+1])
	}
	p.offer(t, list[max(len(list)-nearest, 0):], "none", "")
	return "choose", nil
}

// byCount sends the one that is so many places behind the newest. Where extra salaries stand between them people may count without
// those: then it is asked.
func (p payslips) byCount(ctx context.Context, t *flows.Turn, list []backend.Payslip, back int) (string, error) {
	newest := list[:min(len(list), back+1)]
	if slices.ContainsFunc(newest, func(s backend.Payslip) bool { return s.Kind == backend.Bonus || s.Kind == backend.Other }) {
		p.offer(t, list[:min(len(list), page)], "which", "")
		return "choose", nil
	}
	return p.byPlace(ctx, t, list, back)
}

// pick returns the payslips that a period means, in the order of the list: the newest first.
func pick(list []backend.Payslip, r period.Reading) (meant []backend.Payslip) {
	switch {
	case r.Concept != "":
		list = only(list, func(s backend.Payslip) bool { return string(s.Concept) == r.Concept })
		if len(r.Periods) == 0 {
			return list
		}
	case r.Kind == period.Bonus, r.Kind == period.Ambiguous && r.Bonus:
		list = only(list, func(s backend.Payslip) bool { return s.Kind == backend.Bonus })
		if len(r.Periods) == 0 {
			return list
		}
	}
	have := make([]period.Slip, len(list))
	for i, s := range list {
		have[i] = period.Slip{Period: s.Period, Bonus: s.Kind == backend.Bonus || s.Kind == backend.Other}
	}
	for _, i := range r.Among(have) {
		meant = append(meant, list[i])
	}
	if r.Kind != period.Month || len(meant) == 0 {
		return meant
	}
	month := only(list, func(s backend.Payslip) bool { return strings.HasPrefix(s.Period, r.Periods[0]) })
	if len(month) > few {
		return meant
	}
	return month
}

func only(list []backend.Payslip, wanted func(backend.Payslip) bool) []backend.Payslip {
	return slices.DeleteFunc(slices.Clone(list), func(s backend.Payslip) bool { return !wanted(s) })
}

// instead offers what is nearest to a period that has no payslip.
func (p payslips) instead(t *flows.Turn, list []backend.Payslip, r period.Reading) string {
	why, what := "none", ""
	if len(r.Periods) == 1 && r.Concept == "" {
		what = account.Month(t, r.Periods[0])
	}
	switch {
	case r.Kind == period.Future:
		why = "future"
	case r.Bonus, r.Concept != "":
		why = "none_extra"
	}
	near := slices.Clone(list)
	if len(r.Periods) > 0 {
		slices.SortStableFunc(near, func(a, b backend.Payslip) int { return distance(a, r.Periods) - distance(b, r.Periods) })
	}
	near = near[:min(len(near), nearest)]
	slices.SortStableFunc(near, func(a, b backend.Payslip) int { return place(list, a) - place(list, b) })
	p.offer(t, near, why, what)
	return "choose"
}

func place(list []backend.Payslip, s backend.Payslip) int {
	return slices.IndexFunc(list, func(x backend.Payslip) bool { return x.ID == s.ID })
}

// distance is how far a payslip is from the nearest of some periods, in halves of a month.
func distance(s backend.Payslip, periods []string) int {
	least := 1 << 20
	for _, one := range periods {
		d := halves(s.Period) - halves(one)
		least = min(least, max(d, -d))
	}
	return least
}

// halves counts the halves of months until a period such as 2026-10 or 2026-10-Q2.
func halves(period string) int {
	parts := strings.Split(period+"--", "-")
	year, _ := strconv.Atoi(parts[0]) // of the core's pattern, or read by package period
	month, _ := strconv.Atoi(parts[1])
	return 2*(12*year+month) + map[string]int{"Q2": 1}[parts[2]]
}

// offer remembers the payslips that the question offers, and why it does.
func (p payslips) offer(t *flows.Turn, list []backend.Payslip, why, what string) {
	shown := []named{}
	for _, s := range list {
		shown = append(shown, naming(s))
	}
	put(t, "shown", shown)
	t.Values["why"], t.Values["what"] = why, what
	delete(t.Values, "from")
}

// why fills the reason of a choice.
func why(t *flows.Turn) []string {
	key := cmp.Or(t.Values["why"], "which")
	if t.Values["what"] == "" && key == "none" {
		key = "none_some"
	}
	if t.Values["what"] == "" && key == "future" {
		key = "future_some"
	}
	return []string{"why", t.Text("why_"+key, "what", t.Values["what"])}
}

// show remembers a page of the list.
func (p payslips) show(t *flows.Turn, list []backend.Payslip, from int) {
	if from >= len(list) {
		from = 0
	}
	p.offer(t, list[from:min(from+page, len(list))], "", "")
	t.Values["from"], t.Values["count"] = strconv.Itoa(from), strconv.Itoa(len(list))
}

// listed fills which part of the list is shown.
func listed(t *flows.Turn) []string {
	var shown []named
	get(t, "shown", &shown)
	from, _ := strconv.Atoi(t.Values["from"]) // written by show
	return []string{"first", strconv.Itoa(from + 1), "last", strconv.Itoa(from + len(shown)), "count", t.Values["count"]}
}

// shown are the payslips that the question offers, and the ways through the list.
func (p payslips) shown(t *flows.Turn) (all []flows.Option) {
	var shown []named
	get(t, "shown", &shown)
	for i, s := range shown {
		all = append(all, flows.Option{ID: "slip-" + strconv.Itoa(i), Label: s.Title})
	}
	if t.Values["from"] == "" {
		return all
	}
	from, _ := strconv.Atoi(t.Values["from"]) // written by show, like the count
	if count, _ := strconv.Atoi(t.Values["count"]); from+page < count {
		all = append(all, flows.Option{ID: "older", Label: t.Text("offer_older")})
	}
	if from > 0 {
		all = append(all, flows.Option{ID: "newer", Label: t.Text("offer_newer")})
	}
	return all
}
