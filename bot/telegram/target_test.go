package telegram

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	tgbotapi "github.com/go-telegram-bot-api/telegram-bot-api/v5"

	"ventanilla/bot"
	"ventanilla/flows"
)

func TestAFormIsWrittenAsNetHTTPWouldWriteIt(t *testing.T) {
	for _, address := range []string{"https://api.telegram.org/bot1:x/sendMessage", "http://127.0.0.1:81/a%20b/bot1:x/sendMessage", "http://[::1]:8080/bot1:Content-Length/sendMessage"} {
		to := targetOf(t, address)
		for _, f := range []form{form("x"), form("chat_id=1&text=hola"), form(strings.Repeat("x", 12345))} {
			var got, want bytes.Buffer
			l := &line{w: bufio.NewWriter(&got)}
			if err := errors.Join(l.send(to, f), formRequest(to.url, f).Write(&want)); err != nil {
				t.Fatal(err)
			}
			if got.String() != want.String() {
				t.Errorf("got %.300q, want %.300q", got.String(), want.String())
			}
		}
	}
}

// plainAnswers are of the kind that is read without net/http, oddAnswers are not.
var (
	plainAnswers = []string{
		"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nhola",
		"HTTP/1.1 200 \r\nServer: nginx/1.18.0\r\ncontent-length:4 \r\nconnection: Keep-Alive\r\n\r\nhola, and more",
		"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
	}
	oddAnswers = []string{
		"HTTP/1.1 200 OK\r\nContent-Length: 4\r\nConnection: close\r\n\r\nhola",
		"HTTP/1.1 200 OK\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
		"HTTP/1.1 200 OK\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\nhola",
		"HTTP/1.1 200 OK\r\nContent-Length: 99999\r\n\r\nhola",
		"HTTP/1.1 200 OK\r\nContent-Length: +4\r\n\r\nhola",
		"HTTP/1.1 200 OK\r\nContent-Length : 4\r\n\r\nhola",
		"HTTP/1.1 200 OK\r\nX: a\r\n b: c\r\nContent-Length: 4\r\n\r\nhola",
		"HTTP/1.1 200 OK\nContent-Length: 4\n\nhola",
		"HTTP/1.0 200 OK\r\nContent-Length: 4\r\n\r\nhola",
		"HTTP/1.1 204 No Content\r\n\r\n",
		"HTTP/1.1 503 Ill\r\nContent-Length: 4\r\n\r\nhola",
		"HTTP/1.1 200 OK\r\nContent-Length: 4\r\nX: " + strings.Repeat("x", 5000) + "\r\n\r\nhola",
		"HTTP/1.1 200 OK\r\nContent-Le", "", "\r\n\r\n", "HTTP/1.1 200 OK\r\n\r\n",
	}
)

// readsAlike fails if an answer that counts as plain is another one for net/http.
func readsAlike(t *testing.T, raw string) (plain bool) {
	t.Helper()
	l := &line{r: bufio.NewReaderSize(strings.NewReader(raw), 2048)}
	got, ok, err := l.plain()
	if !ok {
		if rest, _ := io.ReadAll(l.r); string(rest) != raw {
			t.Errorf("%.300q: only %q is left", raw, rest)
		}
		return false
	}
	resp, wantErr := http.ReadResponse(bufio.NewReader(strings.NewReader(raw)), nil)
	if wantErr != nil {
		t.Errorf("%.300q: got %q, want the error %v", raw, got, wantErr)
		return true
	}
	want, wantErr := io.ReadAll(resp.Body)
	if resp.StatusCode != 200 || resp.Close || (err != nil) != (wantErr != nil) || err == nil && !bytes.Equal(got, want) {
		t.Errorf("%.300q: got %q, %v, want %d %q, %v", raw, got, err, resp.StatusCode, want, wantErr)
	}
	return true
}

func TestAPlainAnswerIsTheSameAsForNetHTTP(t *testing.T) {
	for _, raw := range plainAnswers {
		if !readsAlike(t, raw) {
			t.Errorf("%q is not plain", raw)
		}
	}
	for _, raw := range oddAnswers {
		if readsAlike(t, raw) {
			t.Errorf("%.300q is plain", raw)
		}
	}
}

func FuzzPlainAnswer(f *testing.F) {
	for _, raw := range append(plainAnswers, oddAnswers...) {
		f.Add(raw)
	}
	f.Fuzz(func(t *testing.T, raw string) { readsAlike(t, raw) })
}

func targetOf(t *testing.T, address string) *target {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	to, err := newTarget(u)
	if err != nil {
		t.Fatal(err)
	}
	return to
}

// posted posts to an address as sendMessage does.
func posted(ctx context.Context, t *testing.T, tr *transport, address, body string) (int, string, error) {
	t.Helper()
	status, got, err := tr.post(ctx, targetOf(t, address), func(f form) form { return append(f, body...) })
	return status, string(got), err
}

func TestAFormIsAnsweredOverTheConnectionOfTheOneBefore(t *testing.T) {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if code, err := strconv.Atoi(r.URL.Path[1:]); err == nil {
			w.WriteHeader(code)
		}
		echo(w, r)
	}))
	defer srv.Close()
	c, n := dialled(t, nil)
	tr := c.Transport.(*transport)
	long := strings.Repeat("larga", 4000)
	for path, body := range map[string]string{"/200": "hola", "/503": "hola", "/": long} {
		want, _ := strconv.Atoi(path[1:])
		if status, got, err := posted(t.Context(), t, tr, srv.URL+path, body); err != nil || status != max(want, 200) || got != body {
			t.Errorf("%s: got %d %.40q, %v", path, status, got, err)
		}
		wantEcho(t, c, srv.URL)
	}
	if n.Load() != 1 {
		t.Errorf("got %d connections, want 1", n.Load())
	}
}

// Otherwise all that follow would hear the answer to the one before.
func TestWhatCameUnaskedIsNoAnswerToTheNextCall(t *testing.T) {
	for _, unasked := range []string{"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nothe", "\r\n"} {
		srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			conn, _, err := w.(http.Hijacker).Hijack()
			if err != nil {
				t.Error(err)
				return
			}
			_, _ = conn.Write([]byte("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n" + string(body) + unasked))
			_, _ = io.Copy(io.Discard, conn) // until the caller hangs up
			_ = conn.Close()
		}))
		c, n := dialled(t, nil)
		brief := bot.Within(t.Context(), 5*time.Second)
		for _, body := range []string{"hola", "chau"} {
			if status, got, err := posted(brief, t, c.Transport.(*transport), srv.URL, body); err != nil || status != 200 || got != body {
				t.Errorf("after %q: got %d %q, %v, want %q", unasked, status, got, err, body)
			}
			wantIdle(t, c.Transport.(*transport), 0)
		}
		if n.Load() != 2 {
			t.Errorf("got %d connections, want 2", n.Load())
		}
		brief.Close()
		srv.Close()
	}
}

func wantIdle(t *testing.T, tr *transport, want int) {
	t.Helper()
	tr.mu.Lock()
	defer tr.mu.Unlock()
	if got := len(tr.idle); got != want {
		t.Errorf("%d lines are kept, want %d", got, want)
	}
}

func TestACallThatIsCutShortLeavesTheOthersAlone(t *testing.T) {
	arrived, release := make(chan struct{}, 8), make(chan struct{})
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		arrived <- struct{}{}
		<-release
		echo(w, r)
	}))
	defer srv.Close()
	c, _ := dialled(t, nil)
	tr := c.Transport.(*transport)
	errs := make(chan error, 3)
	stay := func() { _, _, err := posted(t.Context(), t, tr, srv.URL, "x"); errs <- err }
	go stay()
	<-arrived
	brief := bot.Within(t.Context(), 20*time.Millisecond)
	defer brief.Close()
	go func() { _, _, err := posted(brief, t, tr, srv.URL, "x"); errs <- err }()
	<-arrived
	go stay()
	<-arrived
	if err := <-errs; !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v, want the deadline", err)
	}
	close(release)
	for range 2 {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
	if status, got, err := posted(t.Context(), t, tr, srv.URL, "hola"); err != nil || status != 200 || got != "hola" {
		t.Errorf("afterwards: got %d %q, %v", status, got, err)
	}
	if n := len(tr.busy); n != 0 {
		t.Errorf("%d lines are busy", n)
	}
}

func TestAnAnswerThatNeverEndsIsCutShortToo(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhol")
		}
	}()
	c, _ := dialled(t, nil)
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	if _, got, err := posted(ctx, t, c.Transport.(*transport), "http://"+l.Addr().String(), "x"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %q, %v, want the deadline", got, err)
	}
}

func TestOptionsAreDrawnAsTheLibraryDoes(t *testing.T) {
	d := bot.Delivery{URL: "https://a.example.org/f/x?a=1&b=<2>", Links: []bot.Link{{Label: "Otra «página» \"b\"", URL: "https://b.example.org/"}, {Label: "nowhere", URL: "http://localhost/"}},
		Reply: flows.Reply{Button: "Abrir", Entered: "abcdefghijklmnopqrst", Offer: []flows.Option{{ID: "yes", Label: " Sí "}, {ID: "no", Label: "No\t\\<&>"}, {ID: "maybe", Label: "Ñandú 😀"},
			{ID: "long", Label: "Una opción que es bastante larga"}, {ID: "last", Label: "Fin \xff"}}}}
	got, err := keyboard(&d)
	if err != nil {
		t.Fatal(err)
	}
	row, data := tgbotapi.NewInlineKeyboardRow, tgbotapi.NewInlineKeyboardButtonData
	want := tgbotapi.NewInlineKeyboardMarkup(
		row(tgbotapi.NewInlineKeyboardButtonURL("Abrir", "https://a.example.org/f/x?a=1&b=<2>")),
		row(tgbotapi.NewInlineKeyboardButtonURL("Otra «página» \"b\"", "https://b.example.org/")),
		row(data("Sí", "abcdefghijklmnop:yes"), data("No\t\\<&>", "abcdefghijklmnop:no")),
		row(data("Ñandú 😀", "abcdefghijklmnop:maybe")),
		row(data("Una opción que es bastante larga", "abcdefghijklmnop:long")),
		row(data("Fin \ufffd", "abcdefghijklmnop:last")))
	var read tgbotapi.InlineKeyboardMarkup
	if err := json.Unmarshal(got, &read); err != nil || !reflect.DeepEqual(read, want) {
		t.Errorf("got %s, %v", got, err)
	}
	if none, err := keyboard(&bot.Delivery{}); none != nil || err != nil {
		t.Errorf("without options: got %q, %v", none, err)
	}
}
