package whatsapp_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"

	"ventanilla/bot/whatsapp"
	"ventanilla/bot/whatsapp/emulator"
)

func printed(v any) string { return fmt.Sprintf("%v %+v %#v", v, v, v) }

const public = "https://bot.example.org"

// bare is a channel without a network.
func bare(t testing.TB) (*whatsapp.Channel, *inbox) {
	t.Helper()
	in := &inbox{}
	ch, err := whatsapp.New(whatsapp.Config{Portal: "mseg", Account: account, Token: token, From: from, PublicURL: public, API: "http://127.0.0.1:1",
		Accept: in.accept, Reported: in.reported})
	if err != nil {
		t.Fatal(err)
	}
	return ch, in
}

// bring posts a body to a webhook, signed for what it holds.
func bring(ch *whatsapp.Channel, path, body string) int {
	form, _ := url.ParseQuery(body) // a broken body is refused whatever its signature
	r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(body))
	if u, err := url.Parse(path); err == nil {
		r.URL.Path, r.URL.RawQuery = u.Path, u.RawQuery
		path = u.Path
		if u.RawQuery != "" {
			path += "?" + u.RawQuery
		}
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("X-Twilio-Signature", emulator.Sign(token, public+path, form))
	rec := httptest.NewRecorder()
	ch.ServeHTTP(rec, r)
	return rec.Code
}

func FuzzMessages(f *testing.F) {
	for _, row := range rows[payload](f, "testdata/webhooks.jsonl") {
		f.Add(row.Form)
	}
	f.Fuzz(func(t *testing.T, body string) {
		ch, in := bare(t)
		status := bring(ch, ch.Path(), body)
		got := in.all()
		if status != http.StatusOK && len(got) > 0 {
			t.Fatalf("accepted and answered %d", status)
		}
		for _, a := range got {
			text, name := a.in.Input.Text, a.in.Name
			if a.in.ID == "" || a.key.Person == "" || !utf8.ValidString(text+name) || utf8.RuneCountInString(text) > 4096 || strings.ContainsAny(name, "\n\x00") || strings.ContainsRune(text, 0) {
				t.Errorf("accepted %+v", a)
			}
		}
	})
}

func FuzzReports(f *testing.F) {
	for _, row := range rows[payload](f, "testdata/webhooks.jsonl") {
		f.Add("chat=c&line=l", row.Form)
	}
	f.Add("chat=c&line=l&more=1&media=1", "MessageSid=SM1&MessageStatus=failed&ErrorCode=-1")
	f.Fuzz(func(t *testing.T, query, body string) {
		if strings.Contains(query, "media") {
			return // would ask the network
		}
		ch, in := bare(t)
		status := bring(ch, ch.Path()+"/status?"+query, body)
		if status != http.StatusOK && len(in.reports) > 0 {
			t.Fatalf("reported and answered %d", status)
		}
		for _, r := range in.reports {
			if r.Chat == "" || r.Line == "" || r.Receipt == "" || r.Err != nil && !r.Err.Never && r.Err.After <= 0 {
				t.Errorf("reported %+v", r)
			}
		}
	})
}

func FuzzSplit(f *testing.F) {
	f.Add("hola", "https://a.b", "1) Sí\n2) No")
	f.Add(strings.Repeat("á🦤 ", 900), "", strings.Repeat("1) x\n", 500))
	f.Fuzz(func(t *testing.T, text, links, list string) {
		if !utf8.ValidString(text + links + list) {
			return
		}
		squeeze := func(s string) string { return strings.Join(strings.Fields(s), "") }
		parts := whatsapp.SplitText(strings.TrimSpace(text), strings.TrimSpace(links), []string{strings.TrimSpace(list)})
		for _, p := range parts {
			if n := utf8.RuneCountInString(p); n == 0 || n > 1600 {
				t.Fatalf("a part of %d", n)
			}
		}
		if squeeze(strings.Join(parts, "")) != squeeze(text+links+list) {
			t.Error("something was lost")
		}
	})
}
