package emulator

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"ventanilla/backend"
)

// payroll is how people are paid in a country, and the words of its payslips.
type payroll struct {
	lang, title     string
	employerID      string // what the employer's number is called
	name, id        string // what the person's name and number are called
	number, retired string // what the employer's number for the person is called, and for the retired
	account, date   string
	category, post  string
	years           string
	columns         [6]string
	net, footer     string
	thousands       string
	decimal         string
	of              func(slip) []slip // the payslips of a month
	lines           func(slip) []line
}

// payroll is that of the portal's country.
func (p *portal) payroll() payroll {
	switch p.Country {
	case "MX":
		return mexico
	case "EC":
		return ecuador
	}
	return argentina
}

var argentina = payroll{
	lang: "es-AR", title: "Recibo de haberes", employerID: "CUIT", name: "Apellido y nombre", id: "CUIL", number: "Legajo", retired: "Beneficio",
	account: "Cuenta bancaria", date: "Fecha de pago", category: "Categoría", post: "Cargo", years: "Antigüedad",
	columns: [6]string{"Cód.", "Concepto", "Unid.", "Con aportes", "Sin aportes", "Descuentos"}, net: "NETO A COBRAR   $ ", footer: "Lugar y fecha de pago",
	thousands: ".", decimal: ",", of: argentineSlips, lines: argentineLines,
}

// argentineSlips are the month and, in June and December, the half-yearly extra salary (SAC, Ley 23.041).
func argentineSlips(s slip) []slip {
	if m := s.month.Month(); m != time.June && m != time.December {
		return []slip{s}
	}
	return []slip{s, s.extra(backend.Bonus, backend.SAC, "Aguinaldo (SAC) de "+lower(s.name), 18)}
}

func argentineLines(s slip) []line {
	basic := s.basic()
	seniority := basic * 2 * int64(s.account.Pay.Years) / 100
	extra := basic * 12 / 100
	gross := basic + seniority + extra
	list := []line{
		{code: "0001", concept: "Sueldo básico", units: "30,00", paid: basic},
		{code: "0010", concept: "Antigüedad (2 % por año)", units: fmt.Sprintf("%d,00", s.account.Pay.Years), paid: seniority},
		{code: "0024", concept: "Bonificación remunerativa", units: "12,00 %", paid: extra},
		{code: "0118", concept: "Suma fija no remunerativa", free: 4_500_000},
	}
	if s.kind == backend.Bonus {
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

var mexico = payroll{
	lang: "es-MX", title: "Recibo de nómina", employerID: "RFC", name: "Nombre", id: "RFC", number: "N.º de empleado", retired: "N.º de pensionado",
	account: "CLABE", date: "Fecha de pago", category: "Puesto", post: "Área", years: "Antigüedad",
	columns: [6]string{"Clave", "Concepto", "Días", "Gravado", "Exento", "Deducciones"}, net: "NETO A PAGAR   $ ", footer: "Lugar y fecha de pago",
	thousands: ",", decimal: ".", of: mexicanSlips, lines: mexicanLines,
}

// mexicanSlips are the two fortnights of a month, the aguinaldo in December (LFT, art. 87) and the share in profits in May (art. 122).
func mexicanSlips(s slip) []slip {
	first, second := s, s
	first.period, first.kind, first.name = s.period+"-Q1", backend.Fortnight, "1.ª quincena de "+lower(s.name)
	first.paid = workday(s.month.AddDate(0, 0, 14))
	second.period, second.kind, second.name = s.period+"-Q2", backend.Fortnight, "2.ª quincena de "+lower(s.name)
	list := []slip{first, second}
	switch s.month.Month() {
	case time.May:
		list = append(list, s.extra(backend.Other, backend.PTU, fmt.Sprintf("PTU de %d", s.month.Year()-1), 29))
	case time.December:
		list = append(list, s.extra(backend.Bonus, backend.SAC, fmt.Sprintf("Aguinaldo de %d", s.month.Year()), 18))
	}
	return list
}

func mexicanLines(s slip) []line {
	half := s.basic() / 2
	switch s.concept {
	case backend.SAC:
		return []line{{code: "002", concept: "Gratificación anual (aguinaldo)", units: "15.00", paid: half / 2, free: half / 2}, {code: "002", concept: "ISR", taken: half / 20}}
	case backend.PTU:
		return []line{{code: "003", concept: "Participación de utilidades (PTU)", paid: half * 6 / 10, free: 169_710}, {code: "002", concept: "ISR", taken: half / 15}}
	}
	return []line{
		{code: "001", concept: "Sueldo", units: "15.00", paid: half},
		{code: "010", concept: "Premio por puntualidad", paid: half / 10},
		{code: "029", concept: "Vales de despensa", free: 60_000},
		{code: "002", concept: "ISR", taken: half * 13 / 100},
		{code: "001", concept: "Seguridad social (IMSS)", taken: half * 27 / 1000},
	}
}

var ecuador = payroll{
	lang: "es-EC", title: "Rol de pagos", employerID: "RUC", name: "Nombre", id: "Cédula", number: "N.º de expediente", retired: "N.º de pensionista",
	account: "Cuenta bancaria", date: "Fecha de pago", category: "Prestación", post: "Cargo", years: "Tiempo",
	columns: [6]string{"Cód.", "Rubro", "", "Ingresos", "No gravados", "Descuentos"}, net: "LÍQUIDO A RECIBIR   $ ", footer: "Lugar y fecha de pago",
	thousands: ".", decimal: ",", of: ecuadorianSlips, lines: ecuadorianLines,
}

// ecuadorianSlips are the month, the décimo tercero in December (Código del Trabajo, art. 111) and the décimo cuarto, in March on the coast and
// in August in the highlands (art. 113).
func ecuadorianSlips(s slip) []slip {
	list, year := []slip{s}, s.month.Year()
	school, where := time.August, "Sierra"
	if s.account.Pay.Coast {
		school, where = time.March, "Costa"
	}
	switch s.month.Month() {
	case time.December:
		list = append(list, s.extra(backend.Bonus, backend.D13, fmt.Sprintf("Décimo tercer sueldo de %d", year), 22))
	case school:
		list = append(list, s.extra(backend.Bonus, backend.D14, fmt.Sprintf("Décimo cuarto sueldo de %d, %s", year, where), 13))
	}
	return list
}

// unified is the salary básico unificado of 2026, in cents, which the décimo cuarto is.
const unified = 48_200

func ecuadorianLines(s slip) []line {
	basic := s.basic()
	switch s.concept {
	case backend.D13:
		return []line{{code: "013", concept: "Décimo tercera pensión", free: basic}}
	case backend.D14:
		return []line{{code: "014", concept: "Décimo cuarta pensión", free: unified}}
	}
	what, taken := "Remuneración unificada", line{code: "101", concept: "Aporte personal al IESS (9,45 %)", taken: basic * 945 / 10000}
	if s.account.Pay.Retired {
		what, taken = "Pensión de jubilación", line{code: "104", concept: "Fondo mortuorio (3 %)", taken: basic * 3 / 100}
	}
	return []line{{code: "001", concept: what, paid: basic}, {code: "007", concept: "Aumento anual", paid: basic * 2 / 100}, taken,
		{code: "120", concept: "Préstamo quirografario", taken: basic / 10}}
}

// lower puts the name of a month within a sentence.
func lower(name string) string { return strings.ToLower(name[:1]) + name[1:] }

// numberName is how the number is called by which the employer knows the person.
func (s slip) numberName() string {
	if s.account.Pay.Retired {
		return s.portal.payroll().retired
	}
	return s.portal.payroll().number
}

// facts are who is paid, as pairs of a word and what it stands for.
func (s slip) facts() [][2]string {
	w, a := s.portal.payroll(), s.account
	return [][2]string{
		{w.name, s.person.FullName}, {w.id, cmp.Or(s.person.CUIL, s.person.IDNumber)},
		{s.numberName(), cmp.Or(a.Pay.Number, a.Fields["legajo"])}, {w.category, a.Pay.Category},
		{w.account, cmp.Or(a.Pay.Account, a.Fields["bank_account"])}, {w.date, s.paid.Format("02/01/2006")},
		{w.post, a.Label}, {w.years, fmt.Sprintf("%d años", a.Pay.Years)},
	}
}
