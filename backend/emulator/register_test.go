package emulator_test

import (
	"errors"
	"testing"
	"testing/fstest"
	"time"

	"ventanilla/backend"
	"ventanilla/backend/emulator"
)

const (
	lucia     = "mseg-1009"
	luciaAddr = "lucia.benitez@correo.example"
	luciaKey  = "MSEG-7K4P-2QXD"
)

func registration(e backend.Evidence) backend.Registration {
	return backend.Registration{Account: lucia, Username: "lbenitez", Password: fresh, Evidence: e}
}

func wantRejected(t *testing.T, err error, reason string) {
	t.Helper()
	if e, ok := errors.AsType[*backend.Error](err); !ok || e.Code != backend.Rejected || e.Reason != reason {
		t.Errorf("got %v, want rejected: %s", err, reason)
	}
}

// RULES: reg.proof
func TestARegistrationRestsOnAKnownAddressAnInvitationOrAnAgent(t *testing.T) {
	for name, r := range map[string]func(w *world) backend.Registration{
		"a known address": func(w *world) backend.Registration { return registration(w.proof(lucia, luciaAddr)) },
		"an invitation": func(w *world) backend.Registration {
			r := registration(backend.Evidence{Account: lucia, Method: backend.MethodInvitation, At: w.clock()})
			r.Invitation = "mseg 7k4p-2qxd"
			return r
		},
		"an agent": func(w *world) backend.Registration {
			return registration(backend.Evidence{Account: lucia, Method: backend.MethodAgent, At: w.clock()})
		},
	} {
		w := start(t)
		got, err := w.client.Register(t.Context(), "op", portal, r(w))
		if err != nil || got.Username != "lbenitez" || !got.OpensAt.IsZero() {
			t.Errorf("%s: got %+v, %v", name, got, err)
		}
		w.signIn(t, "lbenitez", fresh, emulator.OK)
		_, err = w.client.Register(t.Context(), "op-2", portal, r(w))
		wantRejected(t, err, backend.ReasonRegistered)
	}
}

// RULES: reg.proof
func TestARegistrationOnDataAloneWaitsThreeDays(t *testing.T) {
	w := start(t)
	r := registration(backend.Evidence{Account: lucia, Method: backend.MethodData, Address: "nueva@correo.example", At: w.clock()})
	r.Email = "nueva@correo.example"
	got, err := w.client.Register(t.Context(), "op", portal, r)
	if err != nil || got.OpensAt.Sub(w.clock()) != 72*time.Hour {
		t.Fatalf("got %+v, %v", got, err)
	}
	w.signIn(t, "lbenitez", fresh, emulator.LockedNow)
	if s := w.state(t, lucia); s.OpensAt.IsZero() {
		t.Errorf("got %+v", s)
	}
	w.advance(72 * time.Hour)
	w.signIn(t, "lbenitez", fresh, emulator.OK)
}

// RULES: reg.proof
func TestARegistrationOnANewlyTypedAddressIsRefused(t *testing.T) {
	w := start(t)
	r := registration(w.proof(lucia, "nueva@correo.example"))
	r.Email = "nueva@correo.example"
	if _, err := w.client.Register(t.Context(), "op", portal, r); backend.CodeOf(err) != backend.BadEvidence {
		t.Errorf("got %v", err)
	}
	stolen := registration(backend.Evidence{Account: lucia, Method: backend.MethodInvitation, At: w.clock()})
	stolen.Invitation = "MSEG-0000-0000"
	if _, err := w.client.Register(t.Context(), "op-2", portal, stolen); backend.CodeOf(err) != backend.BadEvidence {
		t.Errorf("an invitation that does not exist: got %v", err)
	}
	if s := w.state(t, lucia); s.Registered {
		t.Error("it was opened")
	}
}

// RULES: reg.proof
func TestAnInvitationOpensOnlyTheAccountItIsFor(t *testing.T) {
	seeds := fstest.MapFS{"club.yaml": {Data: []byte(`
portal: club
people:
  - {id: ana, given_name: Ana, invitation: AAA-1, accounts: [{id: c-1, unregistered: true}]}
  - {id: eva, given_name: Eva, invitation: EEE-2, accounts: [{id: c-2, unregistered: true}]}
`)}}
	w := start(t, func(o *emulator.Options) { o.Seeds = seeds })
	open := func(op, account, key string) error {
		_, err := w.client.Register(t.Context(), op, "club", backend.Registration{Account: account, Invitation: key, Password: fresh,
			Evidence: backend.Evidence{Account: account, Method: backend.MethodInvitation, At: w.clock()}})
		return err
	}
	if err := open("op-1", "c-2", "AAA-1"); backend.CodeOf(err) != backend.BadEvidence {
		t.Errorf("another's invitation: got %v", err)
	}
	if err := open("op-2", "c-2", "eee2"); err != nil {
		t.Error(err)
	}
}

func TestAUsernameOfSomebodyElseIsTakenAndNoneIsMadeUp(t *testing.T) {
	w := start(t)
	r := registration(w.proof(lucia, luciaAddr))
	r.Username = " GIbanez"
	_, err := w.client.Register(t.Context(), "op", portal, r)
	wantRejected(t, err, backend.ReasonTaken)
	r.Username = ""
	got, err := w.client.Register(t.Context(), "op-2", portal, r)
	if err != nil || got.Username == "" {
		t.Fatalf("got %+v, %v", got, err)
	}
	w.signIn(t, got.Username, fresh, emulator.OK)
}

func TestAnInvitationIsCheckedUsedOnceAndEnds(t *testing.T) {
	w := start(t)
	got, err := w.client.Invitation(t.Context(), portal, " mseg7k4p2qxd ")
	if err != nil || got.Account != lucia {
		t.Fatalf("got %+v, %v", got, err)
	}
	if _, err := w.client.Invitation(t.Context(), portal, "MSEG-7K4P-2QXE"); backend.CodeOf(err) != backend.NotFound {
		t.Errorf("another key: got %v", err)
	}
	late := start(t)
	late.advance(got.ExpiresAt.Sub(late.clock()))
	_, err = late.client.Invitation(t.Context(), portal, luciaKey)
	wantRejected(t, err, backend.ReasonExpired)

	r := registration(backend.Evidence{Account: lucia, Method: backend.MethodInvitation, At: w.clock()})
	r.Invitation = luciaKey
	if _, err := w.client.Register(t.Context(), "op", portal, r); err != nil {
		t.Fatal(err)
	}
	_, err = w.client.Invitation(t.Context(), portal, luciaKey)
	wantRejected(t, err, backend.ReasonUsed)
}

// RULES: contact.change
func TestANewAddressTakesAProofOfItsOwn(t *testing.T) {
	w := start(t)
	change := func(op, proven string) (backend.Account, error) {
		return w.client.ChangeContact(t.Context(), op, portal, "mseg-1005", backend.Contact{
			Evidence: w.proof("mseg-1005", "graciela@correo.example"),
			Email:    &backend.NewEmail{Email: "graciela@nueva.example", Replaces: "e1", Evidence: w.proof("mseg-1005", proven)},
		})
	}
	if _, err := change("op-1", "graciela@correo.example"); backend.CodeOf(err) != backend.BadEvidence {
		t.Errorf("the old address proven twice: got %v", err)
	}
	got, err := change("op-2", "graciela@nueva.example")
	if err != nil || len(got.Addresses) != 1 || got.Addresses[0].Email != "graciela@nueva.example" || got.Postal.City != "La Plata" {
		t.Errorf("got %+v, %v", got, err)
	}
	_, err = w.client.Unlock(t.Context(), "op-3", portal, "mseg-1005", w.proof("mseg-1005", "graciela@correo.example"))
	if backend.CodeOf(err) != backend.BadEvidence {
		t.Errorf("the old address still proves: %v", err)
	}
}

func TestAPhoneIsAddedAndReplaced(t *testing.T) {
	w := start(t)
	put := func(op, number, replaces string) (backend.Account, error) {
		return w.client.ChangeContact(t.Context(), op, portal, "mseg-1005", backend.Contact{
			Evidence: w.proof("mseg-1005", "graciela@correo.example"), Phone: &backend.NewPhone{Number: number, Replaces: replaces}})
	}
	if got, err := put("op-1", "+5492215550200", ""); err != nil || len(got.Phones) != 2 {
		t.Errorf("got %+v, %v", got.Phones, err)
	}
	if got, err := put("op-2", "+5492215550201", "t1"); err != nil || len(got.Phones) != 2 || got.Phones[0].Number != "+5492215550201" {
		t.Errorf("got %+v, %v", got.Phones, err)
	}
	if _, err := put("op-3", "+5492215550202", "t9"); backend.CodeOf(err) != backend.NotFound {
		t.Errorf("got %v", err)
	}
}
