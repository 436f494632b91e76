package emulator

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"ventanilla/flows"
)

const (
	account = "AC00000000000000000000000000000001"
	token   = "0123456789abcdef0123456789abcdef"
	from    = "+14155238886"
)

// bench is a network with one sender and a server that keeps what its webhooks are told.
type bench struct {
	t     *testing.T
	clock *flows.Clock
	net   *Network
	api   *httptest.Server
	hook  *httptest.Server

	mu      sync.Mutex
	forms   []url.Values
	heads   []http.Header
	fail    int // so many webhooks are refused
	changed chan struct{}
}

func newBench(t *testing.T) *bench {
	t.Helper()
	w := &bench{t: t, clock: &flows.Clock{}, changed: make(chan struct{}, 1)}
	w.net = New(Options{Clock: w.clock, Retry: time.Millisecond})
	w.api, w.hook = httptest.NewServer(w.net.Handler()), httptest.NewServer(http.HandlerFunc(w.heard))
	w.net.AddSender(Sender{Account: account, Token: token, From: from, Webhook: w.hook.URL + "/in"})
	t.Cleanup(func() { w.net.Close(); w.hook.Close(); w.api.Close() })
	return w
}

func (w *bench) heard(rw http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil {
		w.t.Error(err)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if got, want := r.Header.Get("X-Twilio-Signature"), Sign(token, w.hook.URL+r.URL.String(), r.PostForm); got != want {
		w.t.Errorf("signed %q, want %q", got, want)
	}
	w.forms, w.heads = append(w.forms, r.PostForm), append(w.heads, r.Header)
	if w.fail > 0 {
		w.fail--
		rw.WriteHeader(http.StatusServiceUnavailable)
	}
	select {
	case w.changed <- struct{}{}:
	default:
	}
}

// wait returns what the webhooks were told once there are n.
func (w *bench) wait(n int) []url.Values {
	w.t.Helper()
	late := time.After(10 * time.Second)
	for {
		w.mu.Lock()
		forms := append([]url.Values(nil), w.forms...)
		w.mu.Unlock()
		if len(forms) >= n {
			return forms
		}
		select {
		case <-w.changed:
		case <-late:
			w.t.Fatalf("%d webhooks, want %d", len(forms), n)
		}
	}
}

func (w *bench) say(person, text string) {
	w.t.Helper()
	if _, err := w.net.Say(from, person, text); err != nil {
		w.t.Fatal(err)
	}
}

// call asks the API as the account would.
func (w *bench) call(method, path string, form url.Values, change ...func(*http.Request)) (status int, body []byte) {
	w.t.Helper()
	req, err := http.NewRequestWithContext(context.Background(), method, w.api.URL+"/2010-04-01/Accounts/"+account+path, strings.NewReader(form.Encode()))
	if err != nil {
		w.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.SetBasicAuth(account, token)
	for _, f := range change {
		f(req)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		w.t.Fatal(err)
	}
	defer resp.Body.Close()
	if body, err = io.ReadAll(resp.Body); err != nil {
		w.t.Fatal(err)
	}
	return resp.StatusCode, body
}

// send sends a text to a person, with reports, and returns its SID.
func (w *bench) send(person string, change ...func(url.Values)) (status int, sid string, code int) {
	w.t.Helper()
	form := url.Values{"To": {"whatsapp:" + w.net.Address(person)}, "From": {"whatsapp:" + from}, "Body": {"hola"}, "StatusCallback": {w.hook.URL + "/status?a=b"}}
	for _, f := range change {
		f(form)
	}
	status, body := w.call("POST", "/Messages.json", form)
	var m struct {
		Sid  string
		Code int
	}
	if err := json.Unmarshal(body, &m); err != nil {
		w.t.Fatalf("%s: %v", body, err)
	}
	return status, m.Sid, m.Code
}

func statuses(forms []url.Values) (all []string) {
	for _, f := range forms {
		if s := f.Get("MessageStatus"); s != "" {
			all = append(all, strings.TrimSpace(s+" "+f.Get("ErrorCode")))
		}
	}
	return all
}

func only(name string, values ...string) func(url.Values) {
	return func(f url.Values) {
		if f.Del(name); len(values) > 0 {
			f[name] = values
		}
	}
}
