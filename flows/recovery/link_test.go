package recovery_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"ventanilla/backend/emulator"
	"ventanilla/backend/portal"
	"ventanilla/backend/secret"
	"ventanilla/flows"
	"ventanilla/flows/flowtest"
	village "ventanilla/flows/flowtest/town"
)

func TestConversationsWithAMailedLink(t *testing.T) {
	flowtest.RunIn(t, "testdata/link", func(t *testing.T) *flowtest.World {
		return village.New(t, "miportal", "telegram").Offer(t, portal.Recover).World
	})
	flowtest.RunIn(t, "testdata/link/metlife", func(t *testing.T) *flowtest.World {
		return village.New(t, "metlife", "whatsapp").Offer(t, portal.Recover).World
	})
}

// asked is a conversation up to the mail.
func asked(email, policy, birth string) string {
	return "> no puedo entrar\n> " + email + "\n> " + policy + "\n> " + birth + "\n> si\n"
}

// inVillage plays a script where passwords come through mailed links.
func inVillage(t *testing.T, lines string, look func(t *testing.T, w *village.Town)) (said string) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := village.New(t, "miportal", "telegram").Offer(t, portal.Recover)
		said = w.Play(t, lines)
		if look != nil {
			look(t, w)
		}
	})
	return said
}

// RULES: enum.same
func TestAStrangerCannotTellWhoGetsALink(t *testing.T) {
	people := map[string][3]string{
		"nobody": {"nadie@correo.example", "MP-999999", "21/05/1990"}, "somebody": {"ximena.robles@correo.example", "MP-204518", "21/05/1990"},
		"two accounts": {"paty.lozano@correo.example", "MP-318804", "17/02/1979"}, "never registered": {"hugo.sandoval@correo.example", "MP-402199", "11/08/1997"},
		"frozen": {"lola.cantu@correo.example", "MP-155620", "29/09/1966"},
	}
	story := func(who string) string {
		p := people[who]
		lines := "! freeze mip-5006\n" + asked(p[0], p[1], p[2]) + "> estado\n> no me llego\n> otro enlace\n~ 61s\n> otro enlace\n> ya lo tengo\n> no abre\n> no abre\n~ 61s\n> mandame otro\n> mandame otro\n> estado\n> el enlace no abre\n= Mándame un código\n> 12345678\n"
		said := inVillage(t, lines, nil)
		for _, typed := range []string{p[0], p[1], strings.ReplaceAll(p[1], "-", ""), p[2]} {
			said = strings.ReplaceAll(said, typed, "DATO")
		}
		var seen strings.Builder
		for line := range strings.Lines(said) {
			if !strings.HasPrefix(line, "  ✉") { // only the owner sees a mail
				seen.WriteString(line)
			}
		}
		return seen.String()
	}
	want := story("nobody")
	if !strings.Contains(want, "te mandé un enlace") || !strings.Contains(want, "Ese código no es") {
		t.Fatalf("the story is none:\n%s", want)
	}
	for who := range people {
		if got := story(who); got != want {
			t.Errorf("%s: got\n%s\nwant\n%s", who, got, want)
		}
	}
}

// A link sets the password of the account it was mailed for, once; that of the other account of the
// same mail still works. RULES: link.token, reset.unlocks
func TestALinkSetsOnePasswordOnce(t *testing.T) {
	lines := asked("paty.lozano@correo.example", "MP-318804", "17/02/1979") + "% reset password=montana-grande+y+azul+5 repeat=montana-grande+y+azul+5\n" +
		"% reset password=otra-montana+y+azul+5 repeat=otra-montana+y+azul+5\n% old:reset password=cerro-grande+y+verde+6 repeat=cerro-grande+y+verde+6\n"
	said := inVillage(t, lines, func(t *testing.T, w *village.Town) {
		for username, password := range map[string]string{"plozano.agente": "montana-grande y azul 5", "paty.lozano": "cerro-grande y verde 6"} {
			if got, err := w.Core.SignIn(t.Context(), "miportal", username, secret.Text(password)); err != nil || got != emulator.OK {
				t.Errorf("%s signs in: %s, %v", username, got, err)
			}
		}
	})
	if n := strings.Count(said, "page: Este enlace ya no sirve"); n != 1 {
		t.Errorf("%d links were refused, want the one used twice:\n%s", n, said)
	}
}

// Whoever never opened the account has no password to choose; whoever said «No fui yo» gets no link.
func TestNoLinkIsMailedWhereThereIsNoPasswordToChoose(t *testing.T) {
	for email, rest := range map[string][2]string{"hugo.sandoval@correo.example": {"MP-402199", "11/08/1997"}, "lola.cantu@correo.example": {"MP-155620", "29/09/1966"}} {
		said := inVillage(t, "! freeze mip-5006\n"+asked(email, rest[0], rest[1]), nil)
		if strings.Contains(said, "→ reset") || strings.Count(said, "✉ "+email) != 1 {
			t.Errorf("%s: got\n%s", email, said)
		}
	}
}

// The mail says who asked, and that nobody will ask for it; the PIN stands in the chat alone, and
// lives as long as the link. RULES: code.context, link.forwarded
func TestThePINOfALinkStandsInTheChatThatAskedAndNowhereElse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := village.New(t, "miportal", "telegram").Offer(t, portal.Recover)
		w.Play(t, "> no puedo entrar\n> ximena.robles@correo.example\n> MP-204518\n> 21/05/1990\n")
		r, err := w.Engine.Handle(t.Context(), flows.Call{ID: "yes", At: w.Clock.Now(), Key: w.Key, Dialog: w.Dialog, Input: flows.Input{From: flows.Person, Text: "si", Sender: "Xime"}})
		if err != nil {
			t.Fatal(err)
		}
		var mail, line flows.Reply
		for _, reply := range r.Replies {
			if reply.To != "" {
				mail = reply
			} else {
				line = reply
			}
		}
		if len(mail.Grants) != 2 || mail.Grants[0].Kind != "reset" || !mail.Grants[0].Until.Equal(w.Clock.Now().Add(2*time.Hour)) {
			t.Fatalf("the mail links to %+v", mail.Grants)
		}
		if line.PIN == "" || line.PIN != mail.Grants[0].PIN || !strings.Contains(line.Text, "{pin}") || mail.PIN != "" || strings.Contains(mail.Text, "{pin}") {
			t.Errorf("the PIN is of %q in the chat and of %q in the link: %q", line.PIN, mail.Grants[0].PIN, mail.Text)
		}
		for _, part := range []string{"Telegram", "«Xime»", "Nadie te va a pedir", "2 horas"} {
			if !strings.Contains(mail.Text, part) {
				t.Errorf("the mail does not say %q: %s", part, mail.Text)
			}
		}
	})
}
