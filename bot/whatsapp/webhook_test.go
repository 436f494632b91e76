package whatsapp_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"ventanilla/bot/whatsapp"
	"ventanilla/bot/whatsapp/emulator"
	"ventanilla/flows"
	"ventanilla/store"
)

// rows reads a file of JSON lines.
func rows[T any](t testing.TB, file string) (all []T) {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var row T
		if err := json.Unmarshal(lines.Bytes(), &row); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		all = append(all, row)
	}
	if err := lines.Err(); err != nil || len(all) == 0 {
		t.Fatalf("%s: %d rows, %v", file, len(all), err)
	}
	return all
}

// RULES: wa.signature
func TestSignaturesOfOthers(t *testing.T) {
	var vectors []struct {
		Name      string
		Token     string `json:"auth_token"`
		URL       string
		Params    map[string]any
		Body      string
		Signature string
		Valid     bool
		Note      string
	}
	raw, err := os.ReadFile("testdata/signatures.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(raw, &vectors); err != nil {
		t.Fatal(err)
	}
	tried := 0
	for _, v := range vectors {
		form, repeated := url.Values{}, false
		for name, value := range v.Params {
			switch value := value.(type) {
			case string:
				form.Set(name, value)
			case []any:
				for _, one := range value {
					form.Add(name, one.(string))
				}
				repeated = true
			}
		}
		if strings.Contains(v.URL, "bodySHA256") || strings.Contains(v.Note, "twilio-go 1.31.0 rejects") {
			continue // a JSON body, which the webhook refuses before; an apostrophe in the address, which ours never has
		}
		tried++
		cfg := whatsapp.Config{Portal: "p", Account: account, Token: "x", From: from, PublicURL: "https://bot.example.org", Accept: (&inbox{}).accept, Reported: (&inbox{}).reported}
		if v.Token != "" {
			cfg.Token = secretOf(v.Token)
		}
		ch, err := whatsapp.New(cfg)
		if err != nil {
			t.Fatal(err)
		}
		if got, want := ch.Signed(v.URL, form, v.Signature), v.Valid && !repeated; got != want {
			t.Errorf("%s: got %v, want %v", v.Name, got, want)
		}
		if ch.Signed(v.URL, form, v.Signature, v.Signature) || ch.Signed(v.URL, form) {
			t.Errorf("%s: two signatures, or none, are taken", v.Name)
		}
	}
	if tried < 20 {
		t.Errorf("only %d vectors were tried", tried)
	}
}

// RULES: wa.signature
func TestWhatIsNotSignedForThePublicAddressIsRefused(t *testing.T) {
	w := newWorld(t)
	path := w.ch.Path()
	form := url.Values{"MessageSid": {"SM1"}, "From": {"whatsapp:+5491155550101"}, "Body": {"hola"}}
	header := func(name, value string) func(*http.Request) {
		return func(r *http.Request) { r.Header.Set(name, value) }
	}
	twice := url.Values{"MessageSid": {"SM1"}, "From": {"whatsapp:+5491155550101", "whatsapp:+5491155550102"}, "Body": {"hola"}}
	for _, tt := range []struct {
		name   string
		form   url.Values
		change func(*http.Request)
		want   int
	}{
		{"no signature", form, func(r *http.Request) { r.Header.Del("X-Twilio-Signature") }, 403},
		{"an empty signature", form, header("X-Twilio-Signature", ""), 403},
		{"another's signature", form, header("X-Twilio-Signature", emulator.Sign("another", w.hook.URL+path, form)), 403},
		{"one signed with an empty token", form, header("X-Twilio-Signature", emulator.Sign("", w.hook.URL+path, form)), 403},
		{"one for the host that the request names", form, func(r *http.Request) {
			r.Host = "evil.example"
			r.Header.Set("X-Twilio-Signature", emulator.Sign(token, "http://evil.example"+path, form))
		}, 403},
		{"a repeated parameter", twice, func(*http.Request) {}, 403},
		{"a repeated parameter whose first value is signed", twice, header("X-Twilio-Signature", emulator.Sign(token, w.hook.URL+path, form)), 403},
		{"a query that was not signed", form, func(r *http.Request) { r.URL.RawQuery = "a=b" }, 403},
		{"JSON", form, header("Content-Type", "application/json"), 415},
		{"GET", form, func(r *http.Request) { r.Method = http.MethodGet }, 405},
		{"broken encoding", form, func(r *http.Request) { r.Body = io.NopCloser(strings.NewReader("Body=%zz")); r.ContentLength = 8 }, 400},
		{"too long", form, func(r *http.Request) {
			r.Body = io.NopCloser(strings.NewReader(strings.Repeat("a", 300<<10)))
			r.ContentLength = 300 << 10
		}, 413},
		{"another host name, rightly signed", form, func(r *http.Request) { r.Host = "proxy.internal" }, 200},
	} {
		if got := w.post(path, tt.form, tt.change); got != tt.want {
			t.Errorf("%s: got %d, want %d", tt.name, got, tt.want)
		}
	}
	if got := w.in.all(); len(got) != 1 || got[0].in.ID != "wa/SM1" {
		t.Errorf("accepted %+v, want only the last one", got)
	}
	if got := w.post(path+"/other", form); got != 404 {
		t.Errorf("another address: got %d", got)
	}
}

func TestAReportAtTheWrongWebhookHasNoEffect(t *testing.T) {
	w := newWorld(t)
	for _, row := range rows[payload](t, "testdata/webhooks.jsonl") {
		form, err := url.ParseQuery(row.Form)
		if err != nil {
			t.Fatal(err)
		}
		if row.Kind != "status" {
			continue
		}
		if got := w.post(w.ch.Path(), form); got != http.StatusOK {
			t.Errorf("%s: answered %d", row.Name, got)
		}
	}
	if got := w.in.all(); len(got) != 0 {
		t.Errorf("accepted %+v", got)
	}
}

type payload struct {
	Name, Kind, Expect, Form string
}

// what each of the published webhooks means.
var meanings = map[string]flows.Input{
	"wa_location_real":       {Kind: flows.Location},
	"wa_location_named_2020": {Kind: flows.Location},
	"wa_voice_call_request":  {Kind: flows.Other},
	"ar_audio_params":        {Kind: flows.Audio},
	"ar_video":               {Kind: flows.Video},
	"ar_vcard":               {Kind: flows.Contact},
	"ar_button":              {Choice: "confirmar"},
	"ar_list":                {Choice: "tramites"},
	"ar_media_without_type":  {Kind: flows.Other},
	"ar_blank":               {Kind: flows.Other},
	"ar_nummedia_lies":       {Kind: flows.Other},
	"ar_nummedia_invalid":    {Kind: flows.Other},
	"mx_legacy_521":          {Text: "quiero mi recibo"},
	"mx_new_52":              {Text: "quiero mi recibo"},
	"ar_with_9":              {Text: "hola"},
	"profile_name_xss":       {Text: "hola"},
	"profile_name_rtl":       {Text: "hola"},
	"body_newlines":          {Text: "línea 1\nlínea 2\nlínea 3"},
	"body_nul":               {Text: "holamundo"},
	"edited":                 {Text: "corregido"},
}

// RULES: wa.dedupe
func TestEachPublishedWebhookHasItsMeaningOnce(t *testing.T) {
	names := map[string]string{"profile_name_xss": "<img src=x onerror=alert(1)>", "profile_name_rtl": "oidem Ana"}
	persons := map[string]string{"mx_legacy_521": "+525512345678", "mx_new_52": "+525512345678"}
	for _, row := range rows[payload](t, "testdata/webhooks.jsonl") {
		t.Run(row.Name, func(t *testing.T) {
			w := newWorld(t)
			form, err := url.ParseQuery(row.Form)
			if err != nil {
				t.Fatal(err)
			}
			path := w.ch.Path()
			if row.Kind == "status" {
				path += "/status"
			}
			for range 2 {
				if got := w.post(path, form, idempotent("token-1")); got != http.StatusOK {
					t.Fatalf("answered %d", got)
				}
			}
			want, heard := meanings[row.Name]
			got := w.in.all()
			if !heard || row.Kind != "inbound" {
				if heard || row.Kind == "inbound" || len(got) != 0 {
					t.Fatalf("accepted %+v of %s", got, row.Kind)
				}
				return
			}
			if len(got) != 1 || w.in.calls != 2 {
				t.Fatalf("accepted %+v in %d calls", got, w.in.calls)
			}
			in := got[0].in
			want.From, want.Sender = flows.Person, in.Name
			if !sameInput(in.Input, want) || in.ID != "wa/"+form.Get("MessageSid") || in.Opt != "" {
				t.Errorf("got %+v, want %+v", in, want)
			}
			if name, ok := names[row.Name]; ok && in.Name != name {
				t.Errorf("called %q, want %q", in.Name, name)
			}
			if person, ok := persons[row.Name]; ok && got[0].key.Person != person {
				t.Errorf("the person is %q, want %q", got[0].key.Person, person)
			}
			if got[0].key.Portal != "mseg" || got[0].key.Channel != "whatsapp" {
				t.Errorf("the key is %+v", got[0].key)
			}
		})
	}
}

func idempotent(token string) func(*http.Request) {
	return func(r *http.Request) { r.Header.Set("I-Twilio-Idempotency-Token", token) }
}

func sameInput(a, b flows.Input) bool { return fmt.Sprintf("%+v", a) == fmt.Sprintf("%+v", b) }

// What sits in between may repeat a token; RULES: wa.dedupe
func TestTheIdempotencyTokenCountsOnlyWhereTheMessageHasNoID(t *testing.T) {
	w := newWorld(t)
	path := w.ch.Path()
	hola := url.Values{"From": {"whatsapp:+5491155550101"}, "Body": {"hola"}}
	with := func(sid string) url.Values {
		return url.Values{"From": hola["From"], "Body": hola["Body"], "MessageSid": {sid}}
	}
	for _, f := range []url.Values{with("SM1"), with("SM2"), with("SM2"), hola, hola} {
		w.post(path, f, idempotent("same"))
	}
	w.post(path, hola, idempotent("other"))
	w.post(path, hola)
	var ids []string
	for _, a := range w.in.all() {
		ids = append(ids, a.in.ID)
	}
	if want := []string{"wa/SM1", "wa/SM2", "wa/token/same", "wa/token/other"}; !slices.Equal(ids, want) {
		t.Errorf("got %q, want %q", ids, want)
	}
}

func TestNothingIsAcknowledgedBeforeItIsSafe(t *testing.T) {
	w := newWorld(t)
	w.in.refuse = 3
	w.say("Ana", "hola")
	if w.in.calls != 4 {
		t.Errorf("brought %d times, want until it was accepted", w.in.calls)
	}
	w.in.mu.Lock()
	w.in.refuse = 1
	w.in.mu.Unlock()
	if got := w.post(w.ch.Path(), url.Values{"MessageSid": {"SM1"}, "From": {"whatsapp:+5491155550101"}, "Body": {"hola"}}); got != 503 {
		t.Errorf("answered %d, want 503", got)
	}
}

func TestTheAnswerIsEmptyTwiML(t *testing.T) {
	w := newWorld(t)
	form := url.Values{"MessageSid": {"SM1"}, "From": {"whatsapp:+5491155550101"}, "Body": {"hola"}}
	r := httptest.NewRequest(http.MethodPost, w.ch.Path(), strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded; charset=UTF-8")
	r.Header.Set("X-Twilio-Signature", emulator.Sign(token, w.hook.URL+w.ch.Path(), form))
	rec := httptest.NewRecorder()
	w.ch.ServeHTTP(rec, r)
	if got := rec.Body.String(); rec.Code != 200 || !strings.HasSuffix(got, "<Response/>") || !strings.HasPrefix(rec.Header().Get("Content-Type"), "text/xml") {
		t.Errorf("got %d %q %q", rec.Code, rec.Header().Get("Content-Type"), got)
	}
}

// RULES: wa.ack
func TestAStoreThatHangsIsNotWaitedForLongerThanTwilioWaits(t *testing.T) {
	w := newWorld(t, func(c *whatsapp.Config) {
		c.Accept = func(ctx contextType, _ flows.Key, _ store.Inbound) error {
			end, ok := ctx.Deadline()
			if left := time.Until(end); !ok || left > 10*time.Second || left < time.Second {
				t.Errorf("the store has %v, %v", left, ok)
			}
			return ctx.Err()
		}
	})
	w.post(w.ch.Path(), url.Values{"MessageSid": {"SM1"}, "From": {"whatsapp:+5491155550101"}, "Body": {"hola"}})
}

// RULES: wa.policy
func TestTheWishForSilenceIsRead(t *testing.T) {
	w := newWorld(t)
	for _, tt := range []struct{ text, keyword, want string }{
		{"BAJA", "", store.OptOut}, {"stop", "", store.OptOut}, {" Baja. ", "", store.OptOut}, {"no me escriban más", "", store.OptOut},
		{"cualquier cosa", "STOP", store.OptOut}, {"quiero dar de baja mi recibo", "", ""}, {"¿baja o sube?", "", ""},
		{"ALTA", "", store.OptIn}, {"Start", "", store.OptIn}, {"x", "START", store.OptIn}, {"x", "HELP", ""}, {"hola", "", ""}, {"cancelar", "", ""},
	} {
		form := url.Values{"MessageSid": {"SM" + tt.text + tt.keyword}, "From": {"whatsapp:+5491155550101"}, "Body": {tt.text}}
		if tt.keyword != "" {
			form.Set("OptOutType", tt.keyword)
		}
		w.post(w.ch.Path(), form)
		all := w.in.all()
		if got := all[len(all)-1].in.Opt; got != tt.want {
			t.Errorf("%q %s: got %q, want %q", tt.text, tt.keyword, got, tt.want)
		}
	}
}

func TestEveryKindThatPeopleSendIsKnown(t *testing.T) {
	for kind, want := range map[string]flows.Kind{"audio": flows.Audio, "photo": flows.Photo, "sticker": flows.Sticker, "video": flows.Video,
		"document": flows.Document, "contact": flows.Contact, "location": flows.Location} {
		w := newWorld(t)
		if _, err := w.net.Send(from, "Ana", kind); err != nil {
			t.Fatal(err)
		}
		if got := w.in.wait(t, 1)[0].in.Input; got.Kind != want || got.Text != "" {
			t.Errorf("%s: got %+v", kind, got)
		}
	}
	w := newWorld(t)
	if _, err := w.net.Send(from, "Ana", "reaction"); err != nil {
		t.Fatal(err)
	}
	if got := w.say("Ana", "hola").in.Input.Text; got != "hola" {
		t.Errorf("after a reaction %q was accepted first", got)
	}
}

func withoutControls(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\n' && r != '\t' {
			return -1
		}
		return r
	}, s)
}

func TestHostileTextsAndNamesStayText(t *testing.T) {
	w := newWorld(t)
	var texts []string
	for _, row := range rows[struct{ Payload string }](t, "testdata/xss_console.jsonl") {
		texts = append(texts, row.Payload)
	}
	for _, row := range rows[struct{ Text string }](t, "testdata/telegram_markup.jsonl") {
		texts = append(texts, row.Text)
	}
	for i, text := range texts {
		form := url.Values{"MessageSid": {fmt.Sprintf("SM%d", i)}, "From": {"whatsapp:+5491155550101"}, "Body": {text}, "ProfileName": {text}}
		if got := w.post(w.ch.Path(), form); got != http.StatusOK {
			t.Fatalf("%q: answered %d", text, got)
		}
		all := w.in.all()
		in := all[len(all)-1].in
		seen := []rune(withoutControls(text))
		if seen = seen[:min(len(seen), 4096)]; strings.TrimSpace(string(seen)) != "" && in.Input.Text != string(seen) {
			t.Errorf("%.200q became %.200q", text, in.Input.Text)
		}
		if strings.ContainsAny(in.Name, "\n\r\t\x00") || len([]rune(in.Name)) > 64 {
			t.Errorf("the name became %q", in.Name)
		}
	}
	hello := w.say("Ana", "hola")
	for i, text := range texts[:40] {
		if strings.TrimSpace(text) == "" || len(text) > 1500 {
			continue
		}
		before := len(w.bubbles("Ana"))
		w.send(w.delivery(hello, fmt.Sprintf("%d/0", i), flows.Reply{Text: "Hola, " + text + "."}))
		if got := w.screen("Ana", before+1)[before]; got != "Hola, "+text+"." {
			t.Errorf("%q is shown as %q", text, got)
		}
	}
}
