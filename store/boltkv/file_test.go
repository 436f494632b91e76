package boltkv_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"

	"ventanilla/store"
	"ventanilla/store/boltkv"
)

// filled makes a file with many entries of all kinds and returns its bytes, without the
// room that bbolt keeps at its end, and what is in it.
func filled(t testing.TB) ([]byte, string) {
	t.Helper()
	dir := t.TempDir()
	kv := open(t, dir, boltkv.Options{})
	for i := range 20 {
		with := make([]store.Entry, 40)
		for j := range with {
			with[j] = store.Entry{Key: fmt.Sprintf("k%02d.%03d", i, j), Value: bytes.Repeat([]byte{byte(i)}, 20+10*j), Due: time.Unix(int64(i), 0), Expires: time.Now().Add(time.Hour)}
		}
		put(t, kv, entry(fmt.Sprint("x", i), "v", 0), with...)
	}
	for i := range 5 {
		put(t, kv, store.Entry{Key: fmt.Sprint("x", i), Rev: first(t, kv, fmt.Sprint("x", i))}, store.Entry{Key: fmt.Sprintf("k%02d.001", i)})
	}
	var b bytes.Buffer
	if err := kv.Backup(t.Context(), &b); err != nil {
		t.Fatal(err)
	}
	all := dump(t, kv)
	closeKV(t, kv)
	return b.Bytes(), all
}

func dump(t testing.TB, kv store.KV) string {
	t.Helper()
	es, err := kv.List(t.Context(), "", "", 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, e := range es {
		fmt.Fprintf(&b, "%s=%x %d %d\n", e.Key, e.Value, e.Due.UnixNano(), e.Expires.UnixNano())
	}
	return b.String()
}

func write(t testing.TB, b []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "test.db")
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestAFileThatIsNoStoreIsRefusedWithWords(t *testing.T) {
	good, _ := filled(t)
	other := filepath.Join(t.TempDir(), "other.db")
	db, err := bolt.Open(other, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(db.Update(func(tx *bolt.Tx) error { _, err := tx.CreateBucket([]byte("theirs")); return err }), db.Close()); err != nil {
		t.Fatal(err)
	}
	theirs, err := os.ReadFile(other)
	if err != nil {
		t.Fatal(err)
	}
	noMeta := bytes.Clone(good)
	noMeta[40], noMeta[os.Getpagesize()+40] = ^noMeta[40], ^noMeta[os.Getpagesize()+40]
	for name, c := range map[string]struct {
		file []byte
		want error
	}{
		"nothing":                  {nil, boltkv.ErrForeign},
		"a text":                   {[]byte("ventanilla: yes\n"), boltkv.ErrForeign},
		"zeros":                    {make([]byte, 1<<16), boltkv.ErrForeign},
		"another program's file":   {theirs, boltkv.ErrForeign},
		"both first pages broken":  {noMeta, boltkv.ErrDamaged},
		"cut in the middle":        {good[:len(good)/2], boltkv.ErrDamaged},
		"cut by one byte":          {good[:len(good)-1], boltkv.ErrDamaged},
		"cut after the first page": {good[:os.Getpagesize()+10], boltkv.ErrDamaged},
	} {
		path := write(t, c.file)
		kv, err := boltkv.Open(path, boltkv.Options{})
		if !errors.Is(err, c.want) || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: got %v, want %v", name, err, c.want)
		}
		if err == nil {
			closeKV(t, kv)
		}
		if after, err := os.ReadFile(path); err != nil || !bytes.Equal(after, c.file) {
			t.Errorf("%s: the file was changed, %v", name, err)
		}
	}
}

// A flipped bit is found, or harmless: the entries are then what they were. What
// stands inside a value, and how long it is, is sealed, and found when it is opened.
func TestAFlippedBitNeverCrashesAndNeverChangesAKeyOrATime(t *testing.T) {
	good, want := filled(t)
	random := rand.New(rand.NewPCG(1, 2))
	found, harmless := 0, 0
	for n := range 300 {
		b := bytes.Clone(good)
		at := 2*os.Getpagesize() + random.IntN(len(b)-2*os.Getpagesize())
		b[at] ^= 1 << random.IntN(8)
		path := write(t, b)
		var got string
		err := boltkv.Check(t.Context(), path, func(_ context.Context, kv store.KV) error { got = dump(t, kv); return nil })
		switch {
		case err != nil:
			if !errors.Is(err, boltkv.ErrDamaged) && !errors.Is(err, boltkv.ErrForeign) {
				t.Fatalf("bit %d at %d: %v", n, at, err)
			}
			found++
		case withoutValues(got) == withoutValues(want):
			harmless++
		default:
			t.Fatalf("bit %d at %d was not found and changed something", n, at)
		}
	}
	if found < 15 {
		t.Errorf("%d found, %d harmless: is anything looked at?", found, harmless)
	}
}

func withoutValues(dump string) string {
	var b strings.Builder
	for line := range strings.Lines(dump) {
		key, rest, _ := strings.Cut(line, "=")
		_, times, _ := strings.Cut(rest, " ")
		fmt.Fprintln(&b, key, times)
	}
	return b.String()
}

// Random files, and stores with random bytes written over them, are refused or opened, and
// never crash the process or hang it.
func FuzzOpen(f *testing.F) {
	good, _ := filled(f)
	f.Add(0, []byte("hello"))
	f.Add(64, []byte{0xff, 0xff, 0xff, 0xff})
	f.Add(3*os.Getpagesize()+8, []byte{1, 0, 255, 255})
	f.Add(len(good)-100, []byte{0, 0, 0, 0, 0, 0, 0, 1})
	f.Fuzz(func(t *testing.T, at int, over []byte) {
		b := bytes.Clone(good)
		if at < 0 || at >= len(b) {
			return
		}
		copy(b[at:], over)
		path := write(t, b)
		err := boltkv.Check(t.Context(), path, func(ctx context.Context, kv store.KV) error {
			_, err := kv.List(ctx, "", "", 1<<20)
			return err
		})
		if err != nil && !errors.Is(err, boltkv.ErrDamaged) && !errors.Is(err, boltkv.ErrForeign) {
			t.Fatal(err)
		}
	})
}

func TestAStoreThatIsOpenIsRefusedInTime(t *testing.T) {
	dir := t.TempDir()
	kv := open(t, dir, boltkv.Options{})
	put(t, kv, entry("a", "1", 0))
	start := time.Now()
	_, err := boltkv.Open(filepath.Join(dir, "test.db"), boltkv.Options{Timeout: 100 * time.Millisecond})
	if !errors.Is(err, boltkv.ErrInUse) || time.Since(start) > 5*time.Second {
		t.Fatalf("got %v after %v, want ErrInUse", err, time.Since(start))
	}
	closeKV(t, kv)
	closeKV(t, open(t, dir, boltkv.Options{}))
}

func TestOfTwoWhoCreateAStoreOneOpensIt(t *testing.T) {
	for range 20 {
		dir := t.TempDir()
		var wg sync.WaitGroup
		kvs := make(chan *boltkv.KV, 4)
		for range 4 {
			wg.Go(func() {
				kv, err := boltkv.Open(filepath.Join(dir, "test.db"), boltkv.Options{Timeout: 20 * time.Millisecond})
				if err == nil {
					kvs <- kv
				} else if !errors.Is(err, boltkv.ErrInUse) {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if len(kvs) != 1 {
			t.Fatalf("%d opened it", len(kvs))
		}
		kv := <-kvs
		put(t, kv, entry("a", "1", 0))
		closeKV(t, kv)
		left, err := os.ReadDir(dir)
		if err != nil || len(left) != 1 {
			t.Fatalf("left behind: %v, %v", left, err)
		}
		kv = open(t, dir, boltkv.Options{})
		first(t, kv, "a")
		closeKV(t, kv)
	}
}

// RULES: data.backup
func TestABackupOfAStoreThatIsBeingWrittenIsConsistent(t *testing.T) {
	kv := open(t, t.TempDir(), boltkv.Options{})
	defer closeKV(t, kv)
	put(t, kv, entry("n", "0", 0), entry("m", "0", 0))
	stop := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() { // n and m always say the same
		for i := 1; ; i++ {
			select {
			case <-stop:
				return
			default:
			}
			e, err := kv.Get(context.Background(), "n")
			if err != nil {
				t.Error(err)
				return
			}
			e.Value = fmt.Append(nil, i)
			if _, err := kv.Put(context.Background(), e, entry("m", fmt.Sprint(i), 0), entry(fmt.Sprint("k", i), strings.Repeat("v", 1000), 0)); err != nil {
				t.Error(err)
				return
			}
		}
	})
	for i := range 10 {
		var b bytes.Buffer
		if err := kv.Backup(t.Context(), &b); err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(t.TempDir(), "restored.db")
		err := boltkv.Restore(t.Context(), path, &b, func(ctx context.Context, kv store.KV) error {
			n, err := kv.Get(ctx, "n")
			m, err2 := kv.Get(ctx, "m")
			if err != nil || err2 != nil || string(n.Value) != string(m.Value) {
				return fmt.Errorf("n is %s and m is %s, %v, %v", n.Value, m.Value, err, err2)
			}
			return nil
		})
		if err != nil {
			t.Fatalf("backup %d: %v", i, err)
		}
	}
	close(stop)
	wg.Wait()
}

// RULES: data.backup
func TestARestoreThatIsRefusedLeavesNothing(t *testing.T) {
	good, _ := filled(t)
	errNo := errors.New("no")
	for name, c := range map[string]struct {
		r     io.Reader
		check func(context.Context, store.KV) error
		want  error
	}{
		"half a backup":      {bytes.NewReader(good[:len(good)/2]), nil, boltkv.ErrDamaged},
		"something else":     {strings.NewReader("hello"), nil, boltkv.ErrForeign},
		"a check says no":    {bytes.NewReader(good), func(context.Context, store.KV) error { return errNo }, errNo},
		"a reader that errs": {io.MultiReader(bytes.NewReader(good[:5000]), errReader{errNo}), nil, errNo},
	} {
		dir := t.TempDir()
		if err := boltkv.Restore(t.Context(), filepath.Join(dir, "test.db"), c.r, c.check); !errors.Is(err, c.want) {
			t.Errorf("%s: got %v, want %v", name, err, c.want)
		}
		if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
			t.Errorf("%s: left behind %v, %v", name, left, err)
		}
	}
	path := write(t, good)
	if err := boltkv.Restore(t.Context(), path, bytes.NewReader(good), nil); !errors.Is(err, fs.ErrExist) {
		t.Errorf("over a file: got %v, want ErrExist", err)
	}
}

type errReader struct{ err error }

func (r errReader) Read([]byte) (int, error) { return 0, r.err }

func TestABackupEndsWithItsContext(t *testing.T) {
	kv := open(t, t.TempDir(), boltkv.Options{})
	defer closeKV(t, kv)
	ctx, cancel := context.WithCancel(t.Context())
	err := kv.Backup(ctx, writerFunc(func(b []byte) (int, error) { cancel(); return len(b), nil }))
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("got %v, want Canceled", err)
	}
	put(t, kv, entry("a", "1", 0))
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(b []byte) (int, error) { return f(b) }
