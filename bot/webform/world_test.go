package webform_test

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"
	"golang.org/x/net/html"

	"ventanilla/backend/secret"
	"ventanilla/bot/link"
	"ventanilla/bot/webform"
	"ventanilla/flows"
	"ventanilla/flows/text"
	"ventanilla/store"
	"ventanilla/store/boltkv"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var ana = flows.Key{Portal: "mseg", Channel: "telegram", Person: "1001"}

const (
	entered = "visit-1"
	good    = "correcto caballo bateria grapa"
)

// world is the pages over HTTP, with everything real but the engine.
type world struct {
	t      testing.TB
	clock  *flows.Clock
	store  *store.Store
	broken brokenStore
	engine *engine
	face   webform.Face
	codes  flows.Codes
	limits flows.Limits
	signer link.Signer
	pages  *webform.Pages
	server *httptest.Server
	log    *strings.Builder
	client *http.Client
	texts  map[string]*text.Catalogue
	cut    atomic.Bool   // connections break after the request
	left   chan struct{} // if set, hears of requests whose client went away, or that ended
}

func newWorld(t testing.TB) *world {
	t.Helper()
	w := &world{t: t, clock: &flows.Clock{}, engine: newEngine(), log: &strings.Builder{}, texts: map[string]*text.Catalogue{}, limits: flows.DefaultLimits(),
		codes: flows.Codes{Key: secret.Text(strings.Repeat("c", 32))},
		face: webform.Face{Organisation: "Ministerio de Seguridad", Portal: "Mi Portal", Locale: "es-AR", URL: "https://portal.example",
			Colour: "#1a5fb4", Chat: "https://t.me/mseg_bot"}}
	w.openStore()
	w.sentences()
	w.serve()
	w.stand(entered)
	return w
}

func (w *world) openStore() {
	keys, err := store.NewKeyring(rand.Reader)
	if err != nil {
		w.t.Fatal(err)
	}
	kv, err := boltkv.Open(filepath.Join(w.t.TempDir(), "db"), boltkv.Options{Clock: w.clock})
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { _ = kv.Close() })
	w.store, err = store.New(w.t.Context(), kv, store.Options{Keys: keys, Clock: w.clock, Random: rand.Reader, Limits: w.limits, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		w.t.Fatal(err)
	}
}

// serve starts the pages; calling it again is a restart: what lives in memory only is gone.
func (w *world) serve() {
	if w.server == nil {
		w.server = httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			if left := w.left; left != nil {
				context.AfterFunc(r.Context(), func() { left <- struct{}{} })
			}
			if w.cut.Load() {
				panic(http.ErrAbortHandler)
			}
			w.pages.ServeHTTP(rw, r)
		}))
		w.t.Cleanup(w.server.Close)
		w.client = w.server.Client()
	}
	base, err := url.Parse(w.server.URL)
	if err != nil {
		w.t.Fatal(err)
	}
	w.signer = link.Signer{Base: base, Key: secret.Text(strings.Repeat("l", 32)), Now: w.clock.Now}
	w.broken.Store = w.store
	w.pages, err = webform.New(webform.Config{Links: w.signer, Store: &w.broken, Guard: w.store.Guards(), Codes: w.codes, Limits: w.limits,
		Engine: func(portal string) webform.Engine {
			if portal != ana.Portal {
				return nil
			}
			return w.engine
		},
		Texts: func(string) flows.Texts { return w.sentences() },
		Face:  func(flows.Key) webform.Face { return w.face },
		Key:   secret.Text(strings.Repeat("w", 32)), Now: w.clock.Now, Random: random,
		Log: slog.New(slog.NewTextHandler(w.log, &slog.HandlerOptions{Level: slog.LevelDebug}))})
	if err != nil {
		w.t.Fatal(err)
	}
}

func random(n int) string {
	b := make([]byte, n)
	_, _ = rand.Read(b)
	return hex.EncodeToString(b)
}

// sentences are loaded once for a language, as the program does.
func (w *world) sentences() *text.Catalogue {
	if w.texts[w.face.Locale] == nil {
		w.texts[w.face.Locale] = sentences(w.t, w.face.Locale)
	}
	return w.texts[w.face.Locale]
}

func sentences(t testing.TB, locale string) *text.Catalogue {
	t.Helper()
	c, err := text.New(text.Config{Locale: locale}, flows.Flow{Name: "page", Texts: webform.Sentences()})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// stand puts the dialog at the form, on the visit of that name; "" takes it elsewhere.
func (w *world) stand(visit string) {
	w.t.Helper()
	err := w.store.Update(w.t.Context(), ana, func(c *store.Conversation) error {
		c.Dialog = flows.Dialog{Flow: "recovery", Step: "form", Entered: visit}
		if visit == "" {
			c.Dialog.Step, c.Dialog.Entered = "done", "elsewhere"
		}
		return nil
	})
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) link() string {
	w.t.Helper()
	address, err := w.signer.Form(w.store.Name(ana), entered, w.clock.Now().Add(time.Hour))
	if err != nil {
		w.t.Fatal(err)
	}
	return address
}

func (w *world) pin() string { return w.codes.PIN(ana, entered).Reveal() }

// wrongPINs are all but the right one.
func (w *world) wrongPINs() (all []string) {
	for i := range 10 {
		if pin := fmt.Sprintf("%04d", i); pin != w.pin() {
			all = append(all, pin)
		}
	}
	return all
}

func (w *world) conversation() *store.Conversation {
	w.t.Helper()
	c, err := w.store.Load(w.t.Context(), ana)
	if err != nil {
		w.t.Fatal(err)
	}
	return c
}

// events are what the dialog was told.
func (w *world) events() (all []string) {
	for _, in := range w.conversation().Inbox {
		all = append(all, in.Input.Event)
	}
	return all
}

// heard lets the dialog hear what waits, and stay where it is.
func (w *world) heard() {
	w.t.Helper()
	err := w.store.Update(w.t.Context(), ana, func(c *store.Conversation) error { c.Inbox = nil; return nil })
	if err != nil {
		w.t.Fatal(err)
	}
}

// page is what came back.
type page struct {
	status int
	header http.Header
	body   string
	state  string
	text   string // as a reader sees it, spaces joined
	fields url.Values
}

func (w *world) get(address string) page {
	w.t.Helper()
	return w.do(http.MethodGet, address, nil, nil)
}

func (w *world) post(address string, values url.Values) page {
	w.t.Helper()
	return w.do(http.MethodPost, address, values, nil)
}

func (w *world) do(method, address string, values url.Values, header http.Header) page {
	w.t.Helper()
	req, err := http.NewRequestWithContext(w.t.Context(), method, address, strings.NewReader(values.Encode()))
	if err != nil {
		w.t.Fatal(err)
	}
	if values != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for name := range header {
		req.Header.Set(name, header.Get(name))
	}
	res, err := w.client.Do(req)
	if err != nil {
		w.t.Error(err)
		return page{}
	}
	defer func() { _ = res.Body.Close() }()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		w.t.Error(err)
	}
	return parse(w.t, res, string(b))
}

func parse(t testing.TB, res *http.Response, body string) page {
	p := page{status: res.StatusCode, header: res.Header, body: body, fields: url.Values{}}
	root, err := html.Parse(strings.NewReader(body))
	if err != nil {
		t.Error(err)
		return p
	}
	var words []string
	for n := range root.Descendants() {
		switch {
		case n.Type == html.TextNode:
			words = append(words, strings.Fields(n.Data)...)
		case n.Data == "main":
			p.state = attr(n, "data-state")
		case n.Data == "input":
			p.fields.Set(attr(n, "name"), attr(n, "value"))
		}
	}
	p.text = strings.Join(words, " ")
	return p
}

func attr(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

// filled opens the page and fills it in.
func (w *world) filled(password string) url.Values {
	w.t.Helper()
	v := w.get(w.link()).fields
	v.Set("_pin", w.pin())
	v.Set("password", password)
	v.Set("repeat", password)
	return v
}

func (w *world) want(got page, status int, state string, contains ...string) {
	w.t.Helper()
	if got.status != status || got.state != state {
		w.t.Errorf("got %d %q, want %d %q\n%s", got.status, got.state, status, state, got.text)
	}
	for _, s := range contains {
		if !strings.Contains(got.text, s) {
			w.t.Errorf("%q is missing in %q", s, got.text)
		}
	}
}

// brokenStore is the store, failing on request.
type brokenStore struct {
	*store.Store
	mu     sync.Mutex
	accept error
	find   error
	looked chan struct{} // if set, hears of each look at a grant
}

func (s *brokenStore) Grant(ctx context.Context, id string) (store.GrantRecord, error) {
	g, err := s.Store.Grant(ctx, id)
	if s.looked != nil {
		s.looked <- struct{}{}
	}
	return g, err
}

func (s *brokenStore) breaks(accept, find error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.accept, s.find = accept, find
}

func (s *brokenStore) failures() (accept, find error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.accept, s.find
}

func (s *brokenStore) Accept(ctx context.Context, k flows.Key, in store.Inbound) error {
	if err, _ := s.failures(); err != nil {
		return err
	}
	return s.Store.Accept(ctx, k, in)
}

func (s *brokenStore) Find(ctx context.Context, name string) (*store.Conversation, error) {
	if _, err := s.failures(); err != nil {
		return nil, err
	}
	return s.Store.Find(ctx, name)
}

// engine is a form in front of a core that keeps answers by idempotency key, as a real one does.
type engine struct {
	mu      sync.Mutex
	kept    map[string]flows.Outcome
	set     []string // the passwords set, in order
	froze   int
	outcome flows.Outcome
	over    flows.Outcome // of a mailed link that counts no more
	title   string
	rule    string
	before  error // fails without doing anything
	after   error // does it and loses the answer
	judging error
	judged  int           // how often a judgement was asked for: each costs the core two calls
	granted int           // how often a mailed link was acted on
	hold    chan struct{} // if set, a submit waits for it after having been counted
	entered chan struct{} // hears of each submit
	nopin   bool
	veiled  bool
	panics  atomic.Bool
	fields  []flows.Field
}

func newEngine() *engine {
	return &engine{kept: map[string]flows.Outcome{}, title: "Elegí tu clave nueva", rule: "Al menos 15 caracteres", entered: make(chan struct{}, 4096),
		outcome: flows.Outcome{Event: "password_set", State: "done", Title: "Listo, tu cuenta está abierta", Text: "Tu usuario es: ana.perez",
			Link: "https://portal.example/entrar", Values: map[string]string{"username": "ana.perez"}},
		fields: []flows.Field{
			{Name: "password", Label: "Clave nueva", Hint: "Varias palabras juntas funcionan muy bien.", Kind: "new-password", Autocomplete: "new-password"},
			{Name: "repeat", Label: "Repetila", Kind: "new-password", Autocomplete: "new-password"},
		}}
}

func (e *engine) Form(_ flows.Key, d flows.Dialog) (flows.FormPage, bool) {
	return flows.FormPage{Name: "password", Title: e.title, Intro: "Usá una frase que recuerdes. Podés pegarla o dejar que tu teléfono la guarde.",
		PIN: !e.nopin, Act: "Guardar mi clave", Fields: e.fields, Veiled: e.veiled}, d.Step == "form"
}

func (e *engine) judge(v flows.FormValues) (j flows.Judgement) {
	n := len([]rune(v["password"].Reveal()))
	j.Rules = []flows.Rule{{Text: e.rule, OK: n >= 15}, {Text: "Al menos 1 número", OK: strings.ContainsAny(v["password"].Reveal(), "0123456789") || n >= 15, Core: true}}
	j.Strength, j.Problems = min(n/5, 4), map[string]string{}
	if n < 15 {
		j.Problems["password"] = "Es corta: necesita al menos 15 caracteres."
	}
	if n > 256 {
		j.Problems["password"] = "Es demasiado larga."
	}
	if v["repeat"] != v["password"] {
		j.Problems["repeat"] = "No es igual a la de arriba."
	}
	return j
}

func (e *engine) Check(_ context.Context, _ flows.Call, v flows.FormValues) (flows.Judgement, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.judged++
	return e.judge(v), e.judging
}

func (e *engine) Submit(ctx context.Context, c flows.Call, v flows.FormValues) (flows.Outcome, error) {
	e.entered <- struct{}{}
	if e.panics.Load() {
		panic(http.ErrAbortHandler)
	}
	if e.hold != nil {
		select {
		case <-e.hold:
		case <-ctx.Done():
			return flows.Outcome{}, ctx.Err()
		}
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.before != nil {
		return flows.Outcome{}, e.before
	}
	if kept, ok := e.kept[c.ID]; ok {
		return kept, nil
	}
	if _, secret := v["password"]; !secret {
		return e.outcome, nil // a page of identifiers
	}
	if j := e.judge(v); len(j.Problems) > 0 {
		return flows.Outcome{Problems: j.Problems}, nil
	}
	e.set = append(e.set, v["password"].Reveal())
	e.kept[c.ID] = e.outcome
	return e.outcome, e.after
}

func (e *engine) GrantOver(_ context.Context, _ flows.Call, g flows.Grant) (flows.Outcome, error) {
	if g.Kind == "not_me" {
		return flows.Outcome{}, nil
	}
	return e.over, e.before
}

func (e *engine) CheckGrant(ctx context.Context, c flows.Call, _ flows.Grant, v flows.FormValues) (flows.Judgement, error) {
	return e.Check(ctx, c, v)
}

func (e *engine) GrantForm(_ flows.Key, kind string) (flows.FormPage, bool) {
	if kind == "reset" {
		return flows.FormPage{Name: kind, Title: e.title, PIN: true, Act: "Guardar mi clave", Fields: e.fields}, true
	}
	return flows.FormPage{Name: kind, Title: "¿No cambiaste vos la clave?", Intro: "Si tocás el botón, frenamos todo.", Act: "No fui yo"}, kind == "not_me"
}

func (e *engine) SubmitGrant(ctx context.Context, c flows.Call, g flows.Grant, v flows.FormValues) (flows.Outcome, error) {
	if g.Kind == "reset" {
		return e.Submit(ctx, c, v)
	}
	e.entered <- struct{}{}
	if e.hold != nil {
		<-e.hold
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.granted++
	if e.before != nil {
		return flows.Outcome{}, e.before
	}
	if kept, ok := e.kept[c.ID]; ok {
		return kept, nil
	}
	e.froze++
	e.kept[c.ID] = flows.Outcome{Event: "not_me", State: "done", Title: "Gracias por avisar", Text: "Frenamos los cambios."}
	return e.kept[c.ID], e.after
}

func (e *engine) fail(before, after error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.before, e.after = before, after
}

func (e *engine) passwords() []string {
	e.mu.Lock()
	defer e.mu.Unlock()
	return append([]string{}, e.set...)
}

var hexRequest = regexp.MustCompile(`^[0-9a-f]{32}$`)
