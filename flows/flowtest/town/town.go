// Package town is a world for written conversations: one of the built-in
// organisations, with the people of the core emulator behind it, in memory but for
// the core's file. Scripts of package flowtest are played in it.
//
// Nothing in it opens a connection: the client of the core calls its handler. So it
// can be used where time stands still (see [testing/synctest]).
package town

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"ventanilla/backend"
	"ventanilla/backend/emulator"
	"ventanilla/backend/portal"
	"ventanilla/backend/secret"
	"ventanilla/flows"
	"ventanilla/flows/flowtest"
	"ventanilla/flows/standard"
)

// Noon is when scripts begin: a Monday, the offices are open.
var Noon = time.Date(2026, 11, 30, 15, 0, 0, 0, time.UTC)

// Town is an organisation, its core and its people.
type Town struct {
	*flowtest.World
	Profile portal.Profile
	Core    *emulator.Emulator
	Client  *backend.Client
	Guard   *Guard
	Links   *Links
	Deps    standard.Deps // what the engine stands on, for another one on the same

	down, mailDown bool
}

// New founds a town. Call it where the test's time runs: within synctest.Test, if at all.
func New(t testing.TB, portalID, channel string) *Town {
	t.Helper()
	clock := &flows.Clock{}
	clock.Advance(Noon.Sub(clock.Now()))
	w := &Town{Profile: profile(t, portalID), Core: open(t, clock), Links: &Links{}, Guard: NewGuard(clock)}
	client, err := backend.New(backend.Config{URL: "http://core.test", Token: token, HTTP: &http.Client{Transport: w}})
	if err != nil {
		t.Fatal(err)
	}
	w.Client = client
	codes := flows.Codes{Key: secret.Text(strings.Repeat("0123456789abcdef", 2))}
	mailDown := func() bool { return w.mailDown }
	w.Deps = standard.Deps{Core: client, Guard: w.Guard, Links: w.Links, Line: &Line{}, Codes: codes, Limits: flows.DefaultLimits(), MailDown: mailDown,
		PublicURL: "https://bot.example", Now: clock.Now, Random: Counter()}
	e, err := standard.New(w.Profile, w.Deps)
	if err != nil {
		t.Fatal(err)
	}
	w.World = &flowtest.World{Engine: e, Codes: codes, Clock: clock, Name: "Ana", Holds: mailDown,
		Key: flows.Key{Portal: portalID, Channel: channel, Person: "7"}, Do: w.do}
	return w
}

// Offer leaves an organisation with some of its services, and without its links: a menu that others do not lengthen.
func (w *Town) Offer(t testing.TB, services ...portal.Service) *Town {
	t.Helper()
	w.Profile.Services, w.Profile.Links = services, nil
	e, err := standard.New(w.Profile, w.Deps)
	if err != nil {
		t.Fatal(err)
	}
	w.Engine = e
	return w
}

// RoundTrip implements [http.RoundTripper]: the client's way to the core.
func (w *Town) RoundTrip(r *http.Request) (*http.Response, error) {
	if w.down {
		return nil, errors.New("the core is down")
	}
	answer := httptest.NewRecorder()
	w.Core.Handler().ServeHTTP(answer, r)
	return answer.Result(), nil
}

// do is what a line that begins with "!" brings about: "core down" and "core up",
// "mail down" and "mail up", "fault KIND TIMES" of the core, "freeze ACCOUNT", "forget KIND" of what was counted.
func (w *Town) do(what string) error {
	words := strings.Fields(what + " . .")
	switch words[0] {
	case "core":
		w.down = words[1] == "down"
	case "mail":
		w.mailDown = words[1] == "down"
	case "fault":
		f := emulator.Fault{Kind: words[1]}
		if _, err := fmt.Sscan(words[2], &f.Times); err != nil {
			return fmt.Errorf("a fault happens how often? %w", err)
		}
		return w.Core.Fail(f)
	case "forget":
		maps.DeleteFunc(w.Guard.spent, func(key string, _ map[string]time.Time) bool { return strings.HasPrefix(key, words[1]) })
	case "freeze":
		return w.Guard.Freeze(context.Background(), "account/"+w.Profile.ID+"/"+words[1], w.Clock.Now().Add(7*24*time.Hour))
	default:
		return fmt.Errorf("nobody knows how to do %q", what)
	}
	return nil
}

const token = "a token that only this test knows"

// seeded is a core's file with everybody in it, made once: computing the hashes of their passwords takes a while.
var seeded = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "town-*")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	path := filepath.Join(dir, "core.db")
	e, err := emulator.Open(path, emulator.Options{Token: token, NoSync: true, HashMemory: 64, Now: func() time.Time { return Noon }})
	if err != nil {
		return nil, err
	}
	if err := e.Close(); err != nil {
		return nil, err
	}
	return os.ReadFile(path)
})

func open(t testing.TB, clock *flows.Clock) *emulator.Emulator {
	t.Helper()
	b, err := seeded()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "core.db")
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	e, err := emulator.Open(path, emulator.Options{Token: token, NoSync: true, HashMemory: 64, Now: clock.Now, Random: &stream{random: Counter()}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	return e
}

func profile(t testing.TB, id string) portal.Profile {
	t.Helper()
	profiles, err := portal.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range profiles {
		if p.ID == id {
			return p
		}
	}
	t.Fatalf("there is no profile %s", id)
	return portal.Profile{}
}

// Counter stands for randomness that is the same in every run.
func Counter() func(int) string {
	i := uint64(0)
	return func(n int) string {
		i++
		h := sha256.Sum256(binary.BigEndian.AppendUint64(nil, i))
		return hex.EncodeToString(h[:n])
	}
}

// stream is such randomness as bytes.
type stream struct {
	mu     sync.Mutex
	random func(int) string
}

var _ io.Reader = (*stream)(nil)

func (s *stream) Read(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return copy(b, s.random(16)), nil
}
