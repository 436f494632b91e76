package mailaddr_test

import (
	"encoding/json"
	"errors"
	"net/mail"
	"os"
	"strings"
	"testing"
	"unicode"

	"ventanilla/backend/mailaddr"
)

func load(t testing.TB, file string, into any) {
	t.Helper()
	b, err := os.ReadFile("testdata/" + file)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, into); err != nil {
		t.Fatal(err)
	}
}

func TestAddressesAreJudgedAsIsEmailDoes(t *testing.T) {
	var rows []struct{ Address, Category, Diagnosis string }
	load(t, "isemail_tests.json", &rows)
	judged := 0
	for _, r := range rows {
		a, err := mailaddr.Parse(r.Address)
		switch r.Category {
		case "ISEMAIL_ERR":
			if err == nil {
				t.Errorf("%q is accepted as %s although it is wrong: %s", r.Address, a, r.Diagnosis)
			}
		case "ISEMAIL_VALID_CATEGORY":
			if err != nil {
				t.Errorf("%q is refused although it is right: %v", r.Address, err)
			}
		default:
			continue
		}
		judged++
	}
	if judged != 41 {
		t.Errorf("%d rows judged, want 41", judged)
	}
}

// What validator.js accepts and Ventanilla refuses on purpose: quoted local parts and letters beyond ASCII before the @.
func TestAddressesAreJudgedAsValidatorJSDoes(t *testing.T) {
	var rows []struct {
		Address string
		Valid   bool
	}
	load(t, "validatorjs_default.json", &rows)
	for _, r := range rows {
		local, _, _ := strings.Cut(r.Address, "@")
		unmailable := strings.HasPrefix(r.Address, `"`) || strings.ContainsFunc(local, func(r rune) bool { return r > 127 })
		if _, err := mailaddr.Parse(r.Address); (err == nil) != (r.Valid && !unmailable) {
			t.Errorf("%q: %v, want valid %v", r.Address, err, r.Valid && !unmailable)
		}
	}
}

func TestLookAlikesAreNeverTakenForAnother(t *testing.T) {
	var rows []struct{ Address, Note, Suggested string }
	load(t, "homoglyph_authored.json", &rows)
	for _, r := range rows {
		a, err := mailaddr.Parse(r.Address)
		switch {
		case r.Suggested == "accept" || r.Suggested == "strip" || r.Suggested == "length check": // it has 248
			if err != nil || strings.ContainsFunc(a.String(), func(r rune) bool { return r > 127 }) {
				t.Errorf("%q (%s): %s %v, want it accepted", r.Address, r.Note, a, err)
			}
		case r.Note == "IDN domain":
			if a.String() != "ana@xn--pea-8ma.com.ar" || a.Display() != "ana@peña.com.ar" {
				t.Errorf("%q: %q shown %q, %v", r.Address, a, a.Display(), err)
			}
		case err == nil:
			t.Errorf("%q (%s) is accepted as %q", r.Address, r.Note, a)
		}
	}
}

func TestNoAddressCarriesAHeaderOrACommand(t *testing.T) {
	var rows []struct{ Field, Value, Note string }
	load(t, "smtp.json", &rows)
	fine := map[string]bool{"case": true, "spaces": true, "mailto": true, "punycode": true, "percent hack": true, "pipe": true, "sendmail option": true}
	for _, r := range rows {
		a, err := mailaddr.Parse(r.Value)
		if r.Field == "email" && fine[r.Note] != (err == nil) {
			t.Errorf("%q (%s): %q, %v; want accepted %v", r.Value, r.Note, a, err, fine[r.Note])
		}
		if strings.ContainsFunc(a.String(), func(r rune) bool { return r <= ' ' || r >= 127 || strings.ContainsRune(`<>,;:"\()`, r) }) {
			t.Errorf("%q (%s) is accepted as %q", r.Value, r.Note, a)
		}
	}
}

func TestARefusedAddressSaysWhy(t *testing.T) {
	label := strings.Repeat("b", 61)
	for _, c := range []struct {
		said string
		want error
	}{
		{"ana", mailaddr.ErrNone},
		{"", mailaddr.ErrNone},
		{"@gmail.com", mailaddr.ErrLocal},
		{"ana perez@gmail.com", mailaddr.ErrLocal},
		{"peña@gmail.com", mailaddr.ErrLetters},
		{"ana@gmail", mailaddr.ErrDomain},
		{"ana@gmail.", mailaddr.ErrDomain},
		{"ana@-gmail.com", mailaddr.ErrDomain},
		{"ana@gm_ail.com", mailaddr.ErrDomain},
		{"ana@[10.0.0.1]", mailaddr.ErrDomain},
		{"ana@10.0.0.1", mailaddr.ErrDomain},
		{"ana@", mailaddr.ErrDomain},
		{"ana@gmаil.com", mailaddr.ErrLetters}, // Cyrillic а
		{"ana@ｇmail.com", mailaddr.ErrLetters},
		{"ana@gmail。com", mailaddr.ErrLetters},
		{"ana\n@gmail.com", mailaddr.ErrLocal},
		{"ana@gmail.com\nBcc: x@y.com", mailaddr.ErrLocal},
		{strings.Repeat("a", 65) + "@gmail.com", mailaddr.ErrLong},
		{strings.Repeat("a", 64) + "@" + strings.Repeat(label+".", 3) + "example.com", mailaddr.ErrLong},
		{"ana@" + strings.Repeat("a.", 5000) + "com", mailaddr.ErrLong},
	} {
		if a, err := mailaddr.Parse(c.said); !errors.Is(err, c.want) {
			t.Errorf("%.40q: %q, %v; want %v", c.said, a, err, c.want)
		}
	}
}

func TestAnAddressIsFoundWithinASentence(t *testing.T) {
	for _, c := range []struct {
		said, want string
		err        error
	}{
		{"ana@example.com", "ana@example.com", nil},
		{"mi mail es ana@Example.com, gracias", "ana@example.com", nil},
		{"Es <ana@example.com>.", "ana@example.com", nil},
		{"¿ana.perez@example.com.ar?", "ana.perez@example.com.ar", nil},
		{"MAILTO:ana@example.com", "ana@example.com", nil},
		{"Ana punto Perez arroba Gmail punto com", "ana.perez@gmail.com", nil},
		{"ana guion bajo p arroba hotmail punto com punto ar", "ana_p@hotmail.com.ar", nil},
		{"ana@a.com o ana@b.com", "", mailaddr.ErrMany},
		{"ana@a.com,ana@b.com", "", mailaddr.ErrMany},
		{"ana @example.com", "", mailaddr.ErrLocal},
		{"no tengo", "", mailaddr.ErrNone},
	} {
		if a, err := mailaddr.Find(c.said); a.String() != c.want || !errors.Is(err, c.err) {
			t.Errorf("%q: %q, %v; want %q, %v", c.said, a, err, c.want, c.err)
		}
	}
}

func TestAMaskShowsOnlyWhatItsOwnerKnows(t *testing.T) {
	for said, want := range map[string]string{
		"adriana.perez@gmail.com":            "a•••z@g•••.com",
		"ana@hotmail.com.ar":                 "a•••@h•••.com.ar",
		"a@b.com":                            "a•••@b•••.com",
		"juan.desilio@rrhh.mseg.gba.gov.ar":  "j•••o@r•••.gov.ar",
		"ana@peña.com.ar":                    "a•••@x•••.com.ar",
		"no es una dirección":                "•••",
		"adriana.perez.otra.mas.larga@x.com": "a•••a@x•••.com",
	} {
		if got := mailaddr.Mask(said); got != want {
			t.Errorf("%q: %q, want %q", said, got, want)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"ana@example.com", "ana@peña.com.ar", "mailto:a@b.cd", "a@xn--a.com", "\"a\"@b.com", "a@b.com\r\n", "a@xn--0.pt", "ana arroba a punto com", "a@ﬁ.com", "a@İ.com", "a@ß.de"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		a, err := mailaddr.Parse(s)
		if err != nil {
			if a != (mailaddr.Address{}) {
				t.Errorf("%q: %v and yet %q", s, err, a)
			}
			_, _ = mailaddr.Find(s)
			_ = mailaddr.Mask(s)
			return
		}
		if strings.ContainsFunc(a.String(), func(r rune) bool { return r >= unicode.MaxASCII || r <= ' ' }) || len(a.String()) > 254 {
			t.Errorf("%q gives %q", s, a)
		}
		if std, err := mail.ParseAddress(a.String()); err != nil || std.Address != a.String() {
			t.Errorf("%q gives %q, which net/mail reads as %v, %v", s, a, std, err)
		}
		if again, err := mailaddr.Parse(a.String()); err != nil || again != a {
			t.Errorf("%q gives %q, which gives %q, %v", s, a, again, err)
		}
		if shown, err := mailaddr.Parse(a.Display()); err != nil || shown != a {
			t.Errorf("%q is shown as %q, which is %q, %v", s, a.Display(), shown, err)
		}
		_, domain, _ := strings.Cut(a.String(), "@")
		if m := a.Mask(); strings.Contains(m, domain) {
			t.Errorf("%q is masked %q", s, m)
		}
	})
}
