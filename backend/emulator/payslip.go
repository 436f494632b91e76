package emulator

import (
	"fmt"
	"math"
	"strings"
	"time"

	"ventanilla/backend"
)

// pay is what somebody earns.
type pay struct {
	Basic    float64 `yaml:"basic"` // pesos a month, in October 2026
	Category string  `yaml:"category"`
	Years    int     `yaml:"years"`   // of service; who has none was not paid yet
	Retired  bool    `yaml:"retired"` // no longer pays into the pension fund
}

// slip is one payslip of somebody.
type slip struct {
	portal  *portal
	person  *seedPerson
	account *seedAccount
	month   time.Time // its first day
	bonus   bool      // the half-yearly extra salary (SAC, Ley 23.041)
}

// line is one line of a payslip, in centavos.
type line struct {
	code, concept, units string
	paid, free, taken    int64 // with contributions, without, deductions
}

// monthsKept is how far back payslips go.
const monthsKept = 12

// slips lists the payslips of an account at a moment, newest first: the twelve whole
// months before it, and the extra salaries of June and December among them.
func (p *portal) slips(account string, now time.Time) (list []slip) {
	person, a := p.find(account)
	if a == nil || a.Pay == nil || a.Pay.Years == 0 {
		return nil
	}
	month := time.Date(now.Year(), now.Month(), 1, 0, 0, 0, 0, time.UTC)
	for range monthsKept {
		month = month.AddDate(0, -1, 0)
		s := slip{portal: p, person: person, account: a, month: month}
		if month.Month() == time.June || month.Month() == time.December {
			extra := s
			extra.bonus = true
			list = append(list, extra)
		}
		list = append(list, s)
	}
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

// numberName is how the number is called by which the employer knows the person.
func (s slip) numberName() string {
	if s.account.Pay.Retired {
		return "Beneficio"
	}
	return "Legajo"
}

func (s slip) id() string {
	if s.bonus {
		return s.month.Format("2006-01") + "-sac"
	}
	return s.month.Format("2006-01")
}

// months in Spanish.
var months = [...]string{"enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre"}

func (s slip) title() string {
	name := fmt.Sprintf("%s de %d", months[s.month.Month()-1], s.month.Year())
	if s.bonus {
		return "Aguinaldo (SAC) de " + name
	}
	return strings.ToUpper(name[:1]) + name[1:]
}

// paidOn is the last weekday of the month; an extra salary is paid on the 18th or the weekday before.
func (s slip) paidOn() time.Time {
	day := s.month.AddDate(0, 1, -1)
	if s.bonus {
		day = s.month.AddDate(0, 0, 17)
	}
	for day.Weekday() == time.Saturday || day.Weekday() == time.Sunday {
		day = day.AddDate(0, 0, -1)
	}
	return day
}

func (s slip) payslip() backend.Payslip {
	kind := backend.Monthly
	if s.bonus {
		kind = backend.Bonus
	}
	return backend.Payslip{ID: s.id(), Period: s.month.Format("2006-01"), Kind: kind, Title: s.title(), PaidOn: s.paidOn().Format(time.DateOnly)}
}

// lines are what a payslip adds up. Salaries rise 2 % a month, so that each month
// has numbers of its own that never change.
func (s slip) lines() []line {
	ago := (2026-s.month.Year())*12 + int(time.October-s.month.Month())
	basic := int64(math.Round(s.account.Pay.Basic * 100 * math.Pow(1.02, float64(-ago))))
	seniority := basic * 2 * int64(s.account.Pay.Years) / 100
	extra := basic * 12 / 100
	gross := basic + seniority + extra
	list := []line{
		{code: "0001", concept: "Sueldo básico", units: "30,00", paid: basic},
		{code: "0010", concept: "Antigüedad (2 % por año)", units: fmt.Sprintf("%d,00", s.account.Pay.Years), paid: seniority},
		{code: "0024", concept: "Bonificación remunerativa", units: "12,00 %", paid: extra},
		{code: "0118", concept: "Suma fija no remunerativa", free: 4_500_000},
	}
	if s.bonus {
		gross /= 2
		list = []line{{code: "0090", concept: "Sueldo anual complementario", units: "50,00 %", paid: gross}}
	}
	if !s.account.Pay.Retired {
		list = append(list, line{code: "0501", concept: "Aporte previsional (IPS)", units: "14,00 %", taken: gross * 14 / 100})
	}
	return append(list,
		line{code: "0502", concept: "Obra social (IOMA)", units: "4,80 %", taken: gross * 48 / 1000},
		line{code: "0510", concept: "Seguro de vida obligatorio", taken: 125_000})
}

// totals adds the columns of lines.
func totals(lines []line) (t line) {
	for _, l := range lines {
		t.paid, t.free, t.taken = t.paid+l.paid, t.free+l.free, t.taken+l.taken
	}
	return t
}

// pesos writes centavos as people in Argentina do: 1.234.567,89; nothing for 0.
func pesos(centavos int64) string {
	if centavos == 0 {
		return ""
	}
	whole, text := fmt.Sprint(centavos/100), ""
	for len(whole) > 3 {
		text = "." + whole[len(whole)-3:] + text
		whole = whole[:len(whole)-3]
	}
	return fmt.Sprintf("%s%s,%02d", whole, text, centavos%100)
}
