package standard_test

import (
	"strings"
	"testing"

	"ventanilla/backend/portal"
	"ventanilla/flows"
	"ventanilla/flows/standard"
)

func TestAnOrganisationsOwnWordsBeginItsErrands(t *testing.T) {
	p := profile(t, "es-AR")
	p.Words = map[portal.Service][]string{portal.Payslip: {"papel rosa"}}
	e, err := standard.New(p, deps())
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]string{"dame el papel rosa": "proof", "no quiero el papel rosa": "menu", "dame el papel verde": "menu"} {
		in := flows.Input{From: flows.Person, Text: text}
		r, err := e.Handle(t.Context(), flows.Call{ID: "1", At: deps().Now(), Input: in})
		if err != nil || r.Dialog.Flow != want {
			t.Errorf("%q leads to %q, want %q, %v", text, r.Dialog.Flow, want, err)
		}
	}
}

func TestAWordThatWorksEverywhereIsNoOrganisationsOwn(t *testing.T) {
	p := profile(t, "es-AR")
	p.Words = map[portal.Service][]string{portal.Payslip: {"cancelar"}}
	if _, err := standard.New(p, deps()); err == nil || !strings.Contains(err.Error(), `"cancelar"`) {
		t.Errorf("got %v, want that cancelar is taken", err)
	}
}

func TestWhatIsNotUnderstoodIsToldMasked(t *testing.T) {
	var told []string
	d := deps()
	d.Missed = func(portal, flow, step, masked string) { told = append(told, portal+" "+flow+" "+step+" "+masked) }
	e, err := standard.New(profile(t, "es-AR"), d)
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"soy Marisa Quiroga 20111222 y mi clave xilofon99 tatú", "20111222", "Quiroga"} {
		in := flows.Input{From: flows.Person, Text: text}
		if _, err := e.Handle(t.Context(), flows.Call{ID: "1", At: d.Now(), Key: flows.Key{Portal: "mseg"}, Input: in}); err != nil {
			t.Fatal(err)
		}
	}
	got := strings.Join(told, "\n")
	for _, secret := range []string{"Marisa", "marisa", "uiroga", "2011", "xilofon", "99", "tatu"} {
		if strings.Contains(got, secret) {
			t.Errorf("%q was told in %q", secret, got)
		}
	}
	t.Log(got)
}
