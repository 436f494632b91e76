package coretest_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"ventanilla/backend"
	"ventanilla/backend/coretest"
)

// taking is a Ventanilla that takes what read believes.
func taking(t *testing.T, read func(header string, body []byte) error) string {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		err := read(r.Header.Get(backend.SignatureHeader), body)
		switch {
		case r.URL.Path != "/core/mseg/events":
			w.WriteHeader(http.StatusNotFound)
		case err == nil:
			w.WriteHeader(http.StatusNoContent)
		case errors.Is(err, backend.ErrSignature):
			w.WriteHeader(http.StatusUnauthorized)
		default:
			w.WriteHeader(http.StatusBadRequest)
		}
	}))
	t.Cleanup(s.Close)
	return s.URL
}

func bad(results []coretest.Result) (names []string) {
	for _, r := range results {
		if !r.OK {
			names = append(names, r.Name)
		}
	}
	return names
}

func TestADoorThatTakesWhatTheCoreSignedAndNothingElsePasses(t *testing.T) {
	with := func(key string) func(string, []byte) error {
		return func(header string, body []byte) error {
			_, err := backend.ReadEvent(secretText(key), header, body, time.Now())
			return err
		}
	}
	door := coretest.Door{URL: taking(t, with("k")), Portal: "mseg", Key: "k"}
	results := coretest.CheckDoor(t.Context(), door)
	if got := bad(results); len(got) != 0 || len(results) != 9 {
		t.Errorf("it fails at %q of %d", got, len(results))
	}
	for _, want := range []string{"POST " + door.URL + "/core/mseg/events", "Ventanilla-Signature: t=", `"account":"ventanilla-core-test-nobody"`} {
		if !strings.Contains(results[0].Detail, want) {
			t.Errorf("the sample %q lacks %q", results[0].Detail, want)
		}
	}
	for name, read := range map[string]func(string, []byte) error{
		"another key":   with("another"),
		"anything goes": func(string, []byte) error { return nil },
		"nothing goes":  func(string, []byte) error { return errors.New("no") },
		"the body is not looked at": func(header string, body []byte) error {
			if header == "" {
				return backend.ErrSignature
			}
			return nil
		},
	} {
		if got := bad(coretest.CheckDoor(t.Context(), coretest.Door{URL: taking(t, read), Portal: "mseg", Key: "k"})); len(got) == 0 {
			t.Errorf("%s: it passes", name)
		}
	}
	if got := bad(coretest.CheckDoor(t.Context(), coretest.Door{URL: "http://127.0.0.1:1", Portal: "mseg", Key: "k"})); len(got) != 9 {
		t.Errorf("where nobody listens only %q fail", got)
	}
}

// posted has a core post one event to whoever waits for it.
func posted(t *testing.T, path, body string, headers ...string) []coretest.Result {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		req, err := http.NewRequest(http.MethodPost, "http://"+l.Addr().String()+path, strings.NewReader(body))
		if err != nil {
			t.Error(err)
			return
		}
		for _, h := range headers {
			req.Header.Add(backend.SignatureHeader, h)
		}
		client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
		if resp, err := client.Do(req); err == nil {
			_ = resp.Body.Close()
		}
	}()
	results, err := coretest.Hear(t.Context(), l, "mseg", "k", time.Now)
	if err != nil {
		t.Fatal(err)
	}
	return results
}

func TestWhatACorePostsIsJudgedAndWhatItSignedInsteadIsSaid(t *testing.T) {
	const path, body = "/core/mseg/events", `{"id": "e1", "type": "account_locked", "account": "a", "at": "2026-11-22T07:00:00Z"}`
	seconds := strconv.FormatInt(time.Now().Unix(), 10)
	mac := func(key, text string) []byte {
		h := hmac.New(sha256.New, []byte(key))
		h.Write([]byte(text))
		return h.Sum(nil)
	}
	v1 := func(key, text string) string { return "t=" + seconds + ",v1=" + hex.EncodeToString(mac(key, text)) }
	if results := posted(t, path, body, backend.SignEvent("k", time.Now(), []byte(body))); len(bad(results)) != 0 {
		t.Errorf("a right one: %+v", results)
	}
	for name, c := range map[string]struct {
		path, body, header, want string
	}{
		"no signature":           {path, body, "", "it has 0 headers"},
		"another path":           {"/core/iess/events", body, v1("k", seconds+"."+body), `the path is "/core/iess/events"`},
		"another key":            {path, body, v1("x", seconds+"."+body), "is the key the same"},
		"the body alone":         {path, body, v1("k", body), "signature of the body alone"},
		"no dot":                 {path, body, v1("k", seconds+body), "without a dot"},
		"a line break more":      {path, body, v1("k", seconds+"."+body+"\n"), "a line break behind it"},
		"another notation":       {path, body, v1("k", seconds+`.{"account":"a","at":"2026-11-22T07:00:00Z","id":"e1","type":"account_locked"}`), "another notation"},
		"base64":                 {path, body, "t=" + seconds + ",v1=" + base64.StdEncoding.EncodeToString(mac("k", seconds+"."+body)), "in base64; want hex"},
		"milliseconds":           {path, body, "t=" + seconds + "000,v1=00", "milliseconds"},
		"a clock an hour behind": {path, body, backend.SignEvent("k", time.Now().Add(-time.Hour), []byte(body)), "the clocks do not agree"},
		"no time":                {path, body, "v1=00", "want t=<Unix seconds>"},
		"an odd time":            {path, body, "t=today,v1=00", "whole seconds"},
		"an unknown type":        {path, `{"id":"e1","type":"x","account":"a","at":"2026-11-22T07:00:00Z"}`, v1("k", seconds+`.{"id":"e1","type":"x","account":"a","at":"2026-11-22T07:00:00Z"}`), "type"},
	} {
		var headers []string
		if c.header != "" {
			headers = []string{c.header}
		}
		said := ""
		for _, r := range posted(t, c.path, c.body, headers...) {
			if !r.OK {
				said += r.Detail
			}
		}
		if !strings.Contains(said, c.want) {
			t.Errorf("%s: got %q, want %q", name, said, c.want)
		}
	}
}

func TestWaitingForAnEventEnds(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := coretest.Hear(ctx, l, "mseg", "k", time.Now); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want that waiting was given up", err)
	}
}
