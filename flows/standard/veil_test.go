package standard_test

import (
	"cmp"
	"strings"
	"testing"
	"testing/synctest"

	"ventanilla/flows"
	"ventanilla/flows/flowtest/town"
)

// RULES: data.canary. A button that quotes a document or a bank account does so where the person is, and nowhere else.
func TestAButtonThatQuotesADocumentIsKeptMasked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, quoted := town.New(t, "mseg", "telegram"), 0
		w.After = func(r flows.Result) {
			for _, reply := range r.Replies {
				for _, o := range reply.Offer {
					kept := cmp.Or(o.Shown, o.Label)
					for _, secret := range []string{"22.841.307", "22841307", "5100404040"} {
						if strings.Contains(kept, secret) {
							t.Errorf("what is kept of the option %s is %q", o.ID, kept)
						}
						if strings.Contains(o.Label, secret) {
							quoted++
						}
					}
				}
			}
		}
		said := w.Play(t, "> recibo\n> ley 10430\n> 310877\n> dni\n> 22841307\n> volver\n= Dejar: 22.841.307\n> 5100-40404/0\n> corregir\n= Número de cuenta bancaria: 5100404040\n")
		if quoted != 4 || w.Dialog.Step != "bank_account" {
			t.Errorf("%d options quoted what is sensitive, want 4; at %s:\n%s", quoted, w.Dialog.Step, said)
		}
	})
}
