package emulator_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"ventanilla/backend"
	"ventanilla/backend/emulator"
)

func reset(e backend.Evidence) backend.ResetRequest {
	return backend.ResetRequest{Password: fresh, Unlock: true, Evidence: e}
}

// RULES: reset.unlocks
func TestAResetSetsThePasswordAndUnlocksAtOnce(t *testing.T) {
	w := start(t)
	w.signIn(t, "jrledesma", "Boca Juniors del 78", emulator.LockedNow)
	got, err := w.client.Reset(t.Context(), "op-1", portal, "mseg-1001", reset(w.proof("mseg-1001", juanAddr)))
	want := backend.ResetResult{Password: backend.Part{Outcome: backend.Done}, Unlock: backend.Part{Outcome: backend.Done}}
	if err != nil || got != want {
		t.Fatalf("got %+v, %v; want %+v", got, err, want)
	}
	w.signIn(t, "jrledesma", fresh, emulator.OK)
	w.signIn(t, "jrledesma", "Boca Juniors del 78", emulator.Wrong)
}

func TestAdrianasResetWorksThisTime(t *testing.T) {
	w := start(t)
	w.signIn(t, "asosa", "asosa", emulator.Wrong)
	if s := w.state(t, "mseg-1003"); !s.MustChange {
		t.Fatalf("her story begins with %+v", s)
	}
	if _, err := w.client.Reset(t.Context(), "op-1", portal, "mseg-1003", reset(w.proof("mseg-1003", "Adriana@Correo.example "))); err != nil {
		t.Fatal(err)
	}
	w.signIn(t, "asosa", fresh, emulator.OK)
}

// RULES: link.twice
func TestTheSameKeyActsOnce(t *testing.T) {
	w := start(t)
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			if _, err := w.client.Reset(t.Context(), "op-1", portal, "mseg-1001", reset(w.proof("mseg-1001", juanAddr))); err != nil {
				t.Errorf("got %v", err)
			}
		})
	}
	group.Wait()
	if got := w.effects(t, "mseg-1001"); !slices.Equal(got, []string{emulator.PasswordSet, emulator.Unlocked}) {
		t.Errorf("got %v", got)
	}
	w.advance(8 * 24 * time.Hour)
	if _, err := w.client.Reset(t.Context(), "op-1", portal, "mseg-1001", reset(w.proof("mseg-1001", juanAddr))); err != nil {
		t.Fatal(err)
	}
	if got := w.effects(t, "mseg-1001"); len(got) != 3 {
		t.Errorf("after 7 days the key is free: got %v", got)
	}
}

func TestTheSameKeyForSomethingElseIsRefused(t *testing.T) {
	w := start(t)
	e := w.proof("mseg-1001", juanAddr)
	if _, err := w.client.Reset(t.Context(), "op-1", portal, "mseg-1001", reset(e)); err != nil {
		t.Fatal(err)
	}
	other := reset(e)
	other.Password = "otra clave distinta 77"
	_, err := w.client.Reset(t.Context(), "op-1", portal, "mseg-1001", other)
	if got := backend.CodeOf(err); got != backend.IdempotencyMismatch {
		t.Errorf("another password: got %v", err)
	}
	_, err = w.client.Unlock(t.Context(), "op-1", portal, "mseg-1001", e)
	if got := backend.CodeOf(err); got != backend.IdempotencyMismatch {
		t.Errorf("another operation: got %v", err)
	}
	w.signIn(t, "jrledesma", fresh, emulator.OK)
}

// RULES: reset.unlocks
func TestARetryDoesOnlyTheMissingPart(t *testing.T) {
	for _, test := range []struct {
		fault  string
		first  backend.ResetResult
		second func(backend.ResetRequest) backend.ResetRequest
	}{
		{emulator.PartialUnlock,
			backend.ResetResult{Password: backend.Part{Outcome: backend.Done}, Unlock: backend.Part{Outcome: backend.Failed, Reason: "directory"}},
			func(r backend.ResetRequest) backend.ResetRequest { r.Password = ""; return r }},
		{emulator.PartialPassword,
			backend.ResetResult{Password: backend.Part{Outcome: backend.Failed, Reason: "directory"}, Unlock: backend.Part{Outcome: backend.Done}},
			func(r backend.ResetRequest) backend.ResetRequest { r.Unlock = false; return r }},
	} {
		t.Run(test.fault, func(t *testing.T) {
			w := start(t)
			fail(t, w, emulator.Fault{Kind: test.fault, Times: 1})
			ask := reset(w.proof("mseg-1001", juanAddr))
			for range 2 { // the kept answer says the same
				if got, err := w.client.Reset(t.Context(), "op-1", portal, "mseg-1001", ask); err != nil || got != test.first {
					t.Fatalf("got %+v, %v; want %+v", got, err, test.first)
				}
			}
			if _, err := w.client.Reset(t.Context(), "op-2", portal, "mseg-1001", test.second(ask)); err != nil {
				t.Fatal(err)
			}
			kinds := w.effects(t, "mseg-1001")
			slices.Sort(kinds)
			if !slices.Equal(kinds, []string{emulator.PasswordSet, emulator.Unlocked}) {
				t.Errorf("got %v", kinds)
			}
			w.signIn(t, "jrledesma", fresh, emulator.OK)
		})
	}
}

// RULES: harm.none
func TestNothingChangesWithoutEvidence(t *testing.T) {
	w := start(t)
	good := w.proof("mseg-1001", juanAddr)
	for name, e := range map[string]backend.Evidence{
		"an address of another account": {Account: "mseg-1001", Method: backend.MethodCode, Address: "jr.ledesma@escuela.example", At: good.At},
		"no address":                    {Account: "mseg-1001", Method: backend.MethodCode, At: good.At},
		"data alone":                    {Account: "mseg-1001", Method: backend.MethodData, Address: juanAddr, At: good.At},
		"two hours old":                 {Account: "mseg-1001", Method: backend.MethodCode, Address: juanAddr, At: good.At.Add(-2 * time.Hour)},
		"from tomorrow":                 {Account: "mseg-1001", Method: backend.MethodCode, Address: juanAddr, At: good.At.Add(24 * time.Hour)},
		"of somebody else":              {Account: "mseg-1004", Method: backend.MethodCode, Address: juanAddr, At: good.At},
	} {
		op := strings.ReplaceAll(name, " ", "-")
		if _, err := w.client.Reset(t.Context(), "r-"+op, portal, "mseg-1001", reset(e)); backend.CodeOf(err) != backend.BadEvidence {
			t.Errorf("reset with %s: got %v", name, err)
		}
		if _, err := w.client.Unlock(t.Context(), "u-"+op, portal, "mseg-1001", e); backend.CodeOf(err) != backend.BadEvidence {
			t.Errorf("unlock with %s: got %v", name, err)
		}
	}
	forger, err := backend.New(backend.Config{URL: w.url, Token: token, EvidenceKey: "another key"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := forger.Reset(t.Context(), "forged", portal, "mseg-1001", reset(good)); backend.CodeOf(err) != backend.BadEvidence {
		t.Errorf("a forged evidence: got %v", err)
	}
	if got := w.effects(t, "mseg-1001"); len(got) > 0 {
		t.Errorf("got %v", got)
	}
}

func TestAWeakPasswordIsRefusedWholeAndSaysWhy(t *testing.T) {
	w := start(t)
	for i, test := range []struct {
		password string
		want     []backend.Rule
	}{
		{"corta", []backend.Rule{backend.MinLength, backend.Digit}},
		{"sin ninguna cifra por aquí", []backend.Rule{backend.Digit}},
		{"JRLedesma", []backend.Rule{backend.Digit, backend.Username}},
		{strings.Repeat("largo ", 11) + "9", []backend.Rule{backend.MaxLength}},
	} {
		ask := reset(w.proof("mseg-1001", juanAddr))
		ask.Password = secretText(test.password)
		_, err := w.client.Reset(t.Context(), fmt.Sprint("op-", i), portal, "mseg-1001", ask)
		e, ok := errors.AsType[*backend.Error](err)
		if !ok || e.Code != backend.WeakPassword || !slices.Equal(e.Violated, test.want) || e.Later() {
			t.Errorf("%q: got %v, want %v", test.password, err, test.want)
		}
	}
	if s := w.state(t, "mseg-1001"); !s.Locked || len(w.effects(t, "mseg-1001")) > 0 {
		t.Errorf("something was done: %+v", s)
	}
}

func TestOnlyAnOpenAccountCanBeReset(t *testing.T) {
	w := start(t)
	_, err := w.client.Reset(t.Context(), "op", portal, "mseg-1009", reset(w.proof("mseg-1009", "lucia.benitez@correo.example")))
	if e, ok := errors.AsType[*backend.Error](err); !ok || e.Code != backend.Rejected || e.Reason != backend.ReasonUnregistered {
		t.Errorf("got %v", err)
	}
}

func TestAnUnlockKeepsThePassword(t *testing.T) {
	w := start(t)
	for _, want := range []backend.Outcome{backend.Done, backend.NotNeeded} {
		got, err := w.client.Unlock(t.Context(), "op-"+string(want), portal, "mseg-1004", w.proof("mseg-1004", "marcos.villalba@correo.example"))
		if err != nil || got.Outcome != want {
			t.Errorf("got %v, %v; want %v", got, err, want)
		}
	}
	w.signIn(t, "mvillalba", "patrullero 4417 azul", emulator.OK)
}
