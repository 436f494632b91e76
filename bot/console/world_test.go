package console_test

import (
	"context"
	"crypto/rand"
	"encoding/base32"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"html"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"
	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/crypto/argon2"

	"ventanilla/backend/secret"
	"ventanilla/bot"
	"ventanilla/bot/console"
	"ventanilla/flows"
	"ventanilla/flows/text"
	"ventanilla/store"
	"ventanilla/store/boltkv"
)

var (
	ana   = flows.Key{Portal: "mseg", Channel: "telegram", Person: "1001"}
	beto  = flows.Key{Portal: "iess", Channel: "whatsapp", Person: "+593987654321"}
	quiet = slog.New(slog.DiscardHandler)
)

const good = "caballo grapa violeta 19"

// phone is a network that takes everything.
type phone struct {
	mu   sync.Mutex
	said map[string][]string // by person
	held func(bot.Delivery)  // keeps a send open until it returns; nil: none
}

func (p *phone) Send(_ context.Context, d bot.Delivery) (string, error) {
	if p.held != nil {
		p.held(d)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.said == nil {
		p.said = map[string][]string{}
	}
	p.said[d.To] = append(p.said[d.To], d.Reply.Text)
	return "", nil
}

func (p *phone) heard(person string) []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]string(nil), p.said[person]...)
}

type links struct{}

func (links) Form(string, string, time.Time) string { return "https://bot.example/f/x" }
func (links) Grant(flows.Grant) string              { return "https://bot.example/g/x" }
func (links) File(string, string, time.Time) string { return "https://bot.example/d/x" }

// world is a console with everything real but the networks and the flows.
type world struct {
	t        testing.TB
	clock    *flows.Clock
	kv       *boltkv.KV
	keys     *store.Keyring
	store    *store.Store
	worker   *bot.Worker
	phone    *phone
	console  *console.Console
	figures  *bot.Figures
	mailDown atomic.Bool
	config   console.Config
	serving  atomic.Pointer[console.Console] // what the server asks
	closes   func()                          // ends the console
	cut      func()                          // drops all connections to it
	dead     atomic.Bool                     // nobody gets a connection
	url      string
	seeds    map[string]secret.Text // of the agents' authenticators
	n        int
}

func random(n int) string {
	b := make([]byte, n)
	_, _ = rand.Read(b)
	return hex.EncodeToString(b)
}

func newWorld(t testing.TB) *world {
	t.Helper()
	w := &world{t: t, clock: &flows.Clock{}, phone: &phone{}, seeds: map[string]secret.Text{}}
	var err error
	w.keys, err = store.NewKeyring(rand.Reader)
	w.ok(err)
	w.kv, err = boltkv.Open(filepath.Join(t.TempDir(), "db"), boltkv.Options{Clock: w.clock})
	w.ok(err)
	engine := engine(t, w.clock)
	w.store, err = store.New(t.Context(), w.kv, store.Options{Keys: w.keys, Clock: w.clock, Random: rand.Reader, Limits: flows.NoLimits(), Screen: engine.Screen, Log: quiet})
	w.ok(err)
	meters, err := bot.NewMeters(prometheus.NewRegistry())
	w.ok(err)
	w.worker = &bot.Worker{Store: w.store, Away: w.store, Engine: engine, Guard: w.store.Guards(), Limits: flows.NoLimits(),
		Channels: map[string]bot.Channel{"telegram": w.phone, "whatsapp": w.phone}, Codes: flows.Codes{Key: secret.Text(strings.Repeat("k", 32))}, Links: links{},
		Eraser: w.store, Clock: w.clock, Jitter: func() float64 { return 0.5 }, Meters: meters, Log: quiet, Case: func() string { return "V000001" }}
	w.figures = &bot.Figures{Keeper: w.store, Clock: w.clock, Random: random, Log: quiet, Zones: map[string]*time.Location{"mseg": time.FixedZone("-3", -3*3600), "iess": time.FixedZone("-5", -5*3600)}}
	w.worker.Figures = w.figures
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if w.dead.Load() {
			panic(http.ErrAbortHandler)
		}
		w.serving.Load().ServeHTTP(rw, r)
	}))
	server.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	w.cut = server.CloseClientConnections
	w.url = "http://" + server.Listener.Addr().String()
	w.config = console.Config{Flows: func(string) map[string]flows.Flow { return engine.Flows() }, Understand: understood, Store: w.store, Desk: w.worker, Aids: known{engine}, Guard: w.store.Guards(), URL: w.url, Now: w.clock.Now, Random: random, Log: quiet,
		Figures: w.figures, Load: meters.Read, MailDown: func() bool { return w.mailDown.Load() },
		Organisations: []console.Organisation{
			{ID: "mseg", Name: "Ministerio de Seguridad", Short: "Mi Portal", Locale: "es-AR", Zone: "America/Argentina/Buenos_Aires"},
			{ID: "iess", Name: "Instituto Ecuatoriano", Short: "IESS", Locale: "es-EC", Zone: "America/Guayaquil", Template: true}}}
	ctx, stop := context.WithCancel(context.Background())
	var running sync.WaitGroup
	w.opens()
	running.Go(func() {
		if err := (&bot.Runner{Queue: w.store, Worker: w.worker, Grace: time.Second}).Run(ctx); err != nil {
			t.Error(err)
		}
	})
	server.Start()
	t.Cleanup(func() {
		stop()
		w.closes()
		running.Wait()
		server.CloseClientConnections()
		server.Close()
		_ = w.kv.Close()
	})
	return w
}

// understood is a simple reader of sentences.
func understood(_, text string) console.Reading {
	if strings.Contains(text, "entrar") {
		return console.Reading{Sure: "recover", Guesses: []console.Guess{{Wish: "recover", Confidence: 0.93, Why: []string{"ENTER", `"pued entr"`}}, {Wish: "unlock", Confidence: 0.41}}}
	}
	return console.Reading{Guesses: []console.Guess{{Wish: "elsewhere", Confidence: 0.3}}}
}

// opens starts the console; in place of one that was closed it is as after a restart of the program.
func (w *world) opens() {
	w.t.Helper()
	c, err := console.New(w.config)
	w.ok(err)
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- c.Run(ctx) }()
	w.console = c
	w.serving.Store(c)
	w.closes = sync.OnceFunc(func() {
		stop()
		if err := <-ended; err != nil {
			w.t.Error(err)
		}
	})
}

// reopen restarts the console.
func (w *world) reopen() {
	w.t.Helper()
	w.closes()
	w.opens()
}

func (w *world) ok(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// says are the texts of a flow.
func says(pairs ...string) fs.FS {
	var b strings.Builder
	for i := 0; i < len(pairs); i += 2 {
		fmt.Fprintf(&b, "%s: %q\n", pairs[i], pairs[i+1])
	}
	return fstest.MapFS{"es.yaml": {Data: []byte(b.String())}}
}

// several is somebody with several accounts.
var several = flows.Key{Portal: "mseg", Channel: "telegram", Person: "7007"}

// unlockable is what two agents can do for whoever began an errand.
func unlockable(_ context.Context, t *flows.Turn, c flows.Chance) (flows.Chance, error) {
	if t.Dialog.Flow != "recovery" {
		return c, nil
	}
	c.Why, c.Accounts = "", []flows.Option{{ID: "acc-1", Label: "Docente"}}
	if t.Key.Person == several.Person {
		c.Accounts = append(c.Accounts, flows.Option{ID: "acc-2", Label: "Administrativa"})
	}
	return c, nil
}

// known is an engine to which somebody said their number.
type known struct{ *flows.Engine }

func (k known) Identifiers(_ flows.Key, d flows.Dialog) []flows.Identifier {
	if n := d.Values["number"]; n != "" {
		return []flows.Identifier{{Label: "Legajo", Mask: "•••" + n[len(n)-3:], Whole: n}}
	}
	return nil
}

// engine asks for an option, then for a number, and knows a wait for a person.
func engine(t testing.TB, clock *flows.Clock) *flows.Engine {
	t.Helper()
	digits := func(_ *flows.Turn, in flows.Input) (string, string) {
		if in.Choice != "" {
			return in.Choice, ""
		}
		if strings.Trim(in.Text, "0123456789") == "" {
			return in.Text, ""
		}
		return "", "no_number"
	}
	open := func(_ context.Context, t *flows.Turn) (string, error) {
		t.Values["case"] = "V4" + t.Key.Person[len(t.Key.Person)-4:] + "7"
		t.Note(flows.Audit{What: "case_opened", Detail: map[string]string{"case": t.Values["case"]}})
		return "", nil
	}
	all := []flows.Flow{
		{Name: "menu", Texts: says("errand", "menú", "menu", "¿Qué necesitás?", "no_number", "Tocá una opción.", "offer_go", "No puedo entrar"), Steps: []flows.Step{
			{Name: "menu", Say: "menu", Offer: []string{"go"}, Take: digits, On: flows.On{"go": "recovery/", "next": "menu"}}}},
		{Name: "recovery", Aids: map[string]flows.Aid{"unlock": {Who: flows.OneIfProven, Able: unlockable, Say: "agent_unlocked", Quiet: true, Place: 40}}, Texts: says("errand", "entrar", "agent_unlocked", "Una persona de Mi Portal desbloqueó la cuenta.", "number", "¿Cuál es tu legajo?", "no_number", "El legajo son números.", "code", "Escribí el código que te mandé."), Steps: []flows.Step{
			{Name: "number", Say: "number", Take: digits, Keep: true, Masked: true, Ident: true, Label: func(*flows.Turn) string { return "Legajo" }},
			{Name: "code", Say: "code", Take: digits, Masked: true},
			{Name: "done", Solves: true, On: flows.On{"next": flows.End}}}},
		{Name: "handoff", Texts: says("errand", "persona", "wait", "Ya avisé: una persona te va a escribir.", "noted", "Anotado."), Steps: []flows.Step{
			{Name: "open", Do: open},
			{Name: "waiting", Say: "wait", Again: "noted", Free: true, Rests: true, Take: func(*flows.Turn, flows.Input) (string, string) { return "said", "" }, On: flows.On{"next": "waiting"}}}},
	}
	texts, err := text.New(text.Config{Locale: "es-AR", Values: map[string]string{"portal": "Mi Portal"}}, all...)
	if err != nil {
		t.Fatal(err)
	}
	words, err := flows.Words()
	if err != nil {
		t.Fatal(err)
	}
	e, err := flows.New(flows.Options{Flows: all, Home: "menu", Human: "handoff", Texts: texts, Words: words, Limits: flows.DefaultLimits(), Now: clock.Now, Random: random})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// writes lets a person write to the bot.
func (w *world) writes(k flows.Key, name string, lines ...string) {
	w.t.Helper()
	for _, line := range lines {
		w.n++
		w.ok(w.worker.Receive(w.t.Context(), k, store.Inbound{ID: fmt.Sprint("m", w.n), Name: name, Input: flows.Input{From: flows.Person, Text: line}}))
	}
}

func (w *world) until(what string, is func() bool) {
	w.t.Helper()
	for end := time.Now().Add(20 * time.Second); !is(); {
		if time.Now().After(end) {
			w.t.Fatalf("never: %s", what)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// browser is somebody at the console.
type browser struct {
	w    *world
	http *http.Client
	name string
}

func (w *world) browser() *browser {
	jar, err := cookiejar.New(nil)
	w.ok(err)
	return &browser{w: w, http: &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

// hashed is the password of everybody, as it is kept: hashing it for each agent anew takes longer than most tests.
var hashed = sync.OnceValue(func() secret.Text {
	salt := []byte("sixteen bytes of")
	e := base64.RawStdEncoding
	return secret.Text("argon2id$" + e.EncodeToString(salt) + "$" + e.EncodeToString(argon2.IDKey([]byte(good), salt, 2, 19*1024, 1, 32)))
})

// hire adds an agent who enrolled just now and is signed in.
func (w *world) hire(name string, role store.Role, portals ...string) *browser {
	w.t.Helper()
	token, err := w.store.Agents().Add(w.t.Context(), store.Agent{Name: name, Role: role, Portals: portals})
	w.ok(err)
	a, err := w.store.Agents().Enrolling(w.t.Context(), token.Reveal())
	w.ok(err)
	w.seeds[name] = a.Seed
	w.ok(w.store.Agents().Enrol(w.t.Context(), token.Reveal(), hashed(), uint64(w.clock.Now().Unix()/30)))
	return (&browser{w: w, name: name}).here()
}

// enrols is hire for somebody who goes all the way of the link.
func (w *world) enrols(name string, role store.Role, portals ...string) *browser {
	w.t.Helper()
	token, err := w.store.Agents().Add(w.t.Context(), store.Agent{Name: name, Role: role, Portals: portals})
	w.ok(err)
	a, err := w.store.Agents().Enrolling(w.t.Context(), token.Reveal())
	w.ok(err)
	w.seeds[name] = a.Seed
	b := w.browser()
	b.name = name
	status, _ := b.post("/console/enrol/"+token.Reveal(), url.Values{"password": {good}, "again": {good}, "code": {w.code(name)}})
	if status != http.StatusSeeOther {
		w.t.Fatalf("enrolling %s: got %d", name, status)
	}
	return b
}

// code is what an agent's authenticator shows now.
func (w *world) code(name string) string {
	seed := base32.StdEncoding.EncodeToString([]byte(w.seeds[name].Reveal()))
	code, err := hotp.GenerateCodeCustom(seed, uint64(w.clock.Now().Unix()/30), hotp.ValidateOpts{Digits: otp.DigitsSix})
	w.ok(err)
	return code
}

func (b *browser) get(path string) (int, string) { return b.do(http.MethodGet, path, nil, nil) }
func (b *browser) post(path string, v url.Values) (int, string) {
	return b.do(http.MethodPost, path, v, http.Header{"Sec-Fetch-Site": {"same-origin"}})
}

func (b *browser) do(method, path string, v url.Values, h http.Header) (int, string) {
	b.w.t.Helper()
	req, err := http.NewRequestWithContext(b.w.t.Context(), method, b.w.url+path, strings.NewReader(v.Encode()))
	b.w.ok(err)
	if v != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for k := range h {
		req.Header[k] = h[k]
	}
	resp, err := b.http.Do(req)
	b.w.ok(err)
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	b.w.ok(err)
	return resp.StatusCode, string(body)
}

var tags = regexp.MustCompile(`<[^>]*>`)

// rowNames are the people of the rows of a list.
var rowNames = regexp.MustCompile(`<span class="who"><bdi>([^<]*)<`)

// plain is a page as it reads.
func plain(page string) string {
	return strings.Join(strings.Fields(html.UnescapeString(tags.ReplaceAllString(page, " "))), " ")
}

func (w *world) talk(k flows.Key, act string) string {
	return strings.TrimSuffix("/console/c/"+w.store.Name(k)+"/"+act, "/")
}

// line is a form with a text and a fresh request.
func line(text string) url.Values { return url.Values{"text": {text}, "request": {random(8)}} }
