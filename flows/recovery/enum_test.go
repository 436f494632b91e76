package recovery_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// strangers are documents and how the bot must not tell them apart.
var strangers = map[string]string{
	"existing": "20111222", "missing": "11222333", "two accounts, two addresses": "14555666", "two accounts, one address": "30999888",
	"unregistered": "41227630", "frozen": "22841307", "one account, two addresses": "25310774",
}

// transcript plays lines as one document and returns what a stranger can see:
// texts, options, links, and when each leaves after the message arrived.
func transcript(w *bureau, person, document string, lines []string) []string {
	p := w.phone(person)
	shown := document[:2] + "." + document[2:5] + "." + document[5:]
	var seen []string
	for _, line := range lines {
		if d, err := time.ParseDuration(line); err == nil {
			p.pass(d)
			continue
		}
		p.say(strings.ReplaceAll(line, "DOC", document))
		for _, r := range p.said {
			after := time.Duration(0)
			if !r.Not.IsZero() {
				after = r.Not.Sub(w.Clock.Now())
			}
			offer := slices.Clone(r.Offer)
			for i := range offer {
				offer[i].Shown = "" // of what was typed, and for agents alone
			}
			seen = append(seen, strings.ReplaceAll(fmt.Sprintf("%s < %s %v form=%v after=%v", line, r.Text, offer, r.Form, after), shown, "DOC"))
		}
		seen = append(seen, "due "+p.dialog.Due.Sub(w.Clock.Now()).String())
	}
	return seen
}

// RULES: enum.same
func TestAStrangerCannotTellWhoExists(t *testing.T) {
	start := []string{"no puedo entrar", "ley 10430", "123456", "dni", "DOC", "4000123456"}
	stories := map[string][]string{
		"wrong codes":    append(start, "si", "00000001", "00000002", "estado", "00000003", "00000004", "00000005", "estado", "61s", "mandame otro codigo", "00000006", "volver"),
		"no mail":        append(start, "si", "no me llego", "estado", "mandame otro codigo", "61s", "otro codigo", "61s", "otro codigo", "61s", "otro codigo", "estado", "ya no tengo ese correo"),
		"menu and back":  append(start, "si", "menu", "estado", "seguir", "00000001", "estado", "cancelar", "hola"),
		"too soon":       append(start, append([]string{"si", "cancelar"}, append(start, "si", "estado", "no me llego")...)...),
		"all day's":      append(start, "si", "00000001", "00000002", "00000003", "00000004", "00000005", "61s", "otro codigo", "00000006", "00000007", "00000008", "00000009", "00000010", "hola"),
		"late":           append(start, "si", "4m", "hola", "4m", "hola", "4m", "00000001", "estado"),
		"asleep":         append(start, "si", "2h", "00000001"),
		"no, then human": append(start, "no", "volver", "si", "persona", "estado"),
	}
	for name, lines := range stories {
		in(t, func(w *bureau) {
			_ = w.guard.Freeze(w.Context(), "account/mseg/6", w.Clock.Now().Add(time.Hour)) // cannot fail
			want := transcript(w, "nobody "+name, "10222333", lines)
			if !strings.Contains(strings.Join(want, ""), "after=1.5s") && !strings.Contains(name, "human") {
				t.Errorf("%s: the reply to the identity does not wait", name)
			}
			for who, document := range strangers {
				w2 := *w
				got := transcript(&w2, who+name, document, lines)
				for i := range max(len(got), len(want)) {
					if i >= len(got) || i >= len(want) || withoutTimes(got[i]) != withoutTimes(want[i]) {
						t.Fatalf("%s, %s, line %d:\ngot  %v\nwant %v", name, who, i, at(got, i), at(want, i))
					}
				}
			}
		})
	}
}

// withoutTimes takes out what differs because the stories are played one after the other.
func withoutTimes(s string) string { return variable.ReplaceAllString(s, "") }

var variable = regexp.MustCompile(`V\d{6}|\d\d:\d\d(:\d\d)?`)

func at(lines []string, i int) string {
	if i < len(lines) {
		return lines[i]
	}
	return "nothing"
}

// RULES: enum.same. The tries of an account are counted over all ways to name
// it, but somebody who names it in another way cannot see that.
func TestSpentTriesDoNotTellThatTwoIdentitiesAreOneAccount(t *testing.T) {
	in(t, func(w *bureau) {
		answer := func(document string) string {
			for i := range 2 {
				p := w.phone(fmt.Sprint("enemy", document, i)).identify(document)
				for range 5 {
					p.say(p.wrong())
				}
			}
			p := w.phone("other "+document).say("no puedo entrar", "ley 10430", "654321", "dni", document, "4000123456", "si")
			return p.say(p.wrong()).heard()
		}
		if got, want := answer(strangers["existing"]), answer(strangers["missing"]); got != want {
			t.Errorf("an account with spent tries hears %q, want what nobody's hears: %q", got, want)
		}
	})
}

// RULES: enum.same. Before a proof nothing is shown that the person did not type.
func TestBeforeAProofNothingOfTheAccountIsShown(t *testing.T) {
	in(t, func(w *bureau) {
		for who, document := range strangers {
			p := w.phone(who).identify(document)
			for _, line := range []string{"estado", "ayuda", "no me llego", "a que mail lo mandaste?", "repetir", "oficial?", "sos oficial", "menu", "seguir"} {
				p.say(line)
				for _, r := range p.said {
					for _, secret := range []string{"@", "correo.example", "agomez", "jdesilio", "Gómez", "Retirado,", "Policial"} {
						if strings.Contains(r.Text+fmt.Sprint(r.Offer), secret) {
							t.Errorf("%s: %q says %q", who, line, r.Text)
						}
					}
				}
			}
			if p.dialog.Proof != nil {
				t.Errorf("%s: proven without a code", who)
			}
		}
	})
}
