package app_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	core "ventanilla/backend/emulator"
	"ventanilla/backend/secret"
	mail "ventanilla/bot/email/emulator"
	telegram "ventanilla/bot/telegram/emulator"
	"ventanilla/cmd/ventanilla/app"
	"ventanilla/cmd/ventanilla/settings"
)

const (
	token     = "5000000001:token-canary"
	coreToken = "core-token-canary"
	botName   = "mseg_bot"
	patience  = 20 * time.Second
)

// outside is what a program speaks to: a core, a mail server and Telegram, over their own protocols.
type outside struct {
	net  *telegram.Network
	conf *settings.Settings
	log  *logs
}

// logs is what the program wrote; safe to read while it writes.
type logs struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *logs) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

func (l *logs) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

func newOutside(t *testing.T) *outside {
	t.Helper()
	dir := t.TempDir()
	accounts, err := core.Open(filepath.Join(dir, "core.db"), core.Options{Token: coreToken, NoSync: true, HashMemory: 64})
	if err != nil {
		t.Fatal(err)
	}
	coreServer := httptest.NewServer(accounts.Handler())
	box, err := mail.Listen("127.0.0.1:0", time.Now, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	network := telegram.New(telegram.Options{})
	network.AddBot(token, botName)
	api := httptest.NewServer(network.Handler())
	t.Cleanup(func() {
		network.Close()
		api.Close()
		coreServer.Close()
		_, _ = box.Close(), accounts.Close()
	})
	// As an operator would write it, so that reading it is tried too.
	text := fmt.Sprintf(`public: {listen: "127.0.0.1:0", url: "https://bot.example.org"}
console: {listen: "127.0.0.1:0"}
store: bolt:./v.db
keys: file:./v.key
core: {url: "%s", token: env:CORE_TOKEN}
mail: {url: "%s", from: "Mesa de Ayuda <no-reply@example.org>"}
bots:
  - {portal: mseg, telegram: {token: env:TG_TOKEN, mode: poll, api: "%s"}}
`, coreServer.URL, box.URL(), api.URL)
	env := map[string]string{"CORE_TOKEN": coreToken, "TG_TOKEN": token}
	conf, err := settings.Parse(filepath.Join(dir, "v.yaml"), []byte(text),
		func(name string) (string, bool) { v, ok := env[name]; return v, ok },
		func(string) ([]byte, error) { return nil, io.EOF })
	if err != nil {
		t.Fatal(err)
	}
	return &outside{net: network, conf: conf, log: &logs{}}
}

// program is a running one.
type program struct {
	public, inner string
	stop          func() error
}

func (o *outside) run(t *testing.T) *program {
	t.Helper()
	public, inner := listen(t), listen(t)
	a, err := app.New(t.Context(), o.conf, app.Options{Log: slog.New(slog.NewJSONHandler(o.log, &slog.HandlerOptions{Level: slog.LevelDebug})), Public: public, Inner: inner})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- a.Run(ctx) }()
	stop := sync.OnceValue(func() error {
		cancel()
		return fmt.Errorf("run: %w, close: %w", <-done, a.Close())
	})
	t.Cleanup(func() { _ = stop() })
	return &program{"http://" + public.Addr().String(), "http://" + inner.Addr().String(), stop}
}

func listen(t *testing.T) net.Listener {
	t.Helper()
	l, err := app.Listen(t.Context(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func get(t *testing.T, address string) (status int, body string) {
	t.Helper()
	resp, err := http.Get(address)
	if err != nil {
		return 0, err.Error()
	}
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(text)
}

// hear waits until the phone shows something from the bot that contains want.
func (o *outside) hear(t *testing.T, person, want string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	for rev := 0; ; {
		phone := o.net.Phone(botName, person)
		for _, m := range phone.Messages {
			if m.From == "bot" && strings.Contains(m.Text, want) {
				return
			}
		}
		if rev = phone.Rev; o.net.Changed(ctx, rev) != nil {
			t.Fatalf("never heard %q but %+v", want, phone.Messages)
		}
	}
}

func TestAServedBotPollsAnswersAndStops(t *testing.T) {
	o := newOutside(t)
	p := o.run(t)
	if _, err := o.net.Say(botName, "Ana Canary", "no puedo entrar"); err != nil {
		t.Fatal(err)
	}
	o.hear(t, "Ana Canary", "Paso 1 de 5")
	for path, want := range map[string]string{p.public + "/healthz": "ok", p.public + "/readyz": "ready", p.inner + "/healthz": "ok",
		p.inner + "/readyz": "ready", p.inner + "/metrics": "ventanilla_turns_total", p.public + "/privacidad": "Ley 25.326"} {
		if status, body := get(t, path); status != 200 || !strings.Contains(body, want) {
			t.Errorf("%s: got %d %.100q, want %q", path, status, body, want)
		}
	}
	if status, _ := get(t, p.public+"/metrics"); status != 404 {
		t.Errorf("the public listener shows metrics: %d", status)
	}
	begun := time.Now()
	if err := p.stop(); strings.Contains(err.Error(), "cut short") || time.Since(begun) > app.Grace {
		t.Errorf("stopping took %s: %v", time.Since(begun), err)
	}
	if status, _ := get(t, p.public+"/healthz"); status != 0 {
		t.Errorf("it still answers: %d", status)
	}
	// RULES: data.logs, data.canary
	for _, secret := range []string{"Canary", "canary", "no puedo entrar", "Paso 1"} {
		if strings.Contains(o.log.String(), secret) {
			t.Errorf("%q stands in the log:\n%s", secret, o.log)
		}
	}
}

// RULES: talk.resume
func TestANewStartGoesOnWhereTheOldOneStopped(t *testing.T) {
	o := newOutside(t)
	p := o.run(t)
	_, _ = o.net.Say(botName, "Ana", "no puedo entrar")
	o.hear(t, "Ana", "Paso 1 de 5")
	_ = p.stop()
	_, _ = o.net.Say(botName, "Ana", "docente") // while nobody is there
	o.run(t)
	o.hear(t, "Ana", "Paso 2 de 5")
}

func TestASecondProgramOnTheSameStoreIsToldWhatToDo(t *testing.T) {
	o := newOutside(t)
	o.run(t)
	_, err := app.New(t.Context(), o.conf, app.Options{})
	if err == nil || !strings.Contains(err.Error(), "stop that one first") {
		t.Errorf("got %v, want it to say what to do", err)
	}
}

// RULES: data.sealed
func TestOtherKeysStopTheStart(t *testing.T) {
	o := newOutside(t)
	_ = o.run(t).stop()
	other := newOutside(t)
	_ = other.run(t).stop()
	o.conf.Keys = other.conf.Keys
	_, err := app.New(t.Context(), o.conf, app.Options{})
	if err == nil || !strings.Contains(err.Error(), "written with other keys") {
		t.Errorf("got %v, want a refusal", err)
	}
}

func TestCheckingOnlineNamesWhoDoesNotLetUsIn(t *testing.T) {
	o := newOutside(t)
	var said bytes.Buffer
	if err := app.CheckOnline(t.Context(), o.conf, &said); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"ok: mail", "ok: core, portal mseg", "ok: telegram, portal mseg: @" + botName} {
		if !strings.Contains(said.String(), want) {
			t.Errorf("got %s, want %s", said.String(), want)
		}
	}
	o.conf.Core.Token, o.conf.Bots[0].Telegram.Token, o.conf.Mail.URL = "wrong", "5000000001:wrong", secret.Text("smtp://127.0.0.1:1")
	err := app.CheckOnline(t.Context(), o.conf, io.Discard)
	for _, want := range []string{"v.yaml:5: core, portal mseg", "v.yaml:6: mail: connecting", "v.yaml:8: telegram, portal mseg"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
	if err != nil && strings.Contains(err.Error(), "5000000001:wrong") {
		t.Errorf("a token is shown: %v", err)
	}
}
