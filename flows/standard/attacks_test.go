package standard_test

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"ventanilla/flows"
	"ventanilla/flows/flowtest/town"
)

// The attacks that the rules list, each really played. What needs more than the conversation is played
// elsewhere: a forwarded link in bot/webform (link.forwarded), accounts opened with somebody else's data in
// flows/register (reg.proof), and 10,000 hostile starts and a flood with its owner in flows/recovery (harm.none).

// victims are what a stranger says of somebody who has an account, and of nobody, at each organisation.
var victims = map[string][2][]string{
	"mseg":        {{"no puedo entrar", "ley 10430", "310877", "dni", "22841307", "5100-40404/0", "si"}, {"no puedo entrar", "ley 10430", "310999", "dni", "22841399", "5100-40499/0", "si"}},
	"iess":        {{"no puedo entrar", "1309284519", "si"}, {"no puedo entrar", "1713175071", "si"}},
	"metlife":     {{"no puedo entrar", "ale.muniz@correo.example", "si"}, {"no puedo entrar", "nadie.nunca@correo.example", "si"}},
	"segurometal": {{"no puedo entrar", "DNI25582558", "si"}, {"no puedo entrar", "DNI10222333", "si"}},
	"miportal":    {{"no puedo entrar", "hugo.sandoval@correo.example", "MP-402199", "11/8/1997", "si"}, {"no puedo entrar", "nadie.nunca@correo.example", "MP-999999", "12/8/1997", "si"}},
}

// digits differ by what was typed and by the seconds that went by.
var digits = regexp.MustCompile(`\S•+\S@\S+|[•\d][•\d./:-]*`)

// thief is one chat of somebody who means harm.
type thief struct {
	t      *testing.T
	w      *town.Town
	key    flows.Key
	dialog flows.Dialog
	turns  int
	chat   []flows.Reply // what the chat was told
	mails  []flows.Reply
}

func thiefAt(t *testing.T, w *town.Town, person string) *thief {
	return &thief{t: t, w: w, key: flows.Key{Portal: w.Key.Portal, Channel: w.Key.Channel, Person: person}}
}

func (x *thief) say(lines ...string) *thief {
	x.t.Helper()
	for _, text := range lines {
		x.hear(x.w.Engine.Screen(x.key, x.dialog, flows.Input{From: flows.Person, Text: text}))
	}
	return x
}

func (x *thief) hear(in flows.Input) {
	x.t.Helper()
	x.turns++
	r, err := x.w.Engine.Handle(x.t.Context(), flows.Call{ID: fmt.Sprint(x.key.Person, x.turns), At: x.w.Clock.Now(), Key: x.key, Dialog: x.dialog, Input: in})
	if err != nil {
		x.t.Fatalf("%s: %v", x.key.Person, err)
	}
	x.dialog = r.Dialog
	for _, reply := range r.Replies {
		switch {
		case reply.To == "":
			x.chat = append(x.chat, reply)
		case strings.HasPrefix(reply.To, "email:"):
			x.mails = append(x.mails, reply)
			if reply.Ref != "" {
				x.hear(flows.Input{From: flows.System, Event: "sent", Ref: reply.Ref})
			}
		}
	}
}

// last is what the chat was told last.
func (x *thief) last() string { return x.chat[len(x.chat)-1].Text }

// code is what stands in the latest mail of this chat.
func (x *thief) code() string {
	x.t.Helper()
	for _, m := range slices.Backward(x.mails) {
		if m.Code != nil {
			return x.w.Codes.Code(x.key, *m.Code).Reveal()
		}
	}
	x.t.Fatal("no mail brought a code")
	return ""
}

// everywhereAttacked plays an attack at every organisation, on both networks.
func everywhereAttacked(t *testing.T, play func(t *testing.T, w *town.Town, somebody, nobody []string)) {
	for _, id := range slices.Sorted(maps.Keys(victims)) {
		for _, channel := range []string{"telegram", "whatsapp"} {
			t.Run(id+" "+channel, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) { play(t, town.New(t, id, channel), victims[id][0], victims[id][1]) })
			})
		}
	}
}

// RULES: enum.same. Harvesting accounts: by what is said, by how many messages it takes, by how long
// they take, by what is offered, and by what "estado" tells.
func TestAnAttackerCannotHarvestAccounts(t *testing.T) {
	everywhereAttacked(t, func(t *testing.T, w *town.Town, somebody, nobody []string) {
		wait := []string{"estado", "no me llegó", "estado", "12345678", "87654321", "ya no tengo ese correo"}
		heard := func(person string, lines, other []string) (all []string) {
			x := thiefAt(t, w, person).say(lines...).say(wait...)
			typed := append(slices.Clone(lines), other...)
			for _, r := range x.chat {
				text := r.Text
				for _, v := range typed {
					text = strings.ReplaceAll(text, v, "…")
				}
				all = append(all, fmt.Sprintf("%s %v after %v", digits.ReplaceAllString(text, "#"), r.Offer, r.Not.Sub(w.Clock.Now()).Round(time.Second)))
			}
			return all
		}
		got, want := heard("uno", somebody, nobody), heard("dos", nobody, somebody)
		for i := range max(len(got), len(want)) {
			if i >= len(got) || i >= len(want) || got[i] != want[i] {
				t.Fatalf("message %d of %d and %d: somebody who exists hears\n%q\nnobody hears\n%q", i, len(got), len(want), got[min(i, len(got)-1)], want[min(i, len(want)-1)])
			}
		}
	})
}

// RULES: flood.starts. One chat that says to be many people ends with a human, before any mail more.
func TestAnAttackerCannotTryPeopleOneAfterTheOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := town.New(t, "iess", "telegram")
		x := thiefAt(t, w, "uno")
		for _, cedula := range []string{"1309284519", "1713175071", "0102030400", "1710034065", "0926687856", "1104680138"} {
			x.say("cancelar", "no puedo entrar", cedula, "si").say("siete", "azul", "4") // whatever is asked of who tries so often
			w.Clock.Advance(2 * time.Minute)
		}
		left, err := w.Guard.Peek(t.Context(), "chat/iess/telegram/uno", w.Deps.Limits.Starts)
		if err != nil || left.N != 0 || x.dialog.Proof != nil {
			t.Errorf("%d starts are left, %v; proven: %v", left.N, err, x.dialog.Proof)
		}
		if len(x.mails) > 1 {
			t.Errorf("%d mails went out for six people", len(x.mails))
		}
	})
}

// RULES: flood.account, code.resend. Flooding a victim: however many chats ask, five mails a day and one notice.
func TestAnAttackerCannotFloodAVictim(t *testing.T) {
	everywhereAttacked(t, func(t *testing.T, w *town.Town, somebody, _ []string) {
		mails := map[string]int{}
		for i := range 20 {
			x := thiefAt(t, w, fmt.Sprint("chat ", i)).say(somebody...)
			for range 4 {
				w.Clock.Advance(61 * time.Second)
				x.say("no me llegó", "mandame otro código")
			}
			for _, m := range x.mails {
				mails[m.To]++
			}
		}
		for to, n := range mails {
			if n > w.Deps.Limits.CodeMails.Max+1 {
				t.Errorf("%s got %d mails", to, n)
			}
		}
		if len(mails) == 0 && w.Key.Portal != "miportal" {
			t.Error("nobody was written to: the attack was none")
		}
	})
}

// RULES: code.once, code.context. Relaying: a code that the owner is talked into telling is worth
// nothing in another chat than the one that it was made for.
func TestAnAttackerCannotUseTheCodeOfAnotherChat(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := town.New(t, "mseg", "telegram")
		owner, x := thiefAt(t, w, "owner").say(victims["mseg"][0]...), thiefAt(t, w, "ladron").say(victims["mseg"][0]...)
		if x.say(owner.code()); x.dialog.Proof != nil {
			t.Errorf("the code of another chat proves: %s", x.last())
		}
		if owner.say(owner.code()); !owner.dialog.Proof.Valid(w.Clock.Now()) {
			t.Errorf("the owner cannot go on: %s", owner.last())
		}
		for _, m := range x.mails {
			if m.Code != nil && (!strings.Contains(m.Text, "Nadie te lo va a pedir") || !strings.Contains(m.Text, "Telegram") || strings.Contains(m.Title, "{code}")) {
				t.Errorf("the mail does not say what it is for: %q %q", m.Title, m.Text)
			}
		}
	})
}

// RULES: link.chat. A recycled number: who has the phone that somebody else proved an account and linked
// notices on gets nothing of the account without a code, which goes to its owner.
func TestAnAttackerWithARecycledNumberGetsNothing(t *testing.T) {
	for _, channel := range []string{"telegram", "whatsapp"} {
		synctest.Test(t, func(t *testing.T) {
			w := town.New(t, "mseg", channel)
			owner := thiefAt(t, w, "5491155550000").say(victims["mseg"][0]...)
			owner.say(owner.code(), "cancelar", "avisame por acá", "si")
			if len(owner.dialog.Memory.Proven) == 0 {
				t.Fatalf("nothing was proven: %s", owner.last())
			}
			for after, months := range map[string]int{"weeks later": 1, "a year later": 13} {
				x := thiefAt(t, w, "5491155550000")
				x.dialog = owner.dialog
				before := w.Clock.Now()
				w.Clock.Advance(before.AddDate(0, months, 0).Sub(before))
				for _, wish := range []string{"mi recibo", "cambiar mi clave", "cambiar mi correo", "desbloquear mi cuenta", "cerrar mis sesiones"} {
					x.say("menú", wish)
					if p := x.dialog.Proof; p.Valid(w.Clock.Now()) || strings.Contains(x.last(), "Personal Ley 10.430)") {
						t.Errorf("%s on %s: %q is answered with %q", after, channel, wish, x.last())
					}
				}
				for _, r := range x.chat {
					if r.File != nil || r.Form == "password" || strings.Contains(r.Text, "adriana") {
						t.Errorf("%s on %s: the stranger is given %+v", after, channel, r)
					}
				}
			}
		})
	}
}

// RULES: reg.proof. Taking over somebody who never registered: all that stands on their payslip, and an address
// of one's own, open nothing at any organisation; no mail goes to that address.
func TestAnAttackerCannotRegisterSomebodyElse(t *testing.T) {
	for id, lines := range map[string][]string{
		"mseg":        {"registrarme", "acepto", "ley 10430", "418730", "dni", "40115882", "5200-77310/5", "si"},
		"segurometal": {"registrarme", "acepto", "36440218", "si"},
		"metlife":     {"registrarme", "acepto", "aun no", "VI-204771", "2/11/1971", "MACI711102", "si"},
		"miportal":    {"registrarme", "acepto", "hugo.sandoval@correo.example", "MP-402199", "11/8/1997", "si"},
	} {
		for _, channel := range []string{"telegram", "whatsapp"} {
			synctest.Test(t, func(t *testing.T) {
				w := town.New(t, id, channel)
				x := thiefAt(t, w, "ladron").say(lines...)
				x.say("ladron@malo.example", "no me llegó", "ya no tengo ese correo", "mi correo es ladron@malo.example", "ladron@malo.example", "si")
				for _, m := range x.mails {
					if strings.Contains(m.To, "malo.example") {
						t.Errorf("%s on %s: %q goes to the thief", id, channel, m.Title)
					}
				}
				effects, err := w.Core.Effects()
				if err != nil || len(effects) > 0 || x.dialog.Proof != nil {
					t.Errorf("%s on %s: the core did %v, %v; proven: %v", id, channel, effects, err, x.dialog.Proof)
				}
			})
		}
	}
}
