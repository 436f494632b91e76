package password_test

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"ventanilla/backend/password"
	"ventanilla/backend/secret"
)

// adriana is what is known of a person, the user name first.
var adriana = []string{"aperez44", "Adriana Pérez", "adriana.perez@gmail.com", "12.345.678", "27-12345678-0", "1970-03-05"}

func codes(v password.Verdict) []password.Code {
	all := []password.Code{}
	for _, p := range v.Problems {
		all = append(all, p.Code)
	}
	return all
}

// RULES: pw.length
func TestLengthIsCountedInCodePointsAfterNFC(t *testing.T) {
	some := func(n int) string { // nothing that anybody tries first
		r := make([]rune, n)
		for i, seed := 0, 7; i < n; i, seed = i+1, (seed*75+74)%65537 {
			r[i] = []rune("bkvñ7 tzwéj4xqpü")[seed%16]
		}
		return string(r)
	}
	core := func(lowest, most int) password.Policy {
		return password.Policy{Imposed: password.Imposed{Min: lowest, Max: most}}
	}
	for _, c := range []struct {
		name   string
		policy password.Policy
		said   string
		want   password.Code
		n      int
	}{
		{"14", password.Policy{}, some(14), password.Short, 15},
		{"15", password.Policy{}, some(15), "", 0},
		{"7 with a second factor", password.Policy{SecondFactor: true}, some(7), password.Short, 8},
		{"8 with a second factor", password.Policy{SecondFactor: true}, some(8), "", 0},
		{"64", password.Policy{}, some(64), "", 0},
		{"256", password.Policy{}, some(256), "", 0},
		{"257", password.Policy{}, some(257), password.Long, 256},
		{"a megabyte", password.Policy{}, strings.Repeat("x", 1<<20), password.Long, 256},
		{"14 that are 21 before composing", password.Policy{}, norm.NFD.String("ñáéíóúüñáéíóúü"), password.Short, 15},
		{"the core wants 20", core(20, 0), some(19), password.Short, 20},
		{"the core wants 4", core(4, 0), some(14), password.Short, 15},
		{"the core takes 12", core(0, 12), some(12), "", 0},
		{"the core takes no more than 12", core(0, 12), some(13), password.Long, 12},
	} {
		v := c.policy.Check(secret.Text(c.said), nil)
		if c.want == "" && !v.OK() {
			t.Errorf("%s: %v, want no problem", c.name, v.Problems)
		}
		if c.want != "" && !slices.Contains(v.Problems, password.Problem{Code: c.want, N: c.n}) {
			t.Errorf("%s: %v, want %s %d", c.name, v.Problems, c.want, c.n)
		}
	}
}

// RULES: pw.length (never truncated)
func TestNothingIsCutOrTrimmed(t *testing.T) {
	for said, want := range map[string]string{
		"  entra con espacios  ":       "  entra con espacios  ",
		"Contrasen\u0303a larga\u0301": "Contraseña largá",
		strings.Repeat("ñx", 100):      strings.Repeat("ñx", 100),
	} {
		if got := password.Normalize(secret.Text(said)).Reveal(); got != want {
			t.Errorf("%q becomes %q, want %q", said, got, want)
		}
	}
	long := secret.Text("A1!" + strings.Repeat("a", 68) + "x")
	if a, b := password.Normalize(long), password.Normalize(long+"y"); a == b {
		t.Error("two passwords of more than 72 bytes are one")
	}
}

// RULES: pw.blocklist
func TestWhatOthersTryFirstIsRefusedAndToldWhy(t *testing.T) {
	p := password.Policy{SecondFactor: true, Words: []string{"mseg", "Mi Portal MSEG", "Ministerio de Seguridad de la Provincia"}}
	for said, want := range map[string]password.Code{
		"password":                 password.Common,
		"Password1!":               password.Common,
		"P@ssw0rd1!":               password.Common,
		"Ｐａｓｓｗ０ｒｄ１！":               password.Common,
		"C0ntr@s3ñ@":               password.Common,
		"CONTRASEÑA2026":           password.Common,
		"contrasena-2026":          password.Common,
		"Primavera2026!":           password.Common,
		"otoño2026":                password.Common,
		"miércoles 12":             password.Common,
		"Guadalupe1985":            password.Common,
		"boca1905":                 password.Common,
		"river1901":                password.Common,
		"chivas1906":               password.Common,
		"teamo mucho":              "",
		"cancelar":                 password.Common,
		"Chocolate Primavera":      password.Common,
		"passwordpassword":         password.Repeated,
		"contraseñacontraseña":     password.Repeated,
		"1111111111111111":         password.Repeated,
		"abcabcabcabcabcabc":       password.Repeated,
		"Qwertyuiop12":             password.Common,
		"poiuytrewqlkjhgf":         password.Sequence,
		"qwertyuiopasdfghjklñ":     password.Common,
		"abcdefghijklmnop":         password.Sequence,
		"9876543210987654":         password.Sequence,
		"Adriana Pérez 1970":       password.Owner,
		"4dr14n4p3r3z!!":           password.Owner,
		"adrianaperez":             password.Owner,
		"Clave12345678":            password.Owner,
		"zx 27123456780 kwq vfgt":  password.Owner,
		"zx 12.345.678 kwq vfgt b": password.Owner,
		"zx aperez44 kwq vfgt b":   password.Owner,
		"zx 05031970 kwq vfgt b":   password.Owner,
		"mseg 2026!":               password.Portal,
		"miportalmseg":             password.Portal,
		"Seguridad Provincia 1":    password.Portal,
		// what is fine
		"caballo correcto batería grapa": "",
		"Quiero un mate amargo":          "",
		"adriana come tortugas azules":   "",
		"aB3$kL9#mN2@pQ5":                "",
		"839201748362957":                "",
		"Abc'def\"1! ok":                 "",
		"Пароль из слов":                 "",
	} {
		v := p.Check(secret.Text(said), adriana)
		if want == "" && !v.OK() || want != "" && !slices.Contains(codes(v), want) {
			t.Errorf("%q: %v, want %q", said, codes(v), want)
		}
		if !v.OK() && v.Strength > 1 {
			t.Errorf("%q is refused and yet has strength %d", said, v.Strength)
		}
	}
}

// RULES: pw.blocklist
func TestTenThousandCommonPasswordsAreRefused(t *testing.T) {
	b, err := os.ReadFile("data/common_10k.txt")
	if err != nil {
		t.Fatal(err)
	}
	words := strings.Fields(string(b))
	if len(words) < 10_000 {
		t.Errorf("%d words, want 10,000", len(words))
	}
	for _, name := range []string{"data/es_firstnames.txt", "data/es_words.txt"} {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		words = append(words, strings.Fields(string(b))...)
	}
	words = append(words, "verano", "septiembre", "sábado", "capricornio", "medianoche")
	// Each as long as it must be, with the decoration that people add.
	p := password.Policy{SecondFactor: true}
	for _, w := range words {
		if utf8.RuneCountInString(w) < 4 {
			continue
		}
		for _, said := range []string{w, strings.ToUpper(w) + "1!"} {
			if v := p.Check(secret.Text(said), nil); v.OK() {
				t.Errorf("%q is accepted", said)
			}
		}
	}
}

// RULES: pw.composition
func TestNothingIsDemandedOfTheCompositionUnlessTheCoreImposesIt(t *testing.T) {
	for _, r := range (password.Policy{}).Rules() {
		if r.Imposed {
			t.Errorf("rule %s is said to be imposed", r.Code)
		}
	}
	if v := (password.Policy{}).Check("tortuga lenta come lechuga", nil); !v.OK() {
		t.Errorf("small letters only: %v", codes(v))
	}
	core := password.Policy{Imposed: password.Imposed{Max: 20, Upper: 1, Lower: 1, Digit: 2, Symbol: 1, Forbidden: "'\"", ASCII: true, NoUsername: true}}
	want := []password.Rule{
		{Code: password.Short, N: 15}, {Code: password.Long, N: 20, Imposed: true}, {Code: password.Unreadable}, {Code: password.Blank},
		{Code: password.NoUpper, N: 1, Imposed: true}, {Code: password.NoLower, N: 1, Imposed: true}, {Code: password.NoDigit, N: 2, Imposed: true},
		{Code: password.NoSymbol, N: 1, Imposed: true}, {Code: password.Forbidden, Chars: "'\"", Imposed: true}, {Code: password.NotASCII, Imposed: true}, {Code: password.Username, Imposed: true},
	}
	show := func(rules []password.Rule) string {
		var s string
		for _, r := range rules {
			s += fmt.Sprintln(r.Code, r.N, r.Chars, r.Imposed)
		}
		return s
	}
	if got := core.Rules(); show(got) != show(want) {
		t.Errorf("the rules are\n%s, want\n%s", show(got), show(want))
	}
	for said, want := range map[string][]password.Code{
		"Tortuga lenta 42!":     {},
		"tortuga lenta 42!":     {password.NoUpper},
		"TORTUGA LENTA 42!":     {password.NoLower},
		"Tortuga lenta 4!x":     {password.NoDigit},
		"Tortuga lenta ٤٢!":     {password.NoDigit, password.NotASCII},
		"Tortuga lenta 42x":     {password.NoSymbol},
		"Tortuga l'enta 42!":    {password.Forbidden},
		"Tortugá lenta 42!":     {password.NotASCII},
		"Tortuga aperez 42!!!":  {},
		"x Aperez44 tortuga 2!": {password.Long, password.Username, password.Owner},
	} {
		if got := codes(core.Check(secret.Text(said), adriana)); !slices.Equal(got, want) {
			t.Errorf("%q: %v, want %v", said, got, want)
		}
	}
}

func TestAPasswordThatCannotBeTypedAgainIsRefused(t *testing.T) {
	for said, want := range map[string]password.Code{
		"tortuga\u200b lenta azul":   password.Unreadable,
		"\ufefftortuga lenta azul":   password.Unreadable,
		"tortuga\u00adlenta azul":    password.Unreadable,
		"tortuga\x00lenta azul":      password.Unreadable,
		"tortuga\tlenta azul come":   password.Unreadable,
		"tortuga\r\nlenta azul co":   password.Unreadable,
		"tortuga\u202elenta azul":    password.Unreadable,
		"tortuga\xedlenta azul com":  password.Unreadable,
		"tortuga\u200dlenta azul":    password.Unreadable,
		"                ":           password.Blank,
		"\u00a0\u2003            ":   password.Blank,
		"tortuga 👨‍👩‍👧 lenta azul":   "",
		"tortuga 🏴󠁧󠁢󠁳󠁣󠁴󠁿 lenta azul": "",
	} {
		v := password.Policy{}.Check(secret.Text(said), nil)
		if want == "" && !v.OK() || want != "" && !v.Has(want) {
			t.Errorf("%q: %v, want %q", said, codes(v), want)
		}
	}
}

// RULES.md wins over the properties in the file: it asks for 15 characters, or 8 with a second factor, counts code
// points and has no composition rules.
func TestTheEdgeCasesHoldTheirProperty(t *testing.T) {
	b, err := os.ReadFile("testdata/rules_authored.json")
	if err != nil {
		t.Fatal(err)
	}
	var rows []struct{ Name, Password, Property string }
	if err := json.Unmarshal(b, &rows); err != nil {
		t.Fatal(err)
	}
	refused := []string{"too short", "reject", "reject or strip", "strip", "weak", "reject; or", "reject cleanly", "must be refused as common", "is a command"}
	accepted := []string{"accept", "policy", "limit is in bytes", "digit class decision", "document which unit is counted"}
	any := func(property string, of []string) bool {
		return slices.ContainsFunc(of, func(s string) bool { return strings.Contains(property, s) })
	}
	judged := 0
	for _, r := range rows {
		v := password.Policy{SecondFactor: true}.Check(secret.Text(r.Password), []string{"anaperez", "Ana Perez", "ana.perez@gmail.com", "12345678"})
		switch {
		case any(r.Property, refused):
			judged++
			if v.OK() {
				t.Errorf("%s: accepted, want it refused (%s)", r.Name, r.Property)
			}
		case any(r.Property, accepted):
			judged++
			if !v.OK() {
				t.Errorf("%s: %v, want it accepted (%s)", r.Name, codes(v), r.Property)
			}
		}
	}
	if judged < 28 {
		t.Errorf("only %d of %d rows judged", judged, len(rows))
	}
}

func TestStrengthTellsGoodFromBad(t *testing.T) {
	p := password.Policy{Words: []string{"mseg"}}
	var last int
	for _, said := range []string{"contraseñas2026", "tengo dos gatos", "tortuga lenta come lechuga fresca"} {
		v := p.Check(secret.Text(said), adriana)
		if v.Strength < last || v.Strength > 4 {
			t.Errorf("%q has strength %d, want at least %d", said, v.Strength, last)
		}
		last = v.Strength
	}
	if last != 4 {
		t.Errorf("a long phrase has strength %d, want 4", last)
	}
}

// RULES: data.canary
func TestAVerdictHoldsNothingOfTheCandidate(t *testing.T) {
	v := password.Policy{Imposed: password.Imposed{Max: 20, Upper: 1}}.Check("Adriana Pérez canary 77 canary", adriana)
	if shown := fmt.Sprintf("%#v", v); v.OK() || strings.Contains(strings.ToLower(shown), "canary") || strings.Contains(shown, "Adriana") {
		t.Errorf("the verdict shows the candidate: %s", shown)
	}
}

func TestManyJudgeAtOnce(t *testing.T) {
	var wg sync.WaitGroup
	for i := range 16 {
		wg.Go(func() {
			if v := (password.Policy{}).Check(secret.Text(fmt.Sprint("tortuga lenta come lechuga ", i)), adriana); !v.OK() {
				t.Errorf("%v", codes(v))
			}
		})
	}
	wg.Wait()
}

// zxcvbn's own search for disguises made 1.7 million allocations of this one and held a processor for a second.
func TestAHostileCandidateCostsLittle(t *testing.T) {
	hostile := secret.Text(strings.Repeat("tortuga 4@8({[<369&#!1/|0$5+7%2 lenta ", 6) + "x")
	if n := testing.AllocsPerRun(1, func() { password.Policy{}.Check(hostile, adriana) }); n > 200_000 {
		t.Errorf("%.0f allocations, want at most 200,000", n)
	}
}

func FuzzCheck(f *testing.F) {
	for _, s := range []string{"", "password", "ñandú\u0301", "\xff\xfe", "a\u200db", strings.Repeat("1", 300), "😀😀", "İıſß", "C0ntr@s3ñ@ 1970"} {
		f.Add(s, "Ana Pérez", "mseg")
	}
	f.Fuzz(func(t *testing.T, s, person, word string) {
		p := password.Policy{SecondFactor: true, Words: []string{word}, Imposed: password.Imposed{Digit: 1, Forbidden: "<"}}
		v := p.Check(secret.Text(s), []string{person})
		if v.Strength < 0 || v.Strength > 4 {
			t.Errorf("%q: strength %d", s, v.Strength)
		}
		n := password.Normalize(secret.Text(s))
		if password.Normalize(n) != n {
			t.Errorf("%q: normalising twice differs", s)
		}
		if again := p.Check(n, []string{person}); len(s) < 1000 && fmt.Sprint(again) != fmt.Sprint(v) {
			t.Errorf("%q: %v, normalised %v", s, v, again)
		}
		if v.OK() && (utf8.RuneCountInString(n.Reveal()) < 8 || !utf8.ValidString(s) || strings.ContainsAny(s, "<\x00\r\n")) {
			t.Errorf("%q is accepted", s)
		}
	})
}

func BenchmarkCheck(b *testing.B) {
	p := password.Policy{Words: []string{"mseg"}}
	for name, said := range map[string]string{
		"usual":     "tortuga lenta come lechuga",
		"longest":   strings.Repeat("tortuga 4@8({[<369&#!1/|0$5+7%2 lenta ", 6) + "x",
		"disguises": "4@8({[<369&#!1/|0$5+7%24@8({[<369&#!1/|0$5+7%2z2a4@8({[<369&#!1/|",
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				p.Check(secret.Text(said), adriana)
			}
		})
	}
}
