package store

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

var (
	// ErrWrongKeys is returned when a store was written with other keys than those given.
	ErrWrongKeys = errors.New("store: these are not the keys of this store")
	// ErrNoKeys is returned when a store holds data and its key file is missing.
	// A new key file is made only for an empty store (RULES: data.sealed).
	ErrNoKeys = errors.New("store: the store holds data but its key file is missing")
)

// keysRecord is what a store remembers of its keys. It is not sealed and holds no key.
type keysRecord struct {
	Fingerprint string   `json:"fingerprint"` // of the naming key and the root
	Sealing     []string `json:"sealing"`     // ids of the sealing keys that entries may be sealed with
}

// ReadKeyring reads the key file at path and never makes one. A file that others
// can read is refused; one that is not there is [fs.ErrNotExist].
func ReadKeyring(path string) (*Keyring, error) {
	b, err := readKeyFile(path)
	if err != nil {
		return nil, err
	}
	return ParseKeyring(b)
}

// LoadKeyring reads the key file at path. If it does not exist and kv is empty,
// it draws new keys and writes the file (0600); if kv holds data it returns
// [ErrNoKeys]. A file that others can read is refused.
func LoadKeyring(ctx context.Context, path string, kv KV, random io.Reader) (*Keyring, error) {
	if k, err := ReadKeyring(path); !errors.Is(err, fs.ErrNotExist) {
		return k, err
	}
	if err := mustBeEmpty(ctx, kv); err != nil {
		return nil, err
	}
	k, err := NewKeyring(random)
	if err != nil {
		return nil, err
	}
	return k, WriteKeyring(path, k)
}

func readKeyFile(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("opening the key file: %w", err)
	}
	defer func() { _ = f.Close() }()
	info, err := f.Stat()
	if err != nil {
		return nil, fmt.Errorf("looking at the key file: %w", err)
	}
	if info.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("the key file %s can be read by others: chmod 600 it", path)
	}
	b, err := io.ReadAll(io.LimitReader(f, 1<<20))
	if err != nil {
		return nil, fmt.Errorf("reading the key file: %w", err)
	}
	return b, nil
}

func mustBeEmpty(ctx context.Context, kv KV) error {
	es, err := kv.List(ctx, "", "", 1)
	if err != nil {
		return fmt.Errorf("looking whether the store is empty: %w", err)
	}
	if len(es) > 0 {
		return ErrNoKeys
	}
	return nil
}

// WriteKeyring writes keys to path, replacing what is there in one step; a power
// cut leaves the old file or the new one.
func WriteKeyring(path string, k *Keyring) error {
	dir := filepath.Dir(path)
	f, err := os.CreateTemp(dir, ".keys-*") // 0600
	if err != nil {
		return fmt.Errorf("writing the key file: %w", err)
	}
	defer func() { _ = os.Remove(f.Name()) }()
	_, err = f.Write(k.Marshal())
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err == nil {
		err = syncDir(dir)
	}
	if err != nil {
		return fmt.Errorf("writing the key file: %w", err)
	}
	return nil
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// remember compares k with what kv remembers of its keys, and notes k in an empty kv
// and a rotated sealing key in any.
func remember(ctx context.Context, kv KV, k *Keyring) error {
	for {
		r, rev, err := recall(ctx, kv)
		if errors.Is(err, ErrNotFound) {
			if err = mustBeEmpty(ctx, kv); errors.Is(err, ErrNoKeys) {
				return fmt.Errorf("%w: it does not remember any", ErrWrongKeys)
			}
			r.Fingerprint = k.fingerprint()
		}
		if err != nil {
			return err
		}
		if err := r.fits(k); err != nil {
			return err
		}
		first := k.seals[0].hexID()
		if slices.Contains(r.Sealing, first) {
			return nil
		}
		r.Sealing = append(r.Sealing, first)
		if err = record(ctx, kv, r, rev); !errors.Is(err, ErrConflict) {
			return err
		}
	}
}

func recall(ctx context.Context, kv KV) (r keysRecord, rev uint64, err error) {
	e, err := kv.Get(ctx, keysEntry)
	if err != nil {
		return r, 0, fmt.Errorf("reading the fingerprint of the keys: %w", err)
	}
	if err := json.Unmarshal(e.Value, &r); err != nil {
		return r, 0, fmt.Errorf("reading the fingerprint of the keys: %w", err)
	}
	return r, e.Rev, nil
}

func record(ctx context.Context, kv KV, r keysRecord, rev uint64) error {
	b, err := json.Marshal(r)
	if err == nil {
		_, err = kv.Put(ctx, Entry{Key: keysEntry, Value: b, Rev: rev})
	}
	if err != nil {
		return fmt.Errorf("noting the fingerprint of the keys: %w", err)
	}
	return nil
}

// fits returns nil if k can open all that the store holds.
func (r keysRecord) fits(k *Keyring) error {
	if r.Fingerprint != k.fingerprint() {
		return ErrWrongKeys
	}
	for _, id := range r.Sealing {
		if !slices.ContainsFunc(k.seals, func(s sealKey) bool { return s.hexID() == id }) {
			return fmt.Errorf("%w: sealing key %s is missing", ErrWrongKeys, id)
		}
	}
	return nil
}

func (s sealKey) hexID() string { return hex.EncodeToString(s.id[:]) }

// fingerprint names the keys that never rotate without telling anything of them.
func (k *Keyring) fingerprint() string {
	return newNamer(k).name("fingerprint", k.Derive("fingerprint").Reveal())
}

// use puts keys to work.
func (s *Store) use(k *Keyring) error {
	sealer, err := newSealer(k, s.random)
	if err != nil {
		return err
	}
	s.sealer.Store(sealer)
	return nil
}

// UseKeys takes a rotated keyring into use while the store is running. It must
// hold every sealing key that entries are still sealed with.
func (s *Store) UseKeys(ctx context.Context, k *Keyring) error {
	if err := remember(ctx, s.kv, k); err != nil {
		return err
	}
	return s.use(k)
}
