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
		want := map[string][]int32{}
		word := rapid.StringMatching(`[ab]{0,3}`)
		for range rapid.IntRange(0, 100).Draw(t, "n") {
			k, w := word.Draw(t, "key"), rapid.Int32Range(0, 9).Draw(t, "word")
			n.add(k, w)
			want[k] = append(want[k], w)
		}
		for _, k := range []string{"", "a", "b", "ab", "ba", "abb", "none"} {
			if got := slices.Collect(n.of(k)); !slices.Equal(got, want[k]) {
				t.Fatalf("%q: got %v, want %v", k, got, want[k])
			}
		}
	})
}

func TestTheLatestMeaningOfAMessageCounts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var m meanings
		want := map[string]string{}
		for range rapid.IntRange(0, 60).Draw(t, "n") {
			message, intent := rapid.StringMatching(`[ab ]{0,4}`).Draw(t, "message"), rapid.SampledFrom([]string{"recover", "unlock", "menu"}).Draw(t, "intent")
			m.set(message, intent)
			want[message] = intent
		}
		for _, s := range []string{"", "a", "ab", "b a", "abba", "none"} {
			if got := m.of(s); got != want[s] {
				t.Fatalf("%q is %q, want %q", s, got, want[s])
			}
		}
	})
}
