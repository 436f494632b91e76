package demo_test

import (
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"
)

// A newcomer takes over a conversation of the demo's phones, by one click on the demo's page.
func TestANewcomerTakesOverAConversationOfThePhones(t *testing.T) {
	t.Parallel()
	w := start(t, t.TempDir())
	ana := w.phone("Ana de Prueba")
	ana.say("hola")
	ana.say("quiero hablar con una persona")
	ana.hear("caso es el")
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	browser := &http.Client{Jar: jar}
	read := func(resp *http.Response, err error) (address *url.URL, page string) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = resp.Body.Close() }()
		b, err := io.ReadAll(resp.Body)
		if err != nil || resp.StatusCode != http.StatusOK {
			t.Fatalf("%s: %d %v", resp.Request.URL.Path, resp.StatusCode, err)
		}
		return resp.Request.URL, string(b)
	}
	at, page := read(browser.Get(w.url + "/demo/console"))
	if at.Path != "/console/" {
		t.Fatalf("the link leads to %s", at)
	}
	link := regexp.MustCompile(`/console/c/[0-9a-f]{32}`)
	for end := time.Now().Add(20 * time.Second); !strings.Contains(page, "Ana de Prueba"); _, page = read(browser.Get(at.String())) {
		if time.Now().After(end) {
			t.Fatalf("Ana is not in the list:\n%s", page)
		}
	}
	at.Path = link.FindString(page)
	read(browser.PostForm(at.String()+"/take", nil))
	ana.hear("Ahora te atiende una persona: Marta")
	read(browser.PostForm(at.String()+"/say", url.Values{"text": {"Hola Ana, ¿en qué te ayudo?"}, "request": {"0123456789abcdef"}}))
	ana.hear("Hola Ana, ¿en qué te ayudo?")
	read(browser.PostForm(at.String()+"/return", nil))
	ana.hear("Seguís conmigo, el asistente automático")
}

// One click lets a newcomer in as each of the three roles.
func TestTheConsoleOpensAsEachRole(t *testing.T) {
	t.Parallel()
	w := start(t, t.TempDir())
	for role, want := range map[string]string{"agent": "Lucía", "supervisor": "Marta", "auditor": "Inés", "": "Marta", "nobody": "Marta"} {
		jar, err := cookiejar.New(nil)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := (&http.Client{Jar: jar}).Get(w.url + "/demo/console?as=" + role)
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		if err != nil || !strings.Contains(string(b), want) || strings.Contains(string(b), "/console/today") != (role != "agent") {
			t.Errorf("as %q: %v\n%s", role, err, b)
		}
	}
}

// Who moves the clock to see what time does to people's conversations still sits at the console, where the time is the moved one.
func TestTheConsoleStaysOpenWhenTheClockIsMoved(t *testing.T) {
	t.Parallel()
	w := start(t, t.TempDir())
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	browser := &http.Client{Jar: jar, CheckRedirect: func(r *http.Request, _ []*http.Request) error {
		if strings.HasSuffix(r.URL.Path, "/sign-in") {
			return http.ErrUseLastResponse
		}
		return nil
	}}
	open := func(address string) (string, int) {
		t.Helper()
		resp, err := browser.Get(address)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		return resp.Request.URL.String(), resp.StatusCode
	}
	list, status := open(w.url + "/demo/console")
	if status != http.StatusOK {
		t.Fatalf("the console: %d", status)
	}
	for _, leap := range []string{"1h", "25h", "25h", "720h"} {
		w.clock(leap)
		if _, status := open(list); status != http.StatusOK {
			t.Errorf("%s later: got %d", leap, status)
		}
	}
}
