package standard_test

import (
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"ventanilla/backend/portal"
	"ventanilla/flows"
	"ventanilla/flows/standard"
)

// forbidden are the questions that a WhatsApp chat may not ask, in all their cases.
func forbidden(p portal.Profile) (asks []string) {
	for _, f := range p.Identity {
		if !f.IsSensitive() {
			continue
		}
		asks = append(asks, f.Ask)
		for answer := range f.Cases {
			asks = append(asks, f.For(map[string]string{f.Depends: answer}).Ask)
		}
	}
	return asks
}

// Whatever people write at the questions of every profile in every language, the chat
// never asks for a whole document or account, and «persona» leads to one. RULES: wa.policy
func TestNoIdentifierIsAskedInAWhatsAppChatWhateverIsWrittenThere(t *testing.T) {
	all, err := portal.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	lines := []string{"no puedo entrar", "que?", "no tengo", "ayuda", "repetir", "volver", "corregir", "1", "no se", "estado", "oficial?", "audio", "photo", "menu", "seguir", "hola", "si", "20", "mi numero es 99"}
	for _, p := range all {
		for _, locale := range locales {
			p.Locale = locale
			d := deps()
			d.Now = func() time.Time { return time.Date(2026, 11, 30, 15, 0, 0, 0, time.UTC) }
			e, err := standard.New(p, d)
			if err != nil {
				t.Fatal(err)
			}
			pages := 0
			var dialog flows.Dialog
			for i, line := range append(lines, lines...) {
				in := flows.Input{From: flows.Person, Text: line}
				if line == "audio" || line == "photo" {
					in.Text, in.Kind = "", flows.Kind(line)
				}
				key := flows.Key{Portal: p.ID, Channel: "whatsapp", Person: "5491155550000"}
				call := flows.Call{ID: strconv.Itoa(i), At: d.Now(), Key: key, Dialog: dialog, Input: in}
				r, err := e.Handle(t.Context(), call)
				if err != nil {
					t.Fatal(err)
				}
				for _, reply := range r.Replies {
					for _, ask := range forbidden(p) {
						if strings.Contains(reply.Text, ask) {
							t.Errorf("%s in %s: to %q the chat says %q", p.ID, locale, line, reply.Text)
						}
					}
					if reply.Form == "fields" {
						pages++
					}
				}
				dialog = r.Dialog
				call.Dialog, call.Input = dialog, flows.Input{From: flows.Person, Text: "persona"}
				if human, err := e.Handle(t.Context(), call); err != nil || human.Dialog.Flow != "handoff" {
					t.Errorf("%s in %s: after %q «persona» leads to %s, %v", p.ID, locale, line, human.Dialog.Flow, err)
				}
			}
			sensitive := slices.ContainsFunc(p.Fields(portal.Recover), portal.Field.IsSensitive)
			if sensitive && pages == 0 {
				t.Errorf("%s in %s: no page was ever offered", p.ID, locale)
			}
		}
	}
}
