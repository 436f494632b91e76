package period

import "slices"

// Slip is one payslip that somebody has.
type Slip struct {
	Period string // the month it pays, such as "2026-10", or a fortnight, "2026-10-Q1"
	Bonus  bool   // the extra salary
}

// Among returns which of somebody's payslips, newest first, a reading means, by
// their places. Of an [Ambiguous] one these are all that it can mean. A month
// means its salary, and its extra salary only if there is nothing else or it was asked for.
func (r Reading) Among(have []Slip) (places []int) {
	switch r.Kind {
	case Latest:
		return upTo(1, len(have))
	case LatestN:
		return upTo(r.N, len(have))
	case All:
		return upTo(len(have), len(have))
	case First:
		if len(have) > 0 {
			return []int{len(have) - 1}
		}
		return nil
	}
	for _, p := range r.Periods {
		places = append(places, r.in(p, have)...)
	}
	slices.Sort(places)
	return slices.Compact(places)
}

func upTo(n, most int) (places []int) {
	for i := range min(n, most) {
		places = append(places, i)
	}
	return places
}

// in returns the payslips of one period.
func (r Reading) in(period string, have []Slip) []int {
	var salary, bonus []int
	for i, s := range have {
		switch {
		case s.Period != period && (len(period) <= 7 || s.Period != period[:7]) && (len(s.Period) <= 7 || s.Period[:7] != period):
		case s.Bonus:
			bonus = append(bonus, i)
		default:
			salary = append(salary, i)
		}
	}
	switch {
	case r.Kind == Bonus, slices.Contains(r.Bonuses, period):
		return bonus
	case r.Bonus && r.Bonuses == nil, r.Kind == Year, r.Kind == Range, len(salary) == 0:
		return append(salary, bonus...)
	}
	return salary
}
