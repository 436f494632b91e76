package coretest_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"ventanilla/backend/coretest"
	"ventanilla/backend/emulator"
	"ventanilla/backend/secret"
)

const token = secret.Text("a-token-for-tests")

// marcos is somebody whom the checks may lock out.
var marcos = map[string]string{"personnel_type": "policial", "legajo": "201.554", "doc_type": "dni", "doc_number": "33.120.945"}

// core starts an emulator whose traffic passes through spoil.
func core(t *testing.T, spoil func(http.Handler) http.Handler) coretest.Target {
	t.Helper()
	text, err := seeded()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "core.db")
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	e, err := emulator.Open(path, emulator.Options{Token: token, NoSync: true, HashMemory: 64})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.Close() })
	server := httptest.NewServer(spoil(e.Handler()))
	t.Cleanup(server.Close)
	return coretest.Target{URL: server.URL, Token: token, Portal: "mseg", Fields: marcos, Change: true}
}

// seeded is a file with the people in it, made once: hashing their passwords takes a while.
var seeded = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "coretest")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	path := filepath.Join(dir, "core.db")
	e, err := emulator.Open(path, emulator.Options{Token: token})
	if err != nil {
		return nil, err
	}
	if err := e.Close(); err != nil {
		return nil, err
	}
	return os.ReadFile(path)
})

func sound(h http.Handler) http.Handler { return h }

// portals are somebody of each portal whom the checks may lock out, and somebody whose account they may open.
var portals = []coretest.Target{
	{Portal: "mseg", Fields: marcos, Unopened: map[string]string{"doc_type": "dni", "doc_number": "41.227.630", "legajo": "415.002"}, Invitation: "MSEG-7K4P-2QXD"},
	{Portal: "segurometal", Fields: map[string]string{"username": "DNI14203377"}, Unopened: map[string]string{"username": "DNI36440218"}},
	{Portal: "metlife", Fields: map[string]string{"username": "ale.muniz@correo.example"},
		Unopened: map[string]string{"policy": "VI-118204", "birth_date": "1984-03-14"}, Invitation: "MET-4H7Q-9XRA"},
	{Portal: "iess", Fields: map[string]string{"cedula": "171302944-3"}},
	{Portal: "miportal", Fields: map[string]string{"email": "esteban.cordero@mseg.example", "birth_date": "1985-10-03"},
		Unopened: map[string]string{"policy": "MP-402199", "birth_date": "1997-08-11"}},
}

func TestTheEmulatorPassesEveryCheckForEveryPortal(t *testing.T) {
	reached := core(t, sound)
	for _, target := range portals {
		target.URL, target.Token, target.Change, target.Op = reached.URL, token, true, target.Portal
		results, err := coretest.Check(t.Context(), target)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range results {
			without := target.Invitation == "" && strings.Contains(r.Name, "invitation")
			if !r.OK || r.Detail != "" && !without {
				t.Errorf("%s: %s: %s", target.Portal, r.Name, r.Detail)
			}
		}
		if len(results) < 34 {
			t.Errorf("%s: only %d checks ran", target.Portal, len(results))
		}
	}
}

func TestWithoutFieldsNothingIsChanged(t *testing.T) {
	target := core(t, func(h http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Method != http.MethodGet && !strings.HasSuffix(r.URL.Path, "/identify") && !strings.HasSuffix(r.URL.Path, "/invitations") && !strings.Contains(r.URL.Path, "nobody") {
				t.Errorf("it sent %s %s", r.Method, r.URL.Path)
			}
			h.ServeHTTP(w, r)
		})
	})
	target.Fields = nil
	results, err := coretest.Check(t.Context(), target)
	if err != nil || len(results) != 12 {
		t.Errorf("got %d results, %v", len(results), err)
	}
}

// answered runs a handler and hands its answer to change before it leaves.
func answered(change func(r *http.Request, status int, body []byte) (int, []byte)) func(http.Handler) http.Handler {
	return func(h http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			rec := httptest.NewRecorder()
			h.ServeHTTP(rec, r)
			status, body := change(r, rec.Code, rec.Body.Bytes())
			for k, v := range rec.Header() {
				w.Header()[k] = v
			}
			w.WriteHeader(status)
			_, _ = w.Write(body)
		})
	}
}

// asked changes a request before it is served.
func asked(change func(r *http.Request)) func(http.Handler) http.Handler {
	return func(h http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			change(r)
			h.ServeHTTP(w, r)
		})
	}
}

// without drops a field of every JSON answer below a path.
func without(path, field string) func(http.Handler) http.Handler {
	return answered(func(r *http.Request, status int, body []byte) (int, []byte) {
		var v map[string]any
		if !strings.Contains(r.URL.Path, path) || json.Unmarshal(body, &v) != nil {
			return status, body
		}
		delete(v, field)
		body, _ = json.Marshal(v)
		return status, body
	})
}

// hasty looks at a new password before anything else.
func hasty(path string) func(http.Handler) http.Handler {
	return func(h http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			if strings.HasSuffix(r.URL.Path, path) && bytes.Contains(body, []byte(strings.Repeat("x", 60))) {
				w.Header().Set("Content-Type", "application/problem+json")
				w.WriteHeader(http.StatusUnprocessableEntity)
				_, _ = io.WriteString(w, `{"type":"urn:ventanilla:problem:weak_password","title":"no","status":422,"code":"weak_password","violated":["max_length"]}`)
				return
			}
			r.Body = io.NopCloser(bytes.NewReader(body))
			h.ServeHTTP(w, r)
		})
	}
}

// Each of these cores is wrong in one way, and the check made for it must say so.
func TestEachCheckCanFail(t *testing.T) {
	keys := 0
	for _, test := range []struct {
		name  string // of the check
		spoil func(http.Handler) http.Handler
	}{
		{"what it answers is what openapi.yaml says", without("/accounts/mseg-1004", "label")},
		{"what it answers is what openapi.yaml says", without("/unlock", "type")},
		{"it says what it can do, and its password rules can be met", without("/capabilities", "password")},
		{"it judges the evidence before the password", hasty("/reset")},
		{"it judges the current password before the new one", hasty("/change")},
		{"it refuses a call with another token", asked(func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+token.Reveal()) })},
		{"it answers an empty list for a person it does not know", answered(func(r *http.Request, status int, body []byte) (int, []byte) {
			if strings.HasSuffix(r.URL.Path, "/identify") && bytes.Contains(body, []byte("[]")) {
				return http.StatusNotFound, body
			}
			return status, body
		})},
		{"it refuses a change without an Idempotency-Key", asked(func(r *http.Request) {
			if r.Header.Get("Idempotency-Key") == "" {
				r.Header.Set("Idempotency-Key", "one-for-all")
			}
		})},
		{"it gives the same answer to the same Idempotency-Key", asked(func(r *http.Request) {
			keys++
			r.Header.Set("Idempotency-Key", strings.Repeat("k", keys%200+1))
		})},
		{"it finds the person however the numbers are written", asked(func(r *http.Request) {
			if body, _ := io.ReadAll(r.Body); bytes.Contains(body, []byte(`" `)) {
				r.Body = io.NopCloser(strings.NewReader(`{"fields":{}}`))
			} else {
				r.Body = io.NopCloser(bytes.NewReader(body))
			}
		})},
		{"it lists payslips, and each opens as a PDF", answered(func(r *http.Request, status int, body []byte) (int, []byte) {
			if strings.Contains(r.URL.Path, "/payslips/2") {
				return status, nil
			}
			return status, body
		})},
		{"it changes name, address and phone, and leaves the rest", without("/contact", "full_name")},
		{"it opens no account on personal data and a newly typed address", answered(func(r *http.Request, status int, body []byte) (int, []byte) {
			if strings.HasSuffix(r.URL.Path, "/register") && status == http.StatusForbidden {
				return http.StatusOK, []byte(`{"account":"mseg-1009","username":"x"}`)
			}
			return status, body
		})},
		{"it opens the account once", answered(func(r *http.Request, status int, body []byte) (int, []byte) {
			if strings.HasSuffix(r.URL.Path, "/register") && status == http.StatusConflict {
				return http.StatusOK, []byte(`{"account":"mseg-1009","username":"x"}`)
			}
			return status, body
		})},
		{"an invitation serves once", answered(func(r *http.Request, status int, body []byte) (int, []byte) {
			if strings.HasSuffix(r.URL.Path, "/invitations") && status == http.StatusConflict {
				return http.StatusOK, []byte(`{"account":"mseg-1009","label":"x","expires_at":"2030-01-01T00:00:00Z"}`)
			}
			return status, body
		})},
	} {
		t.Run(test.name, func(t *testing.T) {
			target := core(t, test.spoil)
			target.Unopened, target.Invitation = portals[0].Unopened, portals[0].Invitation
			results, err := coretest.Check(t.Context(), target)
			if err != nil {
				t.Fatal(err)
			}
			i := slices.IndexFunc(results, func(r coretest.Result) bool { return r.Name == test.name })
			if i < 0 || results[i].OK {
				t.Errorf("it passed: %+v", results)
			}
		})
	}
}

func TestNoValueOfABodyIsInAResult(t *testing.T) {
	results, err := coretest.Check(t.Context(), core(t, answered(func(r *http.Request, status int, body []byte) (int, []byte) {
		return status, bytes.ReplaceAll(body, []byte(`"username":"mvillalba"`), []byte(`"username":["canary-7731"]`))
	})))
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range results {
		for _, canary := range []string{"canary-7731", "marcos.villalba", "Vt-", token.Reveal()} {
			if strings.Contains(r.Detail, canary) {
				t.Errorf("%s: %s", r.Name, r.Detail)
			}
		}
	}
}

func TestATargetWithoutTokenIsRefused(t *testing.T) {
	if _, err := coretest.Check(t.Context(), coretest.Target{URL: "http://127.0.0.1:1", Portal: "mseg"}); err == nil {
		t.Error("got no error")
	}
}

func TestADeadCoreFailsAndSaysSo(t *testing.T) {
	began := time.Now()
	results, err := coretest.Check(t.Context(), coretest.Target{URL: "http://127.0.0.1:1", Token: token, Portal: "mseg"})
	if err != nil || results[0].OK || !strings.Contains(results[0].Detail, "unavailable") {
		t.Errorf("got %+v, %v", results, err)
	}
	if time.Since(began) > 20*time.Second {
		t.Errorf("it took %v", time.Since(began))
	}
}
