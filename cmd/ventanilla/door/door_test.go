package door

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"testing"
)

// fake does as it is told.
type fake struct {
	data []byte
	err  error
}

func (f fake) Backup(_ context.Context, w io.Writer) error {
	_, err := w.Write(f.data)
	return errors.Join(err, f.err)
}
func (f fake) Rotate(context.Context) (int, error) { return 7, f.err }
func (f fake) Forget(context.Context) (int, error) { return 2, f.err }
func (f fake) Status(context.Context) (Status, error) {
	return Status{Version: "1", Portals: []string{"mseg"}}, f.err
}

// open makes the door of a store until the test ends.
func open(t *testing.T, w Works) (store string) {
	t.Helper()
	store = filepath.Join(t.TempDir(), "v.db")
	l, err := Listen(t.Context(), store)
	if err != nil {
		t.Fatal(err)
	}
	srv := &http.Server{Handler: Handler(w)}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = srv.Serve(l) // ends with Close
	}()
	t.Cleanup(func() {
		_ = srv.Close()
		<-ended
		if _, err := os.Lstat(Path(store)); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("the door is left behind: %v", err)
		}
	})
	return store
}

func TestTheDoorIsForItsOwnUserOnlyAndDoesWhatItIsAsked(t *testing.T) {
	data := bytes.Repeat([]byte("store"), 100_000)
	store := open(t, fake{data: data})
	if info, err := os.Stat(Path(store)); err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("got %v, %v; want mode 0600", info.Mode(), err)
	}
	c := Knock(store)
	if s, err := c.Status(t.Context()); err != nil || s.Version != "1" {
		t.Errorf("got %+v, %v", s, err)
	}
	if n, err := c.Rotate(t.Context()); n != 7 || err != nil {
		t.Errorf("got %d, %v", n, err)
	}
	if n, err := c.Forget(t.Context()); n != 2 || err != nil {
		t.Errorf("got %d, %v", n, err)
	}
	r, err := c.Backup(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Close() }()
	if got, err := io.ReadAll(r); err != nil || !bytes.Equal(got, data) {
		t.Errorf("got %d bytes, %v", len(got), err)
	}
}

func TestWhatFailsInsideIsSaidOutside(t *testing.T) {
	c := Knock(open(t, fake{data: make([]byte, 100_000), err: errors.New("the disk is on fire")}))
	if _, err := c.Rotate(t.Context()); err == nil || err.Error() != "the running program: the disk is on fire" {
		t.Errorf("got %v", err)
	}
	r, err := c.Backup(t.Context())
	if err == nil {
		_, err = io.ReadAll(r)
		_ = r.Close()
	}
	if err == nil {
		t.Error("half a backup was taken for a whole one")
	}
}

func TestADoorThatAKilledProgramLeftIsNobodyAndIsReplaced(t *testing.T) {
	store := filepath.Join(t.TempDir(), "v.db")
	if _, err := Knock(store).Status(t.Context()); !errors.Is(err, ErrNobody) {
		t.Errorf("without a door: got %v, want ErrNobody", err)
	}
	for range 2 {
		l, err := Listen(t.Context(), store)
		if err != nil {
			t.Fatal(err)
		}
		if err := l.(listener).Listener.Close(); err != nil { // as a kill does: the socket stays
			t.Fatal(err)
		}
		if _, err := Knock(store).Status(t.Context()); !errors.Is(err, ErrNobody) {
			t.Errorf("got %v, want ErrNobody", err)
		}
	}
}
