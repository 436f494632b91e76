package telegram

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"sync"
	"time"
)

// maxConns is how many calls of one bot are on their way at once, and how many
// connections are kept for the next ones; the network takes 30 messages a second
// (RULES: tg.rate). The standard client keeps two: under load nearly every call then
// dialled anew, which was measured at a fifth of the processor time of a turn, without TLS.
const maxConns = 64

// maxIdle is for how long a connection is kept; servers close theirs after a minute or more.
const maxIdle = 30 * time.Second

func newClient() *http.Client {
	t, ok := http.DefaultTransport.(*http.Transport)
	if !ok { // somebody replaced it, and knows why
		return &http.Client{}
	}
	t = t.Clone()
	t.MaxIdleConns, t.MaxIdleConnsPerHost, t.MaxConnsPerHost = maxConns, maxConns, maxConns
	return &http.Client{Transport: newTransport(t)}
}

// transport carries small calls over HTTP/1.1: whoever calls also writes the request
// and reads the answer, which a connection of net/http has two goroutines for. That was
// measured at a third of the processor time of a call over loopback. What is
// more than a small call, such as an upload or one through a proxy, it leaves to net/http.
type transport struct {
	rich   *http.Transport
	places chan struct{} // one is taken by each call under way

	mu   sync.Mutex
	idle []*line // the longest idle first
}

// line is a connection that carries one call at a time.
type line struct {
	net.Conn
	to    string // scheme and address
	raw   net.Conn
	r     *bufio.Reader
	w     *bufio.Writer
	since time.Time // it is idle
}

func newTransport(rich *http.Transport) *transport {
	return &transport{rich: rich, places: make(chan struct{}, maxConns)}
}

// RoundTrip implements http.RoundTripper. The answer's body is read when it returns,
// at most [maxAnswer] bytes of it. A call that fails is not tried again here: it may have arrived.
func (t *transport) RoundTrip(req *http.Request) (*http.Response, error) {
	if !t.small(req) {
		return t.rich.RoundTrip(req)
	}
	ctx := req.Context()
	select {
	case t.places <- struct{}{}:
		defer func() { <-t.places }()
	case <-ctx.Done():
		return nil, errors.Join(ctx.Err(), req.Body.Close())
	}
	l, err := t.line(ctx, req)
	if err != nil {
		return nil, errors.Join(err, req.Body.Close())
	}
	unwatched := context.AfterFunc(ctx, func() { _ = l.Close() })
	resp, err := l.call(req)
	if !unwatched() {
		_ = l.Close()
		if err != nil {
			return nil, ctx.Err()
		}
		return resp, nil
	}
	if err != nil || resp.Close {
		_ = l.Close()
		return resp, err
	}
	t.keep(l)
	return resp, nil
}

// small tells whether a call can be carried by whoever makes it.
func (t *transport) small(req *http.Request) bool {
	if req.Body == nil || req.ContentLength <= 0 {
		return false
	}
	if t.rich.Proxy == nil {
		return true
	}
	proxy, err := t.rich.Proxy(req)
	return err == nil && proxy == nil
}

// line returns a connection that nobody uses.
func (t *transport) line(ctx context.Context, req *http.Request) (*line, error) {
	to := req.URL.Scheme + "://" + req.URL.Host
	for {
		l := t.kept(to)
		if l == nil {
			break
		}
		if quiet(l.raw) {
			return l, nil
		}
		_ = l.Close() // the network closed it meanwhile
	}
	return t.dial(ctx, req, to)
}

func (t *transport) dial(ctx context.Context, req *http.Request, to string) (*line, error) {
	host, port := req.URL.Hostname(), req.URL.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[req.URL.Scheme]
	}
	dial := t.rich.DialContext
	if dial == nil {
		dial = (&net.Dialer{}).DialContext
	}
	raw, err := dial(ctx, "tcp", net.JoinHostPort(host, port))
	if err != nil {
		return nil, err
	}
	l := &line{Conn: raw, raw: raw, to: to}
	if req.URL.Scheme == "https" {
		config := &tls.Config{MinVersion: tls.VersionTLS12}
		if t.rich.TLSClientConfig != nil {
			config = t.rich.TLSClientConfig.Clone()
		}
		config.NextProtos = nil // HTTP/1.1
		if config.ServerName == "" {
			config.ServerName = host
		}
		secure := tls.Client(raw, config)
		if err := secure.HandshakeContext(ctx); err != nil {
			return nil, errors.Join(fmt.Errorf("greeting %s: %w", host, err), raw.Close())
		}
		l.Conn = secure
	}
	l.r, l.w = bufio.NewReaderSize(l, 2048), bufio.NewWriterSize(l, 2048)
	return l, nil
}

// call writes a request and reads its answer.
func (l *line) call(req *http.Request) (*http.Response, error) {
	if err := req.Write(l.w); err != nil {
		return nil, err
	}
	if err := l.w.Flush(); err != nil {
		return nil, err
	}
	resp, err := http.ReadResponse(l.r, req)
	for err == nil && resp.StatusCode < 200 { // "continue" and its like come before the answer
		resp, err = http.ReadResponse(l.r, req)
	}
	if err != nil {
		return nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := whole(resp)
	if err != nil {
		return nil, err
	}
	resp.Body = io.NopCloser(bytes.NewReader(body))
	return resp, nil
}

// whole reads the body of an answer; one that is too long ends its connection.
func whole(resp *http.Response) (body []byte, err error) {
	if n := resp.ContentLength; n >= 0 && n <= 1<<16 {
		body = make([]byte, n)
		_, err = io.ReadFull(resp.Body, body)
		return body, err
	}
	body, err = io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if len(body) == maxAnswer {
		resp.Close = true
	}
	return body, err
}

// kept takes out the line that was used last, and closes those that were idle for too long.
func (t *transport) kept(to string) *line {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := time.Now()
	for len(t.idle) > 0 && now.Sub(t.idle[0].since) > maxIdle {
		_ = t.idle[0].Close()
		t.idle = slices.Delete(t.idle, 0, 1)
	}
	for i, l := range slices.Backward(t.idle) {
		if l.to == to {
			t.idle = slices.Delete(t.idle, i, i+1)
			return l
		}
	}
	return nil
}

func (t *transport) keep(l *line) {
	t.mu.Lock()
	defer t.mu.Unlock()
	l.since = time.Now()
	if t.idle = append(t.idle, l); len(t.idle) > maxConns {
		_ = t.idle[0].Close()
		t.idle = slices.Delete(t.idle, 0, 1)
	}
}

// CloseIdleConnections closes what nobody uses.
func (t *transport) CloseIdleConnections() {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, l := range t.idle {
		_ = l.Close()
	}
	t.idle = nil
	t.rich.CloseIdleConnections()
}
