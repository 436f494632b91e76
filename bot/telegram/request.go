package telegram

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	tgbotapi "github.com/go-telegram-bot-api/telegram-bot-api/v5"

	"ventanilla/bot"
)

// How long calls may take, in real time.
const (
	callTime   = 15 * time.Second
	uploadTime = 90 * time.Second
	maxAnswer  = 32 << 20 // bytes of one answer: a hundred updates are far smaller
)

// call asks the network for one method. The library writes the request and reads
// the answer; a fresh BotAPI for each call carries ctx. A refusal is an *apiError.
func (c *Channel) call(ctx context.Context, method string, p tgbotapi.Params, files ...tgbotapi.RequestFile) (json.RawMessage, error) {
	wire := &wire{ctx: ctx, http: c.http}
	api := tgbotapi.BotAPI{Token: c.keys.token.Reveal(), Client: wire}
	api.SetAPIEndpoint(c.endpoint)
	var (
		resp *tgbotapi.APIResponse
		err  error
	)
	if len(files) > 0 {
		resp, err = api.UploadFiles(method, p, files)
	} else {
		resp, err = api.MakeRequest(method, p)
	}
	if err == nil {
		return resp.Result, nil
	}
	return nil, c.explain(ctx, method, wire.status, resp, err)
}

// do is call with a deadline, for methods whose result does not matter.
func (c *Channel) do(ctx context.Context, method string, p tgbotapi.Params) error {
	ctx, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	_, err := c.call(ctx, method, p)
	return err
}

// ask is call with a deadline, for methods whose result matters.
func (c *Channel) ask(ctx context.Context, method string, p tgbotapi.Params, result any) error {
	ctx, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	raw, err := c.call(ctx, method, p)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(raw, result); err != nil {
		return fmt.Errorf("reading the answer to %s: %w", method, err)
	}
	return nil
}

// sendText is call for sendMessage, which nearly every turn makes once: the form that fill appends to is
// written without a map and the answer read without decoding what nobody needs. It
// returns the id of the message, "" if the network told none.
func (c *Channel) sendText(ctx context.Context, fill func(form) form) (receipt string, err error) {
	brief := bot.Within(ctx, callTime)
	defer brief.Close()
	status, body, err := c.submit(brief, fill)
	if err != nil {
		return "", c.explain(brief, "sendMessage", 0, nil, bare(err))
	}
	if id, ok := plainReceipt(body); ok {
		return id, nil
	}
	var answer tgbotapi.APIResponse
	if err := json.Unmarshal(body, &answer); err != nil {
		return "", c.explain(brief, "sendMessage", status, nil, err)
	}
	if answer.Ok {
		return receiptOf(answer.Result), nil
	}
	refusal := &tgbotapi.Error{Code: answer.ErrorCode, Message: answer.Description}
	if answer.Parameters != nil {
		refusal.ResponseParameters = *answer.Parameters
	}
	return "", c.explain(brief, "sendMessage", status, &answer, refusal)
}

// submit posts a sendMessage, by the channel's own transport where nothing stands in between.
func (c *Channel) submit(ctx context.Context, fill func(form) form) (status int, body []byte, err error) {
	if c.lean != nil {
		return c.lean.post(ctx, c.keys.sendMessage, fill)
	}
	resp, err := c.post(formRequest(c.keys.sendMessage.url, fill(nil)).WithContext(ctx))
	if err != nil {
		return 0, nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	body, err = io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	return resp.StatusCode, body, err
}

// post sends a request without what http.Client does besides: the network knows neither cookies nor redirects.
func (c *Channel) post(req *http.Request) (*http.Response, error) {
	if c.http.Transport == nil {
		return c.http.Do(req)
	}
	return c.http.Transport.RoundTrip(req)
}

// plainReceipt reads the answer that the network gives to nearly every message.
func plainReceipt(body []byte) (id string, ok bool) {
	rest, ok := bytes.CutPrefix(body, []byte(`{"ok":true,"result":{"message_id":`))
	if !ok || !bytes.HasSuffix(rest, []byte("}}")) {
		return "", false
	}
	n := 0
	for n < len(rest) && rest[n] >= '0' && rest[n] <= '9' {
		n++
	}
	return string(rest[:n]), n > 0 && n < 19 && rest[0] != '0' && (rest[n] == ',' || rest[n] == '}')
}

// wire is the library's HTTP client for one call: it carries ctx, remembers the
// status, and reads the answer whole, so that its connection can be used again.
type wire struct {
	ctx    context.Context
	http   *http.Client
	status int
}

// Do implements tgbotapi.HTTPClient.
func (w *wire) Do(req *http.Request) (*http.Response, error) {
	resp, err := w.http.Do(req.WithContext(w.ctx))
	if err != nil {
		if req.Body != nil {
			_ = req.Body.Close() // ends the library's goroutine that writes an upload
		}
		return nil, bare(err)
	}
	defer func() { _ = resp.Body.Close() }()
	w.status = resp.StatusCode
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return nil, bare(err)
	}
	resp.Body = io.NopCloser(bytes.NewReader(body))
	return resp, nil
}

// bare drops the URL from an error: it holds the token.
func bare(err error) error {
	if e, ok := errors.AsType[*url.Error](err); ok {
		return e.Err
	}
	return err
}

// apiError is the network's refusal of a call, or an answer that makes no sense.
type apiError struct {
	method string
	code   int           // error_code, or the HTTP status when the answer was not the Bot API's
	text   string        // description
	after  time.Duration // retry_after
	alien  bool          // the answer was not the Bot API's: a proxy in between spoke
}

func (e *apiError) Error() string { return fmt.Sprintf("%s: %d %s", e.method, e.code, e.text) }

// explain turns what the library returned into an error without the token.
func (c *Channel) explain(ctx context.Context, method string, status int, resp *tgbotapi.APIResponse, err error) error {
	if ctx.Err() != nil {
		return fmt.Errorf("%s: %w", method, ctx.Err())
	}
	if status == 0 {
		return c.redact(fmt.Errorf("%s: %w", method, err))
	}
	refusal, ok := errors.AsType[*tgbotapi.Error](err)
	if !ok || resp == nil {
		return &apiError{method: method, code: status, text: "an answer that is not the Bot API's", alien: true}
	}
	e := &apiError{method: method, code: resp.ErrorCode, text: refusal.Message, after: time.Duration(refusal.RetryAfter) * time.Second}
	if e.code == 0 {
		e.code = status
	}
	return e
}

// redact makes sure of it: whatever produced the error, the token is not in it.
func (c *Channel) redact(err error) error {
	token := c.keys.token.Reveal()
	for _, form := range []string{token, url.PathEscape(token), url.QueryEscape(token)} {
		if strings.Contains(err.Error(), form) {
			err = errors.New(strings.ReplaceAll(err.Error(), form, "[token]"))
		}
	}
	return err
}
