package portal_test

import (
	"maps"
	"slices"
	"testing"

	"ventanilla/backend/natid"
	"ventanilla/backend/portal"
)

func TestAChoiceIsMadeAsPeopleAnswer(t *testing.T) {
	q := portal.Question{Kind: portal.KindChoice, Options: []portal.Option{
		{ID: "ley10430", Label: "Personal Ley 10.430", Words: []string{"civil"}},
		{ID: "general", Label: "Policial: Escalafón General"},
		{ID: "tecnico", Label: "Policial: Escalafón Técnico", Words: []string{"técnica"}},
		{ID: "retirado", Label: "Retirado", Words: []string{"retirado del escalafón general", "jubilado"}},
		{ID: "docente", Label: "Docente", Words: []string{"maestra", "profesora"}},
	}}
	for said, want := range map[string]string{
		// id, label, other words
		"ley10430": "ley10430", "Personal Ley 10.430": "ley10430", "PERSONAL LEY 10430": "ley10430", "  docente\u00a0": "docente", "Maestra": "docente",
		"policial escalafon tecnico": "tecnico", "Policial: Escalafón Técnico": "tecnico", "TÉCNICA": "tecnico", "docente.": "docente", "«docente»": "docente", "ｄｏｃｅｎｔｅ": "docente",
		// numbers and ordinals
		"2": "general", "2.": "general", "2)": "general", "(2)": "general", "la 2": "general", "opción 2": "general", "la opcion numero 2": "general", "２": "general",
		"dos": "general", "el dos": "general", "segunda": "general", "la segunda": "general", "segundo por favor": "general", "2da": "general", "2ª": "general", "2do": "general",
		"1": "ley10430", "la primera": "ley10430", "5": "docente", "quinta": "docente", "la última": "docente", "ultimo": "docente", "la 3ra": "tecnico", "3er": "tecnico", "#4": "retirado",
		// in a sentence
		"soy docente contratado": "docente", "yo era maestra": "docente", "hola, soy retirado": "retirado", "soy retirado del escalafon general": "retirado", "soy civil": "ley10430",
		// in part
		"general": "general", "escalafon general": "general", "soy del tecnico": "tecnico", "10.430": "ley10430", "ley 10.430": "ley10430", "10430": "ley10430",
		// with slips
		"docnete": "docente", "docent": "docente", "dosente": "docente", "retiraddo": "retirado", "jubilao": "retirado", "maetsra": "docente",
		// unclear or none
		"policial": "", "escalafón": "", "retirado y docente": "", "docente o civil": "", "6": "", "0": "", "10": "", "1 2": "", "primera o segunda": "",
		"no soy docente": "", "hola": "", "no sé": "", "personal": "", "ley": "", "xyz": "", "99999999999999999999": "", "la": "", "dnte": "", "cinvol": "",
	} {
		got, reason := q.Parse(said)
		if got != want || (reason == "") != (want != "") {
			t.Errorf("%q: %q, %q; want %q", said, got, reason, want)
		}
	}
	for said, want := range map[string]natid.Reason{"": natid.Empty, "¿?": natid.Empty, "policial": natid.Unknown} {
		if _, reason := q.Parse(said); reason != want {
			t.Errorf("%q: %q, want %q", said, reason, want)
		}
	}
}

// A field that is made ready reads as it did before, in all its cases.
func TestAFieldThatIsReadyReadsTheSame(t *testing.T) {
	all, err := portal.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	said := []string{"docente", "docnte", "la segunda", "no tengo clave", "soy policía retirado", "ley 10.430", "dni", "cedula", "x", "", "marciano"}
	for _, p := range all {
		for _, f := range p.Identity {
			ready := f.Ready()
			for _, before := range append([]string{""}, slices.Sorted(maps.Keys(f.Cases))...) {
				earlier := map[string]string{f.Depends: before}
				for _, o := range f.For(earlier).Options {
					said = append(said, o.Label, o.ID+"e")
				}
				for _, s := range said {
					got, reason := ready.Parse(s, earlier)
					if want, why := f.Parse(s, earlier); got != want || reason != why {
						t.Errorf("%s %s after %q: %q is %q (%s), want %q (%s)", p.ID, f.ID, before, s, got, reason, want, why)
					}
				}
			}
		}
	}
}
