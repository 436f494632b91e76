package account_test

import (
	"slices"
	"testing"

	"ventanilla/backend/portal"
	"ventanilla/flows"
	"ventanilla/flows/account"
)

// What people tell early answers a question only if it is surely meant for it: a wrong guess would be confirmed by a tired person.
func TestWhatWasToldEarlyAnswersOnlyTheQuestionItIsFor(t *testing.T) {
	number := func(label, text string) flows.Given {
		return flows.Given{Kind: flows.GivenNumber, Label: label, Text: text}
	}
	dni := map[string]string{"doc_type": "dni", "personnel_type": "ley10430"}
	for name, c := range map[string]struct {
		portal, field string
		values        map[string]string
		given         flows.Given
		want          string // "": it answers nothing
		spends        bool
	}{
		"a document by its name":                    {"mseg", "doc_number", dni, number("dni", "20.111.222"), "20111222", true},
		"a document by another name":                {"mseg", "doc_number", dni, number("documento", "20111222"), "20111222", true},
		"a number that could be anything":           {"mseg", "doc_number", dni, number("", "20111222"), "", false},
		"a document is no legajo":                   {"mseg", "legajo", dni, number("dni", "20111222"), "", false},
		"a legajo by its name":                      {"mseg", "legajo", dni, number("legajo", "310877"), "310877", true},
		"a legajo is no document":                   {"mseg", "doc_number", dni, number("legajo", "20111222"), "", false},
		"how the document is called chooses, too":   {"mseg", "doc_type", nil, number("dni", "20111222"), "dni", false},
		"a number of the wrong length":              {"mseg", "doc_number", dni, number("dni", "123"), "", false},
		"who somebody is":                           {"mseg", "personnel_type", nil, flows.Given{Kind: flows.GivenSelf, Text: "docente"}, "docente", true},
		"a cédula tells by its check digit":         {"iess", "cedula", nil, number("", "0926443185"), "0926443185", true},
		"a wrong check digit tells nothing":         {"iess", "cedula", nil, number("", "0926443186"), "", false},
		"a phone is no cédula":                      {"iess", "cedula", nil, number("telefono", "0926443185"), "", false},
		"the address that somebody has":             {"miportal", "email", nil, flows.Given{Kind: flows.GivenEmail, Text: "ana@example.org"}, "ana@example.org", true},
		"the address that somebody wants to have":   {"miportal", "email", nil, flows.Given{Kind: flows.GivenEmail, Label: "nuevo", Text: "ana@example.org"}, "", false},
		"a date of long ago is one of birth":        {"miportal", "birth_date", nil, flows.Given{Kind: flows.GivenDate, Text: "1990-05-21"}, "1990-05-21", true},
		"a date of this year is not":                {"miportal", "birth_date", nil, flows.Given{Kind: flows.GivenDate, Text: "2026-05-21"}, "", false},
		"unless it is said to be":                   {"miportal", "birth_date", nil, flows.Given{Kind: flows.GivenDate, Label: "nacimiento", Text: "3/5/80"}, "1980-05-03", true},
		"a year of two digits is that of an adult":  {"miportal", "birth_date", nil, flows.Given{Kind: flows.GivenDate, Label: "nacimiento", Text: "3/5/20"}, "1920-05-03", true},
		"a date is no policy":                       {"miportal", "policy", nil, flows.Given{Kind: flows.GivenDate, Text: "1990-05-21"}, "", false},
		"an address is no date":                     {"miportal", "birth_date", nil, flows.Given{Kind: flows.GivenEmail, Text: "ana@example.org"}, "", false},
		"what cannot be read is not taken on trust": {"miportal", "email", nil, flows.Given{Kind: flows.GivenEmail, Text: "ana@"}, "", false},
	} {
		d, _, _ := desk(t, c.portal)
		i := slices.IndexFunc(d.Profile.Identity, func(f portal.Field) bool { return f.ID == c.field })
		if i < 0 {
			t.Fatalf("%s: %s does not ask for %s", name, c.portal, c.field)
		}
		tn := turn(c.portal, c.values)
		if tn.Values == nil {
			tn.Values = map[string]string{}
		}
		account.Ask(tn, portal.Recover, account.Code)
		got, spends := account.FieldStep(d.Profile.Identity[i]).Early(tn, c.given)
		if got != c.want || spends != c.spends {
			t.Errorf("%s: got %q, %v; want %q, %v", name, got, spends, c.want, c.spends)
		}
	}
}
