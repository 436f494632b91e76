package payslip

import (
	"testing"
	"time"

	"ventanilla/backend/portal"
	"ventanilla/flows"
	"ventanilla/flows/account"
	"ventanilla/flows/period"
)

func TestWhoSaysAllTheirAccountsMeansOneOfEach(t *testing.T) {
	all, err := portal.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	p := payslips{Desk: account.Desk{Profile: all[0]}, country: "AR"}
	turn := &flows.Turn{At: time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)}
	for text, want := range map[string]wish{
		"los recibos de mis dos cuentas":         {Each: true, Reading: period.Reading{Kind: period.Latest}},
		"el último recibo de cada cuenta":        {Each: true, Reading: period.Reading{Kind: period.Latest}},
		"necesito los recibos de ambos cargos":   {Each: true, Reading: period.Reading{Kind: period.Latest}},
		"octubre de las 2 cuentas":               {Each: true, Reading: period.Reading{Kind: period.Month}},
		"quiero los de todos mis trabajos":       {Each: true, Reading: period.Reading{Kind: period.Latest}},
		"los dos últimos de cada una":            {Each: true, Reading: period.Reading{Kind: period.LatestN, N: 2}},
		"the payslips of both my accounts":       {Each: true, Reading: period.Reading{Kind: period.Latest}},
		"mis dos recibos":                        {Perhaps: true, Reading: period.Reading{Kind: period.LatestN, N: 2}},
		"quiero los 2 recibos de sueldo porfa":   {Perhaps: true, Reading: period.Reading{Kind: period.LatestN, N: 2}},
		"los dos últimos recibos":                {Reading: period.Reading{Kind: period.LatestN, N: 2}},
		"mis últimos 2 recibos":                  {Reading: period.Reading{Kind: period.LatestN, N: 2}},
		"recibo de octubre":                      {Reading: period.Reading{Kind: period.Month}},
		"el último":                              {Reading: period.Reading{Kind: period.Latest}},
		"de la cuenta del banco no sé nada":      {},
		"la cuenta donde cobro es otra, octubre": {Reading: period.Reading{Kind: period.Month}},
	} {
		got := p.asked(turn, text)
		if got.Each != want.Each || got.Perhaps != want.Perhaps || got.Reading.Kind != want.Reading.Kind || got.Reading.N != want.Reading.N {
			t.Errorf("%q: got %+v, want %+v", text, got, want)
		}
	}
}
