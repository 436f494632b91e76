package webform_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"ventanilla/flows"
)

// identifiers is a page of identifiers: a choice, a number and one that may be left empty.
func identifiers() []flows.Field {
	return []flows.Field{
		{Name: "doc_type", Label: "Tipo de documento", Kind: "choice", Options: []flows.Option{{ID: "dni", Label: "DNI"}, {ID: "lc", Label: "Libreta Cívica (LC)"}}},
		{Name: "doc_number", Label: "Número de documento", Hint: "Está en el frente de tu DNI.", Kind: "text", Autocomplete: "off", Digits: true},
		{Name: "policy", Label: "Póliza", Kind: "text", Autocomplete: "off", Optional: true},
	}
}

// RULES: wa.policy. Without JavaScript: a choice is a list, a number comes with a
// keyboard of digits, and what was typed is still there when something is wrong with it.
func TestAPageOfIdentifiersKeepsWhatWasTypedUntilItIsRight(t *testing.T) {
	w := newWorld(t)
	w.engine.fields = identifiers()
	shown := w.get(w.link())
	for _, part := range []string{`<select id="f-doc_type" name="doc_type" required`, `<option value="lc">Libreta Cívica (LC)</option>`,
		`name="doc_number" type="text" inputmode="numeric" autocomplete="off"`, `id="h-doc_number">Está en el frente de tu DNI.`} {
		if !strings.Contains(shown.body, part) {
			t.Errorf("the page lacks %s in\n%s", part, shown.body)
		}
	}
	if optional := shown.body[strings.Index(shown.body, `id="f-policy"`):]; strings.Contains(optional[:strings.Index(optional, ">")], "required") {
		t.Error("what may be left empty is required")
	}
	values := shown.fields
	for name, v := range map[string]string{"_pin": w.pin(), "doc_type": "lc", "doc_number": "12", "policy": ""} {
		values.Set(name, v)
	}
	w.engine.outcome.Problems = map[string]string{"doc_number": "Le faltan números."}
	wrong := w.post(w.link(), values)
	w.want(wrong, http.StatusUnprocessableEntity, "form", "Le faltan números.")
	for _, part := range []string{`<option value="lc" selected>`, `value="12"`} {
		if !strings.Contains(wrong.body, part) {
			t.Errorf("what was typed is gone: no %s in\n%s", part, wrong.body)
		}
	}
	w.engine.outcome = flows.Outcome{Event: "fields", Values: map[string]string{"doc_number": "4123456"}, State: "done", Title: "Listo, los anotamos", Text: "Número de documento: 4.123.456"}
	values.Set("doc_number", "4.123.456")
	w.want(w.post(w.link(), values), http.StatusOK, "done", "Listo, los anotamos", "4.123.456")
	w.heard()
}

// RULES: link.forwarded. Whoever has only the link sees and sends nothing.
func TestAPageOfIdentifiersAsksForThePIN(t *testing.T) {
	w := newWorld(t)
	w.engine.fields = identifiers()
	values := url.Values{"_pin": {w.wrongPINs()[0]}, "doc_type": {"dni"}, "doc_number": {"25582558"}}
	w.want(w.post(w.link(), values), http.StatusUnprocessableEntity, "form", "Ese PIN no es")
	if got := w.events(); len(got) != 0 {
		t.Errorf("the dialog heard %v", got)
	}
}
