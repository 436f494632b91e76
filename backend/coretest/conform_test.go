package coretest_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"

	"ventanilla/backend"
	"ventanilla/backend/coretest"
)

// watched is a client of a fresh emulator all of whose traffic is compared with the contract.
func watched(t *testing.T) (*backend.Client, *coretest.Conform) {
	t.Helper()
	target := core(t, sound)
	conform, err := coretest.NewConform(http.DefaultTransport)
	if err != nil {
		t.Fatal(err)
	}
	client, err := backend.New(backend.Config{URL: target.URL, Token: token, HTTP: &http.Client{Transport: conform}})
	if err != nil {
		t.Fatal(err)
	}
	return client, conform
}

// calls is every call of the client, each with what its error should be.
func calls(t *testing.T, c *backend.Client) map[string]error {
	t.Helper()
	ctx, got := t.Context(), map[string]error{}
	code := func(account, address string) backend.Evidence {
		return backend.Evidence{Account: account, Method: backend.MethodCode, Address: address, At: time.Now()}
	}
	marcosProof := code("mseg-1004", "marcos.villalba@correo.example")
	_, got["identify"] = c.Identify(ctx, "mseg", marcos)
	_, got["capabilities"] = c.Capabilities(ctx, "mseg")
	_, got["account"] = c.Account(ctx, "mseg", "mseg-1001")
	_, got["account without anything but a name"] = c.Account(ctx, "mseg", "mseg-1006")
	_, got["account not yet open"] = c.Account(ctx, "mseg", "mseg-1009")
	_, got["reset"] = c.Reset(ctx, "reset", "mseg", "mseg-1004", backend.ResetRequest{Password: "una clave nueva 42", Unlock: true, Evidence: marcosProof})
	_, got["reset, the unlocking only"] = c.Reset(ctx, "reset-2", "mseg", "mseg-1004", backend.ResetRequest{Unlock: true, Evidence: marcosProof})
	got["change"] = c.Change(ctx, "change", "mseg", "mseg-1004", "una clave nueva 42", "una clave nueva 43")
	_, got["unlock"] = c.Unlock(ctx, "unlock", "mseg", "mseg-1004", marcosProof)
	_, got["temporary"] = c.Temporary(ctx, "temporary", "mseg", "mseg-1004")
	got["sessions"] = c.EndSessions(ctx, "sessions", "mseg", "mseg-1004", marcosProof)
	_, got["contact"] = c.ChangeContact(ctx, "contact", "mseg", "mseg-1004", backend.Contact{Evidence: marcosProof,
		Email: &backend.NewEmail{Email: "marcos@nuevo.example", Replaces: "e1", Evidence: code("mseg-1004", "marcos@nuevo.example")},
		Phone: &backend.NewPhone{Number: "+5492235550199"}, Postal: &backend.Postal{Street: "Mitre 1", City: "Azul", Country: "AR"}, FullName: "Marcos Villalba Paz"})
	_, got["contact, the phone only"] = c.ChangeContact(ctx, "contact-2", "mseg", "mseg-1004", backend.Contact{
		Evidence: code("mseg-1004", "marcos@nuevo.example"), Phone: &backend.NewPhone{Number: "+5492235550100", Replaces: "t1"}})
	_, got["products"] = c.Products(ctx, "mseg", "mseg-1004")
	_, got["payslips"] = c.Payslips(ctx, "mseg", "mseg-1004")
	_, got["invitation"] = c.Invitation(ctx, "mseg", "mseg 7k4p 2qxd")
	_, got["register"] = c.Register(ctx, "register", "mseg", backend.Registration{Account: "mseg-1009", Invitation: "MSEG-7K4P-2QXD",
		Password: "mi primera clave 1", Evidence: backend.Evidence{Account: "mseg-1009", Method: backend.MethodInvitation, At: time.Now()},
		Email: "lucia@nueva.example", EmailEvidence: code("mseg-1009", "lucia@nueva.example"), FullName: "Lucía Benítez Paz",
		Postal: &backend.Postal{Street: "Mitre 2", City: "Azul"}, Accepted: &backend.Acceptance{Version: "2026-03", At: time.Now()}})
	_, got["payslips by fortnights"] = c.Payslips(ctx, "miportal", "mip-5002")
	_, got["payslips with décimos"] = c.Payslips(ctx, "iess", "iess-4001")
	_, got["a disabled account"] = c.Account(ctx, "iess", "iess-4009")
	return got
}

// refusals is a call for every code that a core gives on its own.
func refusals(t *testing.T, c *backend.Client) map[backend.Code]error {
	t.Helper()
	ctx, got := t.Context(), map[backend.Code]error{}
	e := backend.Evidence{Account: "mseg-1005", Method: backend.MethodCode, Address: "graciela@correo.example", At: time.Now()}
	_, got[backend.NotFound] = c.Account(ctx, "mseg", "nobody")
	_, got[backend.Rejected] = c.Register(ctx, "r1", "mseg", backend.Registration{Account: "mseg-1005", Password: "una clave nueva 42", Evidence: e})
	_, got[backend.WeakPassword] = c.Reset(ctx, "r2", "mseg", "mseg-1005", backend.ResetRequest{Password: "corta", Evidence: e})
	got[backend.WrongPassword] = c.Change(ctx, "r3", "mseg", "mseg-1005", "no es esta", "una clave nueva 42")
	got[backend.Locked] = c.Change(ctx, "r4", "mseg", "mseg-1013", "cuaderno de comunicaciones 6", "una clave nueva 42")
	got[backend.IdempotencyMismatch] = c.Change(ctx, "r3", "mseg", "mseg-1005", "otra", "una clave nueva 42")
	e.Address = "otra@correo.example"
	_, got[backend.BadEvidence] = c.Unlock(ctx, "r5", "mseg", "mseg-1005", e)
	for i := range 6 {
		got[backend.RateLimited] = c.Change(ctx, "r6"+strings.Repeat("x", i), "mseg", "mseg-1005", "no es esta", "una clave nueva 42")
	}
	return got
}

func TestClientAndEmulatorSpeakTheContract(t *testing.T) {
	client, conform := watched(t)
	for name, err := range calls(t, client) {
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	slips, err := client.Payslips(t.Context(), "mseg", "mseg-1004")
	if err != nil || len(slips) == 0 {
		t.Fatalf("got %v, %v", slips, err)
	}
	for _, password := range []string{"", "33120945"} {
		if _, err := client.Payslip(t.Context(), "mseg", "mseg-1004", slips[0].ID, secretText(password)); err != nil {
			t.Errorf("payslip with password %q: %v", password, err)
		}
	}
	for want, err := range refusals(t, client) {
		if got := backend.CodeOf(err); got != want {
			t.Errorf("got %v, want %v", err, want)
		}
	}
	for _, d := range conform.Departures() {
		t.Error(d)
	}
	for _, op := range operations(t) {
		if !conform.Seen(op) {
			t.Errorf("nothing asked for %s", op)
		}
	}
}

// operations lists what the contract has.
func operations(t *testing.T) (list []string) {
	t.Helper()
	doc, err := openapi3.NewLoader().LoadFromData(backend.Contract)
	if err != nil {
		t.Fatal(err)
	}
	if err := doc.Validate(t.Context()); err != nil {
		t.Fatal(err)
	}
	for path, item := range doc.Paths.Map() {
		for method := range item.Operations() {
			list = append(list, method+" "+path)
		}
	}
	return list
}

func TestTheCodesAreTheContracts(t *testing.T) {
	doc, err := openapi3.NewLoader().LoadFromData(backend.Contract)
	if err != nil {
		t.Fatal(err)
	}
	want := map[backend.Code]bool{}
	for _, v := range doc.Components.Schemas["Problem"].Value.Properties["code"].Value.Enum {
		want[backend.Code(v.(string))] = true
	}
	ours := []backend.Code{backend.NotFound, backend.Rejected, backend.WeakPassword, backend.WrongPassword, backend.Locked,
		backend.BadEvidence, backend.IdempotencyMismatch, backend.RateLimited, backend.Invalid, backend.Unauthorized,
		backend.Unsupported, backend.Unavailable, backend.Internal}
	for _, c := range ours {
		if !want[c] {
			t.Errorf("the contract has no %s", c)
		}
	}
	if len(ours) != len(want) {
		t.Errorf("the contract has %d codes, we have %d", len(want), len(ours))
	}
}

func TestConformSeesWhatDeparts(t *testing.T) {
	reply := func(status int, media, body string) http.RoundTripper {
		return roundTrip(func(r *http.Request) *http.Response {
			return &http.Response{StatusCode: status, Header: http.Header{"Content-Type": {media}}, Body: bodyOf(body), Request: r}
		})
	}
	const path, goodBody = "/v1/portals/mseg/accounts/a-1/unlock", `{"evidence":"x"}`
	for name, test := range map[string]struct {
		next         http.RoundTripper
		method, path string
		key, body    string
		departs      bool
	}{
		"nothing":                  {reply(200, "application/json", `{"outcome":"done"}`), "POST", path, "k", goodBody, false},
		"an unknown path":          {reply(200, "application/json", `{}`), "GET", "/v1/portals/mseg/nothing", "", "", true},
		"a missing key":            {reply(200, "application/json", `{"outcome":"done"}`), "POST", path, "", goodBody, true},
		"a key with a space":       {reply(200, "application/json", `{"outcome":"done"}`), "POST", path, "k k", goodBody, true},
		"a body without evidence":  {reply(200, "application/json", `{"outcome":"done"}`), "POST", path, "k", `{}`, true},
		"an unknown outcome":       {reply(200, "application/json", `{"outcome":"perhaps"}`), "POST", path, "k", goodBody, true},
		"another media type":       {reply(200, "text/html", `<p>`), "POST", path, "k", goodBody, true},
		"a problem without a code": {reply(404, "application/problem+json", `{"type":"x","title":"x","status":404}`), "POST", path, "k", goodBody, true},
	} {
		conform, err := coretest.NewConform(test.next)
		if err != nil {
			t.Fatal(err)
		}
		req, err := http.NewRequest(test.method, "http://core.example"+test.path, strings.NewReader(test.body))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer x")
		req.Header.Set("Content-Type", "application/json")
		if test.key != "" {
			req.Header.Set("Idempotency-Key", test.key)
		}
		resp, err := conform.RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		if found := conform.Departures(); (len(found) > 0) != test.departs {
			t.Errorf("%s: got %q", name, found)
		}
	}
}
