package emulator_test

import (
	"context"
	"net/http/httptest"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"ventanilla/backend"
	"ventanilla/backend/emulator"
	"ventanilla/backend/secret"
)

const (
	token    = secret.Text("a-token-for-tests")
	portal   = "mseg"
	fresh    = secret.Text("una clave nueva y larga 42")
	juanAddr = "juanramon@correo.example"
)

// world is an emulator behind real HTTP with a client, and a clock that tests move.
type world struct {
	*emulator.Emulator
	client *backend.Client
	url    string
	path   string
	mu     sync.Mutex
	now    time.Time
}

func (w *world) clock() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

func (w *world) advance(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(d)
}

// seeded is a file with the people in it, made once for all tests.
var seeded = sync.OnceValues(func() ([]byte, error) { return seededFile() })

func start(t testing.TB, change ...func(*emulator.Options)) *world {
	t.Helper()
	w := &world{now: time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)}
	opt := emulator.Options{Token: token, Now: w.clock, NoSync: true, HashMemory: 64}
	for _, c := range change {
		c(&opt)
	}
	w.path = filepath.Join(t.TempDir(), "core.db")
	writeSeeded(t, w.path)
	var err error
	if w.Emulator, err = emulator.Open(w.path, opt); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.Close() })
	server := httptest.NewServer(w.Handler())
	t.Cleanup(server.Close)
	w.url = server.URL
	// A try that is given up and repeated would still act, in the middle of what comes next.
	conf := backend.Config{URL: server.URL, Token: token, HTTP: server.Client(), Timeout: time.Minute, Try: time.Minute}
	if w.client, err = backend.New(conf); err != nil {
		t.Fatal(err)
	}
	return w
}

// proof is the evidence of somebody who read a code at an address.
func (w *world) proof(account, address string) backend.Evidence {
	return backend.Evidence{Account: account, Method: backend.MethodCode, Address: address, At: w.clock()}
}

func (w *world) signIn(t *testing.T, username string, password secret.Text, want emulator.Result) {
	t.Helper()
	got, err := w.SignIn(t.Context(), portal, username, password)
	if err != nil || got != want {
		t.Errorf("signing in as %s: got %q, %v; want %q", username, got, err, want)
	}
}

// effects returns the kinds of what was done to an account, in order.
func (w *world) effects(t *testing.T, account string) (kinds []string) {
	t.Helper()
	list, err := w.Effects()
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range list {
		if e.Account == account {
			kinds = append(kinds, e.Kind)
		}
	}
	return kinds
}

func (w *world) state(t *testing.T, account string) backend.State {
	t.Helper()
	a, err := w.client.Account(context.Background(), portal, account)
	if err != nil {
		t.Fatal(err)
	}
	return a.State
}
