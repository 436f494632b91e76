package standard_test

import (
	"cmp"
	"strings"
	"testing"
	"testing/synctest"

	"ventanilla/flows"
	"ventanilla/flows/flowtest/town"
)

// RULES: wa.policy, data.canary. A user name that is an identity document is told as one, also in an errand in which nobody typed it.
func TestANameThatIsADocumentIsCoveredInALaterErrandToo(t *testing.T) {
	for _, channel := range []string{"telegram", "whatsapp"} {
		synctest.Test(t, func(t *testing.T) {
			w, told := town.New(t, "iess", channel), 0
			w.After = func(r flows.Result) {
				for _, reply := range r.Replies {
					if reply.To != "" {
						continue
					}
					if strings.Contains(reply.Text, "usuario es 1309284519") {
						told++
					}
					if kept := cmp.Or(reply.Shown, reply.Text); strings.Contains(kept, "1309284519") || channel == "whatsapp" && strings.Contains(reply.Text, "1309284519") {
						t.Errorf("%s: the bot says %q, of which is kept %q", channel, reply.Text, kept)
					}
				}
			}
			said := w.Play(t, "> recuperar\n> 1309284519\n> si\n> {code}\n> menu\n> cuál es mi usuario\n= Comprobar cuál es\n> cancelar\n> desbloquear\n> creo que la sé\n")
			if want := map[string]int{"telegram": 2}[channel]; told != want || !strings.Contains(said, "519") {
				t.Errorf("%s: the name was told %d times, want %d:\n%s", channel, told, want, said)
			}
		})
	}
}
