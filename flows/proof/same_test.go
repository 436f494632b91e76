package proof_test

import (
	"strings"
	"testing"
	"testing/synctest"

	"ventanilla/flows/flowtest/town"
)

// adriana has just had a payslip, and so has proven who she is.
const adriana = "> recibo de octubre\n> ley 10430\n> 310877\n> dni\n> 22841307\n> 5100-40404/0\n> si\n> {code}\n"

const same = "¿Seguimos con la misma cuenta"

func after(t *testing.T, channel, lines string) (said string) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := town.New(t, "mseg", channel)
		w.InChat = true
		w.Play(t, adriana)
		said = w.Play(t, lines)
	})
	return said
}

// Who has just proven an account goes on with another errand without being asked again
// whose it is, and without another code. After a silence somebody else may hold the phone.
func TestWhoGoesOnWithAnotherErrandIsNotAskedAgain(t *testing.T) {
	for _, channel := range []string{"telegram", "whatsapp"} {
		for errand, want := range map[string]string{"> quiero cambiar mi clave\n= #yes\n": "No te hace falta la clave actual", "> menu\n> cambiar mis datos\n": "¿Qué", "> eso es todo\n> dame el recibo de noviembre\n": "📎", "> menu\n> avisame por aca\n": "avis"} {
			if said := after(t, channel, errand); strings.Contains(said, same) || strings.Contains(said, "✉") || !strings.Contains(said, want) {
				t.Errorf("%s: %q leads to\n%s", channel, errand, said)
			}
			if said := after(t, channel, "> eso es todo\n~ 6m\n"+strings.TrimPrefix(errand, "> eso es todo\n")); !strings.Contains(said, same) {
				t.Errorf("%s: after a silence %q leads to\n%s", channel, errand, said)
			}
		}
	}
}

// What is done once for an account and is begun again may be for another one.
func TestWhoBeginsTheSameErrandAgainIsAskedForWhom(t *testing.T) {
	for lines, asks := range map[string]bool{
		"> menu\n> cambiar mi clave\n@ password=El+tren+de+las+ocho+y+diez+4 repeat=El+tren+de+las+ocho+y+diez+4\n> cambiar mi clave\n": true,
		"> menu\n> recibo\n= El último\n= Eso es todo\n> recibo\n":                                                                      false,
	} {
		if said := after(t, "telegram", lines); strings.Contains(said, same) != asks {
			t.Errorf("%q leads to\n%s", lines, said)
		}
	}
}

func TestWordsForTheSameAccountAndForAnother(t *testing.T) {
	for words, want := range map[string]string{
		"con la misma": "¿Qué recibo", "si, la misma": "¿Qué recibo", "Sí, la misma": "¿Qué recibo", "esa": "¿Qué recibo", "esa misma": "¿Qué recibo", "sí": "¿Qué recibo", "dale": "¿Qué recibo", "si con esa": "¿Qué recibo", "1": "¿Qué recibo",
		"con otra": "Paso 1 de 5", "no, con otra cuenta": "Paso 1 de 5", "no": "Paso 1 de 5", "esa no": "Paso 1 de 5", "la otra": "Paso 1 de 5", "no es la misma": "Paso 1 de 5", "2": "Paso 1 de 5",
		"no entiendo": "Hace un rato comprobé", "asdf": "No te entendí",
	} {
		if said := after(t, "telegram", "> eso es todo\n~ 6m\n> recibo\n> "+words+"\n"); !strings.Contains(said, want) {
			t.Errorf("%q leads to\n%s", words, said)
		}
	}
}

// Three taps bring a payslip to somebody who has proven who they are (issue: payslip).
func TestThreeTapsBringAPayslipToWhoIsProven(t *testing.T) {
	for _, channel := range []string{"telegram", "whatsapp"} {
		lines := "= Eso es todo\n> menu\n"
		for _, more := range []string{"= Recibo de sueldo\n", "= El último\n"} {
			lines += more
		}
		said := after(t, channel, lines)
		_, said, _ = strings.Cut(said, "> menu")
		if taps := strings.Count(said, "\n= "); !strings.Contains(said, "📎") || taps > 3 {
			t.Errorf("%s: %d taps and no payslip:\n%s", channel, taps, said)
		}
		list := after(t, channel, "= Eso es todo\n> menu\n= Recibo de sueldo\n= Ver la lista\n= #slip-1\n")
		if !strings.Contains(list, "📎") {
			t.Errorf("%s: no payslip from the list by the third tap:\n%s", channel, list)
		}
	}
}
