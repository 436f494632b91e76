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
