package emulator_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"ventanilla/bot/telegram/emulator"
)

// update is as much of an Update as the tests look at.
type update struct {
	ID      int64 `json:"update_id"`
	Message *struct {
		Text string
	}
	Edited   *struct{ Text string } `json:"edited_message"`
	Callback *struct {
		ID, Data string
	} `json:"callback_query"`
	Member *struct{} `json:"my_chat_member"`
}

func (w *world) updates(body string) (out []update) {
	w.Helper()
	a := w.call("getUpdates", body)
	if err := json.Unmarshal(a.Result, &out); err != nil {
		w.Fatalf("%+v: %v", a, err)
	}
	return out
}

func TestPollingForgetsOnlyWhatWasAcknowledged(t *testing.T) {
	w := newWorld(t)
	must(w, "uno")
	must(w, "dos")
	all := w.updates(`{}`)
	if len(all) != 3 || all[2].Message.Text != "dos" || all[1].ID != all[0].ID+1 {
		t.Fatalf("got %+v", all)
	}
	if got := w.updates(fmt.Sprintf(`{"offset": %d, "limit": 1}`, all[1].ID)); len(got) != 1 || got[0].ID != all[1].ID {
		t.Errorf("got %+v, want the second alone", got)
	}
	if got := w.updates(`{"offset": -1}`); len(got) != 1 || got[0].ID != all[2].ID {
		t.Errorf("got %+v, want the last alone", got)
	}
	w.clock.Advance(25 * time.Hour)
	if got := w.updates(`{}`); len(got) != 0 {
		t.Errorf("after a day: got %+v", got)
	}
}

func TestPollingWaitsAndANewerPollerEndsIt(t *testing.T) {
	w := newWorld(t)
	first := w.updates(`{}`)[0].ID
	next := fmt.Sprintf(`{"offset": %d, "timeout": 30}`, first+1)
	got := make(chan answer, 2)
	go func() { got <- w.call("getUpdates", next) }()
	deadline := time.After(10 * time.Second)
	for done := false; !done; { // the second may come first: then it is the one that is ended
		go func() { got <- w.call("getUpdates", next) }()
		select {
		case a := <-got:
			if done = a.Code == 409; !done || !strings.Contains(a.Description, "terminated by other getUpdates") {
				t.Fatalf("got %+v", a)
			}
		case <-deadline:
			t.Fatal("two pollers at once")
		}
	}
	must(w, "llegó")
	select {
	case a := <-got:
		if !strings.Contains(string(a.Result), "llegó") {
			t.Errorf("got %+v", a)
		}
	case <-deadline:
		t.Fatal("the message did not arrive")
	}
}

// hook is a webhook that records what comes.
type hook struct {
	mu     sync.Mutex
	got    []update
	status int
	secret string
	came   chan update
}

func (h *hook) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h.mu.Lock()
	defer h.mu.Unlock()
	var u update
	_ = json.NewDecoder(r.Body).Decode(&u)
	h.got, h.secret = append(h.got, u), r.Header.Get("X-Telegram-Bot-Api-Secret-Token")
	w.WriteHeader(h.status)
	h.came <- u
}

func (w *world) webhook(status int, more string) *hook {
	w.Helper()
	h := &hook{status: status, came: make(chan update, 1000)}
	srv := httptest.NewServer(h)
	w.Cleanup(func() { w.Network.Close(); srv.Close() })
	if a := w.call("setWebhook", `{"url": "`+srv.URL+`"`+more+`}`); !a.OK {
		w.Fatal(a.Description)
	}
	return h
}

// next is the next update at the webhook.
func (h *hook) next(t *testing.T) update {
	t.Helper()
	select {
	case u := <-h.came:
		return u
	case <-time.After(10 * time.Second):
		t.Fatal("no update came")
		return update{}
	}
}

func (h *hook) set(status int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.status = status
}

func TestTheWebhookGetsEveryUpdateInOrderUntilItTakesIt(t *testing.T) {
	w := newWorld(t)
	h := w.webhook(500, `, "secret_token": "s3cret"`)
	must(w, "uno")
	first := h.next(t)
	if again := h.next(t); again.ID != first.ID {
		t.Errorf("got %d, want %d again", again.ID, first.ID)
	}
	h.set(204)
	for h.next(t).ID == first.ID {
	}
	h.mu.Lock()
	if last := h.got[len(h.got)-1]; last.Message == nil || last.Message.Text != "uno" || h.secret != "s3cret" {
		t.Errorf("got %+v with secret %q", last, h.secret)
	}
	h.mu.Unlock()
	if a := w.call("getUpdates", `{}`); a.Code != 409 || !strings.Contains(a.Description, "webhook is active") {
		t.Errorf("polling beside a webhook: got %+v", a)
	}
	for rev := 0; !strings.Contains(string(w.call("getWebhookInfo", `{}`).Result), `"pending_update_count":0`); {
		if err := w.Changed(t.Context(), rev); err != nil {
			t.Fatal(err)
		}
		rev = w.Phone(bot, "ana").Rev
	}
	if a := w.call("setWebhook", `{"url": ""}`); !a.OK {
		t.Error(a.Description)
	}
	must(w, "dos")
	if got := w.updates(`{}`); len(got) != 1 || got[0].Message.Text != "dos" {
		t.Errorf("got %+v", got)
	}
}

func TestOnlyTheKindsAskedForAreDelivered(t *testing.T) {
	w := newWorld(t)
	h := w.webhook(200, `, "allowed_updates": ["edited_message"], "drop_pending_updates": true`)
	n := must(w, "uno")
	if err := w.Edit(bot, "ana", n, "dos"); err != nil {
		t.Fatal(err)
	}
	if u := h.next(t); u.Edited == nil || u.Edited.Text != "dos" {
		t.Errorf("got %+v", u)
	}
}

func TestDeliveriesGoWrongOnRequest(t *testing.T) {
	w := newWorld(t)
	h := w.webhook(200, `, "drop_pending_updates": true`)
	said := func() string { return h.next(t).Message.Text }
	w.Fail(emulator.Fault{Kind: "duplicate", Person: "ana"})
	must(w, "doble")
	if a, b := h.next(t), h.next(t); a.ID != b.ID || a.Message.Text != "doble" {
		t.Errorf("got %+v and %+v", a, b)
	}
	w.Fail(emulator.Fault{Kind: "reorder", Bot: bot})
	must(w, "primero")
	must(w, "segundo")
	if a, b := said(), said(); a != "segundo" || b != "primero" {
		t.Errorf("got %q and %q", a, b)
	}
	w.Fail(emulator.Fault{Kind: "late", Delay: time.Minute})
	must(w, "tarde")
	must(w, "a tiempo")
	if a := said(); a != "a tiempo" {
		t.Errorf("got %q", a)
	}
	w.clock.Advance(time.Minute)
	if a := said(); a != "tarde" {
		t.Errorf("got %q", a)
	}
	w.Fail(emulator.Fault{Kind: "reorder", Times: 2})
	must(w, "uno")
	must(w, "dos")
	must(w, "tres")
	if a, b, c := said(), said(), said(); a != "uno" || b != "tres" || c != "dos" {
		t.Errorf("got %q, %q and %q: one at a time, and none forgotten", a, b, c)
	}
	w.Fail(emulator.Fault{Kind: "reorder"})
	must(w, "último")
	w.clock.Advance(5 * time.Second)
	if a := said(); a != "último" {
		t.Errorf("got %q", a)
	}
}

func TestCallsGoWrongOnRequest(t *testing.T) {
	w := newWorld(t)
	send := func() answer { return w.call("sendMessage", `{"chat_id": $ana, "text": "a"}`) }
	for _, tt := range []struct {
		fault emulator.Fault
		code  int
	}{
		{emulator.Fault{Kind: "429", Delay: 9 * time.Second}, 429},
		{emulator.Fault{Kind: "403"}, 403},
		{emulator.Fault{Kind: "500", Bot: bot, Person: "ana", Method: "sendmessage"}, 500},
		{emulator.Fault{Kind: "body", Status: 418, Body: `{"ok":false,"error_code":418,"description":"x"}`}, 418},
	} {
		w.Fail(tt.fault)
		if a := send(); a.OK || a.status != tt.code || a.Code != tt.code {
			t.Errorf("%s: got %+v, want %d", tt.fault.Kind, a, tt.code)
		}
		if a := send(); !a.OK {
			t.Errorf("%s twice: %s", tt.fault.Kind, a.Description)
		}
	}
	w.Fail(emulator.Fault{Kind: "500", Person: "beto", Times: 5})
	w.Fail(emulator.Fault{Kind: "500", Bot: "other_bot", Times: 5})
	w.Fail(emulator.Fault{Kind: "500", Method: "getMe", Times: 5})
	if a := send(); !a.OK {
		t.Errorf("a fault of others: %s", a.Description)
	}
	w.Heal()
	if a := w.call("getMe", `{}`); !a.OK {
		t.Errorf("healed: %s", a.Description)
	}
	if w.Fail(emulator.Fault{Kind: "gremlins"}) {
		t.Error("an unknown fault was taken")
	}
}

func TestAnAnswerIsLostAfterOrBeforeTheDeed(t *testing.T) {
	w := newWorld(t)
	try := func(patience time.Duration) error {
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		defer cancel()
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, w.api.URL+"/bot"+token+"/sendMessage?chat_id="+w.ana+"&text=a", nil)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := http.DefaultClient.Do(req)
		if err == nil {
			_ = resp.Body.Close()
		}
		return err
	}
	for kind, bubbles := range map[string]int{"timeout": 0, "lost": 1} {
		before := len(w.Screen(bot, "ana", 0))
		w.Fail(emulator.Fault{Kind: kind})
		if try(300*time.Millisecond) == nil {
			t.Errorf("%s: an answer came", kind)
		}
		if got := len(w.Screen(bot, "ana", 0)) - before; got != bubbles {
			t.Errorf("%s: %d new bubbles, want %d", kind, got, bubbles)
		}
	}
	w.Fail(emulator.Fault{Kind: "slow", Delay: time.Millisecond})
	w.Fail(emulator.Fault{Kind: "html502"})
	if err := try(time.Minute); err != nil {
		t.Errorf("slow: %v", err)
	}
	resp, err := http.Get(w.api.URL + "/bot" + token + "/sendMessage?chat_id=" + w.ana + "&text=a")
	if err != nil || resp.StatusCode != 502 || !strings.HasPrefix(resp.Header.Get("Content-Type"), "text/html") {
		t.Errorf("got %+v, %v", resp, err)
	}
	_ = resp.Body.Close()
}

func TestAPersonTapsWhatTheScreenShows(t *testing.T) {
	w := newWorld(t)
	n := w.call("sendMessage", `{"chat_id": $ana, "text": "¿Sí?", "reply_markup": {"inline_keyboard": [[{"text": "Sí", "callback_data": "y"}, {"text": "Abrir", "url": "https://a.example/"}], []]}}`).id(t)
	got := w.Screen(bot, "ana", n-1)[0]
	if !slices.Equal(got.Options, []string{"Sí"}) || !slices.Equal(got.Links, []emulator.Link{{Label: "Abrir", URL: "https://a.example/"}}) {
		t.Errorf("got %+v", got)
	}
	for _, option := range []string{"Sí", "y"} {
		if err := w.Tap(bot, "ana", option); err != nil {
			t.Errorf("%s: %v", option, err)
		}
	}
	for _, option := range []string{"No", "Abrir"} {
		if err := w.Tap(bot, "ana", option); !errors.Is(err, emulator.ErrNoOption) {
			t.Errorf("%s: got %v, want ErrNoOption", option, err)
		}
	}
	all := w.updates(`{}`)
	tap := all[len(all)-1].Callback
	if tap == nil || tap.Data != "y" || w.Unanswered(bot) != 2 {
		t.Fatalf("got %+v, %d unanswered", tap, w.Unanswered(bot))
	}
	if a := w.call("answerCallbackQuery", `{"callback_query_id": "`+tap.ID+`", "text": "`+strings.Repeat("a", 201)+`"}`); a.OK {
		t.Error("an answer of 201 characters was taken")
	}
	if a := w.call("answerCallbackQuery", `{"callback_query_id": "`+tap.ID+`"}`); !a.OK || w.Unanswered(bot) != 1 {
		t.Errorf("got %+v, %d unanswered", a, w.Unanswered(bot))
	}
	w.clock.Advance(16 * time.Minute)
	if a := w.call("answerCallbackQuery", `{"callback_query_id": "`+all[len(all)-2].Callback.ID+`"}`); a.OK {
		t.Error("an old tap was answered")
	}
	if a := w.call("editMessageReplyMarkup", fmt.Sprintf(`{"chat_id": $ana, "message_id": %d}`, n)); !a.OK {
		t.Fatal(a.Description)
	}
	if err := w.Tap(bot, "ana", "Sí"); !errors.Is(err, emulator.ErrNoOption) {
		t.Errorf("a button that is gone: got %v", err)
	}
	if err := w.TapOn(bot, "ana", n, "Sí"); err != nil {
		t.Errorf("a slow phone: %v", err)
	}
}

func TestThePhoneShowsWhatChanges(t *testing.T) {
	w := newWorld(t)
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	seen := make(chan error, 1)
	go func() { seen <- w.Wait(ctx, bot, "ana", w.hello) }()
	if a := w.call("sendChatAction", `{"chat_id": $ana, "action": "typing"}`); !a.OK || !w.Phone(bot, "ana").Typing {
		t.Errorf("got %+v, want typing", a)
	}
	n := w.call("sendMessage", `{"chat_id": $ana, "text": "hola"}`).id(t)
	if err := <-seen; err != nil {
		t.Error(err)
	}
	p := w.Phone(bot, "ana")
	if p.Typing || len(p.Messages) != 2 || p.Messages[1].N != n {
		t.Errorf("got %+v", p)
	}
	go func() { seen <- w.Changed(ctx, p.Rev) }()
	if a := w.call("deleteMessage", fmt.Sprintf(`{"chat_id": $ana, "message_id": %d}`, w.hello)); !a.OK {
		t.Fatal(a.Description)
	}
	if err := <-seen; err != nil {
		t.Error(err)
	}
	if got := w.Screen(bot, "ana", 0)[0]; !got.Deleted || got.Text != "" || got.Rev <= p.Rev {
		t.Errorf("got %+v, want it gone", got)
	}
	if a := w.call("sendChatAction", `{"chat_id": $ana, "action": "typing"}`); !a.OK {
		t.Fatal(a.Description)
	}
	if w.clock.Advance(6 * time.Second); w.Phone(bot, "ana").Typing {
		t.Error("typing never ends")
	}
	short, stop := context.WithTimeout(t.Context(), time.Millisecond)
	defer stop()
	if err := w.Wait(short, bot, "ana", 1000); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
}

func TestPeopleSendAllKindsOfThings(t *testing.T) {
	w := newWorld(t)
	w.Call("ana", "Ana", "Paz")
	for kind, part := range map[string]string{"audio": `"voice"`, "photo": `"photo":[`, "sticker": `"sticker"`, "location": `"latitude"`,
		"contact": `"user_id"`, "document": `"file_name"`, "video": `"video"`, "dice": `"dice"`, "poll": `"poll"`, "stranger": `"contact"`} {
		if _, err := w.Send(bot, "ana", kind); err != nil {
			t.Errorf("%s: %v", kind, err)
		}
		a := w.call("getUpdates", `{"offset": -1}`)
		if !strings.Contains(string(a.Result), part) || !strings.Contains(string(a.Result), `"last_name":"Paz"`) {
			t.Errorf("%s: got %s", kind, a.Result)
		}
		if strings.Contains(string(a.Result), `"user_id"`) != (kind == "contact") {
			t.Errorf("%s: whose contact is %s", kind, a.Result)
		}
	}
	for name, err := range map[string]error{
		"kind": func() error { _, err := w.Send(bot, "ana", "telepathy"); return err }(),
		"text": func() error { _, err := w.Say(bot, "ana", " "); return err }(),
		"long": func() error { _, err := w.Say(bot, "ana", strings.Repeat("a", 4097)); return err }(),
		"bot":  func() error { _, err := w.Say("nobody", "ana", "a"); return err }(),
		"edit": w.Edit(bot, "ana", 999, "a"),
	} {
		if err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestBlockingStopsABotUntilThePersonWritesAgain(t *testing.T) {
	w := newWorld(t)
	if err := w.Block(bot, "ana"); err != nil {
		t.Fatal(err)
	}
	if a := w.call("sendMessage", `{"chat_id": $ana, "text": "a"}`); a.Code != 403 || !strings.Contains(a.Description, "blocked by the user") {
		t.Errorf("got %+v", a)
	}
	must(w, "volví")
	if a := w.call("sendMessage", `{"chat_id": $ana, "text": "a"}`); !a.OK {
		t.Errorf("got %+v", a)
	}
	members := 0
	for _, u := range w.updates(`{}`) {
		if u.Member != nil {
			members++
		}
	}
	if members != 2 {
		t.Errorf("%d changes of membership, want 2", members)
	}
}
