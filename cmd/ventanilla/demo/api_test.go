package demo_test

import (
	"bufio"
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"ventanilla/cmd/ventanilla/demo"
)

// ask sends a request as it is given and returns the answer with its problem, if it is one.
func (w *world) ask(method, path, body string, header http.Header) (*http.Response, string) {
	w.t.Helper()
	req, err := http.NewRequestWithContext(w.t.Context(), method, w.url+path, strings.NewReader(body))
	if err != nil {
		w.t.Fatal(err)
	}
	for k, v := range header {
		req.Header[k] = v
	}
	if host := header.Get("Host"); host != "" {
		req.Host = host
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		w.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	var problem struct {
		Detail string
		Status int
	}
	if strings.HasPrefix(resp.Header.Get("Content-Type"), "application/problem+json") {
		if err := json.NewDecoder(resp.Body).Decode(&problem); err != nil || problem.Status != resp.StatusCode {
			w.t.Errorf("%s %s: a problem of status %d: %v", method, path, problem.Status, err)
		}
	}
	return resp, problem.Detail
}

func TestTheAPIRefusesWithReasons(t *testing.T) {
	w := start(t, t.TempDir())
	for name, c := range map[string]struct {
		method, path, body string
		status             int
		detail             string
	}{
		"no such place":         {"GET", "/demo/nope", "", 404, "README.md describes"},
		"wrong method":          {"GET", "/demo/clock", "", 405, "wants POST"},
		"wrong method on read":  {"POST", "/demo/people", "", 405, "wants GET"},
		"no such channel":       {"POST", "/demo/pigeon/mseg/ana/say", `{"text":"a"}`, 404, "there is telegram"},
		"no such portal":        {"POST", "/demo/telegram/nope/ana/say", `{"text":"a"}`, 404, `no bot of portal "nope"`},
		"no body":               {"POST", "/demo/telegram/mseg/ana/say", "", 400, "the body is empty"},
		"no JSON":               {"POST", "/demo/telegram/mseg/ana/say", "hola", 400, "not the JSON"},
		"unknown field":         {"POST", "/demo/telegram/mseg/ana/say", `{"txt":"a"}`, 400, `unknown field "txt"`},
		"more than an object":   {"POST", "/demo/telegram/mseg/ana/say", `{"text":"a"} {}`, 400, "something follows"},
		"too much":              {"POST", "/demo/telegram/mseg/ana/say", `{"text":"` + strings.Repeat("a", 70_000) + `"}`, 413, "64 KiB"},
		"empty text":            {"POST", "/demo/telegram/mseg/ana/say", `{"text":""}`, 400, "text is empty"},
		"text that is too long": {"POST", "/demo/telegram/mseg/ana/say", `{"text":"` + strings.Repeat("a", 5000) + `"}`, 400, "4096"},
		"no such button":        {"POST", "/demo/telegram/mseg/ana/tap", `{"option":"x"}`, 409, "cannot be tapped"},
		"no such kind":          {"POST", "/demo/telegram/mseg/ana/send", `{"kind":"smell"}`, 400, "smell"},
		"bad after":             {"GET", "/demo/telegram/mseg/ana/screen?after=x", "", 400, "after must be"},
		"bad wait":              {"GET", "/demo/telegram/mseg/ana/screen?wait=1", "", 400, "wait must be"},
		"no such document":      {"GET", "/demo/telegram/mseg/ana/document/1", "", 404, "no document"},
		"no mail address":       {"GET", "/demo/mail/ana", "", 400, "not a mail address"},
		"no such mail":          {"GET", "/demo/mail/ana@b.example/0/html", "", 404, "no such mail"},
		"back in time":          {"POST", "/demo/clock", `{"advance":"-1m"}`, 400, "forward"},
		"nonsense of time":      {"POST", "/demo/clock", `{"advance":"soon"}`, 400, "such as 10m"},
		"too far":               {"POST", "/demo/clock", `{"advance":"99999h"}`, 400, "at most a year"},
		"fault nowhere":         {"POST", "/demo/fault", `{"where":"moon","kind":"down"}`, 400, "telegram, mail or core"},
		"fault of no kind":      {"POST", "/demo/fault", `{"where":"core"}`, 400, "where and kind"},
		"no such fault of mail": {"POST", "/demo/fault", `{"where":"mail","kind":"x"}`, 400, "silence"},
		"no such fault of core": {"POST", "/demo/fault", `{"where":"core","kind":"x"}`, 400, "partial_unlock"},
		"no such fault there":   {"POST", "/demo/fault", `{"where":"telegram","kind":"x"}`, 400, "429"},
		"event nowhere":         {"POST", "/demo/core/nope/event", `{"type":"account_locked","account":"a"}`, 404, "no account"},
		"event of nobody":       {"POST", "/demo/core/mseg/event", `{"type":"account_locked","account":"a"}`, 404, `no account "a"`},
		"event of no kind":      {"POST", "/demo/core/mseg/event", `{"type":"x","account":"mseg-1001"}`, 400, "payslip_available account_locked"},
		"sign-in nowhere":       {"POST", "/demo/core/nope/signin", `{"username":"a","password":"b"}`, 404, "no portal"},
		"no such file":          {"GET", "/demo/page/nope.js", "", 404, "no such file"},
		"events of nobody":      {"GET", "/demo/events?channel=telegram&portal=mseg", "", 404, "1 to 100"},
	} {
		t.Run(name, func(t *testing.T) {
			w := &world{t: t, url: w.url}
			resp, detail := w.ask(c.method, c.path, c.body, nil)
			if resp.StatusCode != c.status || !strings.Contains(detail, c.detail) {
				t.Errorf("got %d %q, want %d and %q", resp.StatusCode, detail, c.status, c.detail)
			}
			if c.status == 405 && resp.Header.Get("Allow") == "" {
				t.Error("405 without Allow")
			}
		})
	}
}

func TestOnlyThisAddressAndItsOwnPagesMayPlay(t *testing.T) {
	w := start(t, t.TempDir())
	port := w.url[strings.LastIndex(w.url, ":"):]
	for name, c := range map[string]struct {
		header http.Header
		status int
	}{
		"the address itself":     {http.Header{"Host": {"127.0.0.1" + port}}, 200},
		"localhost":              {http.Header{"Host": {"localhost" + port}}, 200},
		"its own page":           {http.Header{"Origin": {w.url}}, 200},
		"its page as localhost":  {http.Header{"Origin": {"http://localhost" + port}}, 200},
		"a foreign name":         {http.Header{"Host": {"evil.example" + port}}, 421},
		"a name of this machine": {http.Header{"Host": {"127.0.0.1.evil.example" + port}}, 421},
		"another port":           {http.Header{"Host": {"127.0.0.1:1"}}, 421},
		"a foreign page":         {http.Header{"Origin": {"https://evil.example"}}, 403},
		"a page of nowhere":      {http.Header{"Origin": {"null"}}, 403},
		"this machine over TLS":  {http.Header{"Origin": {"https://127.0.0.1" + port}}, 403},
		"another local program":  {http.Header{"Origin": {"http://127.0.0.1:1"}}, 403},
	} {
		for _, path := range []string{"/", "/demo/people"} {
			if resp, _ := w.ask("GET", path, "", c.header); resp.StatusCode != c.status {
				t.Errorf("%s, %s: got %d, want %d", name, path, resp.StatusCode, c.status)
			}
		}
	}
}

func TestThePeopleAreToldWhole(t *testing.T) {
	w := start(t, t.TempDir())
	var people []demo.Person
	w.must("GET", "/demo/people", nil, &people)
	if len(people) < 40 {
		t.Fatalf("got %d people", len(people))
	}
	for _, p := range people {
		if p.Portal == "" || p.Name == "" || p.Phone == "" || p.Story == "" || len(p.Identifiers) == 0 || p.Portal == "mseg" && len(p.Identifiers) < 5 || len(p.Accounts) == 0 || len(p.State) == 0 {
			t.Errorf("%s lacks something: %+v", p.ID, p)
		}
	}
	if got := w.seeded("juan-ramon"); len(got.Accounts) != 2 || len(got.Addresses) != 2 {
		t.Errorf("the first complainer has %d accounts and %d addresses, want 2 and 2", len(got.Accounts), len(got.Addresses))
	}
	if w.signin("nobody", "x") != "wrong" {
		t.Error("somebody unknown signed in")
	}
}

// Whatever a person sends, somebody kind answers (RULES: talk.size).
func TestEveryKindOfMessageIsAnswered(t *testing.T) {
	t.Parallel()
	w := start(t, t.TempDir())
	for _, kind := range []string{"audio", "photo", "sticker", "location", "contact", "document"} {
		p := w.phone("sends " + kind)
		p.must("POST", p.path+"/send", map[string]string{"kind": kind}, nil)
		if l := p.hear(""); l.Text == "" {
			t.Errorf("%s: got silence", kind)
		}
	}
}

// A screen is a list even when it is empty, and waiting ends when nothing comes.
func TestAnEmptyScreenIsAnEmptyList(t *testing.T) {
	w := start(t, t.TempDir())
	begun := time.Now()
	lines := w.phone("nobody").screen("after=0&wait=100ms")
	if lines == nil || len(lines) != 0 || time.Since(begun) > patience {
		t.Errorf("got %v after %s", lines, time.Since(begun))
	}
}

func TestThePageHearsWhatChanges(t *testing.T) {
	w := start(t, t.TempDir())
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	query := url.Values{"channel": {"telegram"}, "portal": {"mseg"}, "person": {"Ana"}, "mail": {"adriana@correo.example"}}
	req, err := http.NewRequestWithContext(ctx, "GET", w.url+"/demo/events?"+query.Encode(), nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	w.phone("Ana").say("hola")
	lines := bufio.NewScanner(resp.Body)
	for seen := 0; lines.Scan(); {
		if strings.HasPrefix(lines.Text(), "data:") && strings.Contains(lines.Text(), `"screen"`) {
			if seen++; seen == 2 { // the first is what was there
				return
			}
		}
	}
	t.Errorf("the page never heard of the message: %v", lines.Err())
}

// The signed pages of the program are on the same address, as are its health and the portal's own sign-in page.
func TestTheProgramIsOnTheSameAddress(t *testing.T) {
	w := start(t, t.TempDir())
	for path, want := range map[string]int{"/healthz": 200, "/readyz": 200, "/privacidad": 200, "/signin/mseg": 200, "/f/x": 404, "/metrics": 404, "/telegram/mseg": 405} {
		if resp, _ := w.ask("GET", path, "", nil); resp.StatusCode != want {
			t.Errorf("%s: got %d, want %d", path, resp.StatusCode, want)
		}
	}
}
