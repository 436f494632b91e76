package emulator

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"ventanilla/backend"
)

// pay is what somebody earns.
type pay struct {
	Basic    float64 `yaml:"basic"` // a month, in October 2026, in the country's money
	Category string  `yaml:"category"`
	Years    int     `yaml:"years"`   // of service; who has none was not paid yet
	Retired  bool    `yaml:"retired"` // no longer pays into the pension fund
	Number   string  `yaml:"number"`  // by which the employer knows the person, if no field of the portal is it
	Account  string  `yaml:"account"` // where it is paid, if no field of the portal is it
	Coast    bool    `yaml:"coast"`   // Ecuador: the décimo cuarto comes in March, not in August
}

// slip is one payslip of somebody.
type slip struct {
	portal  *portal
	person  *seedPerson
	account *seedAccount
	month   time.Time // its first day
	period  string
	kind    backend.PayslipKind
	concept backend.PayslipConcept
	name    string // "Octubre de 2026"
	paid    time.Time
}

// line is one line of a payslip, in hundredths of the country's money.
type line struct {
	code, concept, units string
	paid, free, taken    int64 // with contributions, without, deductions
}

// monthsKept is how far back payslips go.
const monthsKept = 14

// slips lists the payslips of an account that were paid before a moment, in the
// last fourteen months, the one paid last first.
func (p *portal) slips(account string, now time.Time) (list []slip) {
	person, a := p.find(account)
	if a == nil || a.Pay == nil || a.Pay.Years == 0 {
		return nil
	}
	first := time.Date(now.Year(), now.Month()-monthsKept, 1, 0, 0, 0, 0, time.UTC)
	for month := first; !month.After(now); month = month.AddDate(0, 1, 0) {
		s := slip{portal: p, person: person, account: a, month: month, period: month.Format("2006-01"), kind: backend.Monthly,
			name: monthOf(month), paid: workday(month.AddDate(0, 1, -1))}
		list = append(list, p.payroll().of(s)...)
	}
	list = slices.DeleteFunc(list, func(s slip) bool { return !s.paid.Before(now) })
	slices.SortStableFunc(list, func(a, b slip) int { return cmp.Or(b.paid.Compare(a.paid), cmp.Compare(b.period, a.period)) })
	return list
}

// find returns the person of an account.
func (p *portal) find(account string) (*seedPerson, *seedAccount) {
	for _, person := range p.People {
		for _, a := range person.Accounts {
			if a.ID == account {
				return person, a
			}
		}
	}
	return nil, nil
}

// id names a payslip within the account.
func (s slip) id() string {
	if s.concept != "" {
		return s.period + "-" + string(s.concept)
	}
	return s.period
}

// extra is the payslip of something that is paid beside the month's salary.
func (s slip) extra(kind backend.PayslipKind, concept backend.PayslipConcept, name string, day int) slip {
	s.kind, s.concept, s.name, s.paid = kind, concept, name, workday(s.month.AddDate(0, 0, day-1))
	return s
}

// months in Spanish.
var months = [...]string{"enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre"}

func monthOf(day time.Time) string {
	name := months[day.Month()-1]
	return fmt.Sprintf("%s%s de %d", strings.ToUpper(name[:1]), name[1:], day.Year())
}

// workday is a day, or the weekday before it.
func workday(day time.Time) time.Time {
	for day.Weekday() == time.Saturday || day.Weekday() == time.Sunday {
		day = day.AddDate(0, 0, -1)
	}
	return day
}

func (s slip) payslip() backend.Payslip {
	return backend.Payslip{ID: s.id(), Period: s.period, Kind: s.kind, Concept: s.concept, Title: s.name, PaidOn: s.paid.Format(time.DateOnly)}
}

// basic is what the month is worth, in hundredths. Salaries rise 2 % a month in Argentina and 5 % a year
// elsewhere, so that each payslip has numbers of its own that never change.
func (s slip) basic() int64 {
	ago := float64((2026-s.month.Year())*12 + int(time.October-s.month.Month()))
	rise := 1.05
	if s.portal.Country == "" || s.portal.Country == "AR" {
		return int64(math.Round(s.account.Pay.Basic * 100 * math.Pow(1.02, -ago)))
	}
	return int64(math.Round(s.account.Pay.Basic * 100 * math.Pow(rise, -math.Ceil(max(ago-9, 0)/12))))
}

// totals adds the columns of lines.
func totals(lines []line) (t line) {
	for _, l := range lines {
		t.paid, t.free, t.taken = t.paid+l.paid, t.free+l.free, t.taken+l.taken
	}
	return t
}

// money writes hundredths with what parts thousands and decimals: 1.234.567,89; nothing for 0.
func money(hundredths int64, thousands, decimal string) string {
	if hundredths == 0 {
		return ""
	}
	whole, text := fmt.Sprint(hundredths/100), ""
	for len(whole) > 3 {
		text = thousands + whole[len(whole)-3:] + text
		whole = whole[:len(whole)-3]
	}
	return fmt.Sprintf("%s%s%s%02d", whole, text, decimal, hundredths%100)
}
