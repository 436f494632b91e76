package register_test

import (
	"regexp"
	"strings"
	"testing"
	"testing/synctest"

	"ventanilla/backend"
	"ventanilla/backend/emulator"
	"ventanilla/backend/portal"
	"ventanilla/flows/flowtest/town"
	"ventanilla/flows/standard"
)

// trusting is an organisation whose core trusts personal data, with what it was asked to open.
func trusting(t *testing.T, channel string) (*town.Town, *spy) {
	w := town.New(t, "metlife", channel)
	s := &spy{Core: w.Deps.Core}
	w.Deps.Core, w.Profile.Trust = s, portal.TrustData
	e, err := standard.New(w.Profile, w.Deps)
	if err != nil {
		t.Fatal(err)
	}
	w.Engine, w.InChat = e, true
	return w, s
}

// playTrusting plays a script there, on both networks.
func playTrusting(t *testing.T, lines string, look func(t *testing.T, w *town.Town, s *spy, said string)) {
	t.Helper()
	for _, channel := range []string{"telegram", "whatsapp"} {
		t.Run(channel, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w, s := trusting(t, channel)
				look(t, w, s, w.Play(t, lines))
			})
		})
	}
}

const (
	lost  = "> no me llego\n= Ya no tengo ese correo\n"
	fresh = "> ignacio@nuevo.example\n> ignacio@nuevo.example\n> {code}\n"
	again = "= Seguir con mi registro\n= Acepto\n> aun no\n> VI-204771\n> 2/11/1971\n> MACI711102\n> si\n> ignacio@nuevo.example\n> {code}\n"
)

// RULES: reg.proof. Personal data and a new address open an account after 72 hours, if
// every contact the core knows was told and nobody said no.
func TestWhoWaitsSeventyTwoHoursOpensTheAccountWithANewAddress(t *testing.T) {
	playTrusting(t, ignacio+lost+fresh+"~ 71h59m\n", func(t *testing.T, w *town.Town, s *spy, said string) {
		for _, want := range []string{"✉ imaldonado@viejo.example: Alguien pidió abrir tu cuenta de Portal MetLife [No fui yo → stop_data]", "✉ ignacio@nuevo.example: Tu código", "hay que esperar hasta el 3/12/2026"} {
			if !strings.Contains(said, want) {
				t.Errorf("%q is missing in\n%s", want, said)
			}
		}
		if len(s.asked) > 0 || strings.Contains(said, "Ya pasó la espera") || w.Dialog.Flow != "" {
			t.Errorf("after 71:59 hours at %s the core was asked to open %v:\n%s", w.Dialog.Flow, s.asked, said)
		}
		said = w.Play(t, "~ 1m\n"+again+"> si\n"+password)
		if !strings.Contains(said, "Ya pasó la espera") || !strings.Contains(said, "¿Con qué correo lo pediste?") || !strings.Contains(said, "¡Listo!") {
			t.Fatalf("after 72 hours:\n%s", said)
		}
		if strings.Contains(said, "i•••o@") || strings.Contains(said, "contratado") || strings.Contains(said, "imaldonado@viejo.example: Tu código") {
			t.Errorf("who proved no address of the core is shown what it knows:\n%s", said)
		}
		if len(s.asked) != 1 || s.asked[0].Evidence.Method != backend.MethodWaited || s.asked[0].Email != "ignacio@nuevo.example" || s.asked[0].EmailEvidence.Address != "ignacio@nuevo.example" {
			t.Errorf("the core was asked for %+v", s.asked)
		}
		signIn(t, w, "ignacio@nuevo.example", "Mole de olla en domingo 3", emulator.OK)
		// RULES: notify.all
		if !strings.Contains(said, "✉ imaldonado@viejo.example: Se abrió tu cuenta") {
			t.Errorf("the contact that the core knew is not told:\n%s", said)
		}
		if w.Dialog.Proof != nil || !w.Dialog.Memory.Awaited.IsZero() {
			t.Errorf("what was waited for counts elsewhere: %+v", w.Dialog)
		}
	})
}

// RULES: reg.proof, notme. Whoever reads a mail of the account calls it off, also what waits in other chats.
func TestNoFuiYoCallsOffWhatWaits(t *testing.T) {
	playTrusting(t, ignacio+lost+fresh+"% stop_data\n~ 71h59m\n", func(t *testing.T, w *town.Town, s *spy, said string) {
		if !strings.Contains(said, "page: Listo, lo anulamos") || !strings.Contains(said, "queda bloqueado por un día") {
			t.Fatalf("calling off:\n%s", said)
		}
		if said := w.Play(t, "~ 2h\n"); strings.Contains(said, "Ya pasó") {
			t.Errorf("the chat is told to come back:\n%s", said)
		}
		said = w.Play(t, "! forget code\n"+ignacio+lost+fresh)
		if !strings.Contains(said, "hay que esperar hasta el 6/12/2026") || len(s.asked) > 0 {
			t.Errorf("who asks again does not wait again: %v\n%s", s.asked, said)
		}
	})
	playTrusting(t, ignacio+lost+fresh+"~ 1h\n& Ladron\n! forget code\n"+ignacio+lost+strings.ReplaceAll(fresh, "ignacio@nuevo", "ladron@malo")+"& Ana\n% stop_data\n& Ladron\n~ 73h\n", func(t *testing.T, w *town.Town, s *spy, said string) {
		said += w.Play(t, strings.ReplaceAll(again, "ignacio@nuevo", "ladron@malo"))
		if !strings.Contains(said, "Ya pasó la espera, pero con esos datos no puedo abrir") || w.Dialog.Flow != "handoff" || len(s.asked) > 0 {
			t.Errorf("what another chat waited for goes on: %v\n%s", s.asked, said)
		}
	})
}

// RULES: notme, reg.proof. So does a freeze, for good: when it ends, nothing that waited goes on.
func TestWhatWaitedDoesNotGoOnWhenAFreezeEnds(t *testing.T) {
	playTrusting(t, ignacio+lost+fresh, func(t *testing.T, w *town.Town, s *spy, said string) {
		w.Play(t, "~ 1h\n")
		for _, when := range []string{"~ 72h\n", "~ 240h\n"} {
			said := w.Play(t, when+"! freeze met-3002\n"+strings.ReplaceAll(again, "= Seguir con mi registro", "> quiero registrarme"))
			if len(s.asked) > 0 || !strings.Contains(said, "no fue su titular") {
				t.Errorf("%s: %v\n%s", when, s.asked, said)
			}
			w.Play(t, "> cancelar\n")
		}
	})
}

// RULES: enum.same, reg.proof. Until the time is over, nobody can tell that the data are somebody's.
func TestWhoWaitsLearnsNothingOfWhoExists(t *testing.T) {
	lines := ignacio + lost + fresh + "~ 5h\n> quiero registrarme\n= Acepto\n> aun no\n> VI-204771\n> 2/11/1971\n> MACI711102\n> si\n" + lost + "> ignacio@nuevo.example\n> {code}\n~ 68h\n"
	nobody := strings.NewReplacer("VI-204771", "VI-999999", "2/11/1971", "3/11/1971", "MACI711102", "MACI711103")
	registered := strings.NewReplacer("VI-204771", "AU-771034", "2/11/1971", "19/9/1988", "MACI711102", "AIRF880919")
	playTrusting(t, lines, func(t *testing.T, w *town.Town, _ *spy, said string) {
		want := bare(said)
		for who, other := range map[string]*strings.Replacer{"nobody": nobody, "somebody with an account": registered} {
			w, _ := trusting(t, w.Key.Channel)
			if got := bare(w.Play(t, other.Replace(lines))); got != want {
				t.Errorf("%s hears\n%s\nwhoever exists hears\n%s", who, got, want)
			}
		}
		if strings.Count(want, "3/12/2026 9:00")+strings.Count(want, "3/12/2026 09:00") != 2 {
			t.Errorf("who comes back early is not told the same moment again:\n%s", want)
		}
	})
}

var beside = regexp.MustCompile(`(?m)^(  ✉|>) .*\n|(Fecha de nacimiento|RFC|Número de póliza)(: |, ).*`)

// bare is what is said in the chat, without what was typed.
func bare(said string) string { return beside.ReplaceAllString(said, "") }

// RULES: reg.proof, flood.account. Strangers cannot flood the owner with notices: what is beyond the day's does not begin.
func TestNoticesOfWhatWaitsAreBounded(t *testing.T) {
	playTrusting(t, "", func(t *testing.T, w *town.Town, s *spy, said string) {
		for _, name := range []string{"uno", "dos", "tres", "cuatro", "cinco"} {
			said += w.Play(t, "& "+name+"\n"+ignacio+lost+strings.ReplaceAll(fresh, "ignacio@", name+"@"))
		}
		if got := strings.Count(said, "Alguien pidió abrir tu cuenta"); got != w.Deps.Limits.DataStarts.Max {
			t.Errorf("%d notices, want %d", got, w.Deps.Limits.DataStarts.Max)
		}
		said = w.Play(t, "~ 73h\n"+strings.ReplaceAll(again, "ignacio@", "cinco@"))
		if !strings.Contains(said, "no puedo abrir una cuenta") || len(s.asked) > 0 {
			t.Errorf("what nobody was told of goes on: %v\n%s", s.asked, said)
		}
	})
}

// RULES: reg.proof, enum.same. Of an account without any address nobody can say no, so that it is not opened without a
// person; until the time is over its chat hears what the others hear, and can have the person at once.
func TestWhatNobodyCanBeToldOfIsForAPerson(t *testing.T) {
	socorro := strings.NewReplacer("VI-204771", "VI-099417", "2/11/1971", "12/12/1951", "MACI711102", "BALS511212")
	playTrusting(t, socorro.Replace(ignacio+lost+fresh), func(t *testing.T, w *town.Town, s *spy, said string) {
		other, _ := trusting(t, w.Key.Channel)
		if want := bare(other.Play(t, ignacio+lost+fresh)); bare(said) != want {
			t.Errorf("who has no address hears\n%s\nothers hear\n%s", bare(said), want)
		}
		before := w.Dialog
		if w.Play(t, "= Hablar con una persona\n"); w.Dialog.Flow != "handoff" {
			t.Errorf("at %s, want a person", w.Dialog.Flow)
		}
		w.Dialog = before
		said = w.Play(t, "~ 72h1m\n"+socorro.Replace(again))
		if !strings.Contains(said, "no puedo abrir una cuenta") || w.Dialog.Flow != "handoff" || len(s.asked) > 0 {
			t.Errorf("what nobody was told of goes on: %v\n%s", s.asked, said)
		}
	})
}

// RULES: reg.proof, flood.account, harm.none. Who reads a mail about it gives the day's starts back that strangers used up.
func TestTheReaderOfTheMailGivesStartsBack(t *testing.T) {
	playTrusting(t, "", func(t *testing.T, w *town.Town, _ *spy, said string) {
		for _, name := range []string{"uno", "dos", "tres"} {
			said += w.Play(t, "& "+name+"\n"+ignacio+lost+strings.ReplaceAll(fresh, "ignacio@", name+"@"))
		}
		said = w.Play(t, "% stop_data\n! forget code\n& Ana\n"+ignacio+lost+fresh)
		if !strings.Contains(said, "✉ imaldonado@viejo.example: Alguien pidió abrir tu cuenta") {
			t.Errorf("the start after it does not begin:\n%s", said)
		}
	})
}

// RULES: reg.proof. Where data are not trusted, there is no such door.
func TestWithoutTrustInDataNobodyIsOfferedToWait(t *testing.T) {
	said := play(t, "metlife", "telegram", ignacio+lost, func(t *testing.T, w *town.Town, _ *spy) {
		if w.Dialog.Flow != "handoff" {
			t.Errorf("at %s", w.Dialog.Flow)
		}
	})
	if strings.Contains(said, "72 horas") {
		t.Errorf("somebody may wait:\n%s", said)
	}
}

// "Otra persona usó mis datos" is no wish for another address.
func TestWhoseDataSomebodyElseUsedIsLedToAPerson(t *testing.T) {
	playTrusting(t, ignacio+"> no me llego\n= Otra persona usó mis datos\n", func(t *testing.T, w *town.Town, _ *spy, said string) {
		if w.Dialog.Flow != "handoff" {
			t.Errorf("at %s/%s:\n%s", w.Dialog.Flow, w.Dialog.Step, said)
		}
	})
}

// RULES: reg.proof. A turn that could not be saved runs again, and tells the owner then: nothing waits of which nobody was told.
func TestATurnThatRunsAgainTellsTheOwnerAllTheSame(t *testing.T) {
	address, code := strings.TrimSuffix(fresh, "> {code}\n"), "> {code}\n"
	playTrusting(t, ignacio+lost+address, func(t *testing.T, w *town.Town, _ *spy, _ string) {
		before := w.Dialog
		first := w.Play(t, code)
		w.Dialog = before // it was not saved
		if again := w.Play(t, code); again != first || !strings.Contains(again, "Alguien pidió abrir tu cuenta") {
			t.Errorf("the first time\n%s\nagain\n%s", first, again)
		}
	})
}

// Who says at once that no mail will reach them claims to be no more people in a day than everybody else, and no more
// owners are written to. RULES: flood.starts
func TestWhoHasNoMailClaimsToBeNoMorePeopleThanOthers(t *testing.T) {
	script := ""
	for i := range 5 {
		script += "> quiero registrarme, no tengo correo\n= Acepto\n> aun no\n> VI-20477" + string(rune('0'+i)) + "\n> 2/11/1971\n> MACI711102\n> si\n" +
			"> yo@nuevo.example\n> yo@nuevo.example\n> {code}\n> cancelar\n~ 16m\n"
	}
	playTrusting(t, script, func(t *testing.T, w *town.Town, s *spy, said string) {
		if n := strings.Count(said, "hay que esperar hasta"); n != w.Deps.Limits.Starts.Max {
			t.Errorf("%d identities wait, want %d:\n%s", n, w.Deps.Limits.Starts.Max, said)
		}
	})
}
