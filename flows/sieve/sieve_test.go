package sieve

import (
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestAnExpressionIsAskedWhereItsPiecesStand(t *testing.T) {
	for _, c := range []struct {
		expr, said  string
		asked, want bool
	}{
		{`(?:^|\s)(?:no puedo entrar|otra cuenta)(?:\s|$)`, "quiero la otra cuenta", true, true},
		{`(?:^|\s)(?:no puedo entrar|otra cuenta)(?:\s|$)`, "no puedo salir", false, false},
		{`^(?:y )*(?:enero|julio|junio)(?: de \d+)?$`, "junio de 2026", true, true},
		{`^(?:y )*(?:enero|julio|junio)(?: de \d+)?$`, "marciano", false, false},
		{`(el|la) ultim[oa]`, "la ultima", true, true},
		{`(el|la) ultim[oa]`, "x", false, false},
		{`otra\scuenta`, "otra\tcuenta", true, true},
		{`(?i)soy`, "Soy yo", true, true}, // capitals are not followed
		{`\w+`, "x", true, true},
		{`a|murio .*recibo`, "a", true, true}, // one of the two needs too little
		{`(claves){2}`, "clavesclaves", true, true},
		{`año`, "ano", false, false},
	} {
		f, said := Must(c.expr), Of(c.said)
		asked := len(f.needs) == 0
		for _, n := range f.needs {
			asked = asked || said.holds(n)
		}
		if got := f.In(&said); asked != c.asked || got != c.want {
			t.Errorf("%s in %q: asked %v, %v; want %v, %v", c.expr, c.said, asked, got, c.asked, c.want)
		}
	}
}

// The sieve changes no answer, whatever the expression and the message.
func TestTheSieveChangesNothing(t *testing.T) {
	atoms := []string{"abc", "abd", "bca", "ab", "a", " ", `\s`, "[ab]", "[a-z]", `\w+`, ".*", "(?i:Abc)", "ñab", "^", "$", `\b`, "(?:abca|bc)?", "(?:abc)+", "(?:bca)*", "(?:cab){2}", "(?:cab){0,2}", "(?:ab|cab|bcabc)", `(?:^|\s)`}
	rapid.Check(t, func(t *rapid.T) {
		var b strings.Builder
		for i := range rapid.IntRange(1, 3).Draw(t, "branches") {
			if i > 0 {
				b.WriteString("|")
			}
			for range rapid.IntRange(1, 4).Draw(t, "atoms") {
				b.WriteString(rapid.SampledFrom(atoms).Draw(t, "atom"))
			}
		}
		f, plain := Must(b.String()), regexp.MustCompile(b.String())
		said := rapid.StringOfN(rapid.SampledFrom([]rune("aabbccd ñA\tx")), 0, 14, -1).Draw(t, "said")
		text := Of(said)
		if got, want := f.In(&text), plain.MatchString(said); got != want {
			t.Fatalf("%q in %q: %v, want %v", b.String(), said, got, want)
		}
	})
}

// What is asked of a message costs little where nothing matches.
func BenchmarkIn(b *testing.B) {
	f := Must(`(?:^|\s)(?:(quiere|pide|piden) (el |mi )?(codigo|clave)|se (lo|la) (doy|paso)$|me llaman)(?:\s|$)`)
	b.Run("sieve", func(b *testing.B) {
		for b.Loop() {
			said := Of("marciano de marte")
			f.In(&said)
		}
	})
	b.Run("regexp", func(b *testing.B) {
		for b.Loop() {
			f.MatchString("marciano de marte")
		}
	})
}
