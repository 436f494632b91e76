package app

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"slices"
	"time"

	"ventanilla/cmd/ventanilla/door"
	"ventanilla/cmd/ventanilla/settings"
	"ventanilla/store"
	"ventanilla/store/boltkv"
)

// ErrKeysElsewhere is returned when keys are to be changed that stand in no file.
var ErrKeysElsewhere = errors.New("the keys come from the environment, where they cannot be changed: put them into a file (0600) and name it, keys: file:PATH")

// Vault is a store with its keys and nothing running on it: what commands work on
// that are about the data and not about conversations.
type Vault struct {
	file  string // of the keys; "" if they stand in no file
	base  string // where agents open the console
	kv    *boltkv.KV
	store *store.Store
}

// OpenVault opens the store of the settings, which must be there; it makes none.
// It returns [boltkv.ErrInUse] if a program runs on it.
func OpenVault(ctx context.Context, s *settings.Settings) (*Vault, error) {
	if err := mustBeThere(s.Store); err != nil {
		return nil, err
	}
	keys, err := Keys(s)
	if err != nil {
		return nil, err
	}
	kv, err := boltkv.Open(s.Store, boltkv.Options{Sweep: 24 * time.Hour})
	if err != nil {
		return nil, fmt.Errorf("opening the store: %w", err)
	}
	st, err := store.New(ctx, kv, store.Options{Keys: keys, Random: rand.Reader})
	if err != nil {
		return nil, errors.Join(fmt.Errorf("opening the store: %w", err), kv.Close())
	}
	return &Vault{file: s.Keys.File, base: s.Console.Base(), kv: kv, store: st}, nil
}

// mustBeThere keeps a wrong path from making a new store.
func mustBeThere(path string) error {
	if _, err := os.Stat(path); err != nil {
		return fmt.Errorf("looking for the store: %w", err)
	}
	return nil
}

// Close closes the store.
func (v *Vault) Close() error { return v.kv.Close() }

// Keys reads the keys of the settings and never makes any.
func Keys(s *settings.Settings) (*store.Keyring, error) {
	if s.Keys.File == "" {
		return store.ParseKeyring([]byte(s.Keys.Text.Reveal()))
	}
	k, err := store.ReadKeyring(s.Keys.File)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("the keys, %s, are missing: bring that file back (it cannot be made anew)", s.Keys.File)
	}
	return k, err
}

// Backup writes a consistent copy of the store (RULES: data.backup).
func (v *Vault) Backup(ctx context.Context, w io.Writer) error { return v.kv.Backup(ctx, w) }

// Rotate adds a sealing key and seals every entry anew, in small batches, while the
// store works; it returns how many it sealed (RULES: data.sealed). The key is in
// the file before anything is sealed with it, and the older ones stay there, so a
// power cut at any moment costs nothing but the rest of the work.
func (v *Vault) Rotate(ctx context.Context) (sealed int, err error) {
	k, err := v.fromFile(ctx)
	if err != nil {
		return 0, err
	}
	if err := k.Rotate(rand.Reader); err != nil {
		return 0, err
	}
	if err := store.WriteKeyring(v.file, k); err != nil {
		return 0, err
	}
	if err := v.store.UseKeys(ctx, k); err != nil {
		return 0, fmt.Errorf("using the new key: %w", err)
	}
	return v.store.Rekey(ctx)
}

// Forget takes the older sealing keys out of the file, after looking that nothing
// is sealed with them; it returns how many. A program that runs remembers them until it ends.
func (v *Vault) Forget(ctx context.Context) (keys int, err error) {
	k, err := v.fromFile(ctx)
	if err != nil {
		return 0, err
	}
	if _, err := v.store.Rekey(ctx); err != nil {
		return 0, err
	}
	if keys = k.Older(); keys == 0 {
		return 0, nil
	}
	k.Retire()
	return keys, store.WriteKeyring(v.file, k)
}

// fromFile reads the key file as it is now and takes it into use. One that is not
// this store's is refused, and so never written over.
func (v *Vault) fromFile(ctx context.Context) (*store.Keyring, error) {
	if v.file == "" {
		return nil, ErrKeysElsewhere
	}
	k, err := store.ReadKeyring(v.file)
	if err != nil {
		return nil, err
	}
	if err := v.store.UseKeys(ctx, k); err != nil {
		return nil, fmt.Errorf("looking at %s: %w", v.file, err)
	}
	return k, nil
}

// works is a running program as those who knock at its door see it.
type works struct{ *App }

var _ door.Works = works{}

func (w works) vault() *Vault {
	return &Vault{file: w.settings.Keys.File, base: w.settings.Console.Base(), kv: w.kv, store: w.store}
}

// Backup implements [door.Works].
func (w works) Backup(ctx context.Context, to io.Writer) error {
	err := w.kv.Backup(ctx, to)
	w.opt.Log.Info("backup", "err", err)
	return err
}

// Rotate implements [door.Works]. Two at once would each drop the other's key.
func (w works) Rotate(ctx context.Context) (int, error) {
	return w.keyWork(ctx, "sealing key added", w.vault().Rotate)
}

// Forget implements [door.Works].
func (w works) Forget(ctx context.Context) (int, error) {
	return w.keyWork(ctx, "sealing keys forgotten", w.vault().Forget)
}

func (w works) keyWork(ctx context.Context, what string, work func(context.Context) (int, error)) (int, error) {
	w.rotating.Lock()
	defer w.rotating.Unlock()
	n, err := work(ctx)
	w.opt.Log.Info(what, "n", n, "err", err)
	return n, err
}

// Status implements [door.Works].
func (w works) Status(ctx context.Context) (door.Status, error) {
	s := door.Status{Version: w.opt.Version, Since: w.since, Public: w.settings.Public.Listen, Portals: slices.Sorted(maps.Keys(w.profiles))}
	if err := w.able(ctx); err != nil {
		s.Trouble = err.Error()
	}
	if w.bounces != nil {
		now := w.bounces.State()
		s.Bounces = &now
	}
	return s, nil
}
