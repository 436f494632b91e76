package backend

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/failsafe-go/failsafe-go"
	"github.com/failsafe-go/failsafe-go/circuitbreaker"
	"github.com/failsafe-go/failsafe-go/retrypolicy"

	"ventanilla/backend/coreapi"
	"ventanilla/backend/secret"
)

// Config says where the core is and how patient the client is.
type Config struct {
	URL         string        // of the core, without /v1
	Token       secret.Text   // the bearer token
	EvidenceKey secret.Text   // signs evidence; Token if empty
	HTTP        *http.Client  // own connections if nil
	Timeout     time.Duration // of one call with all its tries; 3 s if 0; five times that for a document
	Try         time.Duration // of one try; 2 s if 0; five times that for a document
	Cooldown    time.Duration // how long the breaker stays open; 2 s if 0
}

// How the client repeats and gives up.
const (
	tries        = 3                      // of one call
	firstBackoff = 100 * time.Millisecond // doubled, with jitter
	maxBackoff   = 800 * time.Millisecond
	breakAfter   = 10 // failures in a row open the breaker
	maxAnswer    = 1 << 20
	maxDocument  = 50 << 20 // as much as Telegram takes (RULES: tg.limits)
)

// Client asks a core. Its methods are safe for concurrent use; their errors are
// of type [*Error]. Every call of the contract either changes nothing or carries
// an idempotency key, so every call is repeated when a try fails for a while.
type Client struct {
	base string
	conf Config
	exec failsafe.Executor[*answer]
}

// New checks the configuration and returns a client. It asks the core nothing.
func New(c Config) (*Client, error) {
	base, err := url.Parse(c.URL)
	if err != nil || base.Host == "" || base.User != nil || base.RawQuery != "" || base.Scheme != "http" && base.Scheme != "https" {
		return nil, &Error{Code: Invalid, Message: "the core's address is no http or https URL"}
	}
	if c.Token == "" {
		return nil, &Error{Code: Invalid, Message: "the core's token is empty"}
	}
	c.EvidenceKey = cmp.Or(c.EvidenceKey, c.Token)
	c.Timeout, c.Try, c.Cooldown = cmp.Or(c.Timeout, 3*time.Second), cmp.Or(c.Try, 2*time.Second), cmp.Or(c.Cooldown, 2*time.Second)
	c.HTTP = plainHTTP(c.HTTP)
	return &Client{base: strings.TrimRight(base.String(), "/"), conf: c, exec: policies(c)}, nil
}

// plainHTTP copies h, or makes a client, that follows no redirect: a token is for the core alone.
func plainHTTP(h *http.Client) *http.Client {
	own := http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64, IdleConnTimeout: 90 * time.Second, ResponseHeaderTimeout: 10 * time.Second}}
	if h != nil {
		own = *h
	}
	own.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &own
}

// policies retries around a breaker, so that an open breaker ends the retries.
func policies(c Config) failsafe.Executor[*answer] {
	retry := retrypolicy.NewBuilder[*answer]().
		HandleIf(func(_ *answer, err error) bool { return failing(err) }). // not the breaker's own error
		WithMaxAttempts(tries).WithBackoff(firstBackoff, maxBackoff).WithJitterFactor(0.25).
		ReturnLastFailure().Build()
	breaker := circuitbreaker.NewBuilder[*answer]().
		HandleIf(func(_ *answer, err error) bool { return failing(err) }).
		WithFailureThreshold(breakAfter).WithSuccessThreshold(1).WithDelay(c.Cooldown).Build()
	return failsafe.With[*answer](retry, breaker)
}

// failing tells whether the core itself is in trouble. A refusal is a sound answer,
// and a caller that gave up says nothing about the core.
func failing(err error) bool {
	e, ok := errors.AsType[*Error](err)
	return ok && (e.Code == Unavailable || e.Code == Internal) && !errors.Is(err, context.Canceled)
}

// request is one call of the contract.
type request struct {
	op       string // for errors
	method   string
	portal   string
	path     []string // below the portal; build escapes it
	changes  bool     // something, so that it needs a key
	key      string   // the idempotency key
	header   http.Header
	body     any
	limit    int64 // of the answer; maxAnswer if 0
	document bool  // the answer is a document: one that is too large is so for good
}

// patience is for how long a call is waited for: nobody looks at the clock while a
// document of megabytes is on its way.
func (r request) patience(usual time.Duration) time.Duration {
	if r.document {
		return 5 * usual
	}
	return usual
}

// answer is a 2xx.
type answer struct {
	media string
	body  []byte
}

// do sends a request, repeating it while that may help, within the time of a call.
func (c *Client) do(ctx context.Context, r request) (*answer, error) {
	if r.changes && r.key == "" {
		return nil, &Error{Code: Invalid, Op: r.op, Message: "a change needs an idempotency key"}
	}
	var body []byte
	if r.body != nil {
		var err error
		if body, err = json.Marshal(r.body); err != nil {
			return nil, &Error{Code: Invalid, Op: r.op, Message: "the request cannot be encoded"}
		}
	}
	ctx, cancel := context.WithTimeout(ctx, r.patience(c.conf.Timeout))
	defer cancel()
	a, err := c.exec.WithContext(ctx).Get(func() (*answer, error) { return c.try(ctx, r, body) })
	if _, ok := errors.AsType[*Error](err); err != nil && !ok {
		return nil, &Error{Code: Unavailable, Op: r.op, Err: err} // the breaker, or the time of the call
	}
	return a, err
}

// headerKey makes an operation's name fit the contract's pattern of a key: one that
// cannot travel in a header is sent as its SHA-256, in unpadded base64url.
func headerKey(op string) string {
	strange := func(r rune) bool { return r < '!' || r > '~' }
	if op == "" || len(op) <= 256 && !strings.ContainsFunc(op, strange) {
		return op
	}
	sum := sha256.Sum256([]byte(op))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// try sends a request once.
func (c *Client) try(ctx context.Context, r request, body []byte) (*answer, error) {
	ctx, cancel := context.WithTimeout(ctx, r.patience(c.conf.Try))
	defer cancel()
	req, err := c.build(ctx, r, body)
	if err != nil {
		return nil, &Error{Code: Invalid, Op: r.op, Message: "the request cannot be built"}
	}
	resp, err := c.conf.HTTP.Do(req)
	if err != nil {
		return nil, &Error{Code: Unavailable, Op: r.op, Err: withoutURL(err)}
	}
	defer func() { _ = resp.Body.Close() }()
	limit := cmp.Or(r.limit, maxAnswer)
	text, err := io.ReadAll(io.LimitReader(resp.Body, limit+1))
	if err != nil {
		return nil, &Error{Code: Unavailable, Op: r.op, Message: "reading the answer", Err: withoutURL(err)}
	}
	switch {
	case int64(len(text)) <= limit:
	case r.document && resp.StatusCode/100 == 2:
		return nil, &Error{Code: Rejected, Reason: ReasonTooLarge, Op: r.op, Message: "the document is too large"}
	default:
		return nil, &Error{Code: Internal, Op: r.op, Message: "the answer is too long"}
	}
	media, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	if resp.StatusCode/100 != 2 {
		return nil, problem(r.op, resp, media, text)
	}
	return &answer{media: media, body: text}, nil
}

// build makes the HTTP request with its headers.
func (c *Client) build(ctx context.Context, r request, body []byte) (*http.Request, error) {
	target := c.base + "/v1/portals"
	for _, p := range append([]string{r.portal}, r.path...) {
		if p == "" || p == "." || p == ".." {
			return nil, errors.New("building a request: an id is empty or a dot")
		}
		target += "/" + url.PathEscape(p)
	}
	req, err := http.NewRequestWithContext(ctx, r.method, target, bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("building a request: %w", withoutURL(err))
	}
	for k, v := range r.header {
		req.Header[k] = v
	}
	req.Header.Set("Authorization", "Bearer "+c.conf.Token.Reveal())
	req.Header.Set("Accept", "application/json, application/pdf, application/problem+json")
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if r.key != "" {
		req.Header.Set("Idempotency-Key", headerKey(r.key))
	}
	return req, nil
}

// withoutURL drops what net/http puts around an error: ids stand in the URL.
func withoutURL(err error) error {
	if e, ok := errors.AsType[*url.Error](err); ok {
		return e.Err
	}
	return err
}

// problem turns an answer that is not 2xx into an [*Error].
func problem(op string, resp *http.Response, media string, text []byte) *Error {
	e := &Error{Code: codeOfStatus(resp.StatusCode), Op: op, Message: "HTTP " + strconv.Itoa(resp.StatusCode), After: retryAfter(resp.Header)}
	var p coreapi.Problem
	if media != "application/problem+json" || json.Unmarshal(text, &p) != nil || !known(Code(p.Code)) {
		return e
	}
	e.Code, e.Reason, e.Violated = Code(p.Code), p.Reason, p.Violated
	return e
}

// retryAfter reads the seconds of a Retry-After (RFC 9110, 10.2.3); dates are not used here.
func retryAfter(h http.Header) time.Duration {
	n, err := strconv.Atoi(strings.TrimSpace(h.Get("Retry-After")))
	if err != nil || n < 0 {
		return 0
	}
	return time.Duration(n) * time.Second
}

// codeOfStatus judges an answer that carries no code of ours, as gateways give.
func codeOfStatus(status int) Code {
	switch {
	case status == http.StatusTooManyRequests:
		return RateLimited
	case status == http.StatusUnauthorized, status == http.StatusForbidden:
		return Unauthorized
	case status == http.StatusNotImplemented, status == http.StatusMethodNotAllowed:
		return Unsupported
	case status == http.StatusBadGateway, status == http.StatusServiceUnavailable,
		status == http.StatusGatewayTimeout, status == http.StatusRequestTimeout:
		return Unavailable
	case status/100 == 4:
		return Invalid
	}
	return Internal
}

// known tells whether a code is one of the contract.
func known(c Code) bool {
	switch c {
	case NotFound, Rejected, WeakPassword, WrongPassword, Locked, BadEvidence, IdempotencyMismatch,
		RateLimited, Invalid, Unauthorized, Unsupported, Unavailable, Internal:
		return true
	}
	return false
}
