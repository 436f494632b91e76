package notices_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"ventanilla/backend"
	"ventanilla/backend/secret"
	"ventanilla/bot/notices"
	"ventanilla/flows"
	"ventanilla/store"
	"ventanilla/store/boltkv"
)

const key = secret.Text("0123456789abcdef0123456789abcdef")

var (
	ana  = flows.Key{Portal: "mseg", Channel: "telegram", Person: "1001"}
	home = flows.Key{Portal: "mseg", Channel: "whatsapp", Person: "+5491155550001"}
	beto = flows.Key{Portal: "mseg", Channel: "telegram", Person: "1002"}
)

// world is a door on a real store, to which ana's two chats are linked.
type world struct {
	t     *testing.T
	clock *flows.Clock
	store *store.Store
	http  *httptest.Server

	mu   sync.Mutex
	fail map[flows.Key]error // of Accept
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, clock: &flows.Clock{}, fail: map[flows.Key]error{}}
	kv, err := boltkv.Open(filepath.Join(t.TempDir(), "v.db"), boltkv.Options{Clock: w.clock})
	w.must(err)
	keys, err := store.NewKeyring(rand.Reader)
	w.must(err)
	log := slog.New(slog.DiscardHandler)
	w.store, err = store.New(t.Context(), kv, store.Options{Keys: keys, Clock: w.clock, Random: rand.Reader, Log: log})
	w.must(err)
	mux := http.NewServeMux()
	mux.Handle(notices.Pattern, notices.Door{Config: notices.Config{Key: key, Serves: func(p string) bool { return p == "mseg" },
		Linked: w.store, Accept: w.accept, Guard: w.store.Guards(), Now: w.clock.Now, Log: log}})
	w.http = httptest.NewServer(mux)
	t.Cleanup(func() { w.http.Close(); _ = kv.Close() })
	for _, k := range []flows.Key{ana, home} {
		w.must(w.store.Link(t.Context(), k, "mseg", "mseg-1001", w.clock.Now().AddDate(1, 0, 0)))
	}
	w.must(w.store.Link(t.Context(), beto, "mseg", "mseg-1002", w.clock.Now().AddDate(1, 0, 0)))
	return w
}

func (w *world) accept(ctx context.Context, k flows.Key, in store.Inbound) error {
	w.mu.Lock()
	err := w.fail[k]
	w.mu.Unlock()
	if err != nil {
		return err
	}
	return w.store.Accept(ctx, k, in)
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func event(id string) string {
	return fmt.Sprintf(`{"id":%q,"type":"payslip_available","account":"mseg-1001","at":"2026-11-21T08:59:00-03:00","data":{"period":"2026-10"}}`, id)
}

// post brings a body with a signature of now, unless headers say otherwise.
func (w *world) post(body string, headers ...string) int {
	w.t.Helper()
	req, err := http.NewRequest(http.MethodPost, w.http.URL+"/core/mseg/events", strings.NewReader(body))
	w.must(err)
	req.Header.Set(backend.SignatureHeader, backend.SignEvent(key, w.clock.Now(), []byte(body)))
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Add(headers[i], headers[i+1])
	}
	return w.do(req)
}

func (w *world) do(req *http.Request) int {
	w.t.Helper()
	resp, err := http.DefaultClient.Do(req)
	w.must(err)
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	w.must(err)
	if resp.StatusCode >= 400 && resp.Header.Get("Content-Type") != "application/problem+json" || strings.Contains(string(text), "1001") {
		w.t.Errorf("%d answers %s %q", resp.StatusCode, resp.Header.Get("Content-Type"), text)
	}
	return resp.StatusCode
}

// heard is what waits for the flows of a chat.
func (w *world) heard(k flows.Key) (inputs []flows.Input) {
	w.t.Helper()
	c, err := w.store.Load(w.t.Context(), k)
	w.must(err)
	for _, in := range c.Inbox {
		inputs = append(inputs, in.Input)
	}
	return inputs
}

func TestEveryLinkedChatHearsOfAnEventAndNobodyElse(t *testing.T) {
	w := newWorld(t)
	if got := w.post(event("evt-1")); got != http.StatusNoContent {
		t.Fatalf("got %d", got)
	}
	want := map[string]string{"account": "mseg-1001", "at": "2026-11-21T11:59:00Z", "event": "evt-1", "period": "2026-10"}
	for _, k := range []flows.Key{ana, home} {
		got := w.heard(k)
		if len(got) != 1 || got[0].From != flows.System || got[0].Event != "core_payslip_available" || !maps.Equal(got[0].Values, want) {
			t.Errorf("%v hears %+v", k, got)
		}
	}
	if got := w.heard(beto); len(got) != 0 {
		t.Errorf("somebody else hears %+v", got)
	}
	if got := w.post(strings.Replace(event("evt-2"), "mseg-1001", "mseg-9", 1)); got != http.StatusNoContent {
		t.Errorf("of an account that nobody linked: got %d", got)
	}
}

func TestAnEventThatIsToldAgainIsHeardOnce(t *testing.T) {
	w := newWorld(t)
	for n := range 4 {
		if got := w.post(event("evt-1")); got != http.StatusNoContent {
			t.Errorf("time %d: got %d", n+1, got)
		}
		w.clock.Advance(9 * time.Hour)
	}
	late := flows.Key{Portal: "mseg", Channel: "telegram", Person: "1003"}
	w.must(w.store.Link(t.Context(), late, "mseg", "mseg-1001", w.clock.Now().Add(time.Hour)))
	w.post(event("evt-1"))
	for k, want := range map[flows.Key]int{ana: 1, home: 1, late: 0} {
		if got := len(w.heard(k)); got != want {
			t.Errorf("%v hears it %d times, want %d", k.Person, got, want)
		}
	}
	w.post(event("evt-2"))
	if got := len(w.heard(ana)); got != 2 {
		t.Errorf("after another event: %d, want 2", got)
	}
}

func TestManyAtOnceAreHeardOnce(t *testing.T) {
	w := newWorld(t)
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			if got := w.post(event("evt-1")); got != http.StatusNoContent {
				t.Errorf("got %d", got)
			}
		})
	}
	wg.Wait()
	if a, b := len(w.heard(ana)), len(w.heard(home)); a != 1 || b != 1 {
		t.Errorf("heard %d and %d times", a, b)
	}
}

func TestWhatFailedHalfwayIsToldToTheOthersTheNextTime(t *testing.T) {
	w := newWorld(t)
	for _, k := range []flows.Key{ana, home} {
		w.mu.Lock()
		w.fail = map[flows.Key]error{k: errors.New("the disk is full")}
		w.mu.Unlock()
		if got := w.post(event("evt-" + k.Channel)); got != http.StatusServiceUnavailable {
			t.Errorf("got %d, want to be told again", got)
		}
	}
	w.mu.Lock()
	w.fail = nil
	w.mu.Unlock()
	for _, id := range []string{"evt-telegram", "evt-whatsapp"} {
		if got := w.post(event(id)); got != http.StatusNoContent {
			t.Errorf("got %d", got)
		}
	}
	if a, b := len(w.heard(ana)), len(w.heard(home)); a != 2 || b != 2 {
		t.Errorf("heard %d and %d of two events", a, b)
	}
}

func TestOnlyWhatTheCoreSignedNowIsTaken(t *testing.T) {
	w := newWorld(t)
	body := event("evt-1")
	signed := func(k secret.Text, at time.Time, body string) *http.Request {
		req, err := http.NewRequest(http.MethodPost, w.http.URL+"/core/mseg/events", strings.NewReader(body))
		w.must(err)
		req.Header.Set(backend.SignatureHeader, backend.SignEvent(k, at, []byte(body)))
		return req
	}
	now := w.clock.Now()
	unsigned := signed(key, now, body)
	unsigned.Header.Del(backend.SignatureHeader)
	twice := signed(key, now, body)
	twice.Header.Add(backend.SignatureHeader, "t=1,v1=00")
	elsewhere := signed(key, now, body)
	elsewhere.URL.Path = "/core/iess/events"
	get := signed(key, now, "")
	get.Method = http.MethodGet
	for name, tt := range map[string]struct {
		req  *http.Request
		want int
	}{
		"not signed":      {unsigned, 401},
		"signed twice":    {twice, 401},
		"by another":      {signed("another key, as long as it should be", now, body), 401},
		"replayed":        {signed(key, now.Add(-6*time.Minute), body), 401},
		"another portal":  {elsewhere, 404},
		"not posted":      {get, 405},
		"no event":        {signed(key, now, `{"id":"x"}`), 400},
		"an unknown type": {signed(key, now, strings.Replace(body, "payslip_available", "x", 1)), 400},
		"too large":       {signed(key, now, body+strings.Repeat(" ", backend.MaxEvent)), 413},
	} {
		if got := w.do(tt.req); got != tt.want {
			t.Errorf("%s: got %d, want %d", name, got, tt.want)
		}
	}
	if got := w.heard(ana); len(got) != 0 {
		t.Errorf("something was heard: %+v", got)
	}
}

func TestAChatThatUnlinkedOrWasErasedHearsNothing(t *testing.T) {
	w := newWorld(t)
	w.must(w.store.Unlink(t.Context(), ana, "mseg", "mseg-1001"))
	w.must(w.store.Erase(t.Context(), home))
	w.post(event("evt-1"))
	if a, b := w.heard(ana), w.heard(home); len(a)+len(b) != 0 {
		t.Errorf("heard %+v and %+v", a, b)
	}
}
