package backend_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"ventanilla/backend"
	"ventanilla/backend/secret"
)

const (
	token  = secret.Text("canary-token")
	canary = "canary-password"
)

// core is a client of a server that answers as told.
func core(t *testing.T, answer http.HandlerFunc, change ...func(*backend.Config)) *backend.Client {
	t.Helper()
	server := httptest.NewServer(answer)
	t.Cleanup(server.Close)
	c := backend.Config{URL: server.URL, Token: token, HTTP: server.Client()}
	for _, f := range change {
		f(&c)
	}
	client, err := backend.New(c)
	if err != nil {
		t.Fatal(err)
	}
	return client
}

// says answers with a status, a media type and a body.
func says(status int, media, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", media)
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

func proof() backend.Evidence {
	return backend.Evidence{Account: "a-1", Method: backend.MethodCode, Address: "ana@correo.example", At: time.Unix(1_800_000_000, 0)}
}

func TestWhatACallSends(t *testing.T) {
	var got *http.Request
	var body string
	client := core(t, func(w http.ResponseWriter, r *http.Request) {
		text, _ := io.ReadAll(r.Body)
		got, body = r, string(text)
		says(200, "application/json", `{"password":{"outcome":"done"},"unlock":{"outcome":"not_needed"},"new":"field"}`)(w, r)
	})
	res, err := client.Reset(t.Context(), "op-1", "mseg", "a/1 ?", backend.ResetRequest{Password: canary, Unlock: true,
		Evidence: backend.Evidence{Account: "a/1 ?", Method: backend.MethodCode, At: time.Unix(1_800_000_000, 0)}})
	if err != nil || res.Password.Outcome != backend.Done || res.Unlock.Outcome != backend.NotNeeded {
		t.Fatalf("got %+v, %v", res, err)
	}
	for name, pair := range map[string][2]string{
		"path":   {got.URL.EscapedPath(), "/v1/portals/mseg/accounts/a%2F1%20%3F/reset"},
		"method": {got.Method, "POST"},
		"token":  {got.Header.Get("Authorization"), "Bearer canary-token"},
		"key":    {got.Header.Get("Idempotency-Key"), "op-1"},
		"media":  {got.Header.Get("Content-Type"), "application/json"},
	} {
		if pair[0] != pair[1] {
			t.Errorf("%s: got %q, want %q", name, pair[0], pair[1])
		}
	}
	if !strings.Contains(body, `"password":"canary-password"`) || !strings.Contains(body, `"unlock":true`) {
		t.Errorf("got %s", body)
	}
}

func TestAnIDCannotLeaveItsPlaceInThePath(t *testing.T) {
	client := core(t, func(w http.ResponseWriter, r *http.Request) { t.Errorf("it asked for %s", r.URL) })
	for _, id := range []string{"", ".", ".."} {
		if _, err := client.Account(t.Context(), "mseg", id); backend.CodeOf(err) != backend.Invalid {
			t.Errorf("%q: got %v", id, err)
		}
	}
}

func TestAnOperationsNameBecomesAKeyThatCanTravel(t *testing.T) {
	var keys []string
	client := core(t, func(w http.ResponseWriter, r *http.Request) {
		keys = append(keys, r.Header.Get("Idempotency-Key"))
		w.WriteHeader(http.StatusNoContent)
	})
	for _, op := range []string{"telegram/17/reset", "Renée 🌻\nx", "Renée 🌻\nx", "Renée 🌼\nx", strings.Repeat("k", 257)} {
		if err := client.Change(t.Context(), op, "mseg", "a-1", "old", "new"); err != nil {
			t.Errorf("%q: %v", op, err)
		}
	}
	if keys[0] != "telegram/17/reset" || keys[1] != keys[2] || keys[1] == keys[3] || len(keys[4]) > 256 {
		t.Errorf("got %q", keys)
	}
	if err := client.Change(t.Context(), "", "mseg", "a-1", "old", "new"); backend.CodeOf(err) != backend.Invalid || len(keys) != 5 {
		t.Errorf("without a name: got %v", err)
	}
}

func TestEvidenceForAnotherAccountIsNotSent(t *testing.T) {
	client := core(t, func(http.ResponseWriter, *http.Request) { t.Error("it asked") })
	_, err := client.Unlock(t.Context(), "op", "mseg", "a-2", proof())
	if backend.CodeOf(err) != backend.BadEvidence {
		t.Errorf("got %v", err)
	}
}

func TestProblemsBecomeErrorsThatSayWhetherToTryAgain(t *testing.T) {
	problem := "application/problem+json"
	for _, test := range []struct {
		status int
		media  string
		body   string
		want   backend.Code
		later  bool
	}{
		{404, problem, `{"code":"not_found"}`, backend.NotFound, false},
		{409, problem, `{"code":"rejected","reason":"registered"}`, backend.Rejected, false},
		{422, problem, `{"code":"weak_password","violated":["digit"]}`, backend.WeakPassword, false},
		{403, problem, `{"code":"wrong_password"}`, backend.WrongPassword, false},
		{423, problem, `{"code":"locked"}`, backend.Locked, false},
		{403, problem, `{"code":"bad_evidence"}`, backend.BadEvidence, false},
		{429, problem, `{"code":"rate_limited"}`, backend.RateLimited, true},
		{503, problem, `{"code":"unavailable"}`, backend.Unavailable, true},
		{500, problem, `{"code":"internal"}`, backend.Internal, true},
		{500, problem, `{"code":"from the future"}`, backend.Internal, true},
		{502, "text/html", `<h1>Bad gateway</h1>`, backend.Unavailable, true},
		{401, "text/plain", `no`, backend.Unauthorized, false},
		{404, "text/html", `<h1>Not here</h1>`, backend.Invalid, false},
		{302, "text/html", ``, backend.Internal, true},
		{200, "text/html", `<h1>It works!</h1>`, backend.Internal, true},
		{200, "application/json", `{"id":`, backend.Internal, true},
		{200, "application/json", `{"id":"` + strings.Repeat("x", 1<<20) + `"}`, backend.Internal, true},
	} {
		client := core(t, says(test.status, test.media, test.body))
		_, err := client.Account(t.Context(), "mseg", "a-1")
		later, ok := errors.AsType[interface {
			error
			Later() bool
		}](err)
		if backend.CodeOf(err) != test.want || !ok || later.Later() != test.later {
			t.Errorf("%d %.30s: got %v, want %s, later %v", test.status, test.body, err, test.want, test.later)
		}
	}
}

func TestReasonsRulesAndWaitsArriveWithTheError(t *testing.T) {
	client := core(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Retry-After", "7")
		says(429, "application/problem+json", `{"code":"rate_limited","reason":"r","violated":["digit","upper"]}`)(w, r)
	})
	_, err := client.Capabilities(t.Context(), "mseg")
	e, ok := errors.AsType[*backend.Error](err)
	if !ok || e.After != 7*time.Second || e.Reason != "r" || !slices.Equal(e.Violated, []backend.Rule{backend.Digit, backend.Upper}) {
		t.Errorf("got %+v", e)
	}
}

// RULES: data.logs
func TestAnErrorShowsNoSecretAndNoURL(t *testing.T) {
	answers := map[string]http.HandlerFunc{
		"problem": says(500, "application/problem+json", `{"code":"internal","title":"canary-title","detail":"canary-password"}`),
		"html":    says(502, "text/html", "canary-password canary-token"),
		"broken":  says(200, "application/json", `{"id":"canary-password`),
		"cut": func(w http.ResponseWriter, _ *http.Request) {
			conn, _, err := http.NewResponseController(w).Hijack()
			if err == nil {
				_ = conn.Close()
			}
		},
		"moved": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://127.0.0.1:1/?canary-token", http.StatusFound)
		},
	}
	for name, answer := range answers {
		client := core(t, answer)
		_, err := client.Reset(t.Context(), "op", "mseg", "a-1", backend.ResetRequest{Password: canary, Evidence: proof()})
		if err == nil {
			t.Fatalf("%s: no error", name)
		}
		for _, shown := range []string{err.Error(), fmt.Sprintf("%+v", err), fmt.Sprintf("%#v", err)} {
			if strings.Contains(shown, "canary") || strings.Contains(shown, "a-1") || strings.Contains(shown, "127.0.0.1:1") {
				t.Errorf("%s: %s", name, shown)
			}
		}
	}
}

// counted fails the first n calls with a status and then answers an account.
func counted(n int64, status int) (http.HandlerFunc, *atomic.Int64) {
	calls := new(atomic.Int64)
	return func(w http.ResponseWriter, r *http.Request) {
		if calls.Add(1) <= n {
			says(status, "text/plain", "no")(w, r)
			return
		}
		says(200, "application/json", `{"id":"a-1"}`)(w, r)
	}, calls
}

func TestACallIsRepeatedOnlyWhileThatMayHelp(t *testing.T) {
	for _, test := range []struct {
		status int
		calls  int64
		ok     bool
	}{{503, 3, true}, {500, 3, true}, {429, 1, false}, {400, 1, false}, {401, 1, false}} {
		answer, calls := counted(2, test.status)
		_, err := core(t, answer).Account(t.Context(), "mseg", "a-1")
		if calls.Load() != test.calls || (err == nil) != test.ok {
			t.Errorf("%d: %d calls, %v", test.status, calls.Load(), err)
		}
	}
	answer, calls := counted(100, 503)
	if _, err := core(t, answer).Account(t.Context(), "mseg", "a-1"); err == nil || calls.Load() != 3 {
		t.Errorf("a core that stays down: %d calls, %v", calls.Load(), err)
	}
}

func TestARepeatedCallIsTheSameToTheLastByte(t *testing.T) {
	var bodies, keys []string
	client := core(t, func(w http.ResponseWriter, r *http.Request) {
		text, _ := io.ReadAll(r.Body)
		bodies, keys = append(bodies, string(text)), append(keys, r.Header.Get("Idempotency-Key"))
		w.WriteHeader(http.StatusServiceUnavailable)
	})
	for range 2 {
		_, _ = client.Reset(t.Context(), "op", "mseg", "a-1", backend.ResetRequest{Password: canary, Unlock: true, Evidence: proof()})
	}
	if len(slices.Compact(bodies)) != 1 || len(slices.Compact(keys)) != 1 {
		t.Errorf("got %q, %q", bodies, keys)
	}
}

func TestTheBreakerOpensAndClosesAgain(t *testing.T) {
	var down atomic.Bool
	var calls atomic.Int64
	down.Store(true)
	client := core(t, func(w http.ResponseWriter, r *http.Request) {
		calls.Add(1)
		if down.Load() {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		says(200, "application/json", `{"id":"a-1"}`)(w, r)
	}, func(c *backend.Config) { c.Cooldown = 100 * time.Millisecond })
	for range 10 {
		_, err := client.Account(t.Context(), "mseg", "a-1")
		if e, ok := errors.AsType[*backend.Error](err); !ok || !e.Later() {
			t.Fatalf("got %v", err)
		}
	}
	if n := calls.Load(); n > 14 {
		t.Errorf("a core that is down was asked %d times", n)
	}
	down.Store(false)
	deadline := time.Now().Add(5 * time.Second)
	for {
		_, err := client.Account(t.Context(), "mseg", "a-1")
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("it did not close again: %v", err)
		}
		<-time.After(20 * time.Millisecond)
	}
}

func TestRefusalsDoNotOpenTheBreaker(t *testing.T) {
	client := core(t, says(404, "application/problem+json", `{"code":"not_found"}`))
	for range 30 {
		if _, err := client.Account(t.Context(), "mseg", "a-1"); backend.CodeOf(err) != backend.NotFound {
			t.Fatalf("got %v", err)
		}
	}
}

func TestACallerThatGivesUpIsHeardAtOnceAndDoesNotOpenTheBreaker(t *testing.T) {
	release := make(chan struct{})
	client := core(t, func(w http.ResponseWriter, r *http.Request) {
		select {
		case <-release:
			says(200, "application/json", `{"id":"a-1"}`)(w, r)
		case <-r.Context().Done():
		}
	})
	for range 15 {
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(5*time.Millisecond, cancel)
		_, err := client.Account(ctx, "mseg", "a-1")
		if e, ok := errors.AsType[*backend.Error](err); !ok || !e.Later() || !errors.Is(err, context.Canceled) {
			t.Fatalf("got %v", err)
		}
	}
	close(release)
	if _, err := client.Account(t.Context(), "mseg", "a-1"); err != nil {
		t.Errorf("got %v", err)
	}
}

func TestASilentCoreCostsNoMoreThanTheTimeOfACall(t *testing.T) {
	client := core(t, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() },
		func(c *backend.Config) { c.Timeout, c.Try = 300*time.Millisecond, 200*time.Millisecond })
	began := time.Now()
	_, err := client.Account(t.Context(), "mseg", "a-1")
	if took := time.Since(began); backend.CodeOf(err) != backend.Unavailable || took > 5*time.Second {
		t.Errorf("got %v after %v", err, took)
	}
}

func TestTheTokenFollowsNoRedirect(t *testing.T) {
	client := core(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/elsewhere" {
			t.Error("it followed")
		}
		http.Redirect(w, r, "/elsewhere", http.StatusTemporaryRedirect)
	})
	if _, err := client.Account(t.Context(), "mseg", "a-1"); err == nil {
		t.Error("got no error")
	}
}

func TestSettingsThatMakeNoSenseAreRefused(t *testing.T) {
	for _, c := range []backend.Config{
		{}, {URL: "http://core.example"}, {URL: "core.example", Token: token}, {URL: "ftp://core.example", Token: token},
		{URL: "http://user:canary@core.example", Token: token}, {URL: "http://core.example/?a=b", Token: token}, {URL: "http://%", Token: token},
	} {
		_, err := backend.New(c)
		if backend.CodeOf(err) != backend.Invalid || strings.Contains(err.Error(), "canary") {
			t.Errorf("%q: got %v", c.URL, err)
		}
	}
}

func TestAPayslipIsAPDFOrAnError(t *testing.T) {
	var asked string
	good := core(t, func(w http.ResponseWriter, r *http.Request) {
		asked = r.Header.Get("Document-Password")
		says(200, "application/pdf", "%PDF-1.7 …")(w, r)
	})
	if text, err := good.Payslip(t.Context(), "mseg", "a-1", "2026-10", "12345678"); err != nil || len(text) == 0 || asked != "12345678" {
		t.Errorf("got %q, %v, asked with %q", text, err, asked)
	}
	for _, test := range []struct {
		media, body string
		reason      string
		later       bool
	}{
		{"application/json", "{}", backend.ReasonNoPDF, false},
		{"application/pdf", "<html>", backend.ReasonNoPDF, false},
		{"application/pdf", "%PDF-" + strings.Repeat("x", 50<<20), backend.ReasonTooLarge, false}, // cut short it would look whole
		{"text/html", "<title>Portal</title>", "", true},                                          // a gateway: it passes
	} {
		_, err := core(t, says(200, test.media, test.body)).Payslip(t.Context(), "mseg", "a-1", "2026-10", "")
		if e, ok := errors.AsType[*backend.Error](err); !ok || e.Reason != test.reason || e.Later() != test.later {
			t.Errorf("%s: got %v, want reason %q, later %v", test.media, err, test.reason, test.later)
		}
	}
}

func TestADocumentMayTakeLongerThanAnAnswer(t *testing.T) {
	slow := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		timer := time.NewTimer(600 * time.Millisecond)
		defer timer.Stop()
		select {
		case <-timer.C:
			says(200, "application/pdf", "%PDF-1.7")(w, r)
		case <-r.Context().Done():
		}
	}))
	defer slow.Close()
	client, err := backend.New(backend.Config{URL: slow.URL, Token: token, Try: 300 * time.Millisecond, Timeout: 700 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := client.Account(t.Context(), "mseg", "a-1"); backend.CodeOf(err) != backend.Unavailable {
		t.Errorf("an answer: got %v", err)
	}
	if _, err := client.Payslip(t.Context(), "mseg", "a-1", "2026-10", ""); err != nil {
		t.Errorf("a document: got %v", err)
	}
}
