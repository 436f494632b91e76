//go:build unix

package app

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"ventanilla/cmd/ventanilla/settings"
)

// BenchmarkTurn measures a whole turn of the program over loopback: the
// webhook, the engine, the commits, the Bot API call.
func BenchmarkTurn(b *testing.B) {
	for _, chats := range []int{1, 32, 256} {
		b.Run(fmt.Sprintf("chats=%d", chats), func(b *testing.B) { benchTurns(b, chats) })
	}
}

var benchScript = []string{"menú", "no puedo entrar", "marciano", "docente", "x", "70123", "dni", "30.000.123", "volver"}

func benchTurns(b *testing.B, chats int) {
	sink := newSink(chats)
	api := httptest.NewServer(sink)
	defer api.Close()
	hook := benchApp(b, api.URL)
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: chats}}
	defer client.CloseIdleConnections()
	var update atomic.Int64
	turn := func(chat int, text string) {
		body := fmt.Sprintf(`{"update_id":%d,"message":{"message_id":%[1]d,"date":1,"chat":{"id":%d,"type":"private"},"from":{"id":%[2]d,"first_name":"A"},"text":%q}}`, update.Add(1), chat, text)
		req, err := http.NewRequest(http.MethodPost, hook, strings.NewReader(body))
		if err != nil {
			b.Error(err)
			return
		}
		req.Header.Set("X-Telegram-Bot-Api-Secret-Token", "s3cret")
		resp, err := client.Do(req)
		if err != nil {
			b.Error(err)
			return
		}
		_, _ = io.Copy(io.Discard, resp.Body)
		_ = resp.Body.Close()
		<-sink.heard[chat-1]
	}
	for chat := range chats { // the first contact says two things
		turn(chat+1, "hola")
		<-sink.heard[chat]
	}
	b.ReportAllocs()
	b.ResetTimer()
	began := cpuTime()
	var left atomic.Int64
	left.Store(int64(b.N))
	done := make(chan struct{})
	for chat := range chats {
		go func() {
			for i := 0; left.Add(-1) >= 0; i++ {
				turn(chat+1, benchScript[i%len(benchScript)])
			}
			done <- struct{}{}
		}()
	}
	for range chats {
		<-done
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "turns/s")
	b.ReportMetric(float64((cpuTime()-began).Microseconds())/float64(b.N), "cpu-us/turn") // with that of the phones and the network
}

// cpuTime is the processor time of this process so far.
func cpuTime() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// sink answers the Bot API and tells each chat that it heard something.
type sink struct{ heard []chan struct{} }

func newSink(chats int) *sink {
	s := &sink{make([]chan struct{}, chats)}
	for i := range s.heard {
		s.heard[i] = make(chan struct{}, 16)
	}
	return s
}

func (s *sink) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	chat := 0
	if strings.HasSuffix(r.URL.Path, "/sendMessage") {
		_, _ = fmt.Sscan(r.FormValue("chat_id"), &chat)
	}
	_, _ = io.WriteString(w, `{"ok":true,"result":{"message_id":1,"date":1,"chat":{"id":1,"type":"private"}}}`)
	if chat > 0 {
		s.heard[chat-1] <- struct{}{}
	}
}

// benchApp runs the program without limits and returns its webhook.
func benchApp(b *testing.B, api string) string {
	dir := b.TempDir()
	file := filepath.Join(dir, "ventanilla.yaml")
	public, inner := listenAny(b), listenAny(b)
	base := "http://" + public.Addr().String()
	text := fmt.Sprintf(`public: {listen: %q, url: %q}
console: {listen: %q}
store: bolt:%s/v.db
keys: file:%[4]s/v.key
core: {url: "http://127.0.0.1:9", token: t}
mail: {url: "smtp://127.0.0.1:9", from: "A <a@example.org>"}
limits: none
bots: [{portal: mseg, telegram: {token: "1:t", secret: s3cret, api: %[5]q}}]
`, public.Addr(), base, inner.Addr(), dir, api)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		b.Fatal(err)
	}
	s, err := settings.Load(file)
	if err != nil {
		b.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	a, err := New(ctx, s, Options{Public: public, Inner: inner})
	if err != nil {
		b.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- a.Run(ctx) }()
	b.Cleanup(func() {
		cancel()
		<-ended
		if err := a.Close(); err != nil {
			b.Error(err)
		}
	})
	return base + "/telegram/mseg"
}

func listenAny(b *testing.B) net.Listener {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	return l
}
