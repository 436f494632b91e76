package unlock_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"

	"ventanilla/backend/emulator"
	"ventanilla/backend/portal"
	"ventanilla/backend/secret"
	"ventanilla/flows/flowtest"
	"ventanilla/flows/flowtest/town"
)

func found(t *testing.T, id, channel string) *town.Town {
	return town.New(t, id, channel).Offer(t, portal.Recover, portal.Unlock, portal.Change)
}

func TestConversations(t *testing.T) {
	for id, channel := range map[string]string{"iess": "telegram", "mseg": "telegram", "metlife": "whatsapp"} {
		t.Run(id, func(t *testing.T) {
			flowtest.RunIn(t, "testdata/"+id, func(t *testing.T) *flowtest.World { return found(t, id, channel).World })
		})
	}
}

func signIn(t *testing.T, w *town.Town, username, password string, want emulator.Result) {
	t.Helper()
	got, err := w.Core.SignIn(t.Context(), w.Profile.ID, username, secret.Text(password))
	if err != nil || got != want {
		t.Errorf("%s signs in with %q: %s, %v; want %s", username, password, got, err, want)
	}
}

// wilmer is locked out; he proves who he is.
const wilmer = "> me bloquearon la cuenta\n> 1309284519\n> si\n> {code}\n"

func TestTheLockIsOpenedAndThePasswordStays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := found(t, "iess", "telegram")
		signIn(t, w, "1309284519", "lancha dos hermanos 3", emulator.LockedNow)
		w.Play(t, wilmer)
		signIn(t, w, "1309284519", "lancha dos hermanos 3", emulator.LockedNow) // asked first
		w.Play(t, "> si\n")
		signIn(t, w, "1309284519", "lancha dos hermanos 3", emulator.OK)
	})
}

// RULES: unlock.day. A fourth time in a day needs another password; a day later it is the first again.
func TestThreeTimesADayAndNoMore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := found(t, "iess", "telegram")
		once := func() string {
			for range 3 {
				if _, err := w.Core.SignIn(t.Context(), "iess", "1309284519", "mala"); err != nil {
					t.Fatal(err)
				}
			}
			said := w.Play(t, wilmer+"> si\n")
			w.Play(t, "~ 40m\n")
			return said
		}
		for i := range 3 {
			if said := once(); !strings.Contains(said, "ya está desbloqueada") {
				t.Fatalf("time %d: %s", i+1, said)
			}
		}
		if said := once(); strings.Contains(said, "ya está desbloqueada") || !strings.Contains(said, "Hoy ya la desbloqueó tres veces") {
			t.Errorf("the fourth time: %s", said)
		}
		signIn(t, w, "1309284519", "lancha dos hermanos 3", emulator.LockedNow)
		w.Play(t, "~ 24h\n")
		if said := once(); !strings.Contains(said, "ya está desbloqueada") {
			t.Errorf("a day later: %s", said)
		}
	})
}

// What the core could not do is asked for again under another key, and counts once. RULES: reset.unlocks, unlock.day
func TestAFailureIsRepeatedWithoutBeingCountedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := found(t, "iess", "telegram")
		said := w.Play(t, "! fault partial_unlock 3\n"+wilmer+"> si\n> si\n> si\n= Probar otra vez\n")
		if n := strings.Count(said, "no pudo desbloquearla"); n != 3 || !strings.Contains(said, "ya está desbloqueada") {
			t.Errorf("%d failures were told:\n%s", n, said)
		}
		signIn(t, w, "1309284519", "lancha dos hermanos 3", emulator.OK)
		if n := strings.Count(fmt.Sprint(w.Mails()), "Se desbloqueó"); n != 1 {
			t.Errorf("the owner was told %d times: %q", n, w.Mails())
		}
	})
}

// Before the code arrives nobody hears whether an account is there, or locked. RULES: enum.same, harm.none
func TestAStrangerCannotTellWhoIsLocked(t *testing.T) {
	story := func(cedula string) string {
		var said string
		synctest.Test(t, func(t *testing.T) {
			w := found(t, "iess", "telegram")
			said = w.Play(t, "> me bloquearon la cuenta\n> "+cedula+"\n> si\n> 00000001\n> estado\n> no me llego\n> persona\n")
			signIn(t, w, "1309284519", "lancha dos hermanos 3", emulator.LockedNow)
		})
		said = regexp.MustCompile(`V\d{6}`).ReplaceAllString(said, "CASE")
		var seen strings.Builder
		for line := range strings.Lines(strings.ReplaceAll(strings.ReplaceAll(said, cedula[:9]+"-"+cedula[9:], "CEDULA"), cedula, "CEDULA")) {
			if !strings.HasPrefix(line, "  ✉") {
				seen.WriteString(line)
			}
		}
		return seen.String()
	}
	want := story("1710034065")
	for _, cedula := range []string{"1309284519", "0917558207", "1714882055", "0104337167", "0601882541"} {
		if got := story(cedula); got != want {
			t.Errorf("%s: got\n%s\nwant\n%s", cedula, got, want)
		}
	}
}
