package telegram

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
)

// target is where forms go again and again: all that net/http writes of such a call, but for the length and the form.
type target struct {
	url           *url.URL
	before, after []byte
}

func newTarget(u *url.URL) (*target, error) {
	var b bytes.Buffer
	if err := formRequest(u, form("x")).Write(&b); err != nil {
		return nil, fmt.Errorf("writing a request: %w", err)
	}
	before, after, ok := bytes.Cut(bytes.TrimSuffix(b.Bytes(), []byte("x")), []byte("Content-Length: 1\r\n"))
	if !ok {
		return nil, errors.New("net/http writes no length")
	}
	return &target{url: u, before: append(before, "Content-Length: "...), after: append([]byte("\r\n"), after...)}, nil
}

func formRequest(u *url.URL, f form) *http.Request {
	return &http.Request{Method: http.MethodPost, URL: u, Host: u.Host, Header: http.Header{"Content-Type": {"application/x-www-form-urlencoded"}},
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Body: io.NopCloser(bytes.NewReader(f)), ContentLength: int64(len(f))}
}

// post sends the form that fill appends to, and returns the answer. It is [transport.RoundTrip] without
// all that two messages hardly ever have: writing and reading them took a fortieth of the processor time of a turn.
func (t *transport) post(ctx context.Context, to *target, fill func(form) form) (status int, answer []byte, err error) {
	err = t.carry(ctx, to.url, func(l *line) (last bool, err error) {
		l.form = fill(l.form[:0])
		if err := l.send(to, l.form); err != nil {
			return true, err
		}
		if body, ok, err := l.plain(); ok {
			status, answer = http.StatusOK, body
			return false, err
		}
		resp, body, err := l.answer(nil)
		if err != nil {
			return true, err
		}
		status, answer = resp.StatusCode, body
		return resp.Close, nil
	})
	return status, answer, err
}

func (l *line) send(to *target, f form) error {
	_, _ = l.w.Write(to.before) // Flush tells what went wrong
	_, _ = l.w.Write(strconv.AppendInt(l.w.AvailableBuffer(), int64(len(f)), 10))
	_, _ = l.w.Write(to.after)
	_, _ = l.w.Write(f)
	return l.w.Flush()
}

// plain reads an answer such as nearly all are: 200, of a known length, on a connection that stays.
// If it returns false, nothing was read, and [line.answer] says what it is.
func (l *line) plain() (body []byte, ok bool, err error) {
	head := l.head()
	n, ok := plainLength(head)
	if !ok {
		return nil, false, nil
	}
	if _, err := l.r.Discard(len(head)); err != nil {
		return nil, true, err
	}
	body = make([]byte, n)
	_, err = io.ReadFull(l.r, body)
	return body, true, err
}

// head waits for the head of an answer, which stays unread. It is nil if none comes that fits the buffer.
func (l *line) head() []byte {
	for n := 1; ; n = l.r.Buffered() + 1 {
		if _, err := l.r.Peek(n); err != nil {
			return nil
		}
		b, _ := l.r.Peek(l.r.Buffered())
		if at := bytes.Index(b, []byte("\r\n\r\n")); at >= 0 {
			return b[:at+4]
		}
	}
}

// plainLength is how long a body follows a head of the plain kind; a head of any other kind is not ok.
func plainLength(head []byte) (n int, ok bool) {
	rest, ok := bytes.CutPrefix(head, []byte("HTTP/1.1 200 "))
	reason, rest, _ := bytes.Cut(rest, []byte("\r\n"))
	if !ok || slices.ContainsFunc(reason, control) {
		return 0, false
	}
	n = -1
	for len(rest) > 2 { // an empty line ends it
		var row []byte
		row, rest, _ = bytes.Cut(rest, []byte("\r\n"))
		name, value, ok := bytes.Cut(row, []byte(":"))
		value = bytes.Trim(value, " ")
		switch {
		case !ok || len(name) == 0 || slices.ContainsFunc(name, odd) || slices.ContainsFunc(value, control):
			return 0, false
		case is(name, "Content-Length"):
			length, err := strconv.ParseUint(string(value), 10, 16)
			if err != nil || n >= 0 {
				return 0, false
			}
			n = int(length)
		case is(name, "Transfer-Encoding"), is(name, "Connection") && !is(value, "keep-alive"):
			return 0, false
		}
	}
	return n, n >= 0
}

func odd(b byte) bool     { return !unreserved[b] }
func control(b byte) bool { return b < ' ' || b == 0x7f }

// is compares what differs in its case at most.
func is(b []byte, s string) bool { return len(b) == len(s) && bytes.EqualFold(b, []byte(s)) }
