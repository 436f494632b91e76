package whatsapp

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	twilio "github.com/twilio/twilio-go/client"
	v2010 "github.com/twilio/twilio-go/rest/api/v2010"
)

type (
	service   = v2010.ApiService
	account   = v2010.ApiV2010Account
	mediaList = v2010.ListMediaResponse
)

const (
	callTime  = 15 * time.Second // of one call, in real time
	maxAnswer = 1 << 20          // bytes of one answer: real ones are below 10 KB
)

// ask makes one call. The library writes the request and reads the answer; a fresh
// client for each call carries ctx. A refusal is an *apiError.
func ask[T any](ctx context.Context, c *Channel, what string, f func(*service) (T, error)) (result T, err error) {
	wire := &wire{ctx: ctx, api: c.api, next: c.transport}
	client := &twilio.Client{
		Credentials: twilio.NewCredentials(c.account, c.keys.token.Reveal()),
		// Without Timeout: with one, each failed call would pin a goroutine until it is over.
		HTTPClient: &http.Client{Transport: wire, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }},
	}
	client.SetAccountSid(c.account)
	// Not the library's constructor: it reads the environment.
	result, err = f(v2010.NewApiService(&twilio.RequestHandler{Client: client}))
	if err == nil {
		return result, nil
	}
	return result, explain(ctx, what, wire, err)
}

// wire is the transport of one call: it sends it to the configured API instead of
// the library's, carries ctx, remembers the status, and reads the answer whole, so
// that its connection can be used again.
type wire struct {
	ctx    context.Context
	api    *url.URL
	next   http.RoundTripper
	status int
	after  time.Duration // Retry-After
}

// RoundTrip implements [http.RoundTripper].
func (w *wire) RoundTrip(req *http.Request) (*http.Response, error) {
	req = req.Clone(w.ctx)
	req.URL.Scheme, req.URL.Host, req.Host = w.api.Scheme, w.api.Host, w.api.Host
	req.URL.Path, req.URL.RawPath = w.api.Path+req.URL.Path, ""
	resp, err := w.next.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	w.status = resp.StatusCode
	if n, err := strconv.Atoi(resp.Header.Get("Retry-After")); err == nil && n > 0 {
		w.after = min(time.Duration(n)*time.Second, time.Hour)
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return nil, err
	}
	resp.Body = io.NopCloser(bytes.NewReader(body))
	return resp, nil
}

// apiError is the network's refusal of a call, or an answer that makes no sense. It
// leaves out the network's own words: they name the number.
type apiError struct {
	what  string
	http  int
	code  int // Twilio's; 0 if the answer was not Twilio's: a proxy in between spoke
	after time.Duration
}

func (e *apiError) Error() string {
	if e.code == 0 {
		return fmt.Sprintf("%s: HTTP %d and no answer of Twilio's", e.what, e.http)
	}
	return fmt.Sprintf("%s: HTTP %d, https://www.twilio.com/docs/errors/%d", e.what, e.http, e.code)
}

// explain turns what the library returned into an error without token, address and number.
func explain(ctx context.Context, what string, w *wire, err error) error {
	if ctx.Err() != nil {
		return fmt.Errorf("%s: %w", what, ctx.Err())
	}
	if w.status == 0 {
		return fmt.Errorf("%s: %w", what, bare(err))
	}
	e := &apiError{what: what, http: w.status, after: w.after}
	if refusal, ok := errors.AsType[*twilio.TwilioRestError](err); ok {
		e.code = refusal.Code
	}
	return e
}

// bare drops the URL from an error of the transport: it holds the account.
func bare(err error) error {
	if e, ok := errors.AsType[*url.Error](err); ok {
		err = e.Err
	}
	if strings.Contains(err.Error(), "Authorization") {
		return errors.New("the request could not be made")
	}
	return err
}
