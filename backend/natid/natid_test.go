package natid_test

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"

	"ventanilla/backend/natid"
)

func kind(t testing.TB, name string) natid.Kind {
	t.Helper()
	k, ok := natid.Lookup(name)
	if !ok {
		t.Fatalf("no kind %q", name)
	}
	return k
}

func TestIdentifiersAreJudgedAsPublished(t *testing.T) {
	b, err := os.ReadFile("testdata/national_ids.json")
	if err != nil {
		t.Fatal(err)
	}
	var rows []struct {
		Type, Value, Compact, Formatted, Error, Source string
		Valid                                          bool
	}
	if err := json.Unmarshal(b, &rows); err != nil {
		t.Fatal(err)
	}
	if len(rows) != 409 {
		t.Errorf("%d rows, want 409", len(rows))
	}
	for _, r := range rows {
		k := kind(t, strings.Replace(r.Type, "ec.ci", "ec.cedula", 1))
		got, reason := k.Parse(r.Value)
		switch {
		case onlyDoubtful(r.Type, r.Value, r.Error):
			if reason != "" || k.Doubt(got) != natid.Checksum {
				t.Errorf("%s %q: %q %q, doubt %q; want accepted with a doubt", r.Type, r.Value, got, reason, k.Doubt(got))
			}
		case (reason == "") != r.Valid:
			t.Errorf("%s %q: %q, reason %q; want valid %v (%s)", r.Type, r.Value, got, reason, r.Valid, r.Source)
		case r.Valid && got != r.Compact:
			t.Errorf("%s %q: %q, want %q", r.Type, r.Value, got, r.Compact)
		case r.Valid && r.Formatted != "" && k.Format(got) != r.Formatted:
			t.Errorf("%s %q: written %q, want %q", r.Type, r.Value, k.Format(got), r.Formatted)
		case !r.Valid && !slices.Contains(means[r.Error], reason):
			t.Errorf("%s %q: reason %q, want one of %q", r.Type, r.Value, reason, means[r.Error])
		}
	}
}

// onlyDoubtful are the rows that differ on purpose: an RFC's check digit, and that of a RUC that is not a
// person's, are missing from numbers that people really have.
func onlyDoubtful(scheme, value, err string) bool {
	switch scheme {
	case "mx.rfc":
		return err == "InvalidChecksum" || value == "XAXX010101000" && err != ""
	case "ec.ruc":
		return err == "InvalidChecksum" && value[2] >= '6'
	}
	return false
}

var means = map[string][]natid.Reason{
	"InvalidChecksum":  {natid.Checksum},
	"InvalidComponent": {natid.Prefix, natid.Part, natid.Date},
	"InvalidLength":    {natid.Length, natid.Empty, natid.Format},
	"InvalidFormat":    {natid.Format, natid.Empty},
}

func TestAnIdentifierIsReadAsPeopleWriteIt(t *testing.T) {
	for _, c := range []struct{ kind, said, want string }{
		{"ar.cuit", "20-26756539-3", "20267565393"},
		{"ar.cuit", "mi cuit es 20-26756539-3", "20267565393"},
		{"ar.cuit", "CUIL: 20 26756539 3.", "20267565393"},
		{"ar.cuit", "20-26.756.539-3", "20267565393"},
		{"ar.cuit", "cuit 20\u00a026756539\u00a03", "20267565393"},
		{"ar.cuit", "20–26756539–3", "20267565393"},
		{"ar.cuit", "２０２６７５６５３９３", "20267565393"},
		{"ar.cuit", "CUIT20267565393", "20267565393"},
		{"ar.cuit", "\u200e20-26756539-3\u200e", "20267565393"},
		{"ar.cuit", "es el 20267565393, gracias!", "20267565393"},
		{"ar.dni", "DNI 12.345.678", "12345678"},
		{"ar.dni", "dni:12345678", "12345678"},
		{"ar.dni", "D.N.I. 12.345.678", "12345678"},
		{"ar.dni", "Nº 12 345 678", "12345678"},
		{"ar.dni", "n°12345678", "12345678"},
		{"ar.dni", "(12345678)", "12345678"},
		{"ar.dni", "DNI - 12345678", "12345678"},
		{"ar.dni", "mi número de documento es 5.186.316", "5186316"},
		{"ar.libreta", "LE 123.456", "123456"},
		{"ar.libreta", "M 4.123.456", "4123456"},
		{"ar.libreta", "F4123456", "4123456"},
		{"ar.cbu", "CBU: 01403518-01684605023087", "0140351801684605023087"},
		{"ar.account", "cuenta 4010-12345/6", "4010123456"},
		{"ar.account", "0140351801684605023087", "0140351801684605023087"},
		{"ar.username", "dni25582558", "DNI25582558"},
		{"ar.username", "DNI 25.582.558", "DNI25582558"},
		{"ar.username", "25582558", "DNI25582558"},
		{"ar.username", "Cuit 30-71241741-9", "CUIT30712417419"},
		{"ar.username", "30712417419", "CUIT30712417419"},
		{"ec.cedula", "mi cédula es 171430710-3", "1714307103"},
		{"ec.cedula", "C.I. 1714307103", "1714307103"},
		{"ec.ruc", "RUC 1792060346-001", "1792060346001"},
		{"ec.cedula", "1762345674", "1762345674"},               // a 6 in the third place
		{"ec.ruc", "1768123381000", "1768123381000"},            // the thousandth establishment of a public body
		{"mx.curp", "AAAA000101XDFCCC03", "AAAA000101XDFCCC03"}, // neither H nor M
		{"ar.cuit", "25-20123456-8", "25201234568"},
		{"ar.cuit", "26-20123456-4", "26201234564"},
		{"mx.curp", "Mi CURP es BOXW310820HNERXN09", "BOXW310820HNERXN09"},
		{"mx.curp", "curp: boxw310820hnerxn09 gracias", "BOXW310820HNERXN09"},
		{"mx.curp", "BOXW 310820 HNERXN09", "BOXW310820HNERXN09"},
		{"mx.curp", "ＢＯＸＷ３１０８２０ＨＮＥＲＸＮ０９", "BOXW310820HNERXN09"},
		{"mx.rfc", "mi RFC es GODE-561231-GR8", "GODE561231GR8"},
		{"mx.rfc", "RFC: gode 561231 gr8", "GODE561231GR8"},
		{"mx.rfc", "ñoñe561231", "ÑOÑE561231"},
		{"digits", "legajo: 12345", "12345"},
		{"digits", "Legajo Nro. 12.345", "12345"},
		{"digits", "es el 00123", "00123"},
		{"digits", "leg.123", "123"},
		{"code", "mi póliza es gm-123 456", "GM123456"},
		{"passport", "Pasaporte AAB123456", "AAB123456"},
		{"name", "  María   José\u00a0Núñez ", "María José Núñez"},
		{"name", "O'Higgins-Pérez", "O'Higgins-Pérez"},
		{"text", "Av. 7 N.º 1234, 2º B", "Av. 7 N.º 1234, 2º B"},
		{"date", "5/3/1970", "1970-03-05"},
		{"date", "05-03-1970", "1970-03-05"},
		{"date", "5.3.1970", "1970-03-05"},
		{"date", "05031970", "1970-03-05"},
		{"date", "nací el 5 de marzo de 1970", "1970-03-05"},
		{"date", "5 de setiembre del 1970", "1970-09-05"},
		{"date", "1º de mayo de 1971", "1971-05-01"},
		{"date", "primero de mayo de 1971", "1971-05-01"},
		{"date", "5-mar-1970", "1970-03-05"},
		{"date", "1970-03-05", "1970-03-05"},
		{"date", "1970/3/5", "1970-03-05"},
		{"date", "29/2/2000", "2000-02-29"},
		{"ar.dni", "👉 12345678 👍", "12345678"},
	} {
		if got, reason := kind(t, c.kind).Parse(c.said); got != c.want || reason != "" {
			t.Errorf("%s %q: %q, reason %q; want %q", c.kind, c.said, got, reason, c.want)
		}
	}
}

func TestARefusalSaysWhy(t *testing.T) {
	for _, c := range []struct {
		kind, said string
		want       natid.Reason
	}{
		{"ar.cuit", "20-26756539-2", natid.Checksum},
		{"ar.cuit", "20-26756539", natid.Length},
		{"ar.cuit", "99-05536168-8", natid.Prefix},
		{"ar.cuit", "20-2675653A-3", natid.Format},
		{"ar.cuit", "20.26756539.3", natid.Format},
		{"ar.cuit", "no sé", natid.Empty},
		{"ar.cuit", "", natid.Empty},
		{"ar.cuit", "\u200b \u00a0", natid.Empty},
		{"ar.cuit", "20267565393 y 27175432812", natid.Many},
		{"ar.cuit", strings.Repeat("2", 5000), natid.Length},
		{"ar.dni", "M1234567", natid.Format},
		{"ar.dni", "M 1234567", natid.Format},
		{"ar.dni", "-12345678", natid.Format},
		{"ar.dni", "- 12345678", natid.Format},
		{"ar.dni", "12,345,678", natid.Format},
		{"ar.dni", "1234567²", natid.Format},
		{"ar.dni", "١٢٣٤٥٦٧٨", natid.Format},
		{"ar.dni", "123456", natid.Length},
		{"ar.dni", "\xff12345678", natid.Format},
		{"ar.cbu", "0140351801684605023086", natid.Checksum},
		{"ar.cbu", "0140351901684605023087", natid.Checksum},
		{"ar.account", "12345", natid.Length},
		{"ar.account", "123456789012345678", natid.Length},
		{"ar.account", "0140351801684605023086", natid.Checksum},
		{"ar.username", "CUIT30712417418", natid.Checksum},
		{"ar.username", "DNI123", natid.Length},
		{"ar.username", "CUIT30712417419-ART", natid.Format},
		{"ec.cedula", "2633024988", natid.Prefix},
		{"ec.cedula", "1280034922", natid.Part},
		{"ec.ruc", "0926687856000", natid.Part},
		{"ec.ruc", "1710034064001", natid.Checksum},
		{"mx.curp", "NIZB726901MJCZLZ04", natid.Date},
		{"mx.curp", "VOZI640101HSASHN05", natid.Part},
		{"mx.curp", "mi nombre es Juan", natid.Empty},
		{"mx.curp", "BOXW310820", natid.Length},
		{"mx.rfc", "ABCD123456", natid.Date},
		{"mx.rfc", "CACA580710NF7", natid.Prefix},
		{"digits", "123456789012345678901", natid.Length},
		{"code", "abc;1", natid.Format},
		{"passport", "ARGENTINA", natid.Empty},
		{"name", "Ana\r\nBcc: x", natid.Format},
		{"name", "1234", natid.Empty},
		{"name", "Ana <b>", natid.Format},
		{"text", "a\x00b", natid.Format},
		{"date", "31/2/1970", natid.Date},
		{"date", "5/13/1970", natid.Date},
		{"date", "29/2/1900", natid.Date},
		{"date", "5/3/70", natid.Year},
		{"date", "5/3/1070", natid.Year},
		{"date", "ayer", natid.Empty},
		{"date", "12345", natid.Format},
	} {
		if got, reason := kind(t, c.kind).Parse(c.said); reason != c.want {
			t.Errorf("%s %q: %q, reason %q; want %q", c.kind, c.said, got, reason, c.want)
		}
	}
}

func TestACanonicalFormIsWrittenAsPeopleKnowIt(t *testing.T) {
	for _, c := range []struct{ kind, canonical, formatted, masked string }{
		{"ar.cuit", "20267565393", "20-26756539-3", "••••393"},
		{"ar.dni", "26756539", "26.756.539", "••••539"},
		{"ar.dni", "5186316", "5.186.316", "••••316"},
		{"ar.cbu", "0140351801684605023087", "01403518 01684605023087", "••••087"},
		{"ar.account", "4010123456", "4010123456", "••••456"},
		{"ar.username", "DNI25582558", "DNI25582558", "••••558"},
		{"ec.cedula", "1714307103", "171430710-3", "••••103"},
		{"mx.rfc", "ÑOÑE561231", "ÑOÑE 561231", "••••231"},
		{"mx.curp", "BOXW310820HNERXN09", "BOXW310820HNERXN09", "••••N09"},
		{"digits", "12345", "12345", "••••45"},
		{"digits", "123", "123", "••••"},
		{"date", "1970-03-05", "05/03/1970", "••/••/1970"},
	} {
		k := kind(t, c.kind)
		if got := k.Format(c.canonical); got != c.formatted {
			t.Errorf("%s %q is written %q, want %q", c.kind, c.canonical, got, c.formatted)
		}
		if got := k.Mask(c.canonical); got != c.masked {
			t.Errorf("%s %q is masked %q, want %q", c.kind, c.canonical, got, c.masked)
		}
	}
}

func TestAProfileChoosesLengthsOnlyWhereTheSchemeDoesNot(t *testing.T) {
	for _, c := range []struct {
		kind     string
		min, max int
		ok       bool
	}{
		{"digits", 3, 8, true}, {"digits", 0, 0, true}, {"digits", 0, 8, true}, {"digits", 8, 3, false},
		{"digits", -1, 8, false}, {"digits", 3, 41, false}, {"ar.dni", 0, 0, true}, {"ar.dni", 7, 8, false},
	} {
		k, ok := kind(t, c.kind).Bounded(c.min, c.max)
		if ok != c.ok {
			t.Errorf("%s from %d to %d: %v, want %v", c.kind, c.min, c.max, ok, c.ok)
		}
		if _, reason := k.Parse("12"); c.kind == "digits" && c.ok && c.min == 3 && reason != natid.Length {
			t.Errorf("two digits where three are wanted: %q", reason)
		}
	}
	if _, ok := natid.Lookup("xx.none"); ok {
		t.Error("a kind that does not exist was found")
	}
}

// RULES: wa.policy
func TestIdentityDocumentsAndBankAccountsAreSensitive(t *testing.T) {
	for _, name := range natid.Names() {
		want := strings.Contains(name, ".") && !strings.HasSuffix(name, ".phone") || name == "passport"
		if got := kind(t, name).Sensitive; got != want {
			t.Errorf("%s is sensitive: %v, want %v", name, got, want)
		}
	}
}

// FuzzParse holds every kind to its promises: no panic, a canonical form that reads as itself however it
// is written, and nothing in it that could break a line or a header.
func FuzzParse(f *testing.F) {
	b, err := os.ReadFile("testdata/national_ids.json")
	if err != nil {
		f.Fatal(err)
	}
	var rows []struct{ Value string }
	if err := json.Unmarshal(b, &rows); err != nil {
		f.Fatal(err)
	}
	for _, r := range rows[:60] {
		f.Add(r.Value)
	}
	for _, s := range []string{"5 de marzo de 1970", "dni:12", "ñ&1", "Ñandú", "LE 1", "M1", "K", "1/1/2000", "ﾞ", "\xff", "ﬁ 1", "İ1", "ß123456", "e\u0301 1"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, name := range natid.Names() {
			k := kind(t, name)
			c, reason := k.Parse(s)
			if reason != "" {
				if c != "" {
					t.Errorf("%s %q: refused (%s) and yet %q", name, s, reason, c)
				}
				continue
			}
			if c == "" || strings.ContainsAny(c, "\r\n\x00") {
				t.Errorf("%s %q: accepted as %q", name, s, c)
			}
			for _, again := range []string{c, k.Format(c)} {
				if got, reason := k.Parse(again); got != c || reason != "" {
					t.Errorf("%s %q: canonical %q, but %q gives %q, reason %q", name, s, c, again, got, reason)
				}
			}
			if m := k.Mask(c); len(c) > 2 && strings.Contains(m, c) {
				t.Errorf("%s %q: mask %q shows all", name, c, m)
			}
			_ = k.Doubt(c)
			_ = k.Doubt(s)
		}
	})
}
