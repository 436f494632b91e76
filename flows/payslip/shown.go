package payslip

import (
	"slices"
	"strconv"
	"strings"
	"unicode"

	"ventanilla/backend"
	"ventanilla/flows"
	"ventanilla/flows/account"
	"ventanilla/flows/period"
)

// onScreen finds the one payslip that is offered right now and that a month without a year names: "el de noviembre" is the one that
// stands there, whatever other Novembers there were. It is the option's id, "" if none or several stand there.
func (p payslips) onScreen(t *flows.Turn, said string) string {
	if strings.ContainsFunc(said, unicode.IsDigit) {
		return ""
	}
	words, months := strings.Fields(flows.Plain(said)), strings.Fields(flows.Plain(t.Text("months")))
	at := slices.IndexFunc(words, func(w string) bool { return slices.Contains(months, w) })
	if at < 0 || slices.ContainsFunc(words[at+1:], func(w string) bool { return slices.Contains(months, w) || w == "ano" || w == "pasado" || w == "y" }) {
		return ""
	}
	var shown []named
	get(t, "shown", &shown)
	found := ""
	for i, s := range shown {
		if !slices.Contains(strings.Fields(flows.Plain(s.Title)), words[at]) {
			continue
		}
		if found != "" {
			return ""
		}
		found = "slip-" + strconv.Itoa(i)
	}
	return found
}

// lacking says which of several periods that were asked for have no payslip: the others are sent.
func (p payslips) lacking(t *flows.Turn, list []backend.Payslip, r period.Reading) {
	if len(r.Periods) < 2 || r.Kind != period.Months && r.Kind != period.Fortnight {
		return
	}
	var none []string
	for _, one := range r.Periods {
		single := period.Reading{Kind: r.Kind, Periods: []string{one}, Bonus: r.Bonus, Bonuses: r.Bonuses}
		if len(pick(list, single)) == 0 {
			none = append(none, account.Month(t, one))
		}
	}
	if len(none) > 0 {
		t.Say("lacking", "what", strings.Join(none, ", "))
	}
}
