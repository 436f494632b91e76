// Package webform is the one-time page where people type what must not pass
// through a chat: passwords, and on some channels identifiers. A page belongs to
// one visit of a dialog to one step and dies with it (RULES: link.token).
//
// What is typed goes from the page to the core and nowhere else: it is never
// stored, logged or shown again. GET and HEAD never change anything. The address
// of a page is a secret too and is never logged.
package webform

import (
	"context"
	"embed"
	"errors"
	"io/fs"
	"log/slog"
	"net/http"
	"time"

	"ventanilla/backend/secret"
	"ventanilla/bot"
	"ventanilla/bot/link"
	"ventanilla/flows"
	"ventanilla/store"
)

// Store is what the pages need of the store. *store.Store is one.
type Store interface {
	Find(ctx context.Context, name string) (*store.Conversation, error)
	Update(ctx context.Context, k flows.Key, change func(*store.Conversation) error) error
	Accept(ctx context.Context, k flows.Key, in store.Inbound) error
	Grant(ctx context.Context, id string) (store.GrantRecord, error)
	UseGrant(ctx context.Context, id, request string) (store.GrantRecord, error)
}

// Engine is what the pages need of an organisation's engine. *flows.Engine is one.
type Engine interface {
	Forms
	Grants
}

// Forms are the pages of steps.
type Forms interface {
	Form(k flows.Key, d flows.Dialog) (flows.FormPage, bool)
	Check(ctx context.Context, c flows.Call, v flows.FormValues) (flows.Judgement, error)
	Submit(ctx context.Context, c flows.Call, v flows.FormValues) (flows.Outcome, error)
}

// Grants are the pages of mailed links.
type Grants interface {
	GrantForm(k flows.Key, kind string) (flows.FormPage, bool)
	GrantOver(ctx context.Context, c flows.Call, g flows.Grant) (flows.Outcome, error)
	CheckGrant(ctx context.Context, c flows.Call, g flows.Grant, v flows.FormValues) (flows.Judgement, error)
	SubmitGrant(ctx context.Context, c flows.Call, g flows.Grant, v flows.FormValues) (flows.Outcome, error)
}

// Spender counts tries. A [flows.Guard] is one.
type Spender interface {
	Spend(ctx context.Context, subject string, b flows.Budget, op string) (flows.Left, error)
}

var (
	_ Store   = (*store.Store)(nil)
	_ Engine  = (*flows.Engine)(nil)
	_ Spender = (flows.Guard)(nil)
)

// Face is an organisation as its pages show it.
type Face struct {
	Organisation string // on top of the page
	Portal       string // as people call it
	Locale       string // "es-AR"
	URL          string // the portal's address; "" for none
	Colour       string // "#1a5fb4"; anything else means the default
	Chat         string // an address that opens the chat again; "" if the channel has none
}

// Config is what the pages need.
type Config struct {
	Links  link.Signer
	Store  Store
	Engine func(portal string) Engine // nil for a portal that is not served
	Guard  Spender
	Codes  flows.Codes
	Limits flows.Limits                    // PINTries is enforced here (RULES: link.forwarded)
	Texts  func(portal string) flows.Texts // must know [Sentences] as the flow "page"; "" is asked for links that lead nowhere
	Face   func(k flows.Key) Face          // also asked for the zero Key
	Key    secret.Text                     // at least 32 random bytes; names requests by what they carry
	Now    func() time.Time
	Random func(n int) string // n random bytes in hex
	Log    *slog.Logger
}

//go:embed texts
var texts embed.FS

// Sentences returns what the pages say beside the flows' own words: one YAML
// file a locale, as [flows.Flow] has them, to be loaded as the flow "page".
func Sentences() fs.FS {
	sub, err := fs.Sub(texts, "texts")
	if err != nil {
		return texts // cannot happen: the folder is embedded
	}
	return sub
}

// Pages serves the one-time pages under /f/ and /g/. It is safe for concurrent use.
type Pages struct {
	Config
	mux    *http.ServeMux
	origin http.CrossOriginProtection
	memo   memo
	meter  meter
	kept   kept
}

// New returns the pages. It returns an error if the public address cannot be trusted as an origin.
func New(c Config) (*Pages, error) {
	if len(c.Key.Reveal()) < 32 {
		return nil, errors.New("webform: the key must have at least 32 bytes")
	}
	p := &Pages{Config: c, mux: http.NewServeMux(), memo: memo{now: c.Now}, meter: meter{now: c.Now}}
	if err := p.origin.AddTrustedOrigin(c.Links.Base.Scheme + "://" + c.Links.Base.Host); err != nil {
		return nil, err
	}
	p.mux.HandleFunc("GET /f/assets/{name}", asset)
	p.mux.HandleFunc("GET /f/{token}", p.open)
	p.mux.HandleFunc("POST /f/{token}", p.post(p.submit))
	p.mux.HandleFunc("POST /f/{token}/check", p.post(p.check))
	p.mux.HandleFunc("GET /g/{token}", p.openGrant)
	p.mux.HandleFunc("POST /g/{token}", p.post(p.submitGrant))
	p.mux.HandleFunc("POST /g/{token}/check", p.post(p.checkGrant))
	return p, nil
}

// policy lets a page load its own style and script, and nothing from anywhere else.
const policy = "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// ServeHTTP implements [http.Handler].
func (p *Pages) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	bot.Guarded(w.Header(), policy, "no-referrer")
	p.mux.ServeHTTP(w, r)
}

const maxBody = 32 << 10

// post refuses what another site sent, and what is too large to be a form.
func (p *Pages) post(h http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if err := p.origin.Check(sameOrigin(r)); err != nil {
			p.refuse(w, flows.Key{}, bad)
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, maxBody)
		if err := r.ParseForm(); err != nil {
			p.refuse(w, flows.Key{}, bad)
			return
		}
		h(w, r)
	}
}

// sameOrigin forgets "Origin: null" from browsers too old to send Sec-Fetch-Site:
// because of our Referrer-Policy they send it with their own forms. Another site
// that sends it knows no token to send it to.
func sameOrigin(r *http.Request) *http.Request {
	if r.Header.Get("Sec-Fetch-Site") == "" && r.Header.Get("Origin") == "null" {
		r = r.Clone(r.Context())
		r.Header.Del("Origin")
	}
	return r
}
