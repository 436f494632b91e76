package flows

import "testing"

func TestChoicesInManyWords(t *testing.T) {
	three := []Option{{ID: "a", Label: "Correo de casa"}, {ID: "b", Label: "Cortar avisos a otros"}, {ID: "c", Label: "Agregar uno más"}}
	e := &Engine{words: map[string]string{"si": "yes", "no": "no"}}
	for said, want := range map[string]string{
		"la segunda": "b", "la segunda por favor": "b", "quiero la 2": "b", "el de arriba": "a", "el de abajo": "c", "el último": "c", "la penúltima": "b", "el del medio": "b", "dame el primero": "a",
		"opción 3": "c", "la cuarta": "", "los dos": "", "el 7": "", "cortar los avisos a otros": "b", "cortar avisos a otros por favor": "b", "agregar": "c", "medio": "b", "ninguno de los dos": "",
	} {
		if got := e.match(said, three); got != want {
			t.Errorf("%q chooses %q, want %q", said, got, want)
		}
	}
	if got := e.match("el del medio", three[:2]); got != "" {
		t.Errorf("the middle of two is %q", got)
	}
}

// Nobody's address is guessed: what could be two of them, or is no name of a mail service, chooses none.
func TestAnAddressIsChosenByWhoKeepsIt(t *testing.T) {
	all := []Option{{ID: "g", Label: "a•••a@g•••.com"}, {ID: "h", Label: "a•••a@h•••.com.ar"}, {ID: "o", Label: "b•••b@o•••.example"}, {ID: "l", Label: "ana@outlook.com"}}
	e := &Engine{}
	for said, want := range map[string]string{"el de gmail": "g", "gmail": "g", "el correo de hotmail por favor": "h", "el de outlook": "l", "el de oficina": "", "otro": "",
		"gmail o hotmail": "", "el de yahoo": "", "no el de gmail": ""} {
		if got := e.match(said, all); got != want {
			t.Errorf("%q chooses %q, want %q", said, got, want)
		}
	}
	if got := e.match("el de gmail", append(all, Option{ID: "x", Label: "c•••c@g•••.com"})); got != "" {
		t.Errorf("one of two chooses %q", got)
	}
}
