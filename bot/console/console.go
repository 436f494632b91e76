// Package console is where agents see who is stuck, step in, help, share the work, and hand back,
// where supervisors see the figures, and where both find what was said: pages for a browser, drawn
// here, that follow conversations as they happen.
//
// An agent never sees a password or a code, and cannot choose one (RULES: agent.never): the
// pages show what transcripts hold, from which secrets were taken before anything was stored.
// What an agent does for a person the dialog does, in a turn like any other ([store.Store.Bid]);
// nothing here speaks to a core. Every view, search, download and act leaves a line in the audit
// trail. It is not for the public: it has a listener of its own.
package console

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"ventanilla/bot"
	"ventanilla/flows"
	"ventanilla/store"
)

// Desk changes who speaks in a conversation. *bot.Worker is one.
type Desk interface {
	Takeover(ctx context.Context, k flows.Key, agent string) error
	Handback(ctx context.Context, k flows.Key, agent string) error
	Finish(ctx context.Context, k flows.Key, agent, outcome string) error
	Free(ctx context.Context, k flows.Key, holder, by string) error
	Unanswered(ctx context.Context, k flows.Key, asked time.Time) error
}

// Spender counts tries. A [flows.Guard] is one.
type Spender interface {
	Spend(ctx context.Context, subject string, b flows.Budget, op string) (flows.Left, error)
}

var (
	_ Desk    = (*bot.Worker)(nil)
	_ Spender = (flows.Guard)(nil)
)

// Organisation is one whose conversations are shown.
type Organisation struct {
	ID       string
	Name     string            // in full
	Short    string            // as people call it
	Locale   string            // of its people: "es-AR"
	Zone     string            // IANA time zone in which times are shown
	Fields   map[string]string // what the profile calls the questions of its own, by their names
	Canned   []Canned          // ready answers of its own
	Hours    string            // when somebody answers, as one says it: "lun a vie de 8 a 16"
	Place    string            // where its office is
	Site     string            // where people sign in
	Template bool              // on WhatsApp a line can still be sent after the window closed (RULES: wa.window)
}

// Config is what the console needs.
type Config struct {
	Store         *store.Store
	Desk          Desk
	Guard         Spender
	Aids          Aids // what agents can do for people; nil: nothing
	Organisations []Organisation
	Flows         func(portal string) map[string]flows.Flow // the tables of the conversations, for their picture; nil: none is drawn
	Understand    func(portal, text string) Reading         // what the bot understands of a sentence; nil: it is not shown
	URL           string                                    // as agents open it, without a path: "https://consola.example.org"
	Answer        time.Duration                             // an agent has to take what they were asked to; 0: [DefaultAnswer]
	Figures       Figures                                   // what was counted; nil: nothing was
	Load          func() bot.Load                           // what the meters show; nil: nothing is shown
	MailDown      func() bool                               // whether mails do not get out now; nil: nobody knows
	Now           func() time.Time
	Random        func(n int) string // n random bytes in hex
	Log           *slog.Logger
}

// Console serves the agents' pages below [Path]. It is safe for concurrent use.
type Console struct {
	Config
	agents  *store.Agents
	base    *url.URL
	mux     *http.ServeMux
	origin  http.CrossOriginProtection
	organs  map[string]Organisation
	zones   map[string]*time.Location
	fields  map[string]string // names of the profiles' own questions
	roles   map[string][]store.Role
	live    *live
	hashing chan struct{} // bounds how many passwords are hashed at once
	tickets tickets
	pulse   pulse

	searches searches
	queries  queries

	exporting sync.Map // names of the agents who download now: each one at a time
	bounds    bounds   // of a download
}

// Path is where the console's pages begin.
const Path = "/console/"

// New returns the console. [Console.Run] keeps it informed.
func New(c Config) (*Console, error) {
	if c.Answer <= 0 {
		c.Answer = DefaultAnswer
	}
	base, err := url.Parse(c.URL)
	if err != nil || base.Host == "" {
		return nil, fmt.Errorf("console: %q is no address that agents can open", c.URL)
	}
	s := &Console{Config: c, agents: c.Store.Agents(), base: base, mux: http.NewServeMux(), organs: map[string]Organisation{},
		zones: map[string]*time.Location{}, fields: map[string]string{}, roles: map[string][]store.Role{}, live: newLive(c.Now), bounds: exportBounds, hashing: make(chan struct{}, 2)}
	for _, o := range c.Organisations {
		zone, err := time.LoadLocation(o.Zone)
		if err != nil {
			return nil, fmt.Errorf("console: the time zone of %s: %w", o.ID, err)
		}
		s.organs[o.ID], s.zones[o.ID] = o, zone
		for id, label := range o.Fields {
			s.fields[id] = fieldName(label)
		}
	}
	s.routes()
	return s, nil
}

// routes are all addresses: those before the sign-in, and those behind it.
func (c *Console) routes() {
	c.mux.HandleFunc("GET /console/assets/{name}", asset)
	c.mux.HandleFunc("GET /console/sign-in", c.signInPage)
	c.mux.HandleFunc("POST /console/sign-in", c.signIn)
	c.mux.HandleFunc("GET /console/enrol/{token}", c.enrolPage)
	c.mux.HandleFunc("POST /console/enrol/{token}", c.enrol)
	c.mux.HandleFunc("GET /console/enter/{ticket}", c.enter)
	c.mux.HandleFunc("POST /console/language", c.language)
	for _, some := range c.guarded() {
		for pattern, r := range some {
			c.roles[pattern] = r.roles
			c.mux.HandleFunc(pattern, c.only(r.roles, r.do))
		}
	}
}

// guarded are the addresses behind the sign-in, each with who may use it.
func (c *Console) guarded() []map[string]route {
	all := []store.Role{store.Answers, store.Supervises, store.Audits}
	acting := []store.Role{store.Answers, store.Supervises}
	leading := []store.Role{store.Supervises}
	reading := []store.Role{store.Supervises, store.Audits}
	return []map[string]route{{
		"GET /console/{$}":           {all, c.listPage},
		"GET /console/list":          {all, c.listRows},
		"GET /console/events":        {all, c.events},
		"GET /console/search":        {all, c.search},
		"POST /console/search":       {all, c.ask},
		"GET /console/search/text":   {all, c.find},
		"GET /console/team":          {all, c.teamPage},
		"POST /console/team/status":  {all, c.setStatus},
		"POST /console/sign-out":     {all, c.signOut},
		"GET /console/sessions":      {all, c.sessionsPage},
		"POST /console/sessions/end": {all, c.endSession},
	}, {
		"GET /console/c/{name}":       {all, c.talkPage},
		"GET /console/c/{name}/lines": {all, c.talkLines},
		"GET /console/c/{name}/state": {all, c.talkState},
		"GET /console/c/{name}/side":  {all, c.talkSide},
		"GET /console/c/{name}/trail": {reading, c.trailPage},
	}, {
		"POST /console/c/{name}/take":   {acting, c.take},
		"POST /console/c/{name}/say":    {acting, c.say},
		"POST /console/c/{name}/note":   {acting, c.note},
		"POST /console/c/{name}/return": {acting, c.giveBack},
		"POST /console/c/{name}/close":  {acting, c.finish},
		"POST /console/c/{name}/free":   {leading, c.free},

		"POST /console/c/{name}/assign":  {acting, c.assign},
		"POST /console/c/{name}/label":   {acting, c.label},
		"POST /console/c/{name}/unlabel": {acting, c.unlabel},
		"GET /console/c/{name}/takers":   {acting, c.takersPart},
	}, {
		"GET /console/c/{name}/help":    {acting, c.helpPage},
		"POST /console/c/{name}/help":   {acting, c.help},
		"POST /console/c/{name}/reveal": {acting, c.reveal},
		"POST /console/c/{name}/allow":  {acting, c.allow},
		"POST /console/c/{name}/deny":   {acting, c.deny},
	}, {
		"GET /console/today":                    {reading, c.today},
		"GET /console/today/now":                {reading, c.todayNow},
		"GET /console/today/figures":            {reading, c.todayFigures},
		"POST /console/today/figures.csv":       {reading, c.exportFigures},
		"POST /console/today/conversations.csv": {reading, c.exportTalks},
		"GET /console/aside":                    {reading, c.asidePage},
		"POST /console/aside/{id}/retry":        {leading, c.asideRetry},
		"POST /console/aside/{id}/dismiss":      {leading, c.asideDismiss},
		"GET /console/acts":                     {reading, c.actsPage},
		"POST /console/acts.csv":                {reading, c.exportActs},
	}}
}

// Routes are the addresses behind the sign-in, as patterns of [http.ServeMux], with the roles that may use
// each: so that tests try every one of them, also those that come later.
func (c *Console) Routes() map[string][]store.Role { return maps.Clone(c.roles) }

// route is what serves an address, and who may use it.
type route struct {
	roles []store.Role
	do    func(http.ResponseWriter, *http.Request, visit)
}

// policy lets a page use its own style, scripts and stream, and nothing from anywhere else.
const policy = "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

const maxBody = 32 << 10

// ServeHTTP implements [http.Handler].
func (c *Console) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c.live.asks()
	bot.Guarded(w.Header(), policy, "same-origin")
	if c.secure() {
		w.Header().Set("Strict-Transport-Security", "max-age=31536000")
	}
	if !c.own(r.Host) {
		http.Error(w, "the console answers only under its own address", http.StatusMisdirectedRequest)
		return
	}
	if err := c.origin.Check(r); err != nil {
		http.Error(w, "this came from another site", http.StatusForbidden)
		return
	}
	r.Body = http.MaxBytesReader(w, r.Body, maxBody)
	c.mux.ServeHTTP(w, r)
}

// secure tells whether agents come over TLS, so that cookies may insist on it.
func (c *Console) secure() bool { return c.base.Scheme == "https" }

// own tells whether a request named our host, or this machine: a foreign name that leads here (DNS
// rebinding) is refused.
func (c *Console) own(host string) bool {
	if strings.EqualFold(host, c.base.Host) {
		return true
	}
	name, _, err := net.SplitHostPort(host)
	if err != nil {
		name = host
	}
	ip := net.ParseIP(strings.Trim(name, "[]"))
	return name == "localhost" || ip != nil && ip.IsLoopback()
}

// Run follows what happens to conversations until ctx ends; then open streams end, too. It also takes
// conversations from agents who are signed in nowhere any more.
func (c *Console) Run(ctx context.Context) error {
	watching, stop := context.WithCancel(ctx)
	var sweep sync.WaitGroup
	sweep.Go(func() { c.sweep(watching) })
	if c.Load != nil {
		sweep.Go(func() { c.pulse.run(watching, c.Load) })
	}
	err := c.live.run(ctx, c.Store)
	stop()
	sweep.Wait()
	if ctx.Err() != nil || errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}
