package telegram

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"ventanilla/bot"
	"ventanilla/flows"
	"ventanilla/store"
)

// terse is a network that takes every message and costs next to nothing itself.
func terse(tb testing.TB) string {
	tb.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go take(c)
		}
	}()
	return "http://" + l.Addr().String()
}

const taken = `{"ok":true,"result":{"message_id":12,"date":1,"chat":{"id":1,"type":"private"}}}`

func take(c net.Conn) {
	defer func() { _ = c.Close() }()
	for r := bufio.NewReader(c); ; {
		n := 0
		for line := "-"; line != "\r\n"; {
			var err error
			if line, err = r.ReadString('\n'); err != nil {
				return
			}
			if digits, ok := strings.CutPrefix(line, "Content-Length: "); ok {
				n, _ = strconv.Atoi(strings.TrimSpace(digits))
			}
		}
		if _, err := r.Discard(n); err != nil {
			return
		}
		_, _ = fmt.Fprintf(c, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nDate: Sun, 22 Nov 2026 13:00:00 GMT\r\nContent-Length: %d\r\n\r\n%s", len(taken), taken)
	}
}

// BenchmarkSend measures a reply with options over loopback, 16 at a time.
func BenchmarkSend(b *testing.B) {
	c, err := New(Config{Portal: "mseg", Token: "1:x", API: terse(b), Accept: func(context.Context, flows.Key, store.Inbound) error { return nil }})
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = c.Close(b.Context()) }()
	d := bot.Delivery{Portal: "mseg", Reply: flows.Reply{Entered: "0123456789abcdef", Text: "¿Con qué seguimos? Escribí tu número de legajo, o tocá una opción de las de abajo.",
		Offer: []flows.Option{{ID: "menu", Label: "Menú"}, {ID: "back", Label: "Volver"}, {ID: "proof/other", Label: "No tengo ese dato a mano"}, {ID: "human", Label: "Hablar con una persona"}}}}
	life, cancel := context.WithCancel(b.Context())
	defer cancel()
	var chats, n atomic.Int64
	b.ReportAllocs()
	b.SetParallelism(8)
	b.RunParallel(func(pb *testing.PB) {
		d := d
		d.To = strconv.FormatInt(1_795_000_000_000_000+chats.Add(1), 10)
		for pb.Next() {
			d.ID = "tg/1795000000000000/" + strconv.FormatInt(n.Add(1), 10)
			if id, err := c.Send(life, d); err != nil || id != "12" {
				b.Errorf("got %q, %v", id, err)
				return
			}
		}
	})
}

// BenchmarkWebhook measures an update without what becomes of it, and without the server.
func BenchmarkWebhook(b *testing.B) {
	c := plainChannel(b)
	body := strings.NewReader(textUpdate)
	r := httptest.NewRequest(http.MethodPost, "/telegram/mseg", body)
	r.Header.Set(secretHeader, "s")
	w := &nobody{h: http.Header{}}
	b.ReportAllocs()
	for b.Loop() {
		body.Reset(textUpdate)
		r.Body = io.NopCloser(body)
		if c.ServeHTTP(w, r); w.status != http.StatusOK {
			b.Fatal(w.status)
		}
	}
}

type nobody struct {
	h      http.Header
	status int
}

func (w *nobody) Header() http.Header         { return w.h }
func (w *nobody) Write(b []byte) (int, error) { return len(b), nil }
func (w *nobody) WriteHeader(status int)      { w.status = status }
