package emulator

import (
	"context"
	"path/filepath"
	"testing"
	"testing/fstest"
	"testing/synctest"

	"ventanilla/backend"
	"ventanilla/backend/coreapi"
)

var oneMember = fstest.MapFS{"club.yaml": {Data: []byte(`
portal: club
people: [{id: ana, accounts: [{id: c-1, username: ana, password: un gol de media cancha}]}]
`)}}

// A password is compared outside the transaction; if it ended meanwhile it must not count.
func TestAPasswordThatEndsWhileItIsComparedDoesNotCount(t *testing.T) {
	for name, try := range map[string]func(context.Context, *Emulator) (counts bool, err error){
		"to sign in": func(ctx context.Context, e *Emulator) (bool, error) {
			r, err := e.SignIn(ctx, "club", "ana", "un gol de media cancha")
			return r != Wrong, err
		},
		"to change": func(ctx context.Context, e *Emulator) (bool, error) {
			err := e.changeOnPage(ctx, e.portals["club"], "ana", coreapi.ChangeRequest{Current: "un gol de media cancha", Password: "la nueva"})
			return err == nil, ignore(err, backend.Unavailable)
		},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "core.db")
			synctest.Test(t, func(t *testing.T) { endWhile(t, path, try) })
		})
	}
}

// endWhile holds the only hashing slot, so that try has read the account and waits
// to compare while the password is replaced.
func endWhile(t *testing.T, path string, try func(context.Context, *Emulator) (bool, error)) {
	e, err := Open(path, Options{Token: "a-token-for-tests", Seeds: oneMember, Hashing: 1, NoSync: true, HashMemory: 64})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = e.Close() }()
	other, err := e.hash.make(t.Context(), "otra clave")
	if err != nil {
		t.Fatal(err)
	}
	e.hash.slots <- struct{}{}
	done := make(chan bool, 1)
	go func() {
		counts, err := try(t.Context(), e)
		if err != nil {
			t.Error(err)
		}
		done <- counts
	}()
	synctest.Wait()
	err = e.update("reset", func(b *book) error {
		r, err := b.account("club", "c-1")
		if err != nil {
			return err
		}
		r.setPassword(other)
		return b.save(r)
	})
	if err != nil {
		t.Fatal(err)
	}
	<-e.hash.slots
	if <-done {
		t.Error("it counted")
	}
	if r, err := e.record("club", "c-1"); err != nil || r.Hash != other {
		t.Errorf("the password is another again, %v", err)
	}
}
