package register_test

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"ventanilla/backend"
	"ventanilla/backend/emulator"
	"ventanilla/backend/secret"
	"ventanilla/flows/flowtest/town"
	"ventanilla/flows/standard"
)

// spy keeps what the core was asked to open.
type spy struct {
	standard.Core
	asked []backend.Registration
	keys  []string // of operations, in their order
}

func (s *spy) Register(ctx context.Context, op, portal string, r backend.Registration) (backend.RegisterResult, error) {
	s.asked, s.keys = append(s.asked, r), append(s.keys, op)
	return s.Core.Register(ctx, op, portal, r)
}

// play plays a script at an organisation, and looks at what became of it.
func play(t *testing.T, portal, channel, lines string, look func(t *testing.T, w *town.Town, s *spy)) (said string) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := town.New(t, portal, channel)
		s := &spy{Core: w.Deps.Core}
		w.Deps.Core = s
		e, err := standard.New(w.Profile, w.Deps)
		if err != nil {
			t.Fatal(err)
		}
		w.Engine, w.InChat = e, true
		said = w.Play(t, lines)
		if look != nil {
			look(t, w, s)
		}
	})
	return said
}

func signIn(t *testing.T, w *town.Town, username, password string, want emulator.Result) {
	t.Helper()
	got, err := w.Core.SignIn(t.Context(), w.Profile.ID, username, secret.Text(password))
	if err != nil || got != want {
		t.Errorf("%s signs in with %q: %s, %v; want %s", username, password, got, err, want)
	}
}

func account(t *testing.T, w *town.Town, id string) backend.Account {
	t.Helper()
	a, err := w.Client.Account(t.Context(), w.Profile.ID, id)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func emails(a backend.Account) (all []string) {
	for _, x := range a.Addresses {
		all = append(all, x.Email)
	}
	return all
}

const (
	start    = "> hola\n= Registrarme\n= Acepto\n"
	ignacio  = start + "> aun no\n> VI-204771\n> 2/11/1971\n> MACI711102\n> si\n"
	lupita   = start + "> si\n> MET-4H7Q-9XRA\n> GM-0481527\n> si\n"
	walter   = start + "> ley 10430\n> 418730\n> dni\n> 40115882\n> 5200-77310/5\n> si\n"
	password = "@ password=Mole+de+olla+en+domingo+3 repeat=Mole+de+olla+en+domingo+3\n"
	hugo     = start + "> hugo.sandoval@correo.example\n> MP-402199\n> 11/8/1997\n> si\n> {code}\n"
	given    = "> Hugo Sandoval Peralta\n> Av. Chapultepec 88\n> Guadalajara\n> 44100\n> 33 5555 0504\n> si\n"
)

// RULES: reg.proof. Whoever knows all that stands on somebody's policy, and has an e-mail of
// their own, opens nothing: at no step can an address be given that the code goes to.
func TestPersonalDataAndANewEmailOpenNothing(t *testing.T) {
	for name, lines := range map[string]string{
		"said instead of the code":  ignacio + "> ladron@malo.example\n> usa ladron@malo.example\n> otro correo\n",
		"after it did not come":     ignacio + "> no me llego\n= Ya no tengo ese correo\n> mi correo es ladron@malo.example\n",
		"a button of another step":  ignacio + "= #new_mail\n> ladron@malo.example\n> ladron@malo.example\n",
		"a guessed code":            ignacio + "> 12345678\n> 00000000\n= #mail-0\n= #yes\n" + password,
		"events that nobody raised": ignacio + "+ next\n+ chosen\n+ account_opened username=ladron@malo.example\n" + password,
		"the other door":            ignacio + "> corregir\n> invitacion\n> MET-4H7Q-9XRA\n",
	} {
		said := play(t, "metlife", "telegram", lines, func(t *testing.T, w *town.Town, s *spy) {
			if len(s.asked) > 0 {
				t.Errorf("%s: the core was asked to open %v", name, s.asked)
			}
			if a := account(t, w, "met-3002"); a.State.Registered || !slices.Equal(emails(a), []string{"imaldonado@viejo.example"}) {
				t.Errorf("%s: the account is %+v", name, a)
			}
		})
		if strings.Contains(said, "✉ ladron") || strings.Contains(said, "contratado") || strings.Contains(said, "•••") {
			t.Errorf("%s: a stranger is written to, or shown something:\n%s", name, said)
		}
	}
}

// RULES: reg.proof, enum.same. On the long form products and masked addresses come after the code only.
func TestProductsAndAddressesAreShownAfterTheProof(t *testing.T) {
	before := play(t, "metlife", "telegram", ignacio+"> estado\n> ayuda\n> repetir\n", nil)
	after := play(t, "metlife", "telegram", ignacio+"> {code}\n", nil)
	for _, what := range []string{"Vida con ahorro", "i•••o@v•••.example"} {
		if strings.Contains(before, what) || !strings.Contains(after, what) {
			t.Errorf("%q is shown before the proof: %v, after it: %v", what, strings.Contains(before, what), strings.Contains(after, what))
		}
	}
	if strings.Contains(after, "imaldonado@viejo.example") != strings.Contains(after, "✉ imaldonado@viejo.example") {
		t.Error("an address is shown whole")
	}
}

// RULES: reg.proof. An invitation is a proof of its own; the core counts it as used.
func TestAnInvitationOpensTheAccountOnce(t *testing.T) {
	lines := lupita + "= Usar otro correo\n> lupita@nueva.example\n> lupita@nueva.example\n> {code}\n> si\n" + password
	said := play(t, "metlife", "telegram", lines+"& Ladron\n"+lupita, func(t *testing.T, w *town.Town, s *spy) {
		if len(s.asked) != 1 || s.asked[0].Evidence.Method != backend.MethodInvitation || s.asked[0].Invitation == "" || s.asked[0].EmailEvidence.Address != "lupita@nueva.example" {
			t.Errorf("the core was asked for %+v", s.asked)
		}
		signIn(t, w, "lupita@nueva.example", "Mole de olla en domingo 3", emulator.OK)
		if got := emails(account(t, w, "met-3001")); !slices.Contains(got, "lupita@nueva.example") {
			t.Errorf("the core knows %v", got)
		}
	})
	// RULES: notify.all
	for _, to := range []string{"lupita.hernandez@correo.example", "ghernandez@empresa.example", "lupita@nueva.example"} {
		if !strings.Contains(said, "✉ "+to+": Se abrió tu cuenta de Portal MetLife [No fui yo → not_me]") {
			t.Errorf("%s is not told", to)
		}
	}
	if _, again, _ := strings.Cut(said, "& Ladron"); !strings.Contains(again, "Esa clave de registro no sirve") || strings.Contains(again, "contratado") {
		t.Errorf("a used key still opens something:\n%s", again)
	}
}

// RULES: reg.proof. Who found somebody's key needs what is theirs, too; why it does not serve is not told.
func TestAKeyWithTheDataOfSomebodyElseIsNotAKey(t *testing.T) {
	refusal := func(lines string) string {
		said := play(t, "metlife", "telegram", start+lines, func(t *testing.T, w *town.Town, s *spy) {
			if w.Dialog.Step != "wrong_key" {
				t.Errorf("%q leads to %s", lines, w.Dialog.Step)
			}
		})
		return said[strings.LastIndex(said, "\n> si\n"):]
	}
	want := refusal("> si\n> MET-0000-0000\n> GM-0481527\n> si\n")
	for what, lines := range map[string]string{
		"somebody else's policy": "> si\n> MET-4H7Q-9XRA\n> VI-204771\n> si\n",
		"no policy at all":       "> si\n> MET-4H7Q-9XRA\n> ZZ-99999\n> si\n",
		"an old key":             "> si\n> MET-2B8K-5TLW\n> GM-0390088\n> si\n",
	} {
		if got := refusal(lines); got != want {
			t.Errorf("%s hears %q, want %q", what, got, want)
		}
	}
}

// RULES: reg.proof. Guessing keys ends soon in one chat, and over many chats too; neither
// has to do with any account, and the long form stays open.
func TestGuessingKeysEnds(t *testing.T) {
	guesses := start + "> si\n> MET-0000-0000\n> GM-0481527\n> si\n"
	for i := range 4 {
		guesses += fmt.Sprintf("> MET-0000-000%d\n", i+1)
	}
	said := play(t, "metlife", "telegram", guesses+"> MET-4H7Q-9XRA\n= Seguir sin esa clave\n", func(t *testing.T, w *town.Town, _ *spy) {
		if w.Dialog.Flow+"/"+w.Dialog.Step != "proof/birth_date" {
			t.Errorf("after too many keys the dialog is at %s/%s", w.Dialog.Flow, w.Dialog.Step)
		}
	})
	if !strings.Contains(said, "demasiados intentos con claves") || strings.Contains(said, "contratado") {
		t.Errorf("the sixth key was looked at:\n%s", said)
	}
	many := ""
	for i := range 25 {
		many += fmt.Sprintf("& Thief%d\n", i) + guesses
	}
	two := start + "> si\n> MET-0000-0000\n> GM-0481527\n> si\n> MET-0000-0001\n"
	said = play(t, "metlife", "telegram", many+"& Another\n"+two+"& Guadalupe\n"+lupita, nil)
	_, rest, _ := strings.Cut(said, "& Another")
	another, invited, _ := strings.Cut(rest, "& Guadalupe")
	if !strings.Contains(another, "demasiados intentos con claves") {
		t.Errorf("after a hundred wrong keys from 25 chats a second guess is looked at:\n%s", another)
	}
	if !strings.Contains(invited, "contratado") {
		t.Errorf("the guesses of others shut out who was invited:\n%s", invited)
	}
}

// Whoever answers with words instead of a key or a policy has not written one: no try is spent on it.
func TestWordsAreNoKey(t *testing.T) {
	said := play(t, "metlife", "telegram", start+"> si\n> si me llego\n> no la encuentro\n> MET-0000-0000\n> gracias\n> no la tengo a mano\n> GM-0481527\n> si\n> a ver dejame buscar\n> no la encuentro\n", func(t *testing.T, w *town.Town, _ *spy) {
		if got := w.Dialog.Flow + "/" + w.Dialog.Step; got != "proof/birth_date" {
			t.Errorf("who does not find the key is at %s", got)
		}
	})
	if n := strings.Count(said, "Esa clave de registro no sirve"); n != 1 {
		t.Errorf("%d keys were tried, want the one that was written:\n%s", n, said)
	}
}

// RULES: enum.same. Until a code comes, who is registered, never was, has no e-mail or does
// not exist goes the same way.
func TestBeforeTheCodeNobodyCanTellWhoIsRegistered(t *testing.T) {
	people := map[string][3]string{"registered": {"AU-771034", "19/9/1988", "AIRF880919"}, "without an e-mail": {"VI-099417", "12/12/1951", "BALS511212"},
		"not registered": {"VI-204771", "2/11/1971", "MACI711102"}, "nobody": {"ZZ-111222", "1/1/1970", "XAXX700101"}, "invited": {"GM-0481527", "14/3/1984", "HERG840314"}}
	told := func(who string) []string {
		p := people[who]
		lines := start + "> aun no\n> " + p[0] + "\n> " + p[1] + "\n> " + p[2] + "\n> si\n> estado\n> 00000001\n> no me llego\n= Mándame otro código\n~ 61s\n= No me llegó\n= Mándame otro código\n> 00000002\n> estado\n> persona\n"
		_, said, _ := strings.Cut(play(t, "metlife", "telegram", lines, nil), "¿Están bien?")
		var seen []string
		for line := range strings.Lines(said) {
			if !strings.HasPrefix(line, "  ✉") {
				seen = append(seen, caseNumber.ReplaceAllString(line, ""))
			}
		}
		return seen
	}
	want := told("nobody")
	if len(want) < 10 {
		t.Fatalf("nobody heard only %q", want)
	}
	for who := range people {
		if got := told(who); !slices.Equal(got, want) {
			t.Errorf("%s:\n%q\nwant\n%q", who, got, want)
		}
	}
}

var caseNumber = regexp.MustCompile(`V\d{6}`)

// The terms come before anything is asked, and which, and when, reaches the core.
func TestTheTermsAreAcceptedAndKept(t *testing.T) {
	play(t, "mseg", "telegram", walter+"~ 2m\n> {code}\n"+password, func(t *testing.T, w *town.Town, s *spy) {
		if len(s.asked) != 1 || s.asked[0].Accepted == nil || s.asked[0].Accepted.Version != w.Profile.Terms.Version || !s.asked[0].Accepted.At.Equal(town.Noon) {
			t.Fatalf("the core was asked for %+v", s.asked)
		}
		signIn(t, w, "wojeda", "Mole de olla en domingo 3", emulator.OK)
	})
	said := play(t, "mseg", "telegram", "> hola\n= Registrarme\n> no\n> no acepto nada\n> que?\n> ni loco acepto\n> menu\n", func(t *testing.T, _ *town.Town, s *spy) {
		if len(s.asked) > 0 {
			t.Error("something was opened")
		}
	})
	if strings.Contains(said, "Paso 1") && !strings.Contains(said, "ni loco") {
		t.Errorf("a no was taken for a yes:\n%s", said)
	}
}

// What the portal wants to know reaches the core, and only what was asked.
func TestWhatIsGivenReachesTheCore(t *testing.T) {
	play(t, "miportal", "telegram", hugo+given+"@ username=hugo.sandoval password=motoneta-roja+97 repeat=motoneta-roja+97\n", func(t *testing.T, w *town.Town, _ *spy) {
		a := account(t, w, "mip-5005")
		if !a.State.Registered || a.Username != "hugo.sandoval" || a.Postal.City != "Guadalajara" || a.Postal.Street != "Av. Chapultepec 88" || a.Postal.Postcode != "44100" {
			t.Errorf("the account is %+v", a)
		}
		if !slices.ContainsFunc(a.Phones, func(p backend.Phone) bool { return p.Number == "+523355550504" }) {
			t.Errorf("the phones are %v", a.Phones)
		}
		signIn(t, w, "hugo.sandoval", "motoneta-roja 97", emulator.OK)
	})
}

// RULES: talk.size. Long answers are read back within one message, and kept whole.
func TestLongAnswersAreReadBackWithinAMessage(t *testing.T) {
	street := strings.TrimSpace(strings.Repeat("Avenida de los Insurgentes 12 ", 4))
	lines := hugo + "> Hugo Sandoval Peralta de la Santísima Trinidad y Ruiz\n> " + street + "\n> San Miguel de los Ranchos Viejos del Norte de Jalisco\n> 44100\n> 33 5555 0504\n> si\n" +
		"@ username=Hugo.Sandoval password=motoneta-roja+97 repeat=motoneta-roja+97\n"
	said := play(t, "miportal", "telegram", lines, func(t *testing.T, w *town.Town, s *spy) {
		if len(s.asked) != 1 || s.asked[0].Postal.Street != street {
			t.Errorf("the core was asked for %+v", s.asked)
		}
	})
	if strings.Contains(said, "!!") || strings.Count(said, "…") != 3 {
		t.Errorf("the review is too long, or not shortened:\n%s", said)
	}
}

// An answer of the core that was lost opens one account; the page can be sent again.
func TestALostAnswerOpensOneAccount(t *testing.T) {
	submit := "@ username=hugo.sandoval password=motoneta-roja+97 repeat=motoneta-roja+97\n"
	said := play(t, "miportal", "telegram", hugo+given+"! core down\n"+submit+"! core up\n"+submit, func(t *testing.T, w *town.Town, _ *spy) {
		signIn(t, w, "hugo.sandoval", "motoneta-roja 97", emulator.OK)
	})
	if strings.Count(said, "✉ hugo.sandoval@correo.example: Se abrió") != 1 {
		t.Errorf("it was told otherwise than once:\n%s", said)
	}
}

// Registered in the meantime, by whatever way: recovery, with what is known already.
func TestWhoWasRegisteredMeanwhileIsLedToRecovery(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := town.New(t, "mseg", "telegram")
		w.Play(t, walter+"> {code}\n")
		p := w.Dialog.Proof
		if p == nil {
			t.Fatal("nothing was proven")
		}
		_, err := w.Client.Register(t.Context(), "elsewhere", "mseg", backend.Registration{Account: p.Account, Password: "otra clave larga 22",
			Evidence: backend.Evidence{Account: p.Account, Method: p.Method, Address: p.Address, At: p.At}})
		if err != nil {
			t.Fatal(err)
		}
		said := w.Play(t, password+"> si\n")
		if !strings.Contains(said, "ya está registrada") || w.Dialog.Flow+"/"+w.Dialog.Step != "recovery/form" {
			t.Errorf("the dialog is at %s/%s:\n%s", w.Dialog.Flow, w.Dialog.Step, said)
		}
		w.Play(t, "@ password=lapacho+rosado+en+flor+4 repeat=lapacho+rosado+en+flor+4\n")
		signIn(t, w, "wojeda", "lapacho rosado en flor 4", emulator.OK)
	})
}

// RULES: notme. Nobody opens a frozen account, whichever door they came by.
func TestAFrozenAccountIsNotOpened(t *testing.T) {
	for name, lines := range map[string]string{
		"before the page": ignacio + "> {code}\n= #mail-0\n! freeze met-3002\n> si\n" + password,
		"by a key":        "! freeze met-3001\n" + lupita,
	} {
		play(t, "metlife", "telegram", lines, func(t *testing.T, w *town.Town, s *spy) {
			if len(s.asked) > 0 || w.Dialog.Flow != "handoff" {
				t.Errorf("%s: at %s/%s, the core was asked for %v", name, w.Dialog.Flow, w.Dialog.Step, s.asked)
			}
		})
	}
}

// RULES: talk.idle. A proof that is over opens nothing: it is made again, with what was typed.
func TestAfterAQuarterOfAnHourTheProofIsMadeAgain(t *testing.T) {
	for name, lines := range map[string]string{
		"a code":              walter + "> {code}\n~ 14m\n~ 61s\n" + password + "= Seguir\n> {code}\n" + password,
		"a key and an e-mail": lupita + "= #mail-0\n> {code}\n> si\n~ 16m\n" + password + "= Seguir\n= #mail-0\n> {code}\n> si\n" + password,
	} {
		portal := map[bool]string{true: "mseg", false: "metlife"}[name == "a code"]
		said := play(t, portal, "telegram", lines, func(t *testing.T, w *town.Town, s *spy) {
			if len(s.asked) != 1 || w.Clock.Now().Sub(s.asked[0].Evidence.At) > 15*time.Minute {
				t.Errorf("%s: the core was asked for %+v", name, s.asked)
			}
		})
		if !strings.Contains(said, "Pasaron quince minutos") {
			t.Errorf("%s: the proof did not end:\n%s", name, said)
		}
	}
}

// RULES: data.canary. The chat on WhatsApp never says the document that a user name is made of; the page does.
func TestOnWhatsAppAUserNameMadeOfADocumentIsMasked(t *testing.T) {
	said := play(t, "segurometal", "whatsapp", "> hola\n= Registrarme\n= Acepto\n> dni 36440218\n> si\n> {code}\n@ password=Camioneta+Verde+2019 repeat=Camioneta+Verde+2019\n", nil)
	for line := range strings.Lines(said) {
		switch {
		case strings.HasPrefix(line, "  page:") && strings.Contains(line, "usuario es") && !strings.Contains(line, "DNI36440218"):
			t.Errorf("the page does not tell the exact user name: %q", line)
		case strings.HasPrefix(line, "  ") && !strings.HasPrefix(line, "  page:") && strings.Contains(line, "36440218"):
			t.Errorf("the chat says %q", line)
		}
	}
	if !strings.Contains(said, "Tu usuario es") {
		t.Errorf("it was not opened:\n%s", said)
	}
}

// Who never opened the account and asks for recovery is offered to open it, and does not start over.
func TestRecoveryOfAnUnopenedAccountOpensIt(t *testing.T) {
	said := play(t, "mseg", "telegram", "> hola\n= No puedo entrar a mi cuenta\n> ley 10430\n> 418730\n> dni\n> 40115882\n> 5200-77310/5\n> si\n> {code}\n> si\n= Acepto\n"+password, func(t *testing.T, w *town.Town, _ *spy) {
		signIn(t, w, "wojeda", "Mole de olla en domingo 3", emulator.OK)
	})
	if strings.Count(said, "Paso 1 de") != 1 {
		t.Errorf("who had said everything was asked again:\n%s", said)
	}
	said = play(t, "segurometal", "telegram", "> hola\n= No puedo entrar a mi cuenta\n> dni 36440218\n> si\n", nil)
	if !strings.Contains(said, "✉ gustavo.leiva@correo.example: Tu cuenta de Segurometal todavía no está registrada") {
		t.Errorf("nobody is told how to register:\n%s", said)
	}
}
