package recovery_test

import (
	"strconv"
	"strings"
	"testing"
	"testing/synctest"

	"ventanilla/flows/flowtest/town"
)

const halfway = "! fault partial_unlock 4\n> no puedo entrar\n> ley 10430\n> 310877\n> dni\n> 22841307\n> 5100-40404/0\n> si\n> {code}\n@ password=mate+amargo+y+libros+8 repeat=mate+amargo+y+libros+8\n"

// RULES: unlock.day. Trying again what was missing is one unlocking, however often it is tried;
// when the day's are used up the core is asked no more.
func TestTheMissingUnlockingCountsOnceAndEndsWithTheDays(t *testing.T) {
	for used, want := range map[int]bool{0: true, 2: true, 3: false} {
		synctest.Test(t, func(t *testing.T) {
			w := town.New(t, "mseg", "telegram")
			if _, err := w.Core.SignIn(t.Context(), "mseg", "asosa", "x"); err != nil {
				t.Fatal(err)
			}
			for range 3 { // wrong ones lock
				if _, err := w.Core.SignIn(t.Context(), "mseg", "asosa", "x"); err != nil {
					t.Fatal(err)
				}
			}
			for n := range used {
				if _, err := w.Guard.Spend(t.Context(), "account/mseg/mseg-1003", w.Deps.Limits.Unlocks, "earlier"+strconv.Itoa(n)); err != nil {
					t.Fatal(err)
				}
			}
			said := w.Play(t, strings.Replace(halfway, "@ ", "= No, quiero una nueva\n@ ", 1)+strings.Repeat("> si\n", 4))
			a, err := w.Client.Account(t.Context(), "mseg", "mseg-1003")
			if err != nil || a.State.Locked == want {
				t.Errorf("%d unlockings before: locked is %v, %v:\n%s", used, a.State.Locked, err, said)
			}
			left, err := w.Guard.Peek(t.Context(), "account/mseg/mseg-1003", w.Deps.Limits.Unlocks)
			if min := max(w.Deps.Limits.Unlocks.Max-used-1, 0); err != nil || left.N != min {
				t.Errorf("%d unlockings before: %d are left, want %d, %v", used, left.N, min, err)
			}
		})
	}
}
