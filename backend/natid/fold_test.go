package natid

import (
	"strings"
	"testing"

	"golang.org/x/text/unicode/norm"
	"golang.org/x/text/width"
	"pgregory.net/rapid"
)

// What is typed in plain characters is not taken apart, and stays what it would become.
func TestPlainCharactersAreFoldedAsAllOthers(t *testing.T) {
	for typed, want := range map[string]string{"0\t0": "0 0", " 30.000-1 ": "30.000-1", "3\x7f": "3\x7f", "\n": ""} {
		if got := fold(typed); got != want {
			t.Errorf("%q becomes %q, want %q", typed, got, want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.StringOfN(rapid.RuneFrom([]rune(" 09azAZ-./,~!\"'\t\u00a0é２－\u200b")), 0, 20, -1).Draw(t, "typed")
		want := norm.NFC.String(strings.TrimSpace(strings.Map(foldRune, width.Narrow.String(norm.NFC.String(s)))))
		if got := fold(s); got != want {
			t.Fatalf("%q becomes %q, want %q", s, got, want)
		}
	})
}
