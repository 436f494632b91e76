package store_test

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"ventanilla/flows"
	"ventanilla/store"
	"ventanilla/store/boltkv"
)

func newKeys(t testing.TB) *store.Keyring {
	t.Helper()
	k, err := store.NewKeyring(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestAKeyringIsReadAsItWasWritten(t *testing.T) {
	k := newKeys(t)
	if err := k.Rotate(rand.Reader); err != nil {
		t.Fatal(err)
	}
	b := k.Marshal()
	again, err := store.ParseKeyring(b)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(again.Marshal(), b) || again.Derive("codes") != k.Derive("codes") {
		t.Fatal("it changed")
	}
}

func TestDerivedKeysDifferByPurposeAndOutliveRotation(t *testing.T) {
	k := newKeys(t)
	codes := k.Derive("codes").Reveal()
	if len(codes) != 32 || codes == k.Derive("links").Reveal() || codes == newKeys(t).Derive("codes").Reveal() {
		t.Fatal("two purposes, or two keyrings, have the same key")
	}
	if err := k.Rotate(rand.Reader); err != nil {
		t.Fatal(err)
	}
	if k.Derive("codes").Reveal() != codes {
		t.Fatal("rotation changed a derived key")
	}
}

func TestABrokenKeyFileIsRefusedWithTheLineAndNoKey(t *testing.T) {
	good := strings.Split(strings.TrimSpace(string(newKeys(t).Marshal())), "\n") // two comments, top, naming, root, sealing
	join := func(lines ...string) string { return strings.Join(lines, "\n") }
	for name, c := range map[string]struct{ file, want string }{
		"empty":             {"", "must hold"},
		"no first line":     {join(good[3:]...), "line 1"},
		"no naming key":     {join(good[2], good[4], good[5]), "must hold"},
		"no sealing key":    {join(good[2], good[3], good[4]), "must hold"},
		"two naming keys":   {join(good[2], good[3], good[3]), "line 3"},
		"a key twice":       {join(append(good, good[5])...), "line 7"},
		"a short key":       {join(good[2], good[3][:60]), "line 2"},
		"no hex":            {join(good[2], "naming "+strings.Repeat("z", 64)), "line 2"},
		"an unknown word":   {join(good[2], "secret "+strings.Repeat("a", 64)), "line 2"},
		"a very long line":  {join(good[2], strings.Repeat("a", 1<<17)), "too long"},
		"a newer version":   {"ventanilla-keys 2\n" + join(good[3:]...), "line 1"},
		"something else":    {"-----BEGIN PRIVATE KEY-----", "line 1"},
		"binary":            {"\x00\x01\x02", "line 1"},
		"a key, no newline": {join(good[2], good[3], good[4], "sealing"), "line 4"},
	} {
		_, err := store.ParseKeyring([]byte(c.file))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", name, err, c.want)
			continue
		}
		for _, line := range good[3:] {
			if _, key, _ := strings.Cut(line, " "); strings.Contains(err.Error(), key[:16]) {
				t.Errorf("%s: the error shows a key", name)
			}
		}
	}
}

// RULES: data.canary
func TestAKeyringCannotPrint(t *testing.T) {
	k := newKeys(t)
	_, err := json.Marshal(k)
	if err == nil {
		t.Error("it marshals")
	}
	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "keys", k, "options", store.Options{Keys: k})
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "keys", k, "options", store.Options{Keys: k})
	shown := log.String() + fmt.Sprintf("%v %+v %#v %s %q %x %v %+v", k, k, k, k, k, k, *k, store.Options{Keys: k})
	for line := range strings.Lines(string(k.Marshal())) {
		word, key, ok := strings.Cut(strings.TrimSpace(line), " ")
		if !ok || word != "naming" && word != "root" && word != "sealing" {
			continue
		}
		raw, err := hex.DecodeString(key)
		if err != nil {
			t.Fatal(err)
		}
		for _, form := range []string{key, string(raw), fmt.Sprintf("%q", raw)[1:20], fmt.Sprint(raw)[1:20]} {
			if strings.Contains(shown, form) {
				t.Errorf("the %s key is shown", word)
			}
		}
	}
}

func FuzzKeyring(f *testing.F) {
	k, err := store.NewKeyring(rand.Reader)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(k.Marshal())
	f.Add([]byte("ventanilla-keys 1\nnaming 00\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		k, err := store.ParseKeyring(b)
		if err != nil {
			return
		}
		again, err := store.ParseKeyring(k.Marshal())
		if err != nil || !bytes.Equal(again.Marshal(), k.Marshal()) {
			t.Fatalf("written again it differs: %v", err)
		}
	})
}

// RULES: data.sealed
func TestAKeyFileIsMadeOnlyForAnEmptyStore(t *testing.T) {
	dir := t.TempDir()
	kv, err := boltkv.Open(filepath.Join(dir, "db"), boltkv.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = kv.Close() }()
	file := filepath.Join(dir, "key")
	keys, err := store.LoadKeyring(t.Context(), file, kv, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("the key file has mode %v, %v", info.Mode(), err)
	}
	if _, err := store.New(t.Context(), kv, store.Options{Keys: keys, Random: rand.Reader}); err != nil {
		t.Fatal(err)
	}
	again, err := store.LoadKeyring(t.Context(), file, kv, rand.Reader)
	if err != nil || !bytes.Equal(again.Marshal(), keys.Marshal()) {
		t.Fatalf("read again it differs: %v", err)
	}
	if err := os.Chmod(file, 0o640); err != nil {
		t.Fatal(err)
	}
	if _, err := store.LoadKeyring(t.Context(), file, kv, rand.Reader); err == nil || !strings.Contains(err.Error(), "chmod") {
		t.Fatalf("a file that others read: got %v", err)
	}
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	if _, err := store.LoadKeyring(t.Context(), file, kv, rand.Reader); !errors.Is(err, store.ErrNoKeys) {
		t.Fatalf("a missing file: got %v, want ErrNoKeys", err)
	}
	if _, err := os.Stat(file); err == nil {
		t.Fatal("a new key file was made for a store with data")
	}
}

// RULES: data.sealed
func TestAStoreOpensOnlyWithItsKeys(t *testing.T) {
	w := newWorld(t)
	w.accept(ana, said("1", "hola"))
	try := func(k *store.Keyring) error {
		o := w.options
		o.Keys = k
		_, err := store.New(t.Context(), w.kv, o)
		return err
	}
	before := len(w.dump())
	if err := try(newKeys(t)); !errors.Is(err, store.ErrWrongKeys) {
		t.Errorf("other keys: got %v, want ErrWrongKeys", err)
	}
	mine, other := strings.Split(string(w.keys.Marshal()), "\n"), strings.Split(string(newKeys(t).Marshal()), "\n")
	for line, what := range map[int]string{3: "naming", 4: "root", 5: "sealing"} {
		mixed := append([]string(nil), mine...)
		mixed[line] = other[line]
		k, err := store.ParseKeyring([]byte(strings.Join(mixed, "\n")))
		if err != nil {
			t.Fatal(err)
		}
		if err := try(k); !errors.Is(err, store.ErrWrongKeys) {
			t.Errorf("another %s key: got %v, want ErrWrongKeys", what, err)
		}
	}
	if err := try(nil); err == nil {
		t.Error("opened without keys")
	}
	if err := try(w.keys); err != nil || len(w.dump()) != before {
		t.Errorf("its own keys: %v; %d entries, want %d", err, len(w.dump()), before)
	}
}

func TestAStoreThatForgotItsKeysIsNotTakenForANewOne(t *testing.T) {
	w := newWorld(t)
	w.accept(ana, said("1", "hola"))
	e, err := w.kv.Get(t.Context(), "meta.keys")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.kv.Put(t.Context(), store.Entry{Key: e.Key, Rev: e.Rev}); err != nil {
		t.Fatal(err)
	}
	if _, err := store.New(t.Context(), w.kv, w.options); !errors.Is(err, store.ErrWrongKeys) {
		t.Fatalf("got %v, want ErrWrongKeys", err)
	}
}

// RULES: data.sealed
func TestSealingKeysRotateWhileTheStoreWorks(t *testing.T) {
	w := newWorld(t, func(o *store.Options) { o.Limits = flows.NoLimits() })
	for i := range 100 {
		w.accept(flows.Key{Portal: "mseg", Channel: "telegram", Person: numbered(i)}, said("1", "hola"))
	}
	rotated, err := store.ParseKeyring(w.keys.Marshal())
	if err != nil {
		t.Fatal(err)
	}
	if err := rotated.Rotate(rand.Reader); err != nil {
		t.Fatal(err)
	}
	if err := w.UseKeys(t.Context(), rotated); err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	wg.Go(func() {
		for i := range 100 {
			if err := w.Accept(t.Context(), ana, said(numbered(i), "hola")); err != nil {
				t.Error(err)
			}
		}
	})
	due := w.dueTimes()
	changed, err := w.Rekey(t.Context())
	wg.Wait()
	if err != nil || changed < 300 {
		t.Fatalf("%d entries changed, %v; want 300 and more", changed, err)
	}
	for key, at := range w.dueTimes() {
		if was, ok := due[key]; ok && was != at && key != "c."+w.Name(ana) {
			t.Errorf("%s was due %v and is due %v", key, was, at)
		}
	}
	w.options.Keys = w.keys
	if _, err := store.New(t.Context(), w.kv, w.options); !errors.Is(err, store.ErrWrongKeys) {
		t.Errorf("the keys of before: got %v, want ErrWrongKeys", err)
	}
	rotated.Retire()
	w.options.Keys = rotated
	w.restart()
	if n, err := store.Verify(t.Context(), w.kv, rotated); err != nil || n < 300 {
		t.Fatalf("without the old key %d entries open, %v", n, err)
	}
	if c := w.load(ana); len(c.Inbox) != 100 {
		t.Fatalf("%d messages, want 100", len(c.Inbox))
	}
}

func (w *world) dueTimes() map[string]int64 {
	m := map[string]int64{}
	for _, e := range w.dump() {
		m[e.Key] = e.Due.UnixNano() ^ e.Expires.UnixNano()
	}
	return m
}

// A rotation that stops half-way leaves a store that both keys together open.
func TestAnInterruptedRekeyGoesOn(t *testing.T) {
	w := newWorld(t)
	for i := range 50 {
		w.accept(flows.Key{Portal: "mseg", Channel: "telegram", Person: numbered(i)}, said("1", "hola"))
	}
	if err := w.keys.Rotate(rand.Reader); err != nil {
		t.Fatal(err)
	}
	w.restart()
	n := 0
	w.cut = func(boltkv.Stage) error {
		if n++; n > 3 {
			return errPower
		}
		return nil
	}
	if _, err := w.Rekey(t.Context()); !errors.Is(err, errPower) {
		t.Fatalf("got %v", err)
	}
	w.restart()
	if _, err := store.Verify(t.Context(), w.kv, w.keys); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Rekey(t.Context()); err != nil {
		t.Fatal(err)
	}
	if again, err := w.Rekey(t.Context()); err != nil || again != 0 {
		t.Fatalf("a second time %d entries changed, %v", again, err)
	}
}

// RULES: data.backup
func TestABackupIsRestoredOnlyWithItsKeys(t *testing.T) {
	w := newWorld(t)
	w.accept(ana, said("1", "hola"))
	var backup bytes.Buffer
	if err := w.kv.Backup(t.Context(), &backup); err != nil {
		t.Fatal(err)
	}
	w.accept(ana, said("2", "después"))
	path := filepath.Join(t.TempDir(), "restored.db")
	with := func(k *store.Keyring) error {
		return boltkv.Restore(t.Context(), path, bytes.NewReader(backup.Bytes()), store.Checker(k))
	}
	if err := with(newKeys(t)); !errors.Is(err, store.ErrWrongKeys) {
		t.Fatalf("with other keys: got %v, want ErrWrongKeys", err)
	}
	if _, err := os.Stat(path); err == nil {
		t.Fatal("what was refused is in its place")
	}
	if err := with(w.keys); err != nil {
		t.Fatal(err)
	}
	if err := w.kv.Close(); err != nil {
		t.Fatal(err)
	}
	w.path = path
	w.open()
	if c := w.load(ana); len(c.Inbox) != 1 || c.Inbox[0].ID != "1" {
		t.Fatalf("restored: %+v", c.Inbox)
	}
	if err := with(w.keys); !errors.Is(err, os.ErrExist) {
		t.Fatalf("over a file: got %v, want ErrExist", err)
	}
}
