package telegram

import (
	"encoding/json"
	"testing"
)

func sameAsValid(t *testing.T, raw []byte) {
	t.Helper()
	s := scanner{b: raw}
	if got, want := s.skip() && s.end(), json.Valid(raw); got != want && !(want && nesting(raw) > mostDeep) {
		t.Errorf("%q: got %t, want %t", raw, got, want)
	}
	if s.at > len(raw) {
		t.Errorf("%q: it is at %d", raw, s.at)
	}
}

// nesting is how many brackets open at most, also within strings.
func nesting(raw []byte) (n int) {
	for _, c := range raw {
		if c == '{' || c == '[' {
			n++
		}
	}
	return n
}

var someJSON = []string{
	`{}`, ` { } `, `[]`, `[ ]`, `[1,2]`, `[1,]`, `[,]`, `[1 2]`, `{"a":1}`, `{"a":1,}`, `{,}`, `{"a"}`, `{"a":}`, `{a:1}`, `{"a" : [ {} , [ ] , "x" ] }`,
	`""`, `"a`, `"\\"`, `"\"`, `"\u00e1\ud83d"`, `"\u00g1"`, `"\u00"`, `"\x"`, "\"a\nb\"", "\"\xff\"", "\"\x00\"", "\x00", "{}\x00", "",
	`0`, `-0`, `01`, `-`, `1.`, `1.5`, `.5`, `1e`, `1e5`, `1E+5`, `1e-`, `-1.0e-10`, `+1`, `1a`, `true`, `tru`, `truex`, `false`, `null`, `nul`, `{"a":true}`, `[null,false]`, `"\u@@@@"`, `"\u000\u0010"`,
	`[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]`,
}

func TestTheScannerTakesWhatIsJSON(t *testing.T) {
	for _, raw := range someJSON {
		sameAsValid(t, []byte(raw))
	}
}

func FuzzScanner(f *testing.F) {
	for _, raw := range someJSON {
		f.Add([]byte(raw))
	}
	f.Fuzz(sameAsValid)
}
