package flows_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"ventanilla/flows"
)

// handBack is what the dialog hears when an agent leaves, some time after noon.
func handBack(t *testing.T, d flows.Dialog, later time.Duration, values map[string]string) (flows.Dialog, string) {
	t.Helper()
	r, err := engine(t, nothing).Handle(t.Context(), flows.Call{ID: "h", At: noon.Add(later), Dialog: d,
		Input: flows.Input{From: flows.System, Event: "handback", Values: values}})
	if err != nil {
		t.Fatal(err)
	}
	var said []string
	for _, reply := range r.Replies {
		said = append(said, reply.Text)
	}
	return r.Dialog, strings.Join(said, "|")
}

const back = "La persona que te atendía ya salió del chat. Sigues conmigo, el asistente automático."

func TestAnAgentHandsBackToTheExactStep(t *testing.T) {
	for _, c := range []struct {
		name   string
		lines  []string
		later  time.Duration
		at     string
		said   string
		values map[string]string
	}{
		{"nobody asked anything", nil, 0, "/", back, nil},
		{"in the middle of an errand", []string{"hola", "go", "1"}, 3 * time.Hour, "errand/number", back + "|number?", nil},
		{"a page whose time is over", []string{"hola", "go", "1", "2", "3", "sí"}, time.Hour, "errand/kind", back + "|kind?", nil},
		{"a page that is open still", []string{"hola", "go", "1", "2", "3", "sí"}, time.Minute, "errand/page", back + "|page?", nil},
		{"who waited for a person goes on where they were", []string{"hola", "go", "1", "persona"}, time.Minute, "errand/number", back + "|number?", nil},
		{"who only wanted a person is at the start", []string{"hola", "persona"}, time.Minute, "menu/menu", back + "|menu?", nil},
		{"an errand that is over is closed", []string{"hola", "go", "1"}, time.Minute, "/",
			"La persona que te atendía cerró la conversación. Si necesitas algo más, escríbeme cuando quieras.", map[string]string{"close": "yes"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			d, _ := talk(t, engine(t, nothing), flows.Dialog{}, c.lines...)
			got, said := handBack(t, d, c.later, c.values)
			if at := got.Flow + "/" + got.Step; at != c.at || said != c.said {
				t.Errorf("at %q, said %q;\nwant %q, %q", at, said, c.at, c.said)
			}
			if got.Step != "" && got.Due.Before(noon.Add(c.later)) {
				t.Errorf("silence counts from %v, want from the handback on", got.Due)
			}
			if !slices.Equal(got.Path, d.Path) && c.at == "errand/number" && d.Flow == "errand" {
				t.Errorf("the answers %q became %q", d.Path, got.Path)
			}
		})
	}
}

// RULES: agent.never, pw.chat
func TestALineOfAnAgentWithAPasswordIsKnown(t *testing.T) {
	for line, want := range map[string]bool{"Tu clave es Verano2024!": true, "probá con Xk9$mmQ2p": true, "Hola Ana, ¿me decís tu número de caso?": false,
		"El enlace vence en 15 minutos": false, "Te mando un código nuevo por correo": false} {
		if got := flows.Secret(line); got != want {
			t.Errorf("%q: got %v, want %v", line, got, want)
		}
	}
}

// RULES: talk.tries is about what the bot says in a row, and an agent was there in between.
func TestThatAnAgentLeftIsSaidEachTime(t *testing.T) {
	d, _ := talk(t, engine(t, nothing), flows.Dialog{}, "hola", "go", "1")
	for i := range 6 {
		var said string
		if d, said = handBack(t, d, time.Duration(i)*time.Minute, nil); said != back+"|number?" {
			t.Fatalf("the %d. time it says %q", i+1, said)
		}
	}
}
