package intent

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func TestStringsAreNumberedInTheOrderInWhichTheyCome(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var x index
		var want []string
		for _, s := range rapid.SliceOfN(rapid.StringMatching(`[ab]{0,6}|.*`), 0, 300).Draw(t, "strings") {
			at := slices.Index(want, s)
			if i, ok := x.find([]byte(s)); ok != (at >= 0) || ok && int(i) != at {
				t.Fatalf("%q: found %d, %t, want %d", s, i, ok, at)
			}
			if at < 0 {
				at, want = len(want), append(want, s)
			}
			if got := x.add(s); int(got) != at || x.text(at) != s || x.len() != len(want) {
				t.Fatalf("%q: number %d of %d, want %d of %d", s, got, x.len(), at, len(want))
			}
		}
	})
}

func TestNeighboursAreKeptByKeyInTheirOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var n neighbours
		want := map[string][]string{}
		word := rapid.StringMatching(`[ab]{0,3}`)
		for range rapid.IntRange(0, 100).Draw(t, "n") {
			k, w := word.Draw(t, "key"), word.Draw(t, "word")
			n.add(k, w)
			want[k] = append(want[k], w)
		}
		for _, k := range []string{"", "a", "b", "ab", "ba", "abb", "none"} {
			if got := slices.Collect(n.of(k)); !slices.Equal(got, want[k]) {
				t.Fatalf("%q: got %q, want %q", k, got, want[k])
			}
		}
	})
}
