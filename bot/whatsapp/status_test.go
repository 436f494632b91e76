package whatsapp_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"ventanilla/backend/secret"
	"ventanilla/bot"
	"ventanilla/bot/whatsapp"
	"ventanilla/bot/whatsapp/emulator"
	"ventanilla/flows"
)

type contextType = context.Context

func secretOf(s string) secret.Text { return secret.Text(s) }

func TestAMessageIsReportedUnderItsLineAndConversation(t *testing.T) {
	w := newWorld(t)
	ana := w.say("Ana", "hola")
	d := w.delivery(ana, "wa/SM0 & más/0", flows.Reply{Text: "Hola"})
	receipt := w.send(d)
	reports := w.in.waitReports(t, 2) // delivered and read
	for _, r := range reports {
		if r.Chat != d.Chat || r.Line != d.ID || r.Receipt != receipt || r.Err != nil {
			t.Errorf("got %+v, want arrival of %s", r, receipt)
		}
	}
}

// The network signs the address of a report, too; nothing in it says who the person is.
func TestAReportIsRefusedUnderAnotherAddress(t *testing.T) {
	w := newWorld(t)
	form := url.Values{"MessageSid": {"SM1"}, "MessageStatus": {"failed"}, "ErrorCode": {"21610"}}
	path := w.ch.Path() + "/status?chat=c&line=l"
	if got := w.post(path, form); got != http.StatusOK || len(w.in.waitReports(t, 1)) != 1 {
		t.Errorf("answered %d", got)
	}
	moved := func(r *http.Request) { r.URL.RawQuery = "chat=other&line=l" }
	if got := w.post(path, form, moved); got != http.StatusForbidden {
		t.Errorf("another conversation's: answered %d", got)
	}
	if n := len(w.in.waitReports(t, 1)); n != 1 {
		t.Errorf("%d reports", n)
	}
}

// RULES: wa.errors
func TestWhatEachFailureMeans(t *testing.T) {
	type meaning struct {
		never, gone, whole bool
		atLeast            time.Duration
	}
	waits := meaning{whole: true, atLeast: time.Second}
	stops := meaning{never: true, gone: true}
	for code, want := range map[string]meaning{
		"63018": waits, "20429": waits,
		"63014": stops, "21610": stops, "21211": stops, "63024": stops, "63003": stops,
		"63016": {atLeast: time.Second},
		"63013": {never: true}, "63019": {never: true}, "99999": {never: true},
		"30008": {atLeast: 10 * time.Second}, "": {atLeast: 10 * time.Second},
		"20003": {whole: true, atLeast: 30 * time.Second},
	} {
		w := newWorld(t)
		form := url.Values{"MessageSid": {"SM1"}, "MessageStatus": {"undelivered"}}
		if code != "" {
			form.Set("ErrorCode", code)
		}
		w.post(w.ch.Path()+"/status?chat=c&line=l", form)
		e := w.in.waitReports(t, 1)[0].Err
		if e == nil || e.Never != want.never || e.Gone != want.gone || e.Whole != want.whole || e.After < want.atLeast {
			t.Errorf("%s: got %+v, want %+v", code, e, want)
		}
	}
}

// RULES: wa.errors
func TestWhatEachRefusedCallMeans(t *testing.T) {
	var rows []struct {
		HTTP int `json:"http"`
		Body json.RawMessage
	}
	raw, err := os.ReadFile("testdata/errors.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(raw, &rows); err != nil {
		t.Fatal(err)
	}
	w := newWorld(t)
	ana := w.say("Ana", "hola")
	for i, row := range rows {
		body := string(row.Body)
		var html string
		if json.Unmarshal(row.Body, &html) == nil {
			body = html
		}
		var answer struct{ Code int }
		_ = json.Unmarshal(row.Body, &answer) // not all are objects
		w.net.Fail(emulator.Fault{Kind: "body", Status: row.HTTP, Body: body})
		d := w.delivery(ana, "e/"+string(rune('a'+i)), flows.Reply{Text: "Hola"})
		d.Chat = d.ID
		_, err := w.ch.Send(t.Context(), d)
		if err == nil {
			t.Fatalf("%s: no error", body)
		}
		e := bot.AsSendError(err)
		got := [3]bool{e.Never, e.Gone, e.Whole}
		want := map[int][3]bool{21211: {true, true, false}, 21212: {false, false, true}, 21610: {true, true, false}, 63016: {false, false, false},
			63018: {false, false, true}, 20003: {false, false, true}, 20404: {false, false, true}, 20429: {false, false, true}, 0: {false, false, false}}[answer.Code]
		if got != want || !e.Never && e.After < time.Second {
			t.Errorf("%d %s: got %+v, want never, gone, whole %v", row.HTTP, body, e, want)
		}
		for _, leak := range []string{token, account, "5491155", "573024002656", "2782093025461110", "1415"} {
			if strings.Contains(err.Error(), leak) {
				t.Errorf("%q tells %q", err, leak)
			}
		}
	}
}

func TestTheNetworksPauseIsObeyed(t *testing.T) {
	w := newWorld(t)
	ana := w.say("Ana", "hola")
	for _, kind := range []string{"429", "63018"} {
		w.net.Fail(emulator.Fault{Kind: kind, Delay: 7 * time.Second})
		_, err := w.ch.Send(t.Context(), w.delivery(ana, kind, flows.Reply{Text: "Hola"}))
		if e := bot.AsSendError(err); !e.Whole || e.After != 7*time.Second {
			t.Errorf("%s: got %+v", kind, e)
		}
	}
}

func TestANetworkThatDoesNotAnswerIsTriedAgain(t *testing.T) {
	w := newWorld(t)
	ana := w.say("Ana", "hola")
	w.net.Fail(emulator.Fault{Kind: "timeout"})
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err := w.ch.Send(ctx, w.delivery(ana, "1/0", flows.Reply{Text: "Hola"}))
	if e := bot.AsSendError(err); err == nil || e.Never || e.After == 0 || strings.Contains(err.Error(), account) {
		t.Errorf("got %v", err)
	}
	w.api.Close()
	_, err = w.ch.Send(t.Context(), w.delivery(ana, "2/0", flows.Reply{Text: "Hola"}))
	if e := bot.AsSendError(err); err == nil || e.Never || e.After == 0 || strings.Contains(err.Error(), account) {
		t.Errorf("got %v", err)
	}
}

// RULES: data.canary
func TestAChannelDoesNotShowItsToken(t *testing.T) {
	w := newWorld(t)
	if got := printed(w.ch) + printed(struct{ C *whatsapp.Channel }{w.ch}); strings.Contains(got, token) {
		t.Error("the token is printed")
	}
}

func TestWrongSettingsAreAllNamed(t *testing.T) {
	_, err := whatsapp.New(whatsapp.Config{Templates: whatsapp.Templates{Notice: "x", Choices: map[int]string{11: notice}}, API: "ftp://x"})
	if err == nil {
		t.Fatal("nothing is wrong")
	}
	for _, want := range []string{"portal", "account", "token", "from", "public URL", "template", "1 to 10", "api"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q does not name %q", err, want)
		}
	}
}

func TestAnAPIMayBeBelowAPath(t *testing.T) {
	w := newWorld(t)
	api := w.net.Handler()
	prefixed := httptest.NewServer(http.StripPrefix("/twilio", api))
	defer prefixed.Close()
	below := newWorld(t, func(c *whatsapp.Config) { c.API = prefixed.URL + "/twilio/" })
	if _, err := below.ch.Check(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestCheckAsksForTheAccount(t *testing.T) {
	w := newWorld(t)
	if h, err := w.ch.Check(t.Context()); err != nil || h.Status != "active" {
		t.Errorf("got %+v, %v", h, err)
	}
	wrong := newWorld(t, func(c *whatsapp.Config) { c.Token = "ffffffff" })
	if _, err := wrong.ch.Check(t.Context()); err == nil || !strings.Contains(err.Error(), "20003") || strings.Contains(err.Error(), "ffffffff") {
		t.Errorf("got %v", err)
	}
}
