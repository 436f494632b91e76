package spelling_test

import (
	"testing"

	"pgregory.net/rapid"

	"ventanilla/flows/spelling"
)

func TestWordsThatSoundAlikeAreSpelledAlike(t *testing.T) {
	for a, b := range map[string]string{"clabe": "clave", "resivo": "recibo", "zueldo": "sueldo", "rejistro": "registro", "ase": "hace", "kiero": "quiero", "yave": "llave", "canbiar": "cambiar"} {
		if spelling.Sound(a) != spelling.Sound(b) {
			t.Errorf("%s sounds like %s, %s like %s", a, spelling.Sound(a), b, spelling.Sound(b))
		}
	}
}

func TestDistance(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"", "abc", 3}, {"clave", "clave", 0}, {"clave", "clvae", 1}, {"recibo", "recbo", 1}, {"recibo", "recivoo", 2}, {"uno", "dos", 3}} {
		if got := spelling.Distance(c.a, c.b); got != c.want {
			t.Errorf("from %q to %q: got %d, want %d", c.a, c.b, got, c.want)
		}
	}
}

func TestDistanceIsTheSameBothWaysAndNeverMoreThanTheLongerWord(t *testing.T) {
	word := rapid.StringMatching(`[a-e]{0,8}`)
	rapid.Check(t, func(t *rapid.T) {
		a, b := word.Draw(t, "a"), word.Draw(t, "b")
		d := spelling.Distance(a, b)
		if d != spelling.Distance(b, a) || d > max(len(a), len(b)) || (d == 0) != (a == b) {
			t.Errorf("from %q to %q: %d, back %d", a, b, d, spelling.Distance(b, a))
		}
	})
}
