package webform_test

import (
	"strings"
	"testing"

	"ventanilla/flows"
)

// In a browser, too, what was typed and chosen stays until it is right; nothing is cut off at 320 px.
func TestIdentifiersOnASmallPhone(t *testing.T) {
	p := newPhone(t, 320, false)
	w := newWorld(t)
	w.engine.fields = identifiers()
	w.engine.outcome.Problems = map[string]string{"doc_number": "Le faltan números. Contalos y escribilo de nuevo."}
	p.open(w.link())
	p.keys("#f-_pin", w.pin())
	p.eval(`document.querySelector("#f-doc_type").value = "lc"`)
	p.keys("#f-doc_number", "12")
	p.tap("button[type=submit]")
	p.until(`document.querySelector("#e-doc_number").textContent.includes("Le faltan")`)
	if got := p.eval(`document.querySelector("#f-doc_type").value + " " + document.querySelector("#f-doc_number").value`); got != "lc 12" {
		t.Errorf("after a mistake the page holds %q", got)
	}
	p.until(`document.activeElement.id === "f-doc_number"`)
	p.fits()
	p.shot("fields")
	w.engine.outcome = flows.Outcome{Event: "fields", State: "done", Title: "Listo, los anotamos", Text: "Número de documento: 4.123.456\nVolvé al chat."}
	p.keys("#f-doc_number", "3456")
	p.tap("button[type=submit]")
	p.see(`main[data-state=done]`)
	if got := p.eval(`document.querySelector("main").innerText`); !strings.Contains(got, "4.123.456") {
		t.Errorf("the page says %q", got)
	}
	w.heard()
}

// A box to tick can be touched anywhere on its sentence, and stays ticked after a mistake.
func TestABoxToTickOnASmallPhone(t *testing.T) {
	p := newPhone(t, 320, false)
	w := newWorld(t)
	w.engine.fields = []flows.Field{{Name: "current", Label: "Clave actual", Kind: "current-password", Autocomplete: "current-password"},
		{Name: "password", Label: "Clave nueva", Kind: "new-password", Autocomplete: "new-password"}, {Name: "repeat", Label: "Repítala", Kind: "new-password", Autocomplete: "new-password"},
		{Name: "accept", Label: "Acepto el acuerdo de uso de la clave. Es personal e intransferible y soy responsable de lo que se haga con ella en los servicios en línea.", Kind: "check", Link: "https://portal.example/acuerdo"}}
	p.open(w.link())
	p.fits()
	p.fill(w.pin(), "corta")
	p.keys("#f-current", "la de antes")
	p.tap(".tick label span")
	p.tap("button[type=submit]")
	p.until(`document.querySelector("#e-password").textContent.includes("Es corta")`)
	if got := p.eval(`String(document.querySelector("#f-accept").checked) + " " + document.querySelector("#f-current").value`); got != "true la de antes" {
		t.Errorf("after a mistake the page holds %q", got)
	}
	p.shot("tick")
	p.fits()
	p.eval(`document.querySelector("#f-password").value = document.querySelector("#f-repeat").value = ""`)
	p.keys("#f-password", good)
	p.keys("#f-repeat", good)
	p.tap("button[type=submit]")
	p.see(`main[data-state="done"]`)
	if set := w.engine.passwords(); len(set) != 1 || set[0] != good {
		t.Errorf("got %q set", set)
	}
}
