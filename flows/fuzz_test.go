package flows_test

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"ventanilla/flows"
)

var seeds = []string{"", " ", "hola", "¿Sos oficial?", "me\u200bnú", "\u202emenú", "👍", "👍🏽", "sí 👍", "1234 5678", "１２３４５６７８", "12345678 o 87654321", "mi clave es Perro2019",
	"contraseña: a b c", "clave:=", "es Boca1905!", "İ", "ñandú", "\x00\xff", "la 2", "el último", "{code}", strings.Repeat("a", 5000), "pass is ", "clave 1a2b3c", "x@y.z", "DNI12345678"}

// RULES: talk.words. What Plain leaves, it leaves alone the second time.
func FuzzPlain(f *testing.F) {
	for _, s := range seeds {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		plain := flows.Plain(s)
		if flows.Plain(plain) != plain {
			t.Errorf("%q becomes %q and then %q", s, plain, flows.Plain(plain))
		}
		for _, r := range plain {
			if r != ' ' && !unicode.IsLetter(r) && !unicode.IsDigit(r) {
				t.Errorf("%q keeps %q", s, r)
			}
		}
		if plain != strings.TrimSpace(plain) || strings.Contains(plain, "  ") {
			t.Errorf("%q becomes %q", s, plain)
		}
	})
}

// RULES: code.form
func FuzzReadCode(f *testing.F) {
	for _, s := range seeds {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		code := flows.ReadCode(s, flows.CodeDigits)
		if code != "" && (len(code) != flows.CodeDigits || strings.Trim(code, "0123456789") != "") {
			t.Errorf("%q gives %q", s, code)
		}
		if code != "" && flows.ReadCode("código: "+s+" gracias", flows.CodeDigits) != code {
			t.Errorf("%q gives %q, but not within a sentence", s, code)
		}
	})
}

// RULES: pw.chat. Screening never fails, adds nothing but its mark, and has nothing left to do the second time.
func FuzzScreen(f *testing.F) {
	e := engine(f, nothing)
	menu, _ := talk(f, e, flows.Dialog{}, "hola")
	page, _ := talk(f, e, menu, "go", "1", "2", "3", "sí")
	for _, s := range seeds {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, d := range []flows.Dialog{{}, menu, page} {
			in := e.Screen(flows.Key{}, d, flows.Input{From: flows.Person, Text: s})
			if in.Hidden != (in.Text != s) || in.Hidden && !strings.Contains(in.Text, flows.Hidden) {
				t.Errorf("%q becomes %q, hidden %v", s, in.Text, in.Hidden)
			}
			if utf8.ValidString(s) && !utf8.ValidString(in.Text) {
				t.Errorf("%q becomes %q", s, in.Text)
			}
			if again := e.Screen(flows.Key{}, d, flows.Input{From: flows.Person, Text: in.Text}); in.Hidden && again.Text != in.Text {
				t.Errorf("%q becomes %q and then %q", s, in.Text, again.Text)
			}
		}
	})
}

// Any text and any choice at any step: an answer, no error, no panic.
func FuzzTurn(f *testing.F) {
	e := engine(f, nothing)
	steps := []flows.Dialog{{}}
	for _, lines := range [][]string{{"hola"}, {"hola", "go"}, {"hola", "go", "1"}, {"hola", "go", "1", "2", "3"}, {"hola", "go", "1", "2", "3", "corregir"}, {"hola", "go", "1", "2", "3", "sí"}, {"persona"}} {
		d, _ := talk(f, e, flows.Dialog{}, lines...)
		steps = append(steps, d)
	}
	for _, s := range seeds {
		f.Add(s, "")
		f.Add("", s)
	}
	f.Fuzz(func(t *testing.T, text, choice string) {
		for _, d := range steps {
			r, err := e.Handle(t.Context(), flows.Call{ID: "f", At: noon, Dialog: d, Input: flows.Input{From: flows.Person, Text: text, Choice: choice}})
			if err != nil || len(r.Replies) == 0 {
				t.Errorf("%s/%s: %q %q: %d replies, %v", d.Flow, d.Step, text, choice, len(r.Replies), err)
			}
		}
	})
}
