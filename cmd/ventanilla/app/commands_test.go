package app

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"ventanilla/backend/portal"
	"ventanilla/bot/telegram"
	"ventanilla/flows"
	"ventanilla/flows/standard"
)

// speaking is a program whose one organisation speaks a language.
func speaking(t *testing.T, locale string) *App {
	t.Helper()
	all, err := portal.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	p := all[0]
	p.Locale, p.Texts = locale, nil
	e, err := standard.New(p, standard.Deps{Limits: flows.DefaultLimits(), PublicURL: "https://bot.example.org", Now: time.Now, Random: random,
		MailDown: func() bool { return false }})
	if err != nil {
		t.Fatal(err)
	}
	return &App{engines: engines{p.ID: e}, profiles: map[string]portal.Profile{p.ID: p}}
}

func TestTheMenuOfCommandsSpeaksTheOrganisationsLanguageAndEachIsUnderstood(t *testing.T) {
	words, err := flows.Words()
	if err != nil {
		t.Fatal(err)
	}
	for _, locale := range portal.Locales {
		a := speaking(t, locale)
		var menu []telegram.Command
		for id := range a.profiles {
			menu = a.commands(id)
		}
		if len(menu) != len(universal) {
			t.Fatalf("%s: got %+v", locale, menu)
		}
		for i, c := range menu {
			if !regexp.MustCompile(`^[a-z0-9_]{1,32}$`).MatchString(c.Name) || c.Description == "" {
				t.Errorf("%s: got %+v", locale, c)
			}
			if got := words[flows.Plain(c.Text)]; got != universal[i] {
				t.Errorf("%s: %q is understood as %q, want %q", locale, c.Text, got, universal[i])
			}
		}
		first := menu[0].Description
		if strings.Contains(first, "vos") != (locale == "es-AR") || strings.Contains(first, "you") != (locale == "en") {
			t.Errorf("%s: got %q", locale, first)
		}
	}
}
