package app

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"ventanilla/backend/emulator"
	mailbox "ventanilla/bot/email/emulator"
	telegram "ventanilla/bot/telegram/emulator"
	"ventanilla/cmd/ventanilla/settings"
	"ventanilla/flows"
)

// patience is how long a test waits for something to happen before it says that it did not.
const patience = 30 * time.Second

// world is the whole program on loopback among fakes of everything that it speaks
// to. The fakes outlive it: it may be killed and started again at any moment.
type world struct {
	t        testing.TB
	dir      string
	clock    *flows.Clock
	power    *power
	core     *emulator.Emulator
	mail     *mailbox.Mailbox
	net      network
	url      string // of the public address, which stays the same over restarts
	settings *settings.Settings
	log      *slog.Logger
	listen   func(http.Handler) http.Handler // overhears the chat network, nil: nobody does
	atCore   func(http.Handler) http.Handler // overhears the core, nil: nobody does
	atDoor   func(http.Handler) http.Handler // overhears what comes from outside, nil: nobody does
	options  func(*Options)                  // changes what the program gets, nil: nothing

	mu     sync.Mutex
	app    *App          // nil while none runs
	front  *url.URL      // where the one that runs listens
	starts int           // of the program; read it after end
	ended  chan struct{} // closed when the last one has ended
	stop   context.CancelFunc
}

// network is a chat network as the people on it know it.
type network interface {
	phones
	Handler() http.Handler
	Settings(api string) string // the part of the settings that names the bot
	Close()
}

// phones are what people hold in their hands.
type phones interface {
	Say(person, text string) (n int, err error)
	Lines(person string) []line
	Wait(ctx context.Context, person string, after int) error
}

// line is one bubble.
type line struct {
	n       int
	bot     bool
	text    string
	deleted bool
}

// channels are the networks on which every story must hold.
var channels = map[string]func(*flows.Clock) network{"telegram": newTelegram}

// networks are all that there are, also for stories that know which one they are on.
var networks = map[string]func(*flows.Clock) network{"telegram": newTelegram, "whatsapp": newWhatsApp}

// onTelegram is the fake of Telegram.
type onTelegram struct{ *telegram.Network }

func newTelegram(clock *flows.Clock) network {
	n := telegram.New(telegram.Options{Clock: clock, NoLimits: true, Retry: 5 * time.Millisecond})
	n.AddBot("1:token", "bot")
	return onTelegram{n}
}

func (n onTelegram) Say(person, text string) (int, error) { return n.Network.Say("bot", person, text) }

func (n onTelegram) Lines(person string) (lines []line) {
	for _, m := range n.Screen("bot", person, 0) {
		text := m.Text
		for _, l := range m.Links {
			text += "\n<" + l.URL + ">"
		}
		if len(m.Options) > 0 {
			text += "\n[" + strings.Join(m.Options, "] [") + "]"
		}
		lines = append(lines, line{m.N, m.From == "bot", text, m.Deleted})
	}
	return lines
}

func (n onTelegram) Wait(ctx context.Context, person string, after int) error {
	return n.Network.Wait(ctx, "bot", person, after)
}

func (n onTelegram) Settings(api string) string {
	return fmt.Sprintf(`telegram: {token: "1:token", secret: s3cret, mode: webhook, api: %q}`, api)
}

// limits are the real ones, but that no person of a test has to wait in real time.
const limits = "{enum.hold: 0s, tg.chat: none, tg.all: none}"

// newWorld makes the fakes; run starts the program. What is given changes the world first.
func newWorld(t testing.TB, channel string, change ...func(*world)) *world {
	t.Helper()
	w := &world{t: t, dir: fastDir(t), clock: &flows.Clock{}, power: newPower(0), log: slog.New(slog.DiscardHandler)}
	for _, c := range change {
		c(w)
	}
	var err error
	w.core, err = emulator.Open(filepath.Join(w.dir, "core.db"), emulator.Options{Token: "t", NoSync: true, Seeds: ana(), Now: w.clock.Now})
	w.must(err)
	w.mail, err = mailbox.Listen("127.0.0.1:0", w.clock.Now, slog.New(slog.DiscardHandler))
	w.must(err)
	w.net = networks[channel](w.clock)
	core := httptest.NewServer(w.power.request("core", overheard(w.atCore, w.core.Handler())))
	api := httptest.NewServer(w.power.request(channel, overheard(w.listen, w.net.Handler())))
	smtp, err := net.Listen("tcp", "127.0.0.1:0")
	w.must(err)
	go w.power.mails(smtp, w.mail.Addr())
	public := httptest.NewServer(overheard(w.atDoor, http.HandlerFunc(w.incoming)))
	w.url = public.URL
	t.Cleanup(func() {
		w.end()
		w.net.Close()
		public.Close()
		api.Close()
		core.Close()
		_ = smtp.Close()
		_ = w.core.Close()
		_ = w.mail.Close()
	})
	w.configure(core.URL, smtp.Addr().String(), w.net.Settings(api.URL))
	return w
}

// overheard lets somebody listen, if there is somebody.
func overheard(by func(http.Handler) http.Handler, behind http.Handler) http.Handler {
	if by == nil {
		return behind
	}
	return by(behind)
}

// fastDir is a folder in memory if there is one: stories are about what is synced, not about disks.
func fastDir(t testing.TB) string {
	dir, err := os.MkdirTemp("/dev/shm", "ventanilla-test-")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

func (w *world) configure(core, smtp, bot string) {
	w.t.Helper()
	text := fmt.Sprintf(`public: {listen: "127.0.0.1:0", url: %q}
console: {listen: "127.0.0.1:0"}
store: bolt:%s/v.db
keys: file:%[2]s/v.key
core: {url: %[3]q, token: t}
mail: {url: "smtp://%[4]s", from: "Mesa <no-reply@example.org>"}
limits: %[5]s
bots: [{portal: mseg, %[6]s}]
`, w.url, w.dir, core, smtp, limits, bot)
	var err error
	w.settings, err = settings.Parse("test.yaml", []byte(text), os.LookupEnv, os.ReadFile)
	w.must(err)
}

// ana is the one person whom the core knows.
func ana() fstest.MapFS {
	return fstest.MapFS{"mseg.yaml": {Data: []byte(`portal: mseg
name: M
employer: M
employer_id: 30-99900450-7
employer_address: x
match: [{all: [doc_type, doc_number], any: [legajo, bank_account]}]
password: {min_length: 8, max_length: 64}
people:
  - id: ana
    given_name: Ana
    full_name: Ana Paz
    story: x
    documents: [{doc_type: dni, doc_number: "30.555.777"}]
    cuil: 20-30555777-1
    accounts:
      - id: acc-ana
        label: Docente
        fields: {personnel_type: docente, legajo: "704417", bank_account: "9000417263"}
        username: anapaz
        password: una clave cualquiera
        locked: true
        emails: [ana@correo.example]
        pay: {basic: 1000, category: "x", years: 1}
`)}}
}

// incoming is what the outside sends: webhooks and pages. Whoever asks a dead
// program, or one that is starting, gets no answer.
func (w *world) incoming(rw http.ResponseWriter, r *http.Request) {
	w.mu.Lock()
	to := w.front
	w.mu.Unlock()
	if to == nil || w.power.isDead() {
		panic(http.ErrAbortHandler)
	}
	proxy := httputil.NewSingleHostReverseProxy(to)
	proxy.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	proxy.ErrorHandler = func(http.ResponseWriter, *http.Request, error) { panic(http.ErrAbortHandler) }
	proxy.ServeHTTP(rw, r)
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// run starts the program, and again after each power cut, until the test ends.
func (w *world) run() *world {
	w.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	w.stop, w.ended = cancel, make(chan struct{})
	go func() {
		defer close(w.ended)
		for ctx.Err() == nil {
			w.power.revive()
			w.starts++
			err := w.live(ctx)
			if err != nil && ctx.Err() == nil && !w.power.isDead() {
				w.t.Errorf("the program ended: %v", err)
				return
			}
		}
	}()
	return w
}

// live is one life of the program.
func (w *world) live(ctx context.Context) (err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	death := w.power.death()
	go func() {
		select {
		case <-death:
			cancel()
		case <-ctx.Done():
		}
	}()
	public, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	o := Options{Log: w.log, Clock: w.clock, Public: public}
	o.Store.OnCommit = w.power.onCommit
	if w.options != nil {
		w.options(&o)
	}
	a, err := New(ctx, w.settings, o)
	if err != nil {
		_ = public.Close()
		return err
	}
	w.mu.Lock()
	w.app, w.front = a, &url.URL{Scheme: "http", Host: public.Addr().String()}
	w.mu.Unlock()
	err = a.Run(ctx)
	w.mu.Lock()
	w.app, w.front = nil, nil
	w.mu.Unlock()
	if closing := a.Close(); err == nil {
		err = closing
	}
	return err
}

// end stops the program for good, gracefully.
func (w *world) end() {
	if w.stop != nil {
		w.power.spare()
		w.stop()
		<-w.ended
	}
}

// running returns the program, nil while none runs.
func (w *world) running() *App {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.app
}

// until waits until something is so.
func (w *world) until(what string, ok func() bool) {
	w.t.Helper()
	for end := time.Now().Add(patience); !ok(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(end) {
			w.t.Fatalf("%s: not in time; the chat:\n%s", what, w.screen())
		}
	}
}

// person is who plays; everybody has a name of their own on the network.
const person = "canarita"

func (w *world) screen() string {
	var b strings.Builder
	for _, l := range w.net.Lines(person) {
		who := ">"
		if l.bot {
			who = " "
		}
		fmt.Fprintf(&b, "%s %s\n", who, l.text)
	}
	return b.String()
}

// say writes something and waits for an answer that contains want.
func (w *world) say(text, want string) string {
	w.t.Helper()
	n, err := w.net.Say(person, text)
	w.must(err)
	return w.hear(want, n)
}

// hear waits for a line after bubble n that contains want, and returns it.
func (w *world) hear(want string, n int) string {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.t.Context(), patience)
	defer cancel()
	for last := n; ; {
		for _, l := range w.net.Lines(person) {
			if l.n > n && l.bot && strings.Contains(l.text, want) {
				return l.text
			}
			last = max(last, l.n)
		}
		if err := w.net.Wait(ctx, person, last); err != nil {
			w.t.Fatalf("waiting for %q after %d: %v; the chat:\n%s", want, n, err, w.screen())
		}
	}
}

var (
	pageURL = regexp.MustCompile(`http://[^\s>]+/f/[^\s>]+`)
	pinText = regexp.MustCompile(`PIN: (\d{4})`)
	codeOf  = regexp.MustCompile(`\b(\d{4} \d{4})\b`)
	hidden  = regexp.MustCompile(`name="_request" value="([^"]+)"`)
)

// code waits for mail number n, from 1 on, and returns the code in it.
func (w *world) code(n int) string {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.t.Context(), patience)
	defer cancel()
	mails, err := w.mail.Wait(ctx, "ana@correo.example", n-1)
	if err != nil {
		w.t.Fatalf("waiting for mail %d: %v; the chat:\n%s", n, err, w.screen())
	}
	return codeOf.FindString(mails[len(mails)-1].Text)
}

// submit opens the page that a line leads to and sends it, as a browser whose
// owner tries again until there is an answer.
func (w *world) submit(line, password string) (page string) {
	w.t.Helper()
	address, pin := pageURL.FindString(line), pinText.FindStringSubmatch(line)
	if address == "" || pin == nil {
		w.t.Fatalf("no page and PIN in %q", line)
	}
	var request []string
	w.until("the page opens", func() bool {
		request = hidden.FindStringSubmatch(browse(http.Get(address)))
		return request != nil
	})
	form := url.Values{"_request": {request[1]}, "_pin": {pin[1]}, "password": {password}, "repeat": {password}}
	w.until("the page answers", func() bool {
		page = browse(http.PostForm(address, form))
		return page != ""
	})
	return page
}

// browse returns a page, "" if there was no good answer.
func browse(resp *http.Response, err error) string {
	if err != nil {
		return ""
	}
	defer func() { _ = resp.Body.Close() }()
	b, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode >= 500 {
		return ""
	}
	return string(b)
}

// quiet waits until nothing is left to do: no message waits, no line, no mail.
func (w *world) quiet() {
	w.t.Helper()
	w.until("nothing is left to do", func() bool {
		a := w.running()
		return a != nil && !w.power.isDead() && a.idle(w.t.Context())
	})
}

// idle tells whether no entry of the store has work to do now.
func (a *App) idle(ctx context.Context) bool {
	now := a.opt.Clock.Now()
	for after := ""; ; {
		es, err := a.kv.List(ctx, "", after, 256)
		if err != nil {
			return false
		}
		if len(es) == 0 {
			return true
		}
		for _, e := range es {
			if strings.HasPrefix(e.Key, "o.") || !e.Due.IsZero() && !e.Due.After(now) {
				return false
			}
			after = e.Key
		}
	}
}
