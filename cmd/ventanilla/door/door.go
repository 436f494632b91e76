// Package door is how the other commands speak to a program that is running: HTTP
// over a Unix socket beside the store, which only the program's own user can open.
// The program owns the store, so whatever reads or changes it goes through here;
// only when nobody answers may a command open the file itself.
//
// It knows nothing of conversations, and no network reaches it.
package door

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"ventanilla/bot/bounces"
)

// Works is what the running program does for those who knock.
type Works interface {
	// Backup writes a consistent copy of the store, while it works (RULES: data.backup).
	Backup(ctx context.Context, w io.Writer) error
	// Rotate adds a sealing key and seals everything anew; it returns how many entries it sealed.
	Rotate(ctx context.Context) (sealed int, err error)
	// Forget takes the older sealing keys out of the key file; it returns how many.
	Forget(ctx context.Context) (keys int, err error)
	Status(ctx context.Context) (Status, error)
}

// Status is how a running program is doing.
type Status struct {
	Version string    `json:"version"`
	Since   time.Time `json:"since"`
	Public  string    `json:"public"` // address of the public listener
	Portals []string  `json:"portals"`
	Trouble string    `json:"trouble,omitempty"` // why it takes no messages; "" if it does

	Bounces *bounces.State `json:"bounces,omitempty"` // nil: there is no mailbox that mails come back to
}

// Path is where the door of a store stands.
func Path(store string) string { return store + ".sock" }

// Listen makes the door of a store, with mode 0600 from its first moment. One that
// a program left behind when it was killed is replaced: who holds the store is
// the only one who may call Listen. Close removes it.
func Listen(ctx context.Context, store string) (net.Listener, error) {
	path := Path(store)
	private, err := os.MkdirTemp(filepath.Dir(path), ".v") // 0700: nobody can knock before the mode is right
	if err != nil {
		return nil, fmt.Errorf("making the door of %s: %w", store, err)
	}
	defer func() { _ = os.RemoveAll(private) }()
	made := filepath.Join(private, "s")
	l, err := (&net.ListenConfig{}).Listen(ctx, "unix", made)
	if err != nil {
		return nil, fmt.Errorf("making the door of %s (is its path longer than 90 characters?): %w", store, err)
	}
	l.(*net.UnixListener).SetUnlinkOnClose(false)
	if err := errors.Join(os.Chmod(made, 0o600), os.Rename(made, path)); err != nil {
		return nil, errors.Join(fmt.Errorf("making the door of %s: %w", store, err), l.Close())
	}
	return listener{l, path}, nil
}

// listener removes its socket when it is closed.
type listener struct {
	net.Listener
	path string
}

// Close implements [net.Listener].
func (l listener) Close() error {
	err := os.Remove(l.path)
	if errors.Is(err, os.ErrNotExist) {
		err = nil
	}
	return errors.Join(err, l.Listener.Close())
}

// Handler answers those who knock.
func Handler(w Works) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /status", func(rw http.ResponseWriter, r *http.Request) {
		s, err := w.Status(r.Context())
		reply(rw, s, err)
	})
	mux.HandleFunc("GET /backup", func(rw http.ResponseWriter, r *http.Request) { backup(rw, r, w) })
	mux.HandleFunc("POST /keys/rotate", func(rw http.ResponseWriter, r *http.Request) { count(rw, r, w.Rotate) })
	mux.HandleFunc("POST /keys/forget", func(rw http.ResponseWriter, r *http.Request) { count(rw, r, w.Forget) })
	if s, ok := w.(Staff); ok {
		staff(mux, s)
	}
	if a, ok := w.(Asides); ok {
		asides(mux, a)
	}
	return mux
}

// backup streams. What fails after the first byte can only be told by breaking off,
// which the client takes as a failure: a whole stream has its end.
func backup(rw http.ResponseWriter, r *http.Request, w Works) {
	patient(rw)
	rw.Header().Set("Content-Type", "application/octet-stream")
	if err := w.Backup(r.Context(), rw); err != nil {
		panic(http.ErrAbortHandler)
	}
}

// counted is the answer of what counts.
type counted struct {
	N int `json:"n"`
}

func count(rw http.ResponseWriter, r *http.Request, work func(context.Context) (int, error)) {
	patient(rw)
	n, err := work(r.Context())
	reply(rw, counted{n}, err)
}

// patient lets an answer take as long as it takes: the store may be large.
func patient(rw http.ResponseWriter) {
	c := http.NewResponseController(rw)
	_ = errors.Join(c.SetWriteDeadline(time.Time{}), c.SetReadDeadline(time.Time{})) // a recorder has none
}

// failure is an error in words, for the operator on this machine.
type failure struct {
	Error string `json:"error"`
}

func reply(rw http.ResponseWriter, v any, err error) {
	rw.Header().Set("Content-Type", "application/json")
	if err != nil {
		rw.WriteHeader(http.StatusInternalServerError)
		v = failure{err.Error()}
	}
	_ = json.NewEncoder(rw).Encode(v) // whoever asked is gone: nobody is left to tell
}
