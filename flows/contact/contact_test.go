package contact_test

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"ventanilla/flows"
	"ventanilla/flows/flowtest/town"
)

func TestConversations(t *testing.T) {
	town.Run(t, "testdata", "mseg", nil)
	t.Run("miportal", func(t *testing.T) { town.Run(t, "testdata/miportal", "miportal", nil) })
}

const adriana = `> cambiar mis datos
= Cambiar mis datos
> ley 10430
> 310877
> dni
> 22841307
> 5100-40404/0
> si
> {code}
> correo
> adriana.sosa@nueva.example
> si
`

// What a script does to the core, by its end.
func after(t *testing.T, script string, look func(t *testing.T, w *town.Town, said string)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := town.New(t, "mseg", "telegram")
		look(t, w, w.Play(t, script))
	})
}

func addresses(t *testing.T, w *town.Town) (all []string) {
	t.Helper()
	a, err := w.Client.Account(t.Context(), "mseg", "mseg-1003")
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range a.Addresses {
		all = append(all, x.Email)
	}
	return all
}

// RULES: contact.change, notify.all
func TestANewAddressCountsOnlyOnceItIsProvenAndTheOldOneIsTold(t *testing.T) {
	after(t, adriana+"> 12345678\n", func(t *testing.T, w *town.Town, _ string) {
		if got := addresses(t, w); len(got) != 1 || got[0] != "adriana@correo.example" {
			t.Errorf("before the code came back the core knows %v", got)
		}
	})
	after(t, adriana+"> {code:adriana.sosa@nueva.example}\n", func(t *testing.T, w *town.Town, said string) {
		if got := addresses(t, w); len(got) != 1 || got[0] != "adriana.sosa@nueva.example" {
			t.Errorf("the core knows %v, want the new address", got)
		}
		for _, to := range []string{"✉ adriana@correo.example: Cambiaron", "✉ adriana.sosa@nueva.example: Cambiaron"} {
			if !strings.Contains(said, to) {
				t.Errorf("nobody wrote %q", to)
			}
		}
	})
}

// A code that went to the account does not prove the new address, and the other way about. RULES: code.once
func TestACodeProvesTheAddressItWentTo(t *testing.T) {
	after(t, adriana+"> {code:adriana@correo.example}\n", func(t *testing.T, w *town.Town, said string) {
		if got := addresses(t, w); got[0] != "adriana@correo.example" {
			t.Errorf("an old code brought %v", got)
		}
		if !strings.Contains(said, "Ese código no es") {
			t.Errorf("it was not refused:\n%s", said)
		}
	})
}

// RULES: notme. Nobody changes what belongs to a frozen account.
func TestAFrozenAccountStaysAsItIs(t *testing.T) {
	after(t, adriana+"! freeze mseg-1003\n> {code:adriana.sosa@nueva.example}\n", func(t *testing.T, w *town.Town, said string) {
		if got := addresses(t, w); got[0] != "adriana@correo.example" || !strings.Contains(said, "Frené los cambios") {
			t.Errorf("the core knows %v after\n%s", got, said)
		}
	})
}

// Somebody with one proof has codes sent to their own, unknown address until the proof
// lapses, and then types such a code: it proves that address and never the account. RULES: code.once, contact.change
func TestACodeToANewAddressNeverProvesTheAccount(t *testing.T) {
	after(t, adriana+`> es otro correo
> adriana@correo.example
> si
~ 10m
> estado
~ 6m
> correo
> otro codigo
> {code:adriana.sosa@nueva.example}
`, func(t *testing.T, w *town.Town, said string) {
		if p := w.Dialog.Proof; p != nil && p.Address != "adriana@correo.example" {
			t.Errorf("the account is proven by %s:\n%s", p.Address, said)
		}
		codes := 0
		for _, m := range w.Mails() {
			if strings.Contains(m, "adriana.sosa@nueva.example") {
				codes++
			}
		}
		if codes > 1 {
			t.Errorf("%d mails went to the address that nobody proved", codes)
		}
	})
}

// RULES: flood.account. Nobody mails half the world through one account.
func TestFiveNewAddressesADay(t *testing.T) {
	script := adriana
	for _, name := range []string{"b", "c", "d", "e", "f", "g"} {
		script += "! forget address.gap\n! forget code.resend\n> es otro correo\n> " + name + "@nueva.example\n> si\n"
	}
	after(t, script, func(t *testing.T, w *town.Town, said string) {
		for _, m := range w.Mails() {
			if strings.Contains(m, "f@nueva.example") || strings.Contains(m, "g@nueva.example") {
				t.Errorf("a sixth address got %s", m)
			}
		}
	})
}

// RULES: contact.change. A turn that could not be saved runs again after the core took the change: the address before is told all the same.
func TestAChangeThatRunsAgainTellsTheOldAddressAllTheSame(t *testing.T) {
	const noMail = "> cambiar mi correo\n> ley 10430\n> 310877\n> dni\n> 22841307\n> 5100-40404/0\n> si\n> ya no tengo ese correo\n^ new_mail second=Pedro\n> adriana.sosa@nueva.example\n"
	for name, script := range map[string]string{"with a proof": adriana, "with two agents": noMail} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := town.New(t, "mseg", "telegram")
				var ref flows.CodeRef
				w.After = func(r flows.Result) {
					for _, reply := range r.Replies {
						if reply.Code != nil {
							ref = *reply.Code
						}
					}
				}
				w.Play(t, script)
				call := flows.Call{ID: "the same", At: w.Clock.Now(), Key: w.Key, Dialog: w.Dialog, Input: flows.Input{From: flows.Person, Text: w.Codes.Code(w.Key, ref).Reveal()}}
				for _, run := range []string{"first", "again"} {
					r, err := w.Engine.Handle(t.Context(), call)
					if err != nil {
						t.Fatal(err)
					}
					told := slices.ContainsFunc(r.Replies, func(reply flows.Reply) bool { return reply.To == "email:adriana@correo.example" })
					if got := addresses(t, w); !told || len(got) != 1 || got[0] != "adriana.sosa@nueva.example" || r.Dialog.Flow == "handoff" {
						t.Errorf("%s: the old address is told: %v; the core knows %v; at %s/%s", run, told, got, r.Dialog.Flow, r.Dialog.Step)
					}
				}
			})
		})
	}
}
