package portal_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"ventanilla/backend/natid"
	"ventanilla/backend/portal"
)

func builtin(t testing.TB) []portal.Profile {
	t.Helper()
	all, err := portal.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// questions are all the ways in which a profile asks.
func questions(p portal.Profile) (list []portal.Question) {
	for _, f := range p.Identity {
		list = append(list, f.Question)
		for answer := range f.Cases {
			if q := f.For(map[string]string{f.Depends: answer}); !q.Skip {
				list = append(list, q)
			}
		}
	}
	return list
}

// foreign are words that betray another country's voice.
var foreign = map[string]*regexp.Regexp{
	"es-AR": regexp.MustCompile(`(?i)\b(tienes|puedes|escribe|eres|quieres|debes|ingresa|revisa|vives|empieza|usted|escriba)\b`),
	"es-MX": regexp.MustCompile(`(?i)\b(tenés|podés|escribí|sos|querés|vivís|empezá|usted|su cédula|le voy|escriba|acá|vos)\b`),
	"es-EC": regexp.MustCompile(`(?i)\b(tú|tu|te|tienes|puedes|escribe|eres|quieres|vives|tenés|podés|sos|vos)\b`),
}

// RULES: talk.size, wa.limits
func TestEveryQuestionFitsAMessageAndSpeaksAsItsCountryDoes(t *testing.T) {
	for _, p := range builtin(t) {
		said := []string{p.Support.Place, p.Terms.Text, p.Agreement.Text, p.Mail.Signature}
		for _, q := range questions(p) {
			said = append(said, q.Label, q.Ask, q.Where)
			if n := len([]rune(q.Ask + " " + q.Where)); n > 500 {
				t.Errorf("%s: %d characters: %s", p.ID, n, q.Ask)
			}
			if !strings.HasPrefix(q.Ask, "¿") || q.Where == "" {
				t.Errorf("%s asks without a question, or does not say where it stands: %s", p.ID, q.Ask)
			}
			if q.Kind != portal.KindChoice && !strings.Contains(q.Where, "por ejemplo ") {
				t.Errorf("%s gives no example: %s", p.ID, q.Where)
			}
			if len(q.Options) > 10 {
				t.Errorf("%s: %d options", p.ID, len(q.Options))
			}
		}
		for _, s := range said {
			if w := foreign[p.Locale].FindString(s); w != "" {
				t.Errorf("%s (%s) says %q: %s", p.ID, p.Locale, w, s)
			}
		}
	}
}

var nextSentence = regexp.MustCompile(`\. [A-Z].*$`)

// An example that the bot itself refuses would teach people the wrong thing.
func TestEveryExampleIsAnAnswer(t *testing.T) {
	for _, p := range builtin(t) {
		for _, q := range questions(p) {
			if q.Kind == portal.KindChoice {
				continue
			}
			_, first, _ := strings.Cut(q.Where, "por ejemplo ")
			first, _, _ = strings.Cut(first, "; ")
			first = strings.TrimSuffix(nextSentence.ReplaceAllString(first, ""), ".")
			if _, reason := q.Parse(first); reason != "" {
				t.Errorf("%s: the example %q of %q is refused: %s", p.ID, first, q.Ask, reason)
			}
		}
	}
}

func TestHolidaysAreDaysOfTheComingYearOnWhichTheOfficeWouldBeOpen(t *testing.T) {
	for _, p := range builtin(t) {
		days := p.Support.Hours.Holidays
		if !slices.IsSorted(days) || len(slices.Compact(slices.Clone(days))) != len(days) || len(days) < 10 {
			t.Errorf("%s: %v", p.ID, days)
		}
		for _, d := range days {
			at, err := time.ParseInLocation(time.DateOnly, string(d), p.Location())
			if err != nil || d < "2026-11" || d > "2027-12-31" {
				t.Errorf("%s: %s, %v", p.ID, d, err)
			}
			if len(p.Support.Hours.Week[portal.Weekday(at.Weekday())]) == 0 {
				t.Errorf("%s: nobody is there on a %s anyway (%s)", p.ID, at.Weekday(), d)
			}
		}
	}
}

func names(fields []portal.Field) (ids string) {
	for _, f := range fields {
		ids += f.ID + " "
	}
	return strings.TrimSpace(ids)
}

func TestAFieldIsAskedOnlyWhereItHelps(t *testing.T) {
	const given = "contact_name contact_street contact_city contact_postcode contact_phone"
	for _, c := range []struct {
		portal      string
		service     portal.Service
		finds, told string
	}{
		{"metlife", portal.Recover, "username", ""},
		{"metlife", portal.Register, "invited invitation_key policy birth_date rfc", "contact_email"},
		{"iess", portal.Change, "cedula", ""},
		{"miportal", portal.Recover, "email policy birth_date", ""},
		{"miportal", portal.Register, "email policy birth_date", given},
		{"miportal", portal.Contact, "email policy birth_date", given + " contact_email"},
		{"mseg", portal.Register, "personnel_type legajo doc_type doc_number bank_account", ""},
		{"segurometal", portal.Register, "username", ""},
	} {
		p := profile(t, "profiles/"+c.portal+".yaml")
		if got := names(p.Fields(c.service)); got != c.finds {
			t.Errorf("%s, %s: found by %q, want %q", c.portal, c.service, got, c.finds)
		}
		if got := names(p.Given(c.service)); got != c.told {
			t.Errorf("%s, %s: given are %q, want %q", c.portal, c.service, got, c.told)
		}
	}
}

func TestWhoWasInvitedIsAskedLess(t *testing.T) {
	p := profile(t, "profiles/metlife.yaml")
	for said, want := range map[string]string{
		"sí": "invited invitation_key policy", "Recibí un correo para registrarme": "invited invitation_key policy",
		"no": "invited policy birth_date rfc", "Aún no estoy registrado": "invited policy birth_date rfc", "2": "invited policy birth_date rfc",
	} {
		invited, reason := field(t, p, "invited").Parse(said, nil)
		earlier := map[string]string{"invited": invited}
		asked := slices.DeleteFunc(p.Fields(portal.Register), func(f portal.Field) bool { return !f.Asked(earlier) })
		if reason != "" || names(asked) != want {
			t.Errorf("%q: asked are %q, %q; want %q", said, names(asked), reason, want)
		}
	}
	key, reason := field(t, p, "invitation_key").Parse("es MET-4h7q 9xra", nil)
	if key != "MET4H7Q9XRA" || reason != "" {
		t.Errorf("the key is %q, %q", key, reason)
	}
}

func TestContactDataIsReadByItsKind(t *testing.T) {
	p := profile(t, "profiles/mseg.yaml")
	for _, c := range []struct {
		field, said, want string
		reason            natid.Reason
	}{
		{"contact_phone", "0221 15 555 0101", "+5492215550101", ""},
		{"contact_street", "Calle 12 N.º 845", "Calle 12 N.º 845", ""},
		{"contact_city", "La Plata 1900", "", natid.Format},
		{"contact_postcode", "b1900", "B1900", ""},
	} {
		if got, reason := field(t, p, c.field).Parse(c.said, nil); got != c.want || reason != c.reason {
			t.Errorf("%s: %q is %q, %q; want %q, %q", c.field, c.said, got, reason, c.want, c.reason)
		}
	}
}
