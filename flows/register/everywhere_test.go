package register_test

import (
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"

	"ventanilla/backend/portal"
	"ventanilla/flows"
	"ventanilla/flows/flowtest/town"
	"ventanilla/flows/standard"
)

// ways are scripts to every step where a registration waits, by "portal step".
var ways = map[string]string{
	"metlife terms": "> hola\n= Registrarme\n", "metlife declined": "> hola\n= Registrarme\n= No acepto\n",
	"metlife wrong_key":     start + "> si\n> MET-0000-0000\n> GM-0481527\n> si\n",
	"metlife keys_spent":    start + "> si\n> MET-0000-0000\n> GM-0481527\n> si\n> MET-0000-0001\n> MET-0000-0002\n> MET-0000-0003\n> MET-0000-0004\n> MET-0000-0005\n",
	"metlife pick_mail":     ignacio + "> {code}\n",
	"metlife new_mail":      ignacio + "> {code}\n= Usar otro correo\n",
	"metlife repeat_mail":   ignacio + "> {code}\n> nuevo@correo.example\n",
	"metlife review":        ignacio + "> {code}\n= #mail-0\n",
	"metlife form":          ignacio + "> {code}\n= #mail-0\n> si\n",
	"metlife known":         start + "> aun no\n> AU-771034\n> 19/9/1988\n> AIRF880919\n> si\n> {code}\n",
	"metlife late":          ignacio + "> {code}\n~ 14m\n~ 61s\n",
	"miportal contact_name": hugo, "miportal contact_street": hugo + "> Hugo Sandoval\n", "miportal contact_city": hugo + "> Hugo Sandoval\n> Av. Chapultepec 88\n",
	"miportal contact_postcode": hugo + "> Hugo Sandoval\n> Av. Chapultepec 88\n> Guadalajara\n", "miportal contact_phone": hugo + "> Hugo Sandoval\n> Av. Chapultepec 88\n> Guadalajara\n> 44100\n",
	"miportal review": hugo + strings.TrimSuffix(given, "> si\n"), "miportal form": hugo + given,
	"mseg form": walter + "> {code}\n", "mseg terms": "> hola\n= Registrarme\n", "segurometal form": start + "> dni 36440218\n> si\n> {code}\n",
}

// everywhere looks at a dialog at each of those steps, on both networks.
func everywhere(t *testing.T, look func(t *testing.T, w *town.Town, at string)) {
	for at, script := range ways {
		id, step, _ := strings.Cut(at, " ")
		for _, channel := range []string{"telegram", "whatsapp"} {
			synctest.Test(t, func(t *testing.T) {
				w := town.New(t, id, channel)
				w.InChat = true
				said := w.Play(t, script)
				if got := w.Dialog.Flow + "/" + w.Dialog.Step; got != "register/"+step {
					t.Fatalf("%s on %s: the dialog is at %s:\n%s", at, channel, got, said)
				}
				look(t, w, at+" on "+channel)
			})
		}
	}
}

// hear takes one input where the dialog stands, which stays there.
func hear(t *testing.T, w *town.Town, d flows.Dialog, in flows.Input) (flows.Dialog, []flows.Reply) {
	t.Helper()
	in.From = flows.Person
	r, err := w.Engine.Handle(t.Context(), flows.Call{ID: "look" + strconv.Itoa(len(in.Text)) + d.Entered, At: w.Clock.Now(), Key: w.Key, Dialog: d, Input: w.Engine.Screen(w.Key, d, in)})
	if err != nil {
		t.Fatalf("%s: %q: %v", d.Step, in.Text, err)
	}
	return r.Dialog, r.Replies
}

func heard(replies []flows.Reply) (said string) {
	for _, r := range replies {
		if r.To == "" {
			said += r.Text + "\n"
		}
	}
	return said
}

// Nobody forgets a step that is added.
func TestEveryStepWhereARegistrationWaitsIsLookedAt(t *testing.T) {
	for _, id := range []string{"mseg", "segurometal", "metlife", "miportal"} {
		w := town.New(t, id, "telegram")
		all, err := standard.Flows(w.Profile, w.Deps)
		if err != nil {
			t.Fatal(err)
		}
		i := slices.IndexFunc(all, func(f flows.Flow) bool { return f.Name == "register" })
		for _, s := range all[i].Steps {
			waits := s.Waits()
			if waits && ways[id+" "+s.Name] == "" && ways["metlife "+s.Name] == "" {
				t.Errorf("nothing leads to %s at %s", s.Name, id)
			}
		}
	}
}

// RULES: talk.words
func TestEveryWordWorksAtEveryStep(t *testing.T) {
	everywhere(t, func(t *testing.T, w *town.Town, at string) {
		for _, word := range []string{"menú", "cancelar", "volver", "repetir", "ayuda", "corregir", "estado", "persona", "terminar", "¿sos oficial?", "seguir", "donde lo encuentro"} {
			d, replies := hear(t, w, w.Dialog, flows.Input{Text: word})
			said := heard(replies)
			if strings.TrimSpace(said) == "" || strings.Contains(said, "No te entendí") {
				t.Errorf("%s: %q is answered with %q", at, word, said)
			}
			want := map[string]string{"menú": "menu/menu", "cancelar": "/", "terminar": "/"}[word]
			if got := d.Flow + "/" + d.Step; want != "" && got != want || word == "persona" && d.Flow != "handoff" {
				t.Errorf("%s: %q leads to %s", at, word, got)
			}
			if word == "terminar" && (d.Proof != nil || d.Values != nil || d.Parked != nil) {
				t.Errorf("%s: something outlives %q", at, word)
			}
		}
	})
}

// Whatever comes: an answer, no long line, nothing opened, and no text more than three
// times in a row; at the third a human is offered. RULES: talk.tries, talk.size
func TestStrangeThingsAtEveryStep(t *testing.T) {
	strange := []string{" ", "😀", "?", strings.Repeat("a", 4096), strings.Repeat("9", 4000), "مرحبا", "{code}", "0", "99", "Clave Segura 2024!", "<b>hola</b>", "ñ@ñ", "a@b@c", "mi correo es x@y.example y z@y.example"}
	everywhere(t, func(t *testing.T, w *town.Town, at string) {
		for _, text := range strange {
			if _, replies := hear(t, w, w.Dialog, flows.Input{Text: text}); strings.TrimSpace(heard(replies)) == "" {
				t.Errorf("%s: %.30q is met with silence", at, text)
			} else {
				for _, r := range replies {
					if n := len([]rune(r.Text)); r.To == "" && n > 500 {
						t.Errorf("%s: %.30q is answered with %d characters", at, text, n)
					}
				}
			}
		}
		for _, kind := range []flows.Kind{flows.Audio, flows.Photo, flows.Sticker, flows.Location, flows.Contact, flows.Document} {
			if d, replies := hear(t, w, w.Dialog, flows.Input{Kind: kind}); heard(replies) == "" || d.Step != w.Dialog.Step {
				t.Errorf("%s: %s leads to %s and is answered with %q", at, kind, d.Step, heard(replies))
			}
		}
		d, last, n, human := w.Dialog, "", 0, false
		for range 9 {
			var replies []flows.Reply
			d, replies = hear(t, w, d, flows.Input{Text: "??? ~~~"})
			end := replies[len(replies)-1]
			if end.Text == last {
				n++
			} else {
				last, n = end.Text, 1
			}
			if n > 3 {
				t.Errorf("%s: said %d times in a row: %q", at, n, last)
			}
			human = human || slices.ContainsFunc(end.Offer, func(o flows.Option) bool { return o.ID == "word/persona" })
		}
		if !human {
			t.Errorf("%s: after nine wrong answers no human is offered", at)
		}
	})
}

// RULES: enum.same. The reply to the identity leaves at a fixed delay, also where the two halves of the gate meet.
func TestTheReplyToTheIdentityWaits(t *testing.T) {
	for id, script := range map[string]string{"metlife": ignacio, "mseg": walter} {
		synctest.Test(t, func(t *testing.T) {
			w := town.New(t, id, "telegram")
			w.Play(t, strings.TrimSuffix(script, "> si\n"))
			_, replies := hear(t, w, w.Dialog, flows.Input{Text: "si"})
			for _, r := range replies {
				if r.To == "" && !r.Not.Equal(w.Clock.Now().Add(w.Deps.Limits.IdentityHold)) {
					t.Errorf("%s: %q leaves at %v", id, r.Text, r.Not.Sub(w.Clock.Now()))
				}
			}
		})
	}
}

// What an organisation leaves out of its profile is left out of the errand: no terms, no
// mail to choose, no code where a key is all that counts.
func TestProfilesThatAskForLess(t *testing.T) {
	for name, change := range map[string]func(p *portal.Profile){
		"no terms":           func(p *portal.Profile) { p.Terms = portal.Consent{} },
		"terms without text": func(p *portal.Profile) { p.Terms.Text = "" },
		"only invited":       func(p *portal.Profile) { p.Trust = portal.TrustInvitation },
		"named by the core":  func(p *portal.Profile) { p.Username = portal.NamedByCore },
		"named by people":    func(p *portal.Profile) { p.Username = portal.NamedByPerson },
		"nothing given":      func(p *portal.Profile) { p.Identity = p.Fields(portal.Register) },
		"no recovery":        func(p *portal.Profile) { p.Services = []portal.Service{portal.Register} },
	} {
		w := town.New(t, "metlife", "telegram")
		change(&w.Profile)
		if _, err := standard.New(w.Profile, w.Deps); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	synctest.Test(t, func(t *testing.T) {
		w := town.New(t, "metlife", "telegram")
		w.Profile.Trust = portal.TrustInvitation
		e, err := standard.New(w.Profile, w.Deps)
		if err != nil {
			t.Fatal(err)
		}
		w.Engine = e
		// RULES: reg.proof. Where only a key counts, who has none is led to a person, and no code is sent.
		if said := w.Play(t, ignacio); strings.Contains(said, "✉") || w.Dialog.Flow != "handoff" {
			t.Errorf("without a key the dialog is at %s:\n%s", w.Dialog.Flow, said)
		}
	})
}
