package telegram

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// dialled is a client like a channel's own that counts its connections.
func dialled(t testing.TB, change func(*http.Transport)) (*http.Client, *atomic.Int64) {
	t.Helper()
	rich := http.DefaultTransport.(*http.Transport).Clone()
	rich.Proxy = nil
	var n atomic.Int64
	rich.DialContext = func(ctx context.Context, network, addr string) (net.Conn, error) {
		n.Add(1)
		return (&net.Dialer{}).DialContext(ctx, network, addr)
	}
	if change != nil {
		change(rich)
	}
	c := &http.Client{Transport: newTransport(rich)}
	t.Cleanup(c.CloseIdleConnections)
	return c, &n
}

func post(ctx context.Context, c *http.Client, address, body string) (string, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, strings.NewReader(body))
	if err != nil {
		return "", err
	}
	resp, err := c.Do(req)
	if err != nil {
		return "", err
	}
	defer func() { _ = resp.Body.Close() }()
	b, err := io.ReadAll(resp.Body)
	return resp.Status + " " + string(b), err
}

func echo(w http.ResponseWriter, r *http.Request) {
	b, _ := io.ReadAll(r.Body)
	_, _ = w.Write(b)
}

func wantEcho(t *testing.T, c *http.Client, address string) {
	t.Helper()
	if got, err := post(t.Context(), c, address, "hola"); err != nil || got != "200 OK hola" {
		t.Errorf("got %q, %v", got, err)
	}
}

func TestACallUsesTheConnectionOfTheOneBefore(t *testing.T) {
	srv := httptest.NewServer(http.HandlerFunc(echo))
	defer srv.Close()
	c, n := dialled(t, nil)
	for range 5 {
		wantEcho(t, c, srv.URL)
	}
	if n.Load() != 1 {
		t.Errorf("got %d connections, want 1", n.Load())
	}
}

func TestCallsGoOverTLSToWhomTheCertificateNames(t *testing.T) {
	srv := httptest.NewTLSServer(http.HandlerFunc(echo))
	defer srv.Close()
	srv.Config.ErrorLog = nil
	c, n := dialled(t, func(rich *http.Transport) {
		rich.TLSClientConfig = srv.Client().Transport.(*http.Transport).TLSClientConfig.Clone()
	})
	for range 3 {
		wantEcho(t, c, srv.URL)
	}
	if n.Load() != 1 {
		t.Errorf("got %d connections, want 1", n.Load())
	}
	stranger, _ := dialled(t, nil)
	if got, err := post(t.Context(), stranger, srv.URL, "hola"); err == nil {
		t.Errorf("a certificate of an unknown authority: got %q, want an error", got)
	}
}

func TestAConnectionThatTheNetworkClosedIsNotUsedAgain(t *testing.T) {
	closed := make(chan struct{}, 8)
	srv := httptest.NewUnstartedServer(http.HandlerFunc(echo))
	srv.Config.ConnState = func(_ net.Conn, s http.ConnState) {
		if s == http.StateClosed {
			closed <- struct{}{}
		}
	}
	srv.Start()
	defer srv.Close()
	c, n := dialled(t, nil)
	for i := range int64(3) {
		wantEcho(t, c, srv.URL)
		srv.CloseClientConnections()
		<-closed
		if n.Load() != i+1 {
			t.Errorf("got %d connections, want %d", n.Load(), i+1)
		}
	}
}

func TestTheEndOfItsContextEndsACall(t *testing.T) {
	arrived, release := make(chan struct{}), make(chan struct{})
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/slow" {
			arrived <- struct{}{}
			<-release
			return
		}
		echo(w, r)
	}))
	defer srv.Close()
	defer close(release)
	c, _ := dialled(t, nil)
	wantEcho(t, c, srv.URL)
	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-arrived; cancel() }()
	if got, err := post(ctx, c, srv.URL+"/slow", "x"); !errors.Is(err, context.Canceled) {
		t.Errorf("got %q, %v, want the end of the context", got, err)
	}
	wantEcho(t, c, srv.URL)
	late, over := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer over()
	go func() { <-arrived }()
	if got, err := post(late, c, srv.URL+"/slow", "x"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %q, %v, want the deadline", got, err)
	}
}

func TestNoMoreThanSoManyCallsAreOnTheirWayAtOnce(t *testing.T) {
	release := make(chan struct{})
	var now, most atomic.Int64
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if n := now.Add(1); n > most.Load() {
			most.Store(n)
		}
		<-release
		now.Add(-1)
		echo(w, r)
	}))
	defer srv.Close()
	c, _ := dialled(t, nil)
	errs := make(chan error, 2*maxConns)
	for range 2 * maxConns {
		go func() { _, err := post(t.Context(), c, srv.URL, "x"); errs <- err }()
	}
	for range 2 * maxConns {
		release <- struct{}{}
	}
	for range 2 * maxConns {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
	if most.Load() > maxConns {
		t.Errorf("got %d at once, want %d", most.Load(), maxConns)
	}
}

func TestAProxyIsAskedWhereOneIsSet(t *testing.T) {
	asked := make(chan string, 1)
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked <- r.URL.String()
		echo(w, r)
	}))
	defer proxy.Close()
	at, err := url.Parse(proxy.URL)
	if err != nil {
		t.Fatal(err)
	}
	c, _ := dialled(t, func(rich *http.Transport) { rich.Proxy = http.ProxyURL(at) })
	wantEcho(t, c, "http://api.example.org/botX/sendMessage")
	if got := <-asked; got != "http://api.example.org/botX/sendMessage" {
		t.Errorf("the proxy was asked for %q", got)
	}
}

func TestOddAnswersAreRead(t *testing.T) {
	long := strings.Repeat("x", 200_000)
	for name, answer := range map[string]string{
		"continue first":       "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nhola",
		"in pieces":            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nho\r\n2\r\nla\r\n0\r\n\r\n",
		"until the connection": "HTTP/1.0 200 OK\r\n\r\nhola",
		"closing":              "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 4\r\n\r\nhola",
		"long":                 "HTTP/1.1 200 OK\r\nContent-Length: 200000\r\n\r\n" + long,
	} {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		go func() {
			for {
				conn, err := l.Accept()
				if err != nil {
					return
				}
				go answered(conn, answer)
			}
		}()
		c, _ := dialled(t, nil)
		for range 2 {
			want := "200 OK hola"
			if name == "long" {
				want = "200 OK " + long
			}
			if got, err := post(t.Context(), c, "http://"+l.Addr().String(), "x"); err != nil || got != want {
				t.Errorf("%s: got %.40q, %v", name, got, err)
			}
		}
		_ = l.Close()
	}
}

// answered gives the same answer to whatever comes, and closes where the answer says so.
func answered(conn net.Conn, answer string) {
	defer func() { _ = conn.Close() }()
	for {
		if _, err := conn.Read(make([]byte, 4096)); err != nil {
			return
		}
		if _, err := io.WriteString(conn, answer); err != nil || strings.Contains(answer, "close") || strings.Contains(answer, "HTTP/1.0") {
			return
		}
	}
}

func TestAnAnswerCutShortIsAnError(t *testing.T) {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "100")
		_, _ = io.WriteString(w, "hola")
	}))
	defer srv.Close()
	c, _ := dialled(t, nil)
	if got, err := post(t.Context(), c, srv.URL, "x"); err == nil {
		t.Errorf("got %q, want an error", got)
	}
}

func TestAFormReadsAsItWasWritten(t *testing.T) {
	every := make([]byte, 256)
	for i := range every {
		every[i] = byte(i)
	}
	for _, text := range []string{"", "hola, ¿qué tal? 😀 +&=%", "a\nb\tc", string(every)} {
		f := form(nil).add("chat_id", "1").add("text", text)
		got, err := url.ParseQuery(string(f))
		if err != nil || got.Get("text") != text || got.Get("chat_id") != "1" || len(got) != 2 {
			t.Errorf("%q: got %q, %v", text, got, err)
		}
		if want := (url.Values{"chat_id": {"1"}, "text": {text}}).Encode(); want != string(f) {
			t.Errorf("got %q, want %q", f, want)
		}
	}
}

func TestTheQuickLookAtAnAnswerAgreesWithTheThoroughOne(t *testing.T) {
	for body, want := range map[string]string{
		`{"ok":true,"result":{"message_id":12,"date":1,"chat":{"id":1}}}`: "12",
		`{"ok":true,"result":{"message_id":7}}`:                           "7",
		`{"ok":true,"result":{"message_id":07}}`:                          "",
		`{"ok":true,"result":{"message_id":1.5}}`:                         "",
		`{"ok":true,"result":{"message_id":}}`:                            "",
		`{"ok":true,"result":{"message_id":12}`:                           "",
		`{"ok":false,"result":{"message_id":12}}`:                         "",
		`{"ok":true,"result":true}`:                                       "",
		``:                                                                "",
	} {
		if got, ok := plainReceipt([]byte(body)); ok != (want != "") || ok && got != want {
			t.Errorf("%s: got %q, %v", body, got, ok)
		}
	}
}

// BenchmarkCall measures small calls over loopback, 32 at a time, by the channel's own transport and by net/http's.
func BenchmarkCall(b *testing.B) {
	srv := httptest.NewServer(http.HandlerFunc(echo))
	defer srv.Close()
	lean, _ := dialled(b, func(rich *http.Transport) { rich.MaxIdleConnsPerHost = maxConns })
	for name, c := range map[string]*http.Client{"own": lean, "net-http": {Transport: lean.Transport.(*transport).rich}} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			b.SetParallelism(16)
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					if _, err := post(b.Context(), c, srv.URL, "chat_id=1&text=hola"); err != nil {
						b.Error(err)
						return
					}
				}
			})
		})
	}
}
