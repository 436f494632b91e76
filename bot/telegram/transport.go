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
	"net/url"
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

	mu       sync.Mutex
	idle     []*line     // the longest idle first
	busy     []*line     // that carry a call
	watch    *time.Timer // for [transport.look]
	watching bool        // it will
}

// line is a connection that carries one call at a time.
type line struct {
	net.Conn
	scheme, host string
	raw          net.Conn
	quiet        func() bool
	r            *bufio.Reader
	w            *bufio.Writer
	form         form // that was sent last: room for the next

	// Guarded by transport.mu.
	since time.Time       // it is idle
	call  context.Context // that it carries
	at    int             // where it stands among the busy ones
	cut   bool            // its call was cut short
}

func newTransport(rich *http.Transport) *transport {
	return &transport{rich: rich, places: make(chan struct{}, maxConns)}
}

// RoundTrip implements http.RoundTripper. The answer's body is read when it returns,
// at most [maxAnswer] bytes of it. A call that fails is not tried again here: it may have arrived.
func (t *transport) RoundTrip(req *http.Request) (resp *http.Response, err error) {
	if !t.small(req) {
		return t.rich.RoundTrip(req)
	}
	err = t.carry(req.Context(), req.URL, func(l *line) (last bool, err error) {
		if resp, err = l.roundTrip(req); err != nil {
			return true, err
		}
		return resp.Close, nil
	})
	if err != nil {
		return nil, errors.Join(err, req.Body.Close())
	}
	return resp, nil
}

// carry makes a call on a line to an address; it may be the line's last one.
func (t *transport) carry(ctx context.Context, to *url.URL, call func(l *line) (last bool, err error)) error {
	if err := t.enter(ctx); err != nil {
		return err
	}
	defer func() { <-t.places }()
	l, err := t.line(ctx, to)
	if err != nil {
		return err
	}
	last, err := call(l)
	t.end(l, err == nil && !last)
	if err != nil && ctx.Err() != nil {
		return ctx.Err()
	}
	return err
}

// enter waits for a place.
func (t *transport) enter(ctx context.Context) error {
	select {
	case t.places <- struct{}{}:
		return nil
	default: // only now is there anything to wait for
	}
	select {
	case t.places <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
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

// line returns a connection that nobody uses, for a call; [transport.end] must follow.
func (t *transport) line(ctx context.Context, to *url.URL) (*line, error) {
	for {
		l := t.kept(ctx, to)
		if l == nil {
			break
		}
		if l.quiet() {
			return l, nil
		}
		t.end(l, false) // the network closed it meanwhile
	}
	l, err := t.dial(ctx, to)
	if err != nil {
		return nil, err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.begin(ctx, l)
	return l, nil
}

func (t *transport) dial(ctx context.Context, to *url.URL) (*line, error) {
	host, port := to.Hostname(), to.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[to.Scheme]
	}
	dial := t.rich.DialContext
	if dial == nil {
		dial = (&net.Dialer{}).DialContext
	}
	raw, err := dial(ctx, "tcp", net.JoinHostPort(host, port))
	if err != nil {
		return nil, err
	}
	l := &line{Conn: raw, raw: raw, quiet: quietness(raw), scheme: to.Scheme, host: to.Host}
	if to.Scheme == "https" {
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

// roundTrip writes a request and reads its answer.
func (l *line) roundTrip(req *http.Request) (*http.Response, error) {
	if err := req.Write(l.w); err != nil {
		return nil, err
	}
	if err := l.w.Flush(); err != nil {
		return nil, err
	}
	resp, body, err := l.answer(req)
	if err != nil {
		return nil, err
	}
	resp.Body = io.NopCloser(bytes.NewReader(body))
	return resp, nil
}

// answer reads an answer of whatever kind.
func (l *line) answer(req *http.Request) (*http.Response, []byte, error) {
	resp, err := http.ReadResponse(l.r, req)
	for err == nil && resp.StatusCode < 200 { // "continue" and its like come before the answer
		resp, err = http.ReadResponse(l.r, req)
	}
	if err != nil {
		return nil, nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := whole(resp)
	return resp, body, err
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
