package flows

import "testing"

func TestACaseNumberHasSixDigitsWhateverChanceGives(t *testing.T) {
	for hex, want := range map[string]string{"00000000": "V100000", "000dbb9f": "V999999", "000dbba0": "V100000", "ffffffff": "V267295", "": "V100000"} {
		if got := CaseNumber(func(int) string { return hex }); got != want {
			t.Errorf("%q: got %s, want %s", hex, got, want)
		}
	}
}
