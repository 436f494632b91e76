package portal_test

import (
	"os"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"ventanilla/backend/portal"
)

func TestHoursAreSaidAsPeopleSayThem(t *testing.T) {
	day := []portal.Span{{From: 8 * 60, To: 16 * 60}}
	week := func(days ...time.Weekday) portal.Hours {
		h := portal.Hours{Week: map[portal.Weekday][]portal.Span{}}
		for _, d := range days {
			h.Week[portal.Weekday(d)] = day
		}
		return h
	}
	weekend := week(time.Monday, time.Tuesday, time.Wednesday, time.Thursday, time.Friday)
	weekend.Week[portal.Weekday(time.Saturday)] = []portal.Span{{From: 9 * 60, To: 12*60 + 30}, {From: 15 * 60, To: 18 * 60}}
	for _, c := range []struct {
		name, locale string
		hours        portal.Hours
		want         string
	}{
		{"working days", "es-AR", week(1, 2, 3, 4, 5), "de lunes a viernes de 8 a 16"},
		{"with a Saturday in two parts", "es-MX", weekend, "de lunes a viernes de 8 a 16 y los sábados de 9 a 12:30 y de 15 a 18"},
		{"every day", "es", week(0, 1, 2, 3, 4, 5, 6), "todos los días de 8 a 16"},
		{"two days apart", "en", week(1, 3), "on Mondays from 8 to 16 and on Wednesdays from 8 to 16"},
		{"never", "es", portal.Hours{}, ""},
	} {
		if got := c.hours.Words(c.locale); got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}

func TestAnswersOfAnOrganisationAreJudged(t *testing.T) {
	good, err := os.ReadFile("testdata/sixth/cooperativa.yaml")
	if err != nil {
		t.Fatal(err)
	}
	load := func(answers string) (portal.Profile, string) {
		all, err := portal.Load(fstest.MapFS{"cooperativa.yaml": {Data: append(good[:len(good):len(good)], "\nanswers:\n"+answers...)}})
		if err != nil {
			return portal.Profile{}, err.Error()
		}
		return all[0], ""
	}
	p, wrong := load("  - {key: turno, text: 'Hola[ {name}], el turno se pide en {place}, {hours}.'}\n")
	if wrong != "" || len(p.Answers) != 1 || p.Answers[0].Key != "turno" {
		t.Fatalf("got %+v %s", p.Answers, wrong)
	}
	for answers, want := range map[string]string{
		"  - {key: 'Dos palabras', text: hola}\n":                "the key of an answer is short",
		"  - {key: a, text: hola}\n  - {key: a, text: chau}\n":   "there are two answers",
		"  - {key: a, text: ''}\n":                               "has 1 to 500 characters",
		"  - {key: a, text: " + strings.Repeat("á", 501) + "}\n": "has 1 to 500 characters",
		"  - {key: a, text: 'tu clave es {password}'}\n":         "there is no variable {password}",
	} {
		if _, wrong := load(answers); !strings.Contains(wrong, want) {
			t.Errorf("%.60s: got %q, want %q", answers, wrong, want)
		}
	}
}
