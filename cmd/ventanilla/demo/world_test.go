package demo_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"ventanilla/cmd/ventanilla/app"
	"ventanilla/cmd/ventanilla/demo"
	"ventanilla/cmd/ventanilla/settings"
)

// patience is how long a test waits for something to happen before it says that it did not.
const patience = 20 * time.Second

// world is a running demo, played over its HTTP API only.
type world struct {
	t    *testing.T
	url  string
	stop func()
}

// start runs a demo on a free port until the test ends. Replies to identity answers
// are not held back, nor paced as the real network demands, so that a story takes no minutes.
func start(t *testing.T, dir string, change ...func(*settings.Limits)) *world {
	t.Helper()
	limits := settings.DefaultLimits()
	limits.IdentityHold, limits.TelegramChat.Max, limits.Chat.Max = 0, 0, 0
	for _, f := range change {
		f(&limits)
	}
	l, err := app.Listen(t.Context(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	log := slog.New(slog.DiscardHandler)
	if os.Getenv("VENTANILLA_LOG") != "" {
		log = slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelDebug}))
	}
	w, err := demo.New(t.Context(), demo.Options{Public: l, Data: dir, Log: log, Limits: limits})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- w.Run(ctx) }()
	stopped := false
	stop := func() {
		if stopped {
			return
		}
		stopped = true
		cancel()
		if err := <-done; err != nil {
			t.Errorf("stopping the demo: %v", err)
		}
		if err := w.Close(); err != nil {
			t.Errorf("closing the demo: %v", err)
		}
	}
	t.Cleanup(stop)
	return &world{t: t, url: w.URL(), stop: stop}
}

// call asks the API and decodes what it answers.
func (w *world) call(method, path string, body, into any) (status int) {
	w.t.Helper()
	var text io.Reader
	if body != nil {
		data, err := json.Marshal(body)
		if err != nil {
			w.t.Fatal(err)
		}
		text = bytes.NewReader(data)
	}
	req, err := http.NewRequestWithContext(w.t.Context(), method, w.url+path, text)
	if err != nil {
		w.t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		w.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	if into != nil {
		if err := json.Unmarshal(data, into); err != nil {
			w.t.Fatalf("%s %s: %v in %s", method, path, err, data)
		}
	}
	return resp.StatusCode
}

// must is call for what has to work.
func (w *world) must(method, path string, body, into any) {
	w.t.Helper()
	var problem struct{ Detail string }
	if into == nil {
		into = &json.RawMessage{}
		if status := w.call(method, path, body, nil); status >= 300 {
			w.call(method, path, body, &problem)
			w.t.Fatalf("%s %s: %d %s", method, path, status, problem.Detail)
		}
		return
	}
	if status := w.call(method, path, body, into); status >= 300 {
		w.t.Fatalf("%s %s: %d", method, path, status)
	}
}

func (w *world) clock(advance string) {
	w.t.Helper()
	w.must("POST", "/demo/clock", map[string]string{"advance": advance}, nil)
}

func (w *world) now() time.Time {
	w.t.Helper()
	var got struct{ Now time.Time }
	w.must("GET", "/demo/world", nil, &got)
	return got.Now
}

func (w *world) fault(where, kind string, times int) {
	w.t.Helper()
	w.must("POST", "/demo/fault", map[string]any{"where": where, "kind": kind, "times": times}, nil)
}

func (w *world) signin(username, password string) (result string) {
	w.t.Helper()
	var got struct{ Result string }
	w.must("POST", "/demo/core/mseg/signin", map[string]string{"username": username, "password": password}, &got)
	return got.Result
}

func (w *world) mails(address string) (list []demo.Mail) {
	w.t.Helper()
	w.must("GET", "/demo/mail/"+url.PathEscape(address), nil, &list)
	return list
}

// mail waits for the n-th mail to an address, counted from 1.
func (w *world) mail(address string, n int) demo.Mail {
	w.t.Helper()
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); <-time.After(20 * time.Millisecond) {
		if list := w.mails(address); len(list) >= n {
			return list[n-1]
		}
	}
	w.t.Fatalf("mail %d to %s never came", n, address)
	return demo.Mail{}
}

// mailAbout waits for a mail with some words in its subject. Mails overtake each
// other: one that carries a temporary password waits for the core.
func (w *world) mailAbout(address, words string) demo.Mail {
	w.t.Helper()
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); <-time.After(20 * time.Millisecond) {
		for _, m := range w.mails(address) {
			if strings.Contains(m.Subject, words) {
				return m
			}
		}
	}
	w.t.Fatalf("no mail to %s about %q ever came", address, words)
	return demo.Mail{}
}

// phone is one person's phone.
type phone struct {
	*world
	path string
	read int // n of the last line that a test looked at
}

func (w *world) phone(person string) *phone {
	return &phone{world: w, path: "/demo/telegram/mseg/" + url.PathEscape(person)}
}

func (p *phone) say(text string) {
	p.t.Helper()
	p.must("POST", p.path+"/say", map[string]string{"text": text}, nil)
}

func (p *phone) tap(option string) {
	p.t.Helper()
	p.must("POST", p.path+"/tap", map[string]string{"option": option}, nil)
}

func (p *phone) screen(query string) (lines []demo.Line) {
	p.t.Helper()
	p.must("GET", p.path+"/screen?"+query, nil, &lines)
	return lines
}

// hear waits for the bot to say something that contains want, after what was heard before.
func (p *phone) hear(want string) demo.Line {
	p.t.Helper()
	var heard []string
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); {
		for _, l := range p.screen(fmt.Sprintf("after=%d&wait=1s", p.read)) {
			p.read = l.N
			if l.From == "bot" && strings.Contains(l.Text, want) {
				return l
			}
			heard = append(heard, l.From+": "+l.Text)
		}
	}
	p.t.Fatalf("never heard %q but:\n%s", want, strings.Join(heard, "\n"))
	return demo.Line{}
}

var pinForm, codeForm = regexp.MustCompile(`PIN: (\d{4})`), regexp.MustCompile(`\b(\d{4}) (\d{4})\b`)

// pin reads the PIN that stands beside a link.
func (p *phone) pin(l demo.Line) string {
	p.t.Helper()
	m := pinForm.FindStringSubmatch(l.Text)
	if m == nil || len(l.Links) == 0 {
		p.t.Fatalf("there is no PIN or no link in %q %v", l.Text, l.Links)
	}
	return m[1]
}

// code reads the code in a mail.
func (w *world) code(m demo.Mail) string {
	w.t.Helper()
	found := codeForm.FindString(m.Text)
	if found == "" {
		w.t.Fatalf("there is no code in %q", m.Text)
	}
	return found
}

// form is a one-time page as a browser would send it back.
type form struct {
	address string
	hidden  url.Values
	fields  []string
}

// open fetches a page and finds its form.
func (w *world) open(address string) form {
	w.t.Helper()
	resp, err := http.Get(address)
	if err != nil {
		w.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	f := form{address: address, hidden: url.Values{}}
	for z := html.NewTokenizer(resp.Body); z.Next() != html.ErrorToken; {
		t := z.Token()
		if t.Data != "input" {
			continue
		}
		a := map[string]string{}
		for _, attr := range t.Attr {
			a[attr.Key] = attr.Val
		}
		if a["type"] == "hidden" {
			f.hidden.Set(a["name"], a["value"])
		} else if a["name"] != "" {
			f.fields = append(f.fields, a["name"])
		}
	}
	if resp.StatusCode != http.StatusOK || len(f.fields) == 0 {
		w.t.Fatalf("%s: %d, fields %v", address, resp.StatusCode, f.fields)
	}
	return f
}

// send posts the form with a value for each field that a person fills, and returns what the page says.
func (w *world) send(f form, values map[string]string) (status int, page string) {
	w.t.Helper()
	body := url.Values{}
	for k, v := range f.hidden {
		body[k] = slices.Clone(v)
	}
	for k, v := range values {
		if !slices.Contains(f.fields, k) {
			w.t.Fatalf("the page has no field %q but %v", k, f.fields)
		}
		body.Set(k, v)
	}
	req, err := http.NewRequestWithContext(w.t.Context(), "POST", f.address, strings.NewReader(body.Encode()))
	if err != nil {
		w.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Origin", "null") // as browsers send under Referrer-Policy: no-referrer
	req.Header.Set("Sec-Fetch-Site", "same-origin")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		w.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	return resp.StatusCode, html.UnescapeString(string(text))
}
