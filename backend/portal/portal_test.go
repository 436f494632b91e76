package portal_test

import (
	"errors"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"ventanilla/backend/natid"
	"ventanilla/backend/password"
	"ventanilla/backend/portal"
)

func profile(t testing.TB, name string) portal.Profile {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	p, mistakes := portal.Parse(name[strings.LastIndexByte(name, '/')+1:], b)
	if len(mistakes) > 0 {
		t.Fatal(mistakes)
	}
	return p
}

func field(t testing.TB, p portal.Profile, id string) portal.Field {
	t.Helper()
	f, ok := p.Field(id)
	if !ok {
		t.Fatalf("%s has no field %s", p.ID, id)
	}
	return f
}

func TestTheBuiltInProfilesAreRight(t *testing.T) {
	profiles, err := portal.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, p := range profiles {
		ids = append(ids, p.ID)
	}
	if want := []string{"iess", "metlife", "miportal", "mseg", "segurometal"}; !slices.Equal(ids, want) {
		t.Errorf("built in are %v, want %v", ids, want)
	}
}

func TestASixthOrganisationIsOneFile(t *testing.T) {
	profiles, err := portal.Load(os.DirFS("testdata/sixth"))
	if err != nil {
		t.Fatal(err)
	}
	if len(profiles) != 1 || profiles[0].ID != "cooperativa" {
		t.Errorf("%d profiles, want one", len(profiles))
	}
}

func TestAnAnswerIsReadAsTheMinistryAsks(t *testing.T) {
	p := profile(t, "profiles/mseg.yaml")
	for _, c := range []struct {
		field, earlier, said, want, shown, masked string
		reason                                    natid.Reason
	}{
		{"personnel_type", "", "2", "policial", "Policial, cualquier escalafón", "Policial, cualquier escalafón", ""},
		{"personnel_type", "", "policia del escalafon general", "policial", "Policial, cualquier escalafón", "Policial, cualquier escalafón", ""},
		{"personnel_type", "", "soy personal retirado del escalafón general", "retirado", "Retirado", "Retirado", ""},
		{"personnel_type", "", "retirado y actualmente docente contratado", "", "", "", natid.Unknown},
		{"personnel_type", "", "LEY 10430", "ley10430", "Personal Ley 10.430", "Personal Ley 10.430", ""},
		{"legajo", "policial", "legajo: 123.456", "123456", "123456", "••••56", ""},
		{"legajo", "policial", "12", "", "", "", natid.Length},
		{"legajo", "retirado", "16-5-0123456-0", "16501234560", "16501234560", "••••560", ""},
		{"legajo", "policial", "16-5-0123456-0", "", "", "", natid.Length},
		{"doc_type", "", "D.N.I.", "dni", "DNI", "DNI", ""},
		{"doc_type", "", "l. c.", "lc", "Libreta Cívica (LC)", "Libreta Cívica (LC)", ""},
		{"doc_number", "dni", "DNI 14.567.890", "14567890", "14.567.890", "••••890", ""},
		{"doc_number", "dni", "123456", "", "", "", natid.Length},
		{"doc_number", "le", "123.456", "123456", "123.456", "••••56", ""},
		{"doc_number", "pasaporte", "aad310774", "AAD310774", "AAD310774", "••••774", ""},
		{"doc_number", "dni", "AAD310774", "", "", "", natid.Format},
		{"bank_account", "", "5034-51234/5", "5034512345", "5034512345", "••••345", ""},
		{"bank_account", "", "CBU 0140351801684605023087", "0140351801684605023087", "01403518 01684605023087", "••••087", ""},
		{"bank_account", "", "0140351801684605023086", "", "", "", natid.Checksum},
		{"bank_account", "", "no tengo", "", "", "", natid.Empty},
	} {
		f := field(t, p, c.field)
		earlier := map[string]string{f.Depends: c.earlier}
		got, reason := f.Parse(c.said, earlier)
		if got != c.want || reason != c.reason {
			t.Errorf("%s after %q: %q is %q, reason %q; want %q, %q", c.field, c.earlier, c.said, got, reason, c.want, c.reason)
			continue
		}
		if reason == "" && (f.Display(got, earlier) != c.shown || f.Mask(got, earlier) != c.masked) {
			t.Errorf("%s %q is shown %q, %q; want %q, %q", c.field, got, f.Display(got, earlier), f.Mask(got, earlier), c.shown, c.masked)
		}
	}
}

func TestARetiredPersonIsAskedForTheBenefitNumber(t *testing.T) {
	legajo := field(t, profile(t, "profiles/mseg.yaml"), "legajo")
	if q := legajo.For(map[string]string{"personnel_type": "retirado"}); !strings.Contains(q.Ask, "número de beneficio") || q.Max != 12 || q.Kind != "digits" {
		t.Errorf("the retired are asked %+v", q)
	}
	if q := legajo.For(map[string]string{"personnel_type": "policial"}); !strings.Contains(q.Ask, "legajo") || q.Max != 8 {
		t.Errorf("police are asked %+v", q)
	}
	if q := legajo.For(nil); q.Max != 8 {
		t.Errorf("before the type is known: %+v", q)
	}
}

// RULES: wa.policy
func TestDocumentsAndAccountsAreSensitiveWhateverTheProfileSays(t *testing.T) {
	p := profile(t, "profiles/mseg.yaml")
	for id, want := range map[string]bool{"personnel_type": false, "legajo": false, "doc_type": false, "doc_number": true, "bank_account": true} {
		if got := field(t, p, id).IsSensitive(); got != want {
			t.Errorf("%s is sensitive: %v, want %v", id, got, want)
		}
	}
	for file, id := range map[string]string{"segurometal": "username", "iess": "cedula", "metlife": "rfc"} {
		f := field(t, profile(t, "profiles/"+file+".yaml"), id)
		f.Sensitive = false
		if !f.IsSensitive() {
			t.Errorf("%s %s is not sensitive by its kind", file, id)
		}
	}
}

func TestSomebodyMayLackWhatIsOptional(t *testing.T) {
	p := profile(t, "testdata/sixth/cooperativa.yaml")
	for said, want := range map[string]natid.Reason{"no tengo": "", "No lo sé": "", "omitir": "", "GM-12345": "", "¿qué?": natid.Format} {
		if got, reason := field(t, p, "meter").Parse(said, nil); reason != want {
			t.Errorf("%q: %q, %q; want %q", said, got, reason, want)
		}
	}
	if _, reason := field(t, p, "member").Parse("no tengo", nil); reason != natid.Empty {
		t.Errorf("a number that is not optional: %q", reason)
	}
}

func TestAnEmailFieldReadsAnAddressWithinASentence(t *testing.T) {
	f := field(t, profile(t, "profiles/miportal.yaml"), "email")
	for said, want := range map[string]string{"es Ana@Peña.com.ar": "Ana@xn--pea-8ma.com.ar", "ana": "", "a@b.com c@d.com": "", "ana@gmail": ""} {
		got, reason := f.Parse(said, nil)
		if got != want || (want == "") != (reason != "") {
			t.Errorf("%q: %q, %q; want %q", said, got, reason, want)
		}
	}
	if got := f.Display("Ana@xn--pea-8ma.com.ar", nil); got != "Ana@peña.com.ar" {
		t.Errorf("shown as %q", got)
	}
	if got := f.Mask("adriana.perez@gmail.com", nil); got != "a•••z@g•••.com" {
		t.Errorf("masked as %q", got)
	}
}

// RULES: pw.blocklist, pw.length
func TestTheProfilesOwnWordsAreNoPassword(t *testing.T) {
	p := profile(t, "profiles/mseg.yaml")
	if v := p.Policy(password.Imposed{}).Check("MiPortal Bonaerense 2026", nil); !v.Has(password.Portal) {
		t.Errorf("the organisation's words: %v", v)
	}
	if v := p.Policy(password.Imposed{Max: 10}).Check("tortuga lenta come lechuga", nil); !v.Has(password.Long) {
		t.Errorf("beyond what the core takes: %v", v)
	}
	p.Password.SecondFactor = true
	if v := p.Policy(password.Imposed{}).Check("tortuga lz", nil); !v.OK() {
		t.Errorf("ten characters with a second factor: %v", v)
	}
}

func TestEveryMistakeIsReportedAtOnceWithItsPlace(t *testing.T) {
	folder := os.DirFS("testdata/wrong")
	_, err := portal.Load(folder)
	mistakes, ok := errors.AsType[portal.Mistakes](err)
	if !ok {
		t.Fatalf("got %v, want mistakes", err)
	}
	want, err := os.ReadFile("testdata/wrong/mistakes.golden")
	if err != nil {
		t.Fatal(err)
	}
	if got := mistakes.Error() + "\n"; got != string(want) {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// A field of that name would choose, before any proof, the account that a code is for.
func TestAFieldIsNotCalledLikeSomethingOfTheConversations(t *testing.T) {
	b, err := os.ReadFile("profiles/mseg.yaml")
	if err != nil {
		t.Fatal(err)
	}
	_, mistakes := portal.Parse("mseg.yaml", []byte(strings.Replace(string(b), "id: bank_account", "id: account", 1)))
	if len(mistakes) != 1 || !strings.Contains(mistakes[0].Text, "field id account is taken") || mistakes[0].Line == 0 {
		t.Errorf("got %v, want that account is taken, with its line", mistakes)
	}
}

func TestAFolderWithoutProfilesIsAMistake(t *testing.T) {
	for name, folder := range map[string]fstest.MapFS{
		"empty":        {},
		"only below":   {"more/a.yaml": {Data: []byte("id: a")}},
		"other files":  {"README.md": {}},
		"empty files":  {"a.yaml": {}},
		"several docs": {"a.yaml": {Data: []byte("id: a\n---\nid: b\n")}},
		"a list":       {"a.yaml": {Data: []byte("- id: a\n")}},
		"large":        {"a.yaml": {Data: []byte(strings.Repeat("# \n", 100_000))}},
		"aliases":      {"a.yaml": {Data: []byte("a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c]\nname: [*d,*d,*d,*d,*d,*d,*d]\n")}},
	} {
		if p, err := portal.Load(folder); err == nil || p != nil {
			t.Errorf("%s: %v, %v; want mistakes and no profile", name, p, err)
		} else if _, ok := errors.AsType[portal.Mistakes](err); !ok {
			t.Errorf("%s: %v is not a list of mistakes", name, err)
		}
	}
}

func count(s string, of func(rune) bool) (n int) {
	for _, r := range s {
		if of(r) {
			n++
		}
	}
	return n
}

func FuzzParse(f *testing.F) {
	for _, name := range []string{"profiles/mseg.yaml", "profiles/metlife.yaml", "testdata/sixth/cooperativa.yaml", "testdata/wrong/wrong.yaml"} {
		b, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(b), "docente 2")
	}
	for _, s := range []string{"", "a: *a", "&a [*a]", "id: !!binary x", "? {a: b}\n: c", "<<: {id: a}", "support: {hours: {week: {mon: [25:00-26:00]}}}", "\x00", "%YAML 9.9\n---\n", "id: a\nid: b"} {
		f.Add(s, "x")
	}
	f.Fuzz(func(t *testing.T, text, answer string) {
		p, mistakes := portal.Parse("x.yaml", []byte(text))
		breaks := func(r rune) bool { return strings.ContainsRune("\n\r\u0085\u2028\u2029", r) } // as YAML counts lines
		for _, m := range mistakes {
			if m.Line < 0 || m.Line > count(text, breaks)+1 || m.Text == "" || m.File != "x.yaml" {
				t.Errorf("mistake %#v", m)
			}
		}
		earlier := map[string]string{}
		for _, field := range p.Identity {
			c, reason := field.Parse(answer, earlier)
			if reason == "" {
				earlier[field.ID] = c
			}
			_, _ = field.Display(c, earlier), field.Mask(answer, earlier)
		}
		if len(mistakes) == 0 && (p.ID == "" || len(p.Identity) == 0 || len(p.Services) == 0) {
			t.Errorf("accepted: %+v", p)
		}
	})
}

// The organisation that README.md shows is one.
func TestTheOrganisationOfTheReadmeIsWhole(t *testing.T) {
	b, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(b), "```yaml\n{id: coop")
	shown, _, ok := strings.Cut(rest, "```")
	if !ok {
		t.Fatal("README.md shows no organisation")
	}
	p, mistakes := portal.Parse("coop.yaml", []byte("{id: coop"+shown))
	if len(mistakes) > 0 {
		t.Fatal(mistakes)
	}
	if p.ID != "coop" || !p.Offers(portal.Payslip) {
		t.Errorf("got %+v", p)
	}
}
