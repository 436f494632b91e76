package payslip

import (
	"context"
	"slices"

	"ventanilla/flows"
	"ventanilla/flows/account"
)

// aids let an agent send the person once more what they were sent, while their proof
// counts: nobody else's word stands for it (RULES: link.chat).
func (p payslips) aids() map[string]flows.Aid {
	return map[string]flows.Aid{"payslip_again": {Who: flows.OneProven, Able: p.able, Do: p.wishAgain, Step: "start", Place: 60,
		Refuses: append(flows.MailRefusals(), "no_payslip", "frozen", "late", "refused", "empty")}}
}

func (p payslips) able(_ context.Context, t *flows.Turn, c flows.Chance) (flows.Chance, error) {
	switch {
	case t.Dialog.Flow != "payslip" || len(p.again(t)) == 0:
		c.Why = "no_payslip"
	case !account.Proven(t):
		c.Why = "no_proof"
	}
	return c, nil
}

// wishAgain notes what is to be sent, as if the person had asked for it.
func (p payslips) wishAgain(_ context.Context, t *flows.Turn) (string, error) {
	p.wish(t, wish{Again: slices.Clone(p.again(t))})
	return "", nil
}
