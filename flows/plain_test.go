package flows

import (
	"testing"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// FuzzAccents compares what is read of letters with accents with what is read of the same, with the
// accents as characters of their own.
func FuzzAccents(f *testing.F) {
	for _, s := range []string{"Menú", "¿ÑANDÚ?", "İstanbul ŀ ŉ ǅ", "pingüino 👍", "ª º ﬁ", "\xff", "x\u0301y"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if got, want := Plain(s), Plain(norm.NFD.String(s)); got != want {
			t.Errorf("%q: got %q, want %q", s, got, want)
		}
	})
}

func TestEveryWesternLetterIsReadWithoutItsAccents(t *testing.T) {
	for r := range rune(letters) {
		if want := Plain(norm.NFD.String("a" + string(r) + "b")); Plain("a"+string(r)+"b") != want || unicode.Is(unicode.Mn, bases[r]) {
			t.Errorf("%q: got %q, want %q", r, Plain("a"+string(r)+"b"), want)
		}
	}
}
