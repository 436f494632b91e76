package emulator_test

import (
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode"

	"ventanilla/backend"
	"ventanilla/backend/emulator"
	"ventanilla/backend/secret"
)

const (
	marcosOld  = secret.Text("patrullero 4417 azul")
	marcosAddr = "marcos.villalba@correo.example"
)

func (w *world) temporary(t *testing.T, op, account string) backend.Temporary {
	t.Helper()
	got, err := w.client.Temporary(t.Context(), op, portal, account)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// RULES: temp.form
func TestTheFormOfTemporaryPasswords(t *testing.T) {
	w := start(t)
	seen := map[secret.Text]bool{}
	for i := range 20 {
		got := w.temporary(t, "op-"+strings.Repeat("x", i), "mseg-1005")
		text := got.Password.Reveal()
		if len(text) < 12 || strings.ContainsAny(text, "0O1lI") || !strings.ContainsFunc(text, unicode.IsDigit) || seen[got.Password] {
			t.Errorf("got %q", text)
		}
		for _, known := range []string{"gibanez", "graciela", "298410", "18334562"} {
			if strings.Contains(strings.ToLower(text), known) {
				t.Errorf("%q holds %s", text, known)
			}
		}
		if life := got.ExpiresAt.Sub(w.clock()); life != 24*time.Hour {
			t.Errorf("it lives %v", life)
		}
		seen[got.Password] = true
	}
}

// RULES: temp.keeps
func TestAskingForATemporaryPasswordChangesNothing(t *testing.T) {
	w := start(t)
	w.signIn(t, "gibanez", "equivocada", emulator.Wrong)
	w.signIn(t, "gibanez", "equivocada", emulator.Wrong)
	before := w.state(t, "mseg-1005")
	first := w.temporary(t, "op", "mseg-1005")
	if again := w.temporary(t, "op", "mseg-1005"); again != first {
		t.Errorf("the same key gives %v and %v", first.Password.Reveal(), again.Password.Reveal())
	}
	if got := w.state(t, "mseg-1005"); got != before {
		t.Errorf("got %+v, want %+v", got, before)
	}
	if got := w.effects(t, "mseg-1005"); !slices.Equal(got, []string{emulator.TemporaryMade}) {
		t.Errorf("got %v", got)
	}
	w.signIn(t, "gibanez", "equivocada", emulator.LockedNow) // the third: the counter was kept
}

// RULES: temp.keeps
func TestTheOldPasswordWorksUntilTheTemporaryOneSignsIn(t *testing.T) {
	w := start(t)
	temp := w.temporary(t, "op", "mseg-1005")
	w.signIn(t, "gibanez", "hortensias del patio 9", emulator.OK)
	w.signIn(t, "gibanez", temp.Password, emulator.MustChange)
	w.signIn(t, "gibanez", "hortensias del patio 9", emulator.Wrong)
	w.signIn(t, "gibanez", temp.Password, emulator.Wrong) // single use
}

// RULES: temp.form
func TestATemporaryPasswordSignsInOnceHoweverManyTryAtOnce(t *testing.T) {
	w := start(t, func(o *emulator.Options) { o.LockAfter = 100 })
	temp := w.temporary(t, "op", "mseg-1005")
	var group sync.WaitGroup
	results := make(chan emulator.Result, 8)
	for range 8 {
		group.Go(func() {
			r, err := w.SignIn(t.Context(), portal, "gibanez", temp.Password)
			if err != nil {
				t.Error(err)
			}
			results <- r
		})
	}
	group.Wait()
	close(results)
	count := map[emulator.Result]int{}
	for r := range results {
		count[r]++
	}
	if count[emulator.MustChange] != 1 || count[emulator.Wrong] != 7 {
		t.Errorf("got %v", count)
	}
}

// RULES: temp.keeps
func TestSigningInWithATemporaryPasswordUnlocksAndDemandsAChange(t *testing.T) {
	w := start(t)
	temp := w.temporary(t, "op", "mseg-1004")
	if s := w.state(t, "mseg-1004"); !s.Locked {
		t.Fatal("asking unlocked the account")
	}
	w.signIn(t, "mvillalba", temp.Password, emulator.MustChange)
	if s := w.state(t, "mseg-1004"); s.Locked || !s.MustChange {
		t.Errorf("got %+v", s)
	}
	if err := w.client.Change(t.Context(), "change", portal, "mseg-1004", temp.Password, fresh); err != nil {
		t.Fatal(err)
	}
	w.signIn(t, "mvillalba", fresh, emulator.OK)
	w.signIn(t, "mvillalba", marcosOld, emulator.Wrong)
	if err := w.client.Change(t.Context(), "change-2", portal, "mseg-1004", temp.Password, fresh); backend.CodeOf(err) != backend.WrongPassword {
		t.Errorf("the temporary password still changes: %v", err)
	}
}

func TestATemporaryPasswordServesAsTheCurrentOneWithoutSigningIn(t *testing.T) {
	w := start(t)
	temp := w.temporary(t, "op", "mseg-1004")
	if err := w.client.Change(t.Context(), "change", portal, "mseg-1004", temp.Password, fresh); err != nil {
		t.Fatal(err)
	}
	w.signIn(t, "mvillalba", fresh, emulator.OK)
	w.signIn(t, "mvillalba", temp.Password, emulator.Wrong)
}

// RULES: temp.form
func TestATemporaryPasswordEndsAfterADayOrWithTheNextOne(t *testing.T) {
	w := start(t)
	first := w.temporary(t, "op-1", "mseg-1005")
	second := w.temporary(t, "op-2", "mseg-1005")
	w.signIn(t, "gibanez", first.Password, emulator.Wrong)
	w.advance(24 * time.Hour)
	w.signIn(t, "gibanez", second.Password, emulator.Wrong)
	w.signIn(t, "gibanez", "hortensias del patio 9", emulator.OK)
}

func TestAResetEndsTheTemporaryPassword(t *testing.T) {
	w := start(t)
	temp := w.temporary(t, "op", "mseg-1004")
	if _, err := w.client.Reset(t.Context(), "reset", portal, "mseg-1004", reset(w.proof("mseg-1004", marcosAddr))); err != nil {
		t.Fatal(err)
	}
	w.signIn(t, "mvillalba", temp.Password, emulator.Wrong)
	w.signIn(t, "mvillalba", fresh, emulator.OK)
}
