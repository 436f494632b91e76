package portal

import (
	"testing"

	"ventanilla/backend/natid"
)

func TestWhatHasAPatternIsFoundInASentenceAndNothingElseIsTaken(t *testing.T) {
	q := Question{Kind: "code", Min: 5, Max: 16, Pattern: "[A-Z]{2}[0-9]{5,7}"}
	for said, want := range map[string]string{
		"GM-0481527": "GM0481527", "gm 0481527": "GM0481527", "la que sea, GM-0481527": "GM0481527", "es la VI 204771 creo": "VI204771", "mi póliza (AU-771034) y nada más": "AU771034",
		"GM-0481527, sí, GM0481527": "GM0481527", "GM-0481527 o VI-204771": " many", "204771": " format", "8161 4312": " format", "MACI711102": " format", "POLIZA": " format", "": " empty",
		"calle 62 # 300 col centro, cp 97000": " format", "cp 97000": " format", "es 155620": " format", "mi poliza es MP 155620, 29/09/1966": "MP155620",
	} {
		got, reason := q.Parse(said)
		if reason != "" {
			got = " " + string(reason)
		}
		if got != want {
			t.Errorf("%q is %q, want %q", said, got, want)
		}
	}
}

func TestAPatternKeepsToTheCanonicalForm(t *testing.T) {
	q := Question{Kind: KindInvitation, Min: 6, Max: 16, Pattern: "MET[0-9][0-9A-Z]{3}[0-9][0-9A-Z]{3}"}
	if got, reason := q.Parse("mi clave es: met 4h7q 9xra"); got != "MET4H7Q9XRA" || reason != "" {
		t.Errorf("a key is read as %q (%s)", got, reason)
	}
	if got, reason := q.Parse("Metallica12"); got != "" || reason != natid.Format {
		t.Errorf("a password is read as the key %q (%s)", got, reason)
	}
}

func FuzzPattern(f *testing.F) {
	for _, s := range []string{"GM-0481527", "la que sea, GM-0481527", "", "((((", "a,b;c:GM 0481527"} {
		f.Add(s)
	}
	q := Question{Kind: "code", Min: 5, Max: 16, Pattern: "[A-Z]{2}[0-9]{5,7}"}
	f.Fuzz(func(t *testing.T, said string) {
		got, reason := q.Parse(said)
		if (got == "") != (reason != "") {
			t.Fatalf("%q is %q and refused for %q", said, got, reason)
		}
		if again, reason := q.Parse(got); got != "" && (again != got || reason != "") {
			t.Fatalf("%q of %q is %q (%s)", got, said, again, reason)
		}
	})
}
