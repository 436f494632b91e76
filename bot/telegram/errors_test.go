package telegram_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"ventanilla/bot"
	"ventanilla/bot/telegram"
	"ventanilla/bot/telegram/emulator"
	"ventanilla/flows"
)

// wantOf says what an error answer of testdata/errors.json means for a delivery.
func wantOf(status int, text string) bot.SendError {
	switch {
	case status == 429:
		return bot.SendError{After: 5 * time.Second}
	case status >= 500:
		return bot.SendError{After: 2 * time.Second}
	case status == 403,
		strings.Contains(text, "chat not found"), strings.Contains(text, "user not found"), strings.Contains(text, "USER_IS_BOT"),
		strings.Contains(text, "group is deactivated"), strings.Contains(text, "upgraded to a supergroup"),
		strings.HasPrefix(text, "Unauthorized: bot"):
		return bot.SendError{Never: true, Gone: true}
	case status == 401, status == 404:
		return bot.SendError{After: time.Minute, Whole: true}
	}
	return bot.SendError{Never: true}
}

// RULES: tg.rate
func TestEveryErrorAnswerIsUnderstood(t *testing.T) {
	raw, err := os.ReadFile("testdata/errors.json")
	if err != nil {
		t.Fatal(err)
	}
	var rows []struct {
		HTTP int
		Body json.RawMessage
	}
	if err := json.Unmarshal(raw, &rows); err != nil || len(rows) < 71 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	w := withWebhook(t, unlimited)
	ana := w.greet("ana")
	for i, row := range rows {
		var body struct{ Description string }
		text := string(row.Body)
		if json.Unmarshal(row.Body, &body) != nil {
			if err := json.Unmarshal(row.Body, &text); err != nil {
				t.Fatal(err)
			}
		}
		want := wantOf(row.HTTP, body.Description)
		for _, file := range []*flows.File{nil, {Name: "a.pdf"}} { // an upload's errors come out differently
			w.net.Fail(emulator.Fault{Kind: "body", Status: row.HTTP, Body: text})
			d := reply(ana, fmt.Sprint(i), "hola")
			d.Reply.File, d.Open = file, func(context.Context) ([]byte, error) { return []byte("a"), nil }
			_, err := w.ch.Send(t.Context(), d)
			got := bot.AsSendError(err)
			if err == nil || got.Never != want.Never || got.Gone != want.Gone || got.After != want.After || got.Whole != want.Whole {
				t.Errorf("%d %.80s: got %+v, want %+v", row.HTTP, text, got, want)
			}
			if want.After == 5*time.Second {
				w.clock.Advance(want.After)
			}
		}
	}
}

func TestTheNetworkBeingIllIsWorthAnotherTry(t *testing.T) {
	w := withWebhook(t, unlimited)
	ana := w.greet("ana")
	for _, kind := range []string{"500", "html502"} {
		w.net.Fail(emulator.Fault{Kind: kind})
		_, err := w.ch.Send(t.Context(), reply(ana, kind, "hola"))
		if se := bot.AsSendError(err); err == nil || se.Never || se.Gone || se.After <= 0 || se.After > time.Minute {
			t.Errorf("%s: got %+v, want another try", kind, se)
		}
	}
	for i, f := range []emulator.Fault{
		{Status: 403, Body: "<html>a proxy that lets nobody through</html>"}, {Status: 404, Body: "not here"},
		{Status: 500, Body: `{"ok": false, "description": "no code"}`}, {Status: 200, Body: "<html>welcome</html>"},
	} {
		f.Kind = "body"
		w.net.Fail(f)
		_, err := w.ch.Send(t.Context(), reply(ana, fmt.Sprint(i), "hola"))
		if se := bot.AsSendError(err); err == nil || se.Never || se.Gone || se.After <= 0 {
			t.Errorf("%d %s: got %+v, want another try", f.Status, f.Body, se)
		}
	}
	w.net.Fail(emulator.Fault{Kind: "timeout"})
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := w.ch.Send(ctx, reply(ana, "timeout", "hola")); err == nil || bot.AsSendError(err).Never {
		t.Errorf("timeout: got %v, want another try", err)
	}
	w.net.Fail(emulator.Fault{Kind: "lost"})
	if _, err := w.ch.Send(t.Context(), reply(ana, "lost", "hola")); err == nil || bot.AsSendError(err).Never {
		t.Errorf("lost: got %v, want another try", err)
	}
	if got := w.last("ana"); got.Text != "hola" || got.From != "bot" {
		t.Errorf("got %+v: the message whose answer was lost did arrive", got)
	}
	w.net.Fail(emulator.Fault{Kind: "slow", Delay: 20 * time.Millisecond})
	w.send(reply(ana, "slow", "hola"))
}

// RULES: tg.rate
func TestSomebodyWhoBlockedTheBotIsGone(t *testing.T) {
	w := withWebhook(t, unlimited)
	ana := w.greet("ana")
	if err := w.net.Block(username, "ana"); err != nil {
		t.Fatal(err)
	}
	_, err := w.ch.Send(t.Context(), reply(ana, "1", "hola"))
	if se := bot.AsSendError(err); err == nil || !se.Never || !se.Gone {
		t.Errorf("got %v, want gone", err)
	}
	w.greet("ana") // writing unblocks
	w.send(reply(ana, "2", "hola"))
}

// RULES: data.canary
func TestTheTokenIsInNoErrorAndNoLog(t *testing.T) {
	broken := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "/bot"+token+"/again", http.StatusFound)
	}))
	defer broken.Close()
	for name, api := range map[string]string{"refused": "http://127.0.0.1:1", "loop": broken.URL, "not TLS": strings.Replace(broken.URL, "http:", "https:", 1)} {
		var said strings.Builder
		ch, err := telegram.New(telegram.Config{
			Portal: "mseg", Token: token, Secret: hookKey, API: api, PublicURL: "https://bot.example.org",
			Accept: (&inbox{}).accept, Log: slog.New(slog.NewTextHandler(&said, &slog.HandlerOptions{Level: slog.LevelDebug})),
			HTTP: &http.Client{Transport: http.DefaultTransport.(*http.Transport).Clone()},
		})
		if err != nil {
			t.Fatal(err)
		}
		d := reply("5", "1", "hola")
		d.Reply.Delete, d.Origin = true, "4"
		_, sendErr := ch.Send(t.Context(), d)
		d.ID, d.Reply.File, d.Open = "2", &flows.File{Name: "a"}, func(context.Context) ([]byte, error) { return []byte("a"), nil }
		_, fileErr := ch.Send(t.Context(), d)
		_, checkErr := ch.Check(t.Context())
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		pollErr := ch.Poll(ctx)
		cancel()
		_, _ = fmt.Fprint(&said, sendErr, fileErr, checkErr, ch.Setup(t.Context()), pollErr, fmt.Sprintf("%+v %v", ch, bot.AsSendError(sendErr)))
		if sendErr == nil || fileErr == nil || checkErr == nil || pollErr != nil {
			t.Errorf("%s: got %v, %v, %v, %v", name, sendErr, fileErr, checkErr, pollErr)
		}
		for _, canary := range []string{"canary", "AAH-a", "/bot[token]"} {
			if strings.Contains(said.String(), canary) {
				t.Errorf("%s: %q is in %s", name, canary, said.String())
			}
		}
	}
}

func TestWrongSettingsAreAllNamedAndNothingIsShown(t *testing.T) {
	_, err := telegram.New(telegram.Config{Token: "a/b canary", Secret: "ñ canary", API: "ftp://x"})
	if err == nil {
		t.Fatal("got no error")
	}
	for _, want := range []string{"portal", "token", "secret", "api"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q says nothing of %s", err, want)
		}
	}
	if strings.Contains(err.Error(), "canary") {
		t.Errorf("a secret is in %q", err)
	}
}

func TestAWrongTokenIsNobodysMessageToBlame(t *testing.T) {
	w := withWebhook(t, unlimited)
	ana := w.greet("ana")
	other, err := telegram.New(telegram.Config{Portal: "mseg", Token: "2:revoked", API: w.api.URL, Accept: w.in.accept})
	if err != nil {
		t.Fatal(err)
	}
	_, err = other.Send(t.Context(), reply(ana, "1", "hola"))
	if se := bot.AsSendError(err); err == nil || se.Never || !se.Whole || se.After < time.Second {
		t.Errorf("got %+v, want a pause of the whole bot", se)
	}
	if _, err := other.Check(t.Context()); err == nil || !strings.Contains(err.Error(), "401") {
		t.Errorf("Check says %v", err)
	}
}

func TestClosingWaitsForTapsButNotForever(t *testing.T) {
	w := withWebhook(t, unlimited)
	ana := w.greet("ana")
	w.send(offer(ana, "1", "¿Sí?", yesNo...))
	w.net.Fail(emulator.Fault{Kind: "timeout", Method: "answerCallbackQuery"})
	if err := w.net.Tap(username, "ana", "Sí"); err != nil {
		t.Fatal(err)
	}
	w.in.wait(t, 2)
	w.until("the tap is being answered", func() bool { return w.net.Faults() == 0 })
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if err := w.ch.Close(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v, want that a tap is still waited for", err)
	}
}

// gate holds answers back, to have a call under way.
type gate struct{ http.RoundTripper }

func (g gate) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := g.RoundTripper.RoundTrip(r)
	if err == nil {
		resp.Body = io.NopCloser(io.MultiReader(strings.NewReader("<html>"), resp.Body))
	}
	return resp, err
}

func TestAnAnswerThatMakesNoSenseIsTriedAgain(t *testing.T) {
	w := withWebhook(t, unlimited, func(c *telegram.Config) { c.HTTP = &http.Client{} })
	ana := w.greet("ana")
	ch, err := telegram.New(telegram.Config{Portal: "mseg", Token: token, API: w.api.URL, Accept: w.in.accept, HTTP: &http.Client{Transport: gate{http.DefaultTransport}}})
	if err != nil {
		t.Fatal(err)
	}
	_, err = ch.Send(t.Context(), reply(ana, "1", "hola"))
	if se := bot.AsSendError(err); err == nil || se.Never || se.After <= 0 {
		t.Errorf("got %+v, want another try", se)
	}
}
