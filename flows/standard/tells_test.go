package standard_test

import (
	"slices"
	"strings"
	"testing"
	"unicode"

	"pgregory.net/rapid"

	"ventanilla/flows"
	"ventanilla/flows/standard"
)

// What Screen relies on: it asks Tells only of messages with digits.
func TestANumberIsToldOnlyWhereADigitStands(t *testing.T) {
	piece := rapid.SampledFrom([]string{"²³⁴⁵⁶⁷", "⁵ de mayo de ¹⁹⁹⁰", "①②③④⑤", "½", "Ⅷ", "dni", "legajo", "soy", "nací el", "@", ".", " ", "ana@correo.gob.ar", "veinte millones", "uno"})
	rapid.Check(t, func(t *rapid.T) {
		text := strings.Join(rapid.SliceOfN(piece, 1, 6).Draw(t, "pieces"), " ")
		if strings.ContainsFunc(text, unicode.IsDigit) {
			return
		}
		for _, g := range standard.Tells(text) {
			if g.Kind == flows.GivenNumber {
				t.Errorf("%q tells the number %q", text, g.Text)
			}
		}
	})
	if !slices.ContainsFunc(standard.Tells("legajo 123456"), func(g flows.Given) bool { return g.Kind == flows.GivenNumber }) {
		t.Error("a number with digits is not told")
	}
}

// A word alone is searched for less.
func TestWhatAWordAloneTells(t *testing.T) {
	for text, want := range map[string]flows.Given{
		"dni30000123":        {Kind: flows.GivenNumber, Text: "dni30000123", Label: "dni"},
		"20-30000123-4":      {Kind: flows.GivenNumber, Text: "20-30000123-4"},
		"ana@correo.gob.ar":  {Kind: flows.GivenEmail, Text: "ana@correo.gob.ar"},
		"\t12/03/1980\n":     {Kind: flows.GivenDate, Text: "1980-03-12"},
		"1980-03-12":         {Kind: flows.GivenDate, Text: "1980-03-12"},
		"\u00a030.000.123 ":  {},
		"www.correo.com/123": {},
		"hola":               {},
	} {
		var none []flows.Given
		if want != (flows.Given{}) {
			none = []flows.Given{want}
		}
		if got := standard.Tells(text); !slices.Equal(got, none) {
			t.Errorf("%q tells %+v, want %+v", text, got, none)
		}
	}
}
