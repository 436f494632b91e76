package standard_test

import (
	"cmp"
	"encoding/json"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"

	"ventanilla/flows"
	"ventanilla/flows/flowtest/town"
	"ventanilla/flows/standard"
)

// talker says lines to an organisation's engine, as the store does.
type talker struct {
	*testing.T
	w     *town.Town
	n     int
	shown []string // of both sides, as transcripts keep it
}

func (k *talker) say(text string) (said string) {
	k.Helper()
	k.n++
	in := k.w.Engine.Screen(k.w.Key, k.w.Dialog, flows.Input{From: flows.Person, Text: text})
	r, err := k.w.Engine.Handle(k.Context(), flows.Call{ID: strconv.Itoa(k.n), At: k.w.Clock.Now(), Key: k.w.Key, Dialog: k.w.Dialog, Input: in})
	if err != nil {
		k.Fatal(err)
	}
	k.w.Dialog = r.Dialog
	k.shown = append(k.shown, cmp.Or(in.Shown, in.Text))
	for _, reply := range r.Replies {
		if reply.To == "" {
			said += reply.Text + "\n"
			k.shown = append(k.shown, cmp.Or(reply.Shown, reply.Text))
		}
	}
	return said
}

// What is told early on WhatsApp is used, and neither echoed nor kept whole in a
// transcript. RULES: wa.policy, data.canary
func TestWhatIsToldEarlyIsUsedAndMasked(t *testing.T) {
	for _, channel := range []string{"telegram", "whatsapp"} {
		synctest.Test(t, func(t *testing.T) {
			k := &talker{T: t, w: town.New(t, "mseg", channel)}
			k.say("hola soy personal ley 10430, legajo 310877, dni 22841307 y mi cuenta es 5100-40404/0, no puedo entrar")
			if got := k.w.Dialog.Flow + "/" + k.w.Dialog.Step; got != "proof/confirm" {
				t.Errorf("%s: nothing is left to ask, and the dialog is at %s", channel, got)
			}
			if got := k.w.Dialog.Values["doc_number"]; got != "22841307" {
				t.Errorf("%s: the document is %q", channel, got)
			}
			all := strings.Join(k.shown, "\n")
			for _, secret := range []string{"22841307", "22.841.307", "5100-40404/0", "5100404040"} {
				if strings.Contains(all, secret) {
					t.Errorf("%s: a transcript keeps %s:\n%s", channel, secret, all)
				}
			}
			if said := k.say("repetir"); channel == "whatsapp" && strings.Contains(said, "22.841.307") {
				t.Errorf("the chat shows the document: %s", said)
			}
		})
	}
}

func TestWhatIsToldEarlyEndsWithTheDialog(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := &talker{T: t, w: town.New(t, "mseg", "telegram")}
		k.say("hola mi dni es 22841307, mi codigo es 12345678, mi clave 99887766554433 y la cuenta 5100-40404/0")
		b, err := json.Marshal(k.w.Dialog)
		if err != nil || !strings.Contains(string(b), "22841307") {
			t.Errorf("%s is remembered (%v), want the document", b, err)
		}
		if strings.Contains(string(b), "12345678") || strings.Contains(string(b), "99887766554433") {
			t.Errorf("a secret is remembered: %s", b)
		}
		k.say("terminar")
		if len(k.w.Dialog.Given) > 0 {
			t.Errorf("%v outlives the dialog", k.w.Dialog.Given)
		}
	})
}

// What a question takes is not kept to answer others: a changed mind is asked.
func TestWhatAnsweredAQuestionIsSpent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := &talker{T: t, w: town.New(t, "iess", "telegram")}
		k.say("no puedo entrar, mi cédula es 1710034065")
		if got := k.w.Dialog.Values["cedula"]; got != "1710034065" || len(k.w.Dialog.Given) > 1 {
			t.Errorf("the document is %q, and %v is kept", got, k.w.Dialog.Given)
		}
	})
}

// A date of birth is given while something else is asked, with a short year.
func TestAnswersOutOfOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := &talker{T: t, w: town.New(t, "miportal", "telegram")}
		k.say("olvidé mi contraseña")
		k.say("ana@correo.example")
		if said := k.say("mi fecha de nacimiento es 3/5/80"); !strings.Contains(said, "03/05/1980") || !strings.Contains(said, "póliza") {
			t.Errorf("the date is answered with %q", said)
		}
		if said := k.say("MP-204518"); !strings.Contains(said, "03/05/1980") {
			t.Errorf("after the policy number comes %q, want the confirmation with the date", said)
		}
	})
}

// RULES: code.stored. What is kept of what was told holds no code, however it is written.
func TestWhatIsToldEarlyHoldsNoCode(t *testing.T) {
	for _, code := range []string{"13457845", "1345 7845", "1345-7845", "13 45 78 45", "1345  7845"} {
		wish := ""
		for _, g := range standard.Tells("ahora el codigo " + code + " y quiero el recibo de octubre 2026") {
			if strings.ContainsAny(g.Text, "134578") {
				t.Errorf("%q: %+v is kept", code, g)
			}
			if g.Kind == flows.GivenWish {
				wish = g.Text
			}
		}
		if !strings.Contains(wish, "octubre 2026") {
			t.Errorf("%q: of the wish only %q is kept", code, wish)
		}
	}
}
