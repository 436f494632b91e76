package main

import (
	"context"
	"errors"
	"fmt"

	"ventanilla/cmd/ventanilla/app"
	"ventanilla/cmd/ventanilla/door"
	"ventanilla/cmd/ventanilla/settings"
	"ventanilla/store"
	"ventanilla/store/boltkv"
)

// onStore does something with a store: through the door of the program that runs
// on it, or, if there is none, with the file itself.
func onStore(ctx context.Context, s *settings.Settings, running func(door.Client) error, resting func(*app.Vault) error) error {
	err := running(door.Knock(s.Store))
	if !errors.Is(err, door.ErrNobody) {
		return err
	}
	v, err := app.OpenVault(ctx, s)
	if err != nil {
		return inWords(s, s.Store, err)
	}
	return errors.Join(resting(v), v.Close())
}

// inWords adds to an error about a store file what the operator can do about it.
func inWords(s *settings.Settings, file string, err error) error {
	advice := ""
	switch {
	case errors.Is(err, boltkv.ErrInUse):
		advice = "another program has it open and does not answer at " + door.Path(s.Store) + "; stop that one first"
	case errors.Is(err, boltkv.ErrDamaged), errors.Is(err, store.ErrSealed):
		advice = "the file is not whole any more; use another backup"
	case errors.Is(err, boltkv.ErrForeign):
		advice = "the file is no store and no backup of ventanilla; is this the right one?"
	case errors.Is(err, store.ErrWrongKeys):
		advice = "it was written with other keys than those of " + keysPlace(s) + "; bring the key file that was in use then (or, if these are the keys, the file is not whole: use another backup)"
	default:
		return err
	}
	return fmt.Errorf("%s: %s: %w", file, advice, err)
}

func keysPlace(s *settings.Settings) string {
	if s.Keys.File == "" {
		return "the environment"
	}
	return s.Keys.File
}
