package emulator

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"ventanilla/backend"
	"ventanilla/backend/secret"
)

func FuzzNormal(f *testing.F) {
	for _, s := range []string{"14.567.890", " aad 310-774 ", "０１２", "", "000", "ﬁ", "16-5-0123456-0", "\xff"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		n := normal(s)
		if normal(n) != n {
			t.Errorf("%q becomes %q and then %q", s, n, normal(n))
		}
		if strings.ContainsAny(n, " .-\x00") {
			t.Errorf("%q becomes %q", s, n)
		}
	})
}

// Whatever is typed, nobody is found by a document that is not theirs.
func FuzzIdentify(f *testing.F) {
	portals, err := loadSeeds(builtIn)
	if err != nil {
		f.Fatal(err)
	}
	f.Add("dni", "14.567.890", "104.233", "1")
	f.Add("dni", "", "104.233", "5034-51234/5")
	f.Add("dni\x0014567890", "", "104233", "")
	f.Fuzz(func(t *testing.T, kind, number, legajo, bank string) {
		found := portals["mseg"].identify(map[string]string{"doc_type": kind, "doc_number": number, "legajo": legajo, "bank_account": bank})
		for _, c := range found {
			person, _ := portals["mseg"].find(c.ID)
			if !slices.ContainsFunc(person.Documents, func(d map[string]string) bool {
				return normal(d["doc_type"]) == normal(kind) && normal(d["doc_number"]) == normal(number)
			}) {
				t.Errorf("%q %q finds %s", kind, number, c.ID)
			}
		}
	})
}

func TestTheRulesOfPasswordsCountCodePoints(t *testing.T) {
	r := backend.PasswordRules{MinLength: 4, MaxLength: 5, Upper: true, Lower: true, Symbol: true, Forbidden: "ñ"}
	for password, want := range map[string][]backend.Rule{
		"Ab-á":       nil,
		"Ab-a\u0301": nil, // NFC makes one of the last two
		"Aa-🌻":       nil,
		"Aa-":        {backend.MinLength},
		"Aa-xyz":     {backend.MaxLength},
		"aa-x":       {backend.Upper},
		"AA-X":       {backend.Lower},
		"Aaxx":       {backend.Symbol},
		"Aa-ñ":       {backend.Forbidden},
		"An-A":       {backend.Username},
	} {
		if got := broken(r, secret.Text(password), "an-a"); !slices.Equal(got, want) {
			t.Errorf("%q: got %v, want %v", password, got, want)
		}
		if !utf8.ValidString(password) {
			t.Errorf("%q is no text", password)
		}
	}
}

func TestMoneyAsPeopleWriteIt(t *testing.T) {
	for hundredths, want := range map[int64]string{0: "", 5: "0,05", 100: "1,00", 123_456_789: "1.234.567,89", 100_000: "1.000,00"} {
		if got := money(hundredths, ".", ","); got != want {
			t.Errorf("%d: got %q, want %q", hundredths, got, want)
		}
	}
}
