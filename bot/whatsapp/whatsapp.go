// Package whatsapp is the channel to people on WhatsApp, through Twilio: one
// [Channel] is one sender, which speaks for one portal.
//
// Messages and reports on our own messages come in through signed webhooks and are
// acknowledged only once they are safe (see [bot.Accept], [bot.Reported]); replies go
// out as plain text with a numbered list of options, or as quick replies and list
// pickers where the organisation made them. It knows when a person may be written
// to freely and when only a template may be sent. It never decides what is said,
// never keeps a message, never retries by itself (each attempt is billed), and
// lets token and numbers out in no error and no log.
//
// The numbers are those of https://www.twilio.com/docs/whatsapp and of
// https://www.twilio.com/docs/messaging/api/message-resource.
package whatsapp

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"ventanilla/backend/secret"
	"ventanilla/bot"
	"ventanilla/flows"
)

// Name is the channel's name in a [flows.Key].
const Name = "whatsapp"

// DefaultAPI is where the real network answers.
const DefaultAPI = "https://api.twilio.com"

// Config says which sender a [Channel] is and what it may use.
type Config struct {
	Portal    string      // id of the organisation's profile
	Account   string      // the account's SID: AC and 32 hexadecimal digits
	Token     secret.Text // the account's auth token: it opens the API and signs the webhooks
	From      string      // the sender's number: +14155238886, with or without "whatsapp:"
	API       string      // base URL of Twilio's API; "" is [DefaultAPI]
	PublicURL string      // the program's public base URL: the only base of signatures and callbacks
	Templates Templates
	HTTP      *http.Client // only its Transport is used: every call carries its deadline; nil makes one
	Accept    bot.Accept
	Reported  bot.Reported
	Clock     *flows.Clock // nil is the wall clock
	Log       *slog.Logger // nil logs nowhere
}

// Templates are the SIDs of what the organisation made in Twilio's Content Template
// Builder: HX and 32 hexadecimal digits. All are optional.
type Templates struct {
	// Notice is approved to be sent when nobody wrote for a day. Its {{1}} is what is to be said, in one line.
	Notice string
	// Code is an approved authentication template. Its {{1}} are the digits.
	Code string
	// Choices are quick replies (up to 3 options) and list pickers (up to 10), by the
	// number of their options. {{1}} is the text, {{2}} and {{3}} the first option's
	// label and id, {{4}} and {{5}} the second's, and so on.
	Choices map[int]string
}

// A Channel is one sender. Its methods may be called at the same time.
type Channel struct {
	portal    string
	account   string
	from      string // "whatsapp:+14155238886"
	keys      *keys
	api       *url.URL
	public    string
	templates Templates
	transport http.RoundTripper
	accept    bot.Accept
	reported  bot.Reported
	clock     *flows.Clock
	log       *slog.Logger

	sent    progress
	windows windows
	forms   forms
	cleaned cleaned
	unpick  atomic.Int64 // until when, in Unix seconds, no option is offered to be tapped: a template was refused

	tidying sync.WaitGroup  // documents being deleted
	life    context.Context // of what waits to be deleted; ended by Close
	end     context.CancelFunc
	slots   chan struct{}
}

var _ bot.Reporter = (*Channel)(nil)

// keys are behind a pointer because fmt prints the unexported fields of a struct
// without asking them, and only the address of what is behind a pointer.
type keys struct{ token secret.Text }

var (
	accountForm = regexp.MustCompile(`^AC[0-9a-fA-F]{32}$`)
	tokenForm   = regexp.MustCompile(`^[A-Za-z0-9]{1,256}$`) // twilio-go refuses any other
	fromForm    = regexp.MustCompile(`^(whatsapp:)?\+[1-9][0-9]{6,14}$`)
	contentForm = regexp.MustCompile(`^HX[0-9a-fA-F]{32}$`)
)

// New returns the channel of one sender; it connects to nothing. The error names every setting that is wrong.
func New(cfg Config) (*Channel, error) {
	c := &Channel{
		portal: cfg.Portal, account: cfg.Account, keys: &keys{token: cfg.Token}, templates: cfg.Templates,
		from: "whatsapp:" + strings.TrimPrefix(cfg.From, "whatsapp:"), public: strings.TrimRight(cfg.PublicURL, "/"),
		accept: cfg.Accept, reported: cfg.Reported, clock: cfg.Clock, log: cfg.Log, slots: make(chan struct{}, 16),
	}
	c.life, c.end = context.WithCancel(context.Background())
	c.defaults(cfg.HTTP)
	wrong := cfg.mistakes()
	var err error
	if c.api, err = address(cfg.API, DefaultAPI); err != nil {
		wrong = append(wrong, fmt.Errorf("api %w", err))
	}
	if len(wrong) > 0 {
		return nil, fmt.Errorf("whatsapp sender of portal %q: %w", cfg.Portal, errors.Join(wrong...))
	}
	return c, nil
}

func (cfg Config) mistakes() (wrong []error) {
	check := func(ok bool, text string) {
		if !ok {
			wrong = append(wrong, errors.New(text))
		}
	}
	check(cfg.Portal != "" && cfg.Accept != nil && cfg.Reported != nil, "portal, Accept and Reported are needed")
	check(accountForm.MatchString(cfg.Account), "the account must be AC and 32 hexadecimal digits")
	check(tokenForm.MatchString(cfg.Token.Reveal()), "the auth token is empty, so that anybody could sign, or holds what no token holds")
	check(fromForm.MatchString(cfg.From), "from must be a number such as +14155238886")
	if _, err := address(cfg.PublicURL, ""); err != nil {
		wrong = append(wrong, fmt.Errorf("the public URL %w", err))
	}
	for _, sid := range cfg.Templates.all() {
		check(contentForm.MatchString(sid), "a template must be HX and 32 hexadecimal digits")
	}
	for n := range cfg.Templates.Choices {
		check(n >= 1 && n <= maxOptions, "a template of choices must have 1 to 10 options")
	}
	return wrong
}

func (t Templates) all() (sids []string) {
	for _, sid := range []string{t.Notice, t.Code} {
		if sid != "" {
			sids = append(sids, sid)
		}
	}
	for _, sid := range t.Choices {
		sids = append(sids, sid)
	}
	return sids
}

func (c *Channel) defaults(client *http.Client) {
	if client != nil {
		c.transport = client.Transport
	}
	if c.transport == nil {
		c.transport = http.DefaultTransport
	}
	if c.clock == nil {
		c.clock = &flows.Clock{}
	}
	if c.log == nil {
		c.log = slog.New(slog.DiscardHandler)
	}
	c.log = c.log.With("channel", Name, "portal", c.portal)
}

func address(given, otherwise string) (*url.URL, error) {
	if given == "" {
		given = otherwise
	}
	u, err := url.Parse(strings.TrimRight(given, "/"))
	if err != nil || u.Host == "" || (u.Scheme != "https" && u.Scheme != "http") || u.RawQuery != "" || u.User != nil {
		return nil, errors.New("must be an http or https address")
	}
	return u, nil
}

// Path is where the sender's webhook lives below the public URL. Reports on messages go to "/status" below it.
func (c *Channel) Path() string { return "/whatsapp/" + url.PathEscape(c.portal) }

// ReportTime is for how long a report on a message is awaited. WhatsApp reports within
// seconds; a phone that is off must not keep a line in the record for a day.
const ReportTime = 10 * time.Minute

// Reports implements [bot.Reporter].
func (c *Channel) Reports() time.Duration { return ReportTime }

// Close waits for the documents that are being deleted at the network, at most until ctx ends.
func (c *Channel) Close(ctx context.Context) error {
	c.end()
	done := make(chan struct{})
	go func() { c.tidying.Wait(); close(done) }()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("waiting for documents to be deleted: %w", ctx.Err())
	}
}

// Health is what the network says about the account.
type Health struct {
	Name   string // as the account is called at Twilio
	Status string // "active", "suspended" or "closed"
}

// ErrRefused is returned by [Channel.Check] when the network does not let the account in.
var ErrRefused = errors.New("account and token are not accepted by Twilio")

// Check asks the network whether account and token work. It changes nothing. The
// error is an [ErrRefused] if they do not.
func (c *Channel) Check(ctx context.Context) (Health, error) {
	ctx, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	a, err := ask(ctx, c, "FetchAccount", func(api *service) (*account, error) { return api.FetchAccount(c.account) })
	if e, ok := errors.AsType[*apiError](err); ok && e.http == http.StatusUnauthorized {
		return Health{}, fmt.Errorf("%w (%w)", ErrRefused, err)
	}
	if err != nil {
		return Health{}, fmt.Errorf("asking for the account: %w", err)
	}
	h := Health{Name: value(a.FriendlyName), Status: value(a.Status)}
	if h.Status != "active" {
		return h, fmt.Errorf("the account is %q", h.Status)
	}
	return h, nil
}

// value is what a pointer of Twilio's API points to.
func value[T any](p *T) (v T) {
	if p != nil {
		v = *p
	}
	return v
}
