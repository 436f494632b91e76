package flows_test

import (
	"testing"

	"ventanilla/flows"
)

func TestWordsThatOutliveThePersonsDataHoldNoWholeIdentifier(t *testing.T) { // RULES: data.audit
	for text, want := range map[string]string{
		"vino con el DNI 25.310.774 y su foto": "vino con el DNI ••.•••.774 y su foto",
		"DNI25310774, legajo 778.120":          "••••••••774, legajo •••.120",
		"póliza GM-0481527 o 16-5-0123456-0":   "póliza ••-••••527 o ••-•-•••••56-0",
		"escribe de ana.sosa@correo.example":   "escribe de a•••@correo.example",
		"RFC HERG840314":                       "RFC •••••••314",
		"llamó 2 veces en 2026, caso V842169":  "llamó 2 veces en 2026, caso V842169",
		"lo pidió por teléfono":                "lo pidió por teléfono",
		"+54 9 11 5555 1234":                   "+•• • •• •••• •234",
		"25,310,774 o 25–310–774 o 25_310_774": "••,•••,774 o ••–•••–774 o ••_•••_774",
		"25·310·774 o 25'310'774":              "••·•••·774 o ••'•••'774",
		"２５３１０７７４ o ٢٥٣١٠٧٧٤":                  "•••••７７４ o •••••٧٧٤",
		"ana@uno.example,beto@dos.example":     "a•••@uno.example,b•••@dos.example",
		"(ana@uno.example); beto@dos.example":  "(a•••@uno.example); b•••@dos.example",
		"llamó a las 15:30, 2 veces":           "llamó a las 15:30, 2 veces",
	} {
		if got := flows.Concealed(text); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}
