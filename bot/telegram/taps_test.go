package telegram_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"ventanilla/bot/telegram"
	"ventanilla/flows"
	"ventanilla/store"
)

// wires is a network that takes everything and remembers when.
type wires struct {
	mu    sync.Mutex
	began time.Time
	calls []string // "answerCallbackQuery 500ms"
	hang  time.Duration
}

func (n *wires) RoundTrip(r *http.Request) (*http.Response, error) {
	n.mu.Lock()
	n.calls = append(n.calls, path.Base(r.URL.Path)+" "+time.Since(n.began).String())
	n.mu.Unlock()
	time.Sleep(n.hang) // within a bubble
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(`{"ok": true, "result": true}`)), Request: r}, nil
}

func (n *wires) all() string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return strings.Join(n.calls, ", ")
}

// wired is a channel on such a network whose messages are safe when accept says so.
func wired(t *testing.T, n *wires, accept func() error) *telegram.Channel {
	t.Helper()
	ch, err := telegram.New(telegram.Config{Portal: "mseg", Token: token, Secret: hookKey, HTTP: &http.Client{Transport: n},
		Accept: func(context.Context, flows.Key, store.Inbound) error { return accept() }})
	if err != nil {
		t.Fatal(err)
	}
	return ch
}

// tap brings the n-th update: a person's tap on "Sí", each in another chat.
func tap(ch *telegram.Channel, n int) (status int) {
	body := fmt.Sprintf(`{"update_id": %d, "callback_query": {"id": "q%d", "from": {"id": %d, "first_name": "Ana"}, "data": "0a1b:yes", "message":
		{"message_id": 7, "chat": {"id": %d, "type": "private"}, "text": "¿Están bien?",
		"reply_markup": {"inline_keyboard": [[{"text": "Sí", "callback_data": "0a1b:yes"}]]}}}}`, n, n, 100+n, 100+n)
	r := httptest.NewRequest(http.MethodPost, "/telegram/mseg", strings.NewReader(body))
	r.Header.Set("X-Telegram-Bot-Api-Secret-Token", hookKey)
	w := httptest.NewRecorder()
	ch.ServeHTTP(w, r)
	return w.Code
}

// RULES: enum.same: when the keyboard goes tells nothing of how long the turn took.
func TestATapIsShownAtTheSameMomentHoweverLongItsTurnTook(t *testing.T) {
	for _, turn := range []time.Duration{0, 60 * time.Millisecond, 120 * time.Millisecond, 255 * time.Millisecond, 499 * time.Millisecond} {
		synctest.Test(t, func(t *testing.T) {
			n := &wires{began: time.Now()}
			ch := wired(t, n, func() error { time.Sleep(turn); return nil })
			if status := tap(ch, 1); status != http.StatusOK {
				t.Fatalf("got %d", status)
			}
			if got := n.all(); got != "" {
				t.Errorf("a turn of %v: %s before the moment", turn, got)
			}
			if err := ch.Close(t.Context()); err != nil {
				t.Fatal(err)
			}
			if got, want := n.all(), "answerCallbackQuery 500ms, editMessageText 500ms"; got != want {
				t.Errorf("a turn of %v: got %s, want %s", turn, got, want)
			}
		})
	}
}

// RULES: enum.same
func TestATapWhoseTurnTookVeryLongIsShownAtTheNextStep(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := &wires{began: time.Now()}
		ch := wired(t, n, func() error { time.Sleep(530 * time.Millisecond); return nil })
		tap(ch, 1)
		if err := ch.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got, want := n.all(), "answerCallbackQuery 1s, editMessageText 1s"; got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	})
}

func TestATapThatIsNotSafeIsNotAnswered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := &wires{began: time.Now()}
		ch := wired(t, n, func() error { return errFull })
		if status := tap(ch, 1); status != http.StatusServiceUnavailable {
			t.Errorf("got %d", status)
		}
		time.Sleep(time.Minute)
		if got := n.all(); got != "" {
			t.Errorf("answered all the same: %s", got)
		}
	})
}

// RULES: enum.same: nor do those who tap with it wait for a network that hangs.
func TestManyTapsNeverMakeTheirWebhookWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := &wires{began: time.Now(), hang: 3 * time.Second}
		ch := wired(t, n, func() error { return nil })
		for i := range 3000 {
			tap(ch, i+1)
		}
		if took := time.Since(n.began); took != 0 {
			t.Errorf("3000 webhooks took %v", took)
		}
		if err := ch.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
	})
}
