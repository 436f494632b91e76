package emulator_test

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"ventanilla/backend"
	"ventanilla/backend/emulator"
)

// raw sends what the client never would and returns the status and the problem's code.
func raw(t *testing.T, w *world, method, path, body string, headers ...string) (int, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, w.url+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+token.Reveal())
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	var problem struct{ Code string }
	_ = json.Unmarshal(text, &problem) // of a sound answer there is none
	return resp.StatusCode, problem.Code
}

func TestWhatIsNotOfTheContractIsRefused(t *testing.T) {
	w := start(t)
	const root = "/v1/portals/mseg"
	const unlock = root + "/accounts/mseg-1004/unlock"
	for _, test := range []struct {
		name, method, path, body string
		headers                  []string
		status                   int
		code                     string
	}{
		{"no token", "GET", root + "/capabilities", "", []string{"Authorization", ""}, 401, "unauthorized"},
		{"a wrong token", "GET", root + "/capabilities", "", []string{"Authorization", "Bearer x"}, 401, "unauthorized"},
		{"another scheme", "GET", root + "/capabilities", "", []string{"Authorization", "Basic " + token.Reveal()}, 401, "unauthorized"},
		{"an unknown operation", "GET", root + "/nothing", "", nil, 404, "not_found"},
		{"another method", "DELETE", root + "/accounts/mseg-1004", "", nil, 404, "not_found"},
		{"an unknown portal", "GET", "/v1/portals/none/capabilities", "", nil, 404, "not_found"},
		{"no key", "POST", unlock, `{"evidence":"x"}`, nil, 400, "invalid"},
		{"a key with a space", "POST", unlock, `{"evidence":"x"}`, []string{"Idempotency-Key", "a b"}, 400, "invalid"},
		{"a long key", "POST", unlock, `{"evidence":"x"}`, []string{"Idempotency-Key", strings.Repeat("k", 257)}, 400, "invalid"},
		{"an unknown field", "POST", unlock, `{"evidence":"x","force":true}`, []string{"Idempotency-Key", "k1"}, 400, "invalid"},
		{"two bodies", "POST", unlock, `{"evidence":"x"}{}`, []string{"Idempotency-Key", "k2"}, 400, "invalid"},
		{"no JSON", "POST", root + "/identify", `fields=1`, nil, 400, "invalid"},
		{"a long body", "POST", root + "/identify", `{"fields":{"a":"` + strings.Repeat("x", 70<<10) + `"}}`, nil, 400, "invalid"},
		{"evidence that is none", "POST", unlock, `{"evidence":"x"}`, []string{"Idempotency-Key", "k3"}, 403, "bad_evidence"},
		{"the admin door, closed", "GET", "/admin/effects", "", nil, 404, ""},
	} {
		if status, code := raw(t, w, test.method, test.path, test.body, test.headers...); status != test.status || code != test.code {
			t.Errorf("%s: got %d %s, want %d %s", test.name, status, code, test.status, test.code)
		}
	}
}

// Nélida has two accounts and one address: what proves one must not open the other.
func TestEvidenceCountsForItsAccountAndPortalAlone(t *testing.T) {
	w := start(t)
	e := w.proof("mseg-1012", "nelida.paez@correo.example")
	for name, of := range map[string]string{"other-account": portal, "other-portal": "club"} {
		text, err := e.Sign(token, of)
		if err != nil {
			t.Fatal(err)
		}
		account := map[string]string{"other-account": "mseg-1013", "other-portal": "mseg-1012"}[name]
		status, code := raw(t, w, "POST", "/v1/portals/mseg/accounts/"+account+"/unlock", `{"evidence":"`+text+`"}`, "Idempotency-Key", name)
		if status != http.StatusForbidden || code != string(backend.BadEvidence) {
			t.Errorf("%s: got %d %s", name, status, code)
		}
	}
	if s := w.state(t, "mseg-1013"); !s.Locked {
		t.Error("it was unlocked")
	}
}

func TestTheAdminDoor(t *testing.T) {
	w := start(t, func(o *emulator.Options) { o.Admin = true })
	for _, test := range []struct {
		method, path, body string
		headers            []string
		want               int
	}{
		{"GET", "/admin/effects", "", []string{"Authorization", ""}, 401},
		{"GET", "/admin/effects", "", nil, 200},
		{"GET", "/admin/people", "", nil, 200},
		{"POST", "/admin/faults", `{"kind":"flood","times":1}`, nil, 400},
		{"POST", "/admin/faults", `{"kind":"503","times":-1}`, nil, 204},
		{"GET", "/v1/portals/mseg/capabilities", "", nil, 503},
		{"DELETE", "/admin/faults", "", nil, 204},
		{"GET", "/v1/portals/mseg/capabilities", "", nil, 200},
	} {
		if status, _ := raw(t, w, test.method, test.path, test.body, test.headers...); status != test.want {
			t.Errorf("%s %s: got %d, want %d", test.method, test.path, status, test.want)
		}
	}
}

func TestTheCapabilitiesTellWhereToSignIn(t *testing.T) {
	w := start(t, func(o *emulator.Options) { o.PublicURL = "https://portal.example" })
	got, err := w.client.Capabilities(t.Context(), portal)
	if err != nil || got.SignInURL != "https://portal.example/signin/mseg" || !got.Password.Digit || !got.Temporary {
		t.Errorf("got %+v, %v", got, err)
	}
}

func BenchmarkIdentifyAndAccount(b *testing.B) {
	w := start(b)
	fields := map[string]string{"doc_type": "dni", "doc_number": "14567890", "legajo": "104233"}
	for b.Loop() {
		found, err := w.client.Identify(b.Context(), portal, fields)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := w.client.Account(b.Context(), portal, found[0].ID); err != nil {
			b.Fatal(err)
		}
	}
}
