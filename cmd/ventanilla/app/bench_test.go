//go:build unix

package app

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"ventanilla/cmd/ventanilla/settings"
	"ventanilla/flows"
	"ventanilla/store"
	"ventanilla/store/boltkv"
)

// BenchmarkTurn measures a whole turn of the program over loopback: the
// webhook, the engine, the commits, the Bot API call.
func BenchmarkTurn(b *testing.B) {
	for _, chats := range []int{1, 32, 256} {
		b.Run(fmt.Sprintf("chats=%d", chats), func(b *testing.B) { benchTurns(b, chats) })
	}
}

// BenchmarkBare is the least that a turn could cost, for comparison with [BenchmarkTurn]: a loop that
// decodes the update, writes as many and as large entries in one commit, and makes the same call of the
// Bot API. It seals nothing, understands nothing, and takes a message twice if it comes twice.
func BenchmarkBare(b *testing.B) {
	for _, chats := range []int{1, 32, 256} {
		b.Run(fmt.Sprintf("chats=%d", chats), func(b *testing.B) {
			sink := newSink(chats)
			api := httptest.NewServer(sink)
			defer api.Close()
			kv, err := boltkv.Open(filepath.Join(b.TempDir(), "bare.db"), boltkv.Options{})
			if err != nil {
				b.Fatal(err)
			}
			defer func() { _ = kv.Close() }()
			hook := httptest.NewServer(bare(kv, api.URL+"/bot1:t/sendMessage"))
			defer hook.Close()
			talk(b, chats, hook.URL, sink, 1)
		})
	}
}

// bare answers a webhook.
func bare(kv *boltkv.KV, api string) http.Handler {
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 1024}}
	var turns atomic.Int64
	reply := "&reply_markup=" + strings.Repeat("x", 300) + "&text=" + strings.Repeat("x", 150)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var u struct {
			Message struct{ Chat struct{ ID int64 } }
		}
		err := json.NewDecoder(r.Body).Decode(&u)
		chat, now := fmt.Sprintf("%032d", u.Message.Chat.ID), time.Now()
		if err == nil {
			page := store.Entry{Key: fmt.Sprintf("t.%09d.%s", turns.Add(1), chat), Value: make([]byte, 450), Expires: now.AddDate(0, 3, 0)}
			_, err = kv.Put(r.Context(), page, store.Entry{Key: "c." + chat, Value: make([]byte, 1000)}, store.Entry{Key: "i." + chat, Value: make([]byte, 160)})
		}
		if err != nil {
			http.Error(w, err.Error(), http.StatusServiceUnavailable)
			return
		}
		resp, err := client.Post(api, "application/x-www-form-urlencoded", strings.NewReader("chat_id="+strconv.FormatInt(u.Message.Chat.ID, 10)+reply))
		if err == nil {
			_, _ = io.Copy(io.Discard, resp.Body)
			_ = resp.Body.Close()
		}
	})
}

var benchScript = []string{"menú", "no puedo entrar", "marciano", "docente", "x", "70123", "dni", "30.000.123", "volver"}

// BenchmarkSleepers measures the same among dialogs that sleep in the store, how long
// the program takes to start among them, and how much it holds in memory.
func BenchmarkSleepers(b *testing.B) {
	for _, dialogs := range []int{1_000, 1_000_000} {
		dir := ""
		b.Run(fmt.Sprintf("dialogs=%d", dialogs), func(b *testing.B) {
			if dir == "" { // once, though the benchmark runs several times
				dir = sleepers(b, dialogs)
			}
			benchTurnsIn(b, 32, dir)
		})
		if dir != "" {
			if err := os.RemoveAll(dir); err != nil {
				b.Error(err)
			}
		}
	}
}

// sleepers returns the folder of a program in whose store so many dialogs are due in a year,
// each with its record and the summary that the console's list is made of.
func sleepers(b *testing.B, dialogs int) string {
	dir, err := os.MkdirTemp("", "sleepers")
	if err != nil {
		b.Fatal(err)
	}
	a, err := New(b.Context(), benchSettings(b, dir, "http://127.0.0.1:9", "127.0.0.1:0", "127.0.0.1:0"), Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = a.Close() }()
	keys, names := make([]flows.Key, dialogs), make(map[flows.Key]string, dialogs)
	for i := range keys {
		keys[i] = flows.Key{Portal: "mseg", Channel: "telegram", Person: strconv.Itoa(i + 1)}
		names[keys[i]] = a.store.Name(keys[i])
	}
	slices.SortFunc(keys, func(a, b flows.Key) int { return strings.Compare(names[a], names[b]) }) // in the order of the file, which is the fast way
	var all errgroup.Group
	all.SetLimit(512) // share a write
	for i, k := range keys {
		all.Go(func() error { return sleep(b.Context(), a.store, k, time.Now().Add(time.Duration(i)*time.Second)) })
	}
	if err := all.Wait(); err != nil {
		b.Fatal(err)
	}
	return dir
}

// sleep stores the dialog of somebody who began an errand and went away.
func sleep(ctx context.Context, s *store.Store, k flows.Key, now time.Time) error {
	c, err := s.Load(ctx, k)
	if err != nil {
		return err
	}
	c.Name = "Ana"
	c.Dialog = flows.Dialog{Flow: "proof", Caller: "recovery", Step: "legajo", Values: map[string]string{"sort": "docente", "legajo": "70123"}, Path: []string{"sort"},
		Since: now, Heard: now, Due: now.AddDate(1, 0, 0), Memory: flows.Memory{Privacy: now}}
	return s.Save(ctx, c)
}

// settled waits until the program has nothing to do, such as reading the console's list.
func settled() {
	for idle := 0; idle < 4; idle++ { // a busy machine may let it wait as well
		before := cpuTime()
		time.Sleep(250 * time.Millisecond)
		if cpuTime()-before > 15*time.Millisecond {
			idle = -1
		}
	}
}

func benchTurns(b *testing.B, chats int) { benchTurnsIn(b, chats, b.TempDir()) }

// benchTurnsIn runs the program in a folder, which may hold a store.
func benchTurnsIn(b *testing.B, chats int, dir string) {
	sink := newSink(chats)
	api := httptest.NewServer(sink)
	defer api.Close()
	talk(b, chats, benchApp(b, api.URL, dir), sink, 2)
}

// talk lets so many people write, each one message after the reply to the last. The
// first contact is answered with so many messages.
func talk(b *testing.B, chats int, hook string, sink *sink, greetings int) {
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: chats}}
	defer client.CloseIdleConnections()
	var update atomic.Int64
	first := time.Now().UnixMicro() // the store may know smaller ids of updates and people
	update.Store(first)
	sink.first = first
	turn := func(chat int, text string) {
		body := fmt.Sprintf(`{"update_id":%d,"message":{"message_id":%[1]d,"date":1,"chat":{"id":%d,"type":"private"},"from":{"id":%[2]d,"first_name":"A"},"text":%q}}`, update.Add(1), first+int64(chat), text)
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
	for chat := range chats {
		turn(chat+1, "hola")
		for range greetings - 1 {
			<-sink.heard[chat]
		}
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
type sink struct {
	heard []chan struct{}
	first int64 // before the id of the first chat
}

func newSink(chats int) *sink {
	s := &sink{heard: make([]chan struct{}, chats)}
	for i := range s.heard {
		s.heard[i] = make(chan struct{}, 16)
	}
	return s
}

func (s *sink) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	chat := int64(0)
	if strings.HasSuffix(r.URL.Path, "/sendMessage") {
		_, _ = fmt.Sscan(r.FormValue("chat_id"), &chat)
	}
	_, _ = io.WriteString(w, `{"ok":true,"result":{"message_id":1,"date":1,"chat":{"id":1,"type":"private"}}}`)
	if chat > 0 {
		s.heard[chat-s.first-1] <- struct{}{}
	}
}

// benchApp runs the program without limits and returns its webhook.
func benchApp(b *testing.B, api, dir string) string {
	public, inner := listenAny(b), listenAny(b)
	s := benchSettings(b, dir, api, public.Addr().String(), inner.Addr().String())
	began := time.Now()
	ctx, cancel := context.WithCancel(context.Background())
	a, err := New(ctx, s, Options{Public: public, Inner: inner})
	if err != nil {
		b.Fatal(err)
	}
	started := time.Since(began)
	ended := make(chan error, 1)
	go func() { ended <- a.Run(ctx) }()
	settled()
	busy := time.Since(began)
	b.Cleanup(func() {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		b.ReportMetric(float64(m.HeapAlloc)/1e6, "MB-alive")
		b.ReportMetric(float64(started.Microseconds())/1e3, "ms-start")
		b.ReportMetric(busy.Seconds(), "s-settled")
		cancel()
		<-ended
		if err := a.Close(); err != nil {
			b.Error(err)
		}
	})
	return s.Public.URL + "/telegram/mseg"
}

func benchSettings(b *testing.B, dir, api, public, inner string) *settings.Settings {
	file := filepath.Join(dir, "ventanilla.yaml")
	text := fmt.Sprintf(`public: {listen: %q, url: "http://%[1]s"}
console: {listen: %[2]q}
store: bolt:%[3]s/v.db
keys: file:%[3]s/v.key
core: {url: "http://127.0.0.1:9", token: t}
mail: {url: "smtp://127.0.0.1:9", from: "A <a@example.org>"}
limits: none
bots: [{portal: mseg, telegram: {token: "1:t", secret: s3cret, api: %[4]q}}]
`, public, inner, dir, api)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		b.Fatal(err)
	}
	s, err := settings.Load(file)
	if err != nil {
		b.Fatal(err)
	}
	return s
}

func listenAny(b *testing.B) net.Listener {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	return l
}
