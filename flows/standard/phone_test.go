package standard_test

import (
	"strconv"
	"strings"
	"testing"
	"testing/synctest"

	"ventanilla/backend/portal"
	"ventanilla/flows"
	"ventanilla/flows/account"
	"ventanilla/flows/flowtest/town"
)

// hear lets a talker do something else than write.
func (k *talker) hear(in flows.Input) (said string, mails []string) {
	k.Helper()
	k.n++
	in.From = flows.Person
	r, err := k.w.Engine.Handle(k.Context(), flows.Call{ID: strconv.Itoa(k.n), At: k.w.Clock.Now(), Key: k.w.Key, Dialog: k.w.Dialog, Input: in})
	if err != nil {
		k.Fatal(err)
	}
	k.w.Dialog = r.Dialog
	for _, reply := range r.Replies {
		if reply.To == "" {
			said += reply.Text + "\n"
		} else {
			mails = append(mails, reply.To)
		}
	}
	return said, mails
}

const adriana = "soy ley 10430, legajo 999111, dni 22841307, no puedo entrar"

// A person's own number stands for the bank account, where the profile allows it. It finds
// an account together with the document, and proves none: the code does. RULES: link.chat, pw.questions
func TestAnOwnNumberCountsAsOneAnswer(t *testing.T) {
	for _, c := range []struct {
		name, channel, person string
		in                    flows.Input
		mailed                bool
	}{
		{"an own contact on Telegram", "telegram", "7", flows.Input{Kind: flows.Contact, Phone: "+5492215550102"}, true},
		{"the number of somebody else's account", "telegram", "7", flows.Input{Kind: flows.Contact, Phone: "+5492235550103"}, false},
		{"the sender's number on WhatsApp", "whatsapp", "+5492215550102", flows.Input{Choice: "own_phone"}, true},
		{"another sender on WhatsApp", "whatsapp", "+5491100000000", flows.Input{Choice: "own_phone"}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				k := &talker{T: t, w: town.New(t, "mseg", c.channel)}
				k.w.Key.Person = c.person
				k.say(adriana)
				said, _ := k.hear(c.in)
				if at := k.w.Dialog.Flow + "/" + k.w.Dialog.Step; at != "proof/confirm" || k.w.Dialog.Proof != nil {
					t.Fatalf("at %s: %s", at, said)
				}
				if c.channel == "whatsapp" && strings.Contains(said, "5550102") {
					t.Errorf("the chat shows the number: %s", said)
				}
				said, mails := k.hear(flows.Input{Choice: "yes"})
				if (len(mails) > 0) != c.mailed {
					t.Errorf("%v were mailed, want any: %v", mails, c.mailed)
				}
				if !strings.Contains(said, "Si esos datos corresponden a una cuenta") { // RULES: enum.same
					t.Errorf("it says %q", said)
				}
			})
		})
	}
}

// Anybody can forward somebody else's contact; and a number typed as an account is one.
func TestAForeignOrTypedNumberIsNoOwnOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := &talker{T: t, w: town.New(t, "mseg", "telegram")}
		k.say(adriana)
		said, _ := k.hear(flows.Input{Kind: flows.Contact})
		if k.w.Dialog.Step != "bank_account" || !strings.Contains(said, "solo puedo usar tu propio número") {
			t.Errorf("a forwarded contact leads to %s: %s", k.w.Dialog.Step, said)
		}
		if said, _ := k.hear(flows.Input{Choice: "own_phone"}); !strings.Contains(said, "Tocá «Compartir mi número»") {
			t.Errorf("who wants to use their number hears %q", said)
		}
		k.say("5492215550102")
		if _, mails := k.hear(flows.Input{Choice: "yes"}); len(mails) > 0 {
			t.Errorf("a telephone typed as an account finds %v", mails)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		k := &talker{T: t, w: town.New(t, "iess", "telegram")}
		k.say("no puedo entrar")
		if said, _ := k.hear(flows.Input{Kind: flows.Contact, Phone: "+593995550401"}); !strings.Contains(said, "No necesito contactos") || k.w.Dialog.Step != "cedula" {
			t.Errorf("where no number counts it leads to %s: %s", k.w.Dialog.Step, said)
		}
	})
}

// RULES: link.chat. Only a channel vouches for a number: one that is typed as the bot writes it down is none.
func TestATypedNumberIsNotVouchedFor(t *testing.T) {
	f := portal.Field{ID: "x", Question: portal.Question{Kind: "text", Evidence: portal.ByPhone, Min: 1, Max: 60}}
	turn := &flows.Turn{Values: map[string]string{}}
	if value, problem := account.FieldStep(f).Take(turn, flows.Input{From: flows.Person, Text: "tel:+5492215550102"}); value != "" || problem == "" {
		t.Errorf("it counts as %q", value)
	}
	if value, _ := account.FieldStep(f).Take(turn, flows.Input{From: flows.Person, Kind: flows.Contact, Phone: "+5492215550102"}); value == "" {
		t.Error("one that the channel vouches for does not count")
	}
}
