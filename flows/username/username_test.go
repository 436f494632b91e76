package username_test

import (
	"strings"
	"testing"
	"testing/synctest"

	"ventanilla/flows"
	"ventanilla/flows/flowtest"
	"ventanilla/flows/flowtest/town"
)

func TestConversations(t *testing.T) {
	for _, id := range []string{"mseg", "segurometal", "iess", "metlife"} {
		town.Run(t, "testdata/"+id, id, map[string]string{"comprobar": "the name stands on a page there", "bloqueada": "likewise", "cedula": "likewise"})
	}
	flowtest.RunIn(t, "testdata/whatsapp/segurometal", func(t *testing.T) *flowtest.World { return town.New(t, "segurometal", "whatsapp").World })
}

// RULES: wa.policy. Where identity documents may not stand in the chat, the name that is one stands on a page, and whole.
func TestANameThatIsADocumentStandsOnThePage(t *testing.T) {
	for _, inChat := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			w := town.New(t, "segurometal", "whatsapp")
			w.InChat = inChat
			asks := 0
			w.After = func(r flows.Result) { // RULES: link.forwarded
				if page, ok := w.Engine.Form(w.Key, r.Dialog); ok && page.Name == "username" && page.PIN {
					asks++
				}
			}
			said := w.Play(t, "> decime mi usuario\n= Comprobar cuál es\n> DNI14203377\n> si\n> {code}\n@ \n= No puedo entrar\n")
			chat, page := said, ""
			for line := range strings.Lines(said) {
				if strings.HasPrefix(line, "  page: ") {
					page, chat = line, strings.ReplaceAll(chat, line, "")
				}
			}
			if asks == 0 {
				t.Error("whoever has the link sees the name: the page asks for no PIN")
			}
			if !strings.Contains(page, "DNI14203377") {
				t.Errorf("the page says %q, want the whole name\n%s", page, said)
			}
			for line := range strings.Lines(chat) {
				if strings.HasPrefix(line, "  ") && strings.Contains(line, "14203377") {
					t.Errorf("the chat says %q", line)
				}
			}
			if w.Dialog.Flow != "recovery" {
				t.Errorf("who cannot get in all the same is at %s/%s\n%s", w.Dialog.Flow, w.Dialog.Step, said)
			}
		})
	}
}

// RULES: enum.same. Until the code comes, somebody and nobody hear the same.
func TestAStrangerLearnsNothing(t *testing.T) {
	said := map[string]string{}
	for _, number := range []string{"DNI14203377", "DNI14203379"} {
		synctest.Test(t, func(t *testing.T) {
			w := town.New(t, "segurometal", "telegram")
			all := w.Play(t, "> decime mi usuario\n= Comprobar cuál es\n> "+number+"\n> si\n> 00000000\n> no me llegó\n")
			var lines []string
			for line := range strings.Lines(all) {
				if strings.HasPrefix(line, "  ") && !strings.Contains(line, "✉") {
					lines = append(lines, strings.ReplaceAll(line, number, "X"))
				}
			}
			said[number] = strings.ReplaceAll(strings.Join(lines, ""), number[3:5]+"."+number[5:8]+"."+number[8:], "X")
		})
	}
	if a, b := said["DNI14203377"], said["DNI14203379"]; a != b || a == "" {
		t.Errorf("somebody hears\n%s\nnobody hears\n%s", a, b)
	}
}
