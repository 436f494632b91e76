package intent_test

import (
	"fmt"
	"testing"

	"ventanilla/flows/intent"
)

func TestWhatASentenceAlreadyTells(t *testing.T) {
	for sentence, want := range map[string]string{
		"soy Juan Carlos Pérez, legajo 123456 y dni 20.111.222, no me acuerdo la clave": "[] [legajo 123456=123456 dni 20.111.222=20111222] [] Juan Carlos Pérez",
		"me llamo maria lopez y mi mail es maria.lopez@correo.com.ar":                   "[maria.lopez@correo.com.ar] [] [] maria lopez",
		"soy policía retirado":                    "[] [] [] ",
		"Soy jubilado, mi CUIL es 20-26756539-3":  "[] [cuil 20-26756539-3=20267565393] [] ",
		"mi cédula es 1712345678":                 "[] [cedula 1712345678=1712345678] [] ",
		"usuario DNI25582558":                     "[] [dni DNI25582558=DNI25582558] [] ",
		"nací el 03/05/1961":                      "[] [] [1961-05-03] ",
		"nací el 3 de mayo de 1961":               "[] [] [1961-05-03] ",
		"31/02/1961":                              "[] [ 31/02/1961=31021961] [] ",
		"póliza número 4455667 y nací 1980-12-01": "[] [poliza 4455667=4455667] [1980-12-01] ",
		"mi curp es GODE561231HDFRRN04":           "[] [curp GODE561231HDFRRN04=GODE561231HDFRRN04] [] ",
		"los últimos 3 recibos de 25":             "[] [] [] ",
		"":                                        "[] [] [] ",
	} {
		s := intent.Tell(sentence)
		numbers := []string{}
		for _, n := range s.Numbers {
			numbers = append(numbers, fmt.Sprintf("%s %s=%s", n.Label, n.Text, n.Digits))
		}
		if got := fmt.Sprintf("%v %v %v %s", s.Emails, numbers, s.Dates, s.Name); got != want {
			t.Errorf("%q tells %s, want %s", sentence, got, want)
		}
	}
}
