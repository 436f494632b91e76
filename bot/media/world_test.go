package media_test

import (
	"context"
	"crypto/rand"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"ventanilla/backend/secret"
	"ventanilla/bot/link"
	"ventanilla/bot/media"
	"ventanilla/flows"
	"ventanilla/store"
	"ventanilla/store/boltkv"
)

var ana = flows.Key{Portal: "mseg", Channel: "whatsapp", Person: "+5491155550001"}

// world is a desk on a real store, behind a real server.
type world struct {
	t     *testing.T
	clock *flows.Clock
	kv    *boltkv.KV
	keys  *store.Keyring
	path  string
	store *store.Store
	links link.Signer
	shelf *shelf
	desk  *media.Desk
	http  *httptest.Server
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, clock: &flows.Clock{}, path: filepath.Join(t.TempDir(), "v.db"), shelf: &shelf{data: []byte("%PDF-1.7 0123456789")}}
	w.http = httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) { w.desk.ServeHTTP(rw, r) }))
	base, err := url.Parse(w.http.URL)
	w.must(err)
	w.links = link.Signer{Base: base, Key: secret.Text(strings.Repeat("k", 32)), Now: w.clock.Now}
	w.keys, err = store.NewKeyring(rand.Reader)
	w.must(err)
	w.open()
	t.Cleanup(func() { w.http.Close(); _ = w.kv.Close() })
	return w
}

// open is what a program does that starts.
func (w *world) open() {
	w.t.Helper()
	var err error
	w.kv, err = boltkv.Open(w.path, boltkv.Options{Clock: w.clock})
	w.must(err)
	log := slog.New(slog.DiscardHandler)
	w.store, err = store.New(w.t.Context(), w.kv, store.Options{Keys: w.keys, Clock: w.clock, Random: rand.Reader, Log: log})
	w.must(err)
	w.desk = media.New(media.Config{Links: w.links, Lines: w.store, Files: w.shelf, Guard: w.store.Guards(), Now: w.clock.Now, Log: log})
}

func (w *world) restart() {
	w.t.Helper()
	w.must(w.kv.Close())
	w.open()
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) update(f func(c *store.Conversation)) {
	w.t.Helper()
	w.must(w.store.Update(w.t.Context(), ana, func(c *store.Conversation) error { f(c); return nil }))
}

// deliver puts a document into the outbox and returns its link.
func (w *world) deliver(id, name string) string {
	w.t.Helper()
	w.update(func(c *store.Conversation) {
		c.Say(id, "", flows.Reply{File: &flows.File{Kind: "payslip", Account: "a-1", ID: "2026-10", Name: name}}, w.clock.Now())
	})
	address, err := w.links.File(w.store.Name(ana), id, w.clock.Now().Add(5*time.Minute))
	w.must(err)
	return address
}

// answer is what came back.
type answer struct {
	status int
	header http.Header
	body   string
}

func (w *world) ask(method, address string, headers ...string) answer {
	w.t.Helper()
	req, err := http.NewRequest(method, address, nil)
	w.must(err)
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	resp, err := http.DefaultTransport.RoundTrip(req)
	w.must(err)
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	w.must(err)
	return answer{resp.StatusCode, resp.Header, string(body)}
}

// shelf is a core that counts how often it is asked.
type shelf struct {
	mu         sync.Mutex
	data       []byte
	err        error
	asked      int
	busy, most int
	hold       chan struct{}
}

var errOops = errors.New("oops")

func (s *shelf) Open(ctx context.Context, portal string, f flows.File) ([]byte, error) {
	s.mu.Lock()
	s.asked++
	s.busy++
	s.most = max(s.most, s.busy)
	data, err, hold := s.data, s.err, s.hold
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		s.busy--
		s.mu.Unlock()
	}()
	if hold != nil {
		<-hold
	}
	if portal != "mseg" || f.ID != "2026-10" {
		return nil, errOops
	}
	return data, err
}

func (s *shelf) times() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.asked
}

// together is how often it was asked at the same time, at most.
func (s *shelf) together() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.most
}

func (s *shelf) set(data []byte, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.data, s.err = data, err
}
