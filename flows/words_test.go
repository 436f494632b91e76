package flows_test

import (
	"testing"

	"ventanilla/flows"
)

// RULES: talk.words. However people write them, in the middle of a question.
func TestUniversalWordsAsPeopleWriteThem(t *testing.T) {
	e := engine(t, nothing)
	at, _ := talk(t, e, flows.Dialog{}, "hola", "go", "1", "2")
	for want, lines := range map[string][]string{
		"menu/menu":     {"menú", "MENU", "/menu", "/start", "Menu.", "quiero volver al inicio", "inicio", "empezar de nuevo", "como vuelvo al menu"},
		"human/wait":    {"persona", "Persona!", "quiero hablar con una persona", "hablar con alguien por favor", "un humano", "operador", "pasame con alguien ya", "necesito que me atienda una persona por favor", "estoy harto de esto hace una hora que pruebo quiero hablar con una persona de verdad"},
		"/":             {"cancelar", "Cancelá", "quiero cancelar", "chau", "adios", "terminar", "dejalo", "soy otra persona"},
		"errand/number": {"volver", "VOLVER", "atrás", "atras", "quiero volver atras", "volver para atras", "me equivoqué", "la pregunta anterior"},
		"errand/place": {"ayuda", "ayudame", "necesito ayuda", "no se", "no entiendo nada", "repetir", "otra vez", "repetime la pregunta", "estado", "cómo va?", "como va mi tramite", "sos oficial?", "¿esto es oficial?",
			"quiero corregir", "puse mal un dato", "seguir", "acá estoy", "no quiero cancelar", "el perro volvió", "hola"},
	} {
		for _, line := range lines {
			d, said := talk(t, e, at, line)
			if got := d.Flow + "/" + d.Step; got != want || len(said) == 0 {
				t.Errorf("%q leads to %s (%q), want %s", line, got, said, want)
			}
		}
	}
	for line, want := range map[string]string{"necesito ayuda con esto": "Toca una de las opciones", "quiero corregir": "¿Qué dato", "está mal": "¿Qué dato", "sos oficial?": "Soy el asistente", "¿en qué estoy?": "Estamos con esto", "asdf": "no_number?"} {
		if _, said := talk(t, e, at, line); len(said) == 0 || len(said[0]) < len(want) || said[0][:len(want)] != want {
			t.Errorf("%q is answered with %q, want %q", line, said, want)
		}
	}
}
