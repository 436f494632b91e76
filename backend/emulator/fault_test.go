package emulator_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"ventanilla/backend"
	"ventanilla/backend/emulator"
	"ventanilla/backend/secret"
)

func secretText(s string) secret.Text { return secret.Text(s) }

func fail(t *testing.T, w *world, f emulator.Fault) {
	t.Helper()
	if err := w.Fail(f); err != nil {
		t.Fatal(err)
	}
}

func TestEveryFaultIsSaidToBeTemporaryAndNothingIsDoneTwice(t *testing.T) {
	for _, test := range []struct {
		kind string
		code backend.Code
	}{
		{emulator.FaultDown, backend.Unavailable}, {emulator.FaultLost, backend.Unavailable}, {emulator.FaultTimeout, backend.Unavailable},
		{emulator.Fault500, backend.Internal}, {emulator.Fault503, backend.Unavailable}, {emulator.Fault429, backend.RateLimited},
		{emulator.FaultGarbage, backend.Internal},
	} {
		t.Run(test.kind, func(t *testing.T) {
			w := start(t)
			impatient, err := backend.New(backend.Config{URL: w.url, Token: token, Timeout: 1500 * time.Millisecond, Try: time.Second})
			if err != nil {
				t.Fatal(err)
			}
			fail(t, w, emulator.Fault{Kind: test.kind, Times: -1})
			ask := reset(w.proof("mseg-1001", juanAddr))
			began := time.Now()
			_, err = impatient.Reset(t.Context(), "op", portal, "mseg-1001", ask)
			e, ok := errors.AsType[*backend.Error](err)
			if !ok || e.Code != test.code || !e.Later() {
				t.Errorf("got %v, want %v", err, test.code)
			}
			if took := time.Since(began); took > 10*time.Second {
				t.Errorf("a call of 1.5 s took %v", took)
			}
			w.Heal()
			if _, err := w.client.Reset(t.Context(), "op", portal, "mseg-1001", ask); err != nil {
				t.Errorf("after healing: %v", err)
			}
			if got := w.effects(t, "mseg-1001"); !slices.Equal(got, []string{emulator.PasswordSet, emulator.Unlocked}) {
				t.Errorf("got %v", got)
			}
		})
	}
}

func TestAPassingFaultIsNotNoticed(t *testing.T) {
	for _, kind := range []string{emulator.FaultDown, emulator.FaultLost, emulator.Fault500, emulator.Fault503} {
		w := start(t)
		fail(t, w, emulator.Fault{Kind: kind, Times: 2})
		if _, err := w.client.Reset(t.Context(), "op", portal, "mseg-1001", reset(w.proof("mseg-1001", juanAddr))); err != nil {
			t.Errorf("%s: got %v", kind, err)
		}
		if got := w.effects(t, "mseg-1001"); len(got) != 2 {
			t.Errorf("%s: got %v", kind, got)
		}
	}
}

func TestASlowCoreStillAnswers(t *testing.T) {
	w := start(t)
	fail(t, w, emulator.Fault{Kind: emulator.FaultSlow, Times: 1, Delay: 50 * time.Millisecond})
	began := time.Now()
	if _, err := w.client.Account(t.Context(), portal, "mseg-1001"); err != nil || time.Since(began) < 50*time.Millisecond {
		t.Errorf("got %v after %v", err, time.Since(began))
	}
}

func TestAFaultThatDoesNotExistIsRefused(t *testing.T) {
	w := start(t)
	for _, f := range []emulator.Fault{{Kind: "flood", Times: 1}, {Kind: emulator.FaultDown}} {
		if w.Fail(f) == nil {
			t.Errorf("%+v was taken", f)
		}
	}
}
