package app

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"ventanilla/backend/emulator"
	mailbox "ventanilla/bot/email/emulator"
	"ventanilla/cmd/ventanilla/settings"
	"ventanilla/flows"
)

// patience is how long a test waits for something to happen before it says that it did not.
const patience = 30 * time.Second

// world is the whole program on loopback among fakes of everything that it speaks
// to. The fakes outlive it: it may be killed and started again at any moment.
type world struct {
	t        testing.TB
	dir      string
	clock    *flows.Clock
	power    *power
	core     *emulator.Emulator
	mail     *mailbox.Mailbox
	net      network
	way      way
	url      string // of the public address, which stays the same over restarts
	settings *settings.Settings
	log      *slog.Logger
	seeds    fstest.MapFS                    // whom the core knows
	nophone  bool                            // whether the person's number is not shown, where that can be
	portals  string                          // a folder of profiles, "": the built-in ones
	listen   func(http.Handler) http.Handler // overhears the chat network, nil: nobody does
	atCore   func(http.Handler) http.Handler // overhears the core, nil: nobody does
	atDoor   func(http.Handler) http.Handler // overhears what comes from outside, nil: nobody does
	options  func(*Options)                  // changes what the program gets, nil: nothing

	known int // seams until the person was identified

	mu     sync.Mutex
	app    *App          // nil while none runs
	front  *url.URL      // where the one that runs listens
	starts int           // of the program; read it after end
	ended  chan struct{} // closed when the last one has ended
	stop   context.CancelFunc
}

// limits are the real ones, but that no person of a test has to wait in real time.
const limits = "{enum.hold: 0s, tg.chat: none, tg.all: none}"

// newWorld makes the fakes; run starts the program. What is given changes the world first.
func newWorld(t testing.TB, in way, change ...func(*world)) *world {
	t.Helper()
	w := &world{t: t, way: in, dir: fastDir(t), clock: &flows.Clock{}, power: newPower(0), log: slog.New(slog.DiscardHandler)}
	w.seeds = ana(in.portal)
	for _, c := range change {
		c(w)
	}
	var err error
	w.core, err = emulator.Open(filepath.Join(w.dir, "core.db"), emulator.Options{Token: "t", NoSync: true, HashMemory: 64, Seeds: w.seeds, Now: w.clock.Now})
	w.must(err)
	w.mail, err = mailbox.Listen("127.0.0.1:0", w.clock.Now, slog.New(slog.DiscardHandler))
	w.must(err)
	public := httptest.NewServer(overheard(w.atDoor, http.HandlerFunc(w.incoming)))
	w.url = public.URL
	w.net = networks[in.channel](w)
	core := httptest.NewServer(w.power.request("core", overheard(w.atCore, w.core.Handler())))
	api := httptest.NewServer(w.power.request(in.channel, overheard(w.listen, w.net.Handler())))
	smtp, err := net.Listen("tcp", "127.0.0.1:0")
	w.must(err)
	go w.power.mails(smtp, w.mail.Addr())
	t.Cleanup(func() {
		w.end()
		w.net.Close()
		public.Close()
		api.Close()
		core.Close()
		_ = smtp.Close()
		_ = w.core.Close()
		_ = w.mail.Close()
	})
	w.configure(core.URL, smtp.Addr().String(), w.net.Settings(api.URL))
	return w
}

// overheard lets somebody listen, if there is somebody.
func overheard(by func(http.Handler) http.Handler, behind http.Handler) http.Handler {
	if by == nil {
		return behind
	}
	return by(behind)
}

// fastDir is a folder in memory if there is one: stories are about what is synced, not about disks.
func fastDir(t testing.TB) string {
	dir, err := os.MkdirTemp("/dev/shm", "ventanilla-test-")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

func (w *world) configure(core, smtp, bot string) {
	w.t.Helper()
	folder := ""
	if w.portals != "" {
		folder = fmt.Sprintf("portals: %q\n", w.portals)
	}
	text := fmt.Sprintf(`public: {listen: "127.0.0.1:0", url: %q}
console: {listen: "127.0.0.1:0"}
store: bolt:%s/v.db
keys: file:%[2]s/v.key
core: {url: %[3]q, token: t}
mail: {url: "smtp://%[4]s", from: "Mesa <no-reply@example.org>"}
limits: %[5]s
%[8]sbots: [{portal: %[7]s, %[6]s}]
`, w.url, w.dir, core, smtp, limits, bot, w.way.portal, folder)
	var err error
	w.settings, err = settings.Parse("test.yaml", []byte(text), os.LookupEnv, os.ReadFile)
	w.must(err)
}

// incoming is what the outside sends: webhooks and pages. Whoever asks a dead
// program, or one that is starting, gets no answer.
func (w *world) incoming(rw http.ResponseWriter, r *http.Request) {
	w.mu.Lock()
	to := w.front
	w.mu.Unlock()
	if to == nil || w.power.isDead() {
		panic(http.ErrAbortHandler)
	}
	proxy := httputil.NewSingleHostReverseProxy(to)
	proxy.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	proxy.ErrorHandler = func(http.ResponseWriter, *http.Request, error) { panic(http.ErrAbortHandler) }
	proxy.ServeHTTP(rw, r)
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// run starts the program, and again after each power cut, until the test ends.
func (w *world) run() *world {
	w.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	w.stop, w.ended = cancel, make(chan struct{})
	go func() {
		defer close(w.ended)
		for ctx.Err() == nil {
			w.power.revive()
			w.starts++
			err := w.live(ctx)
			if err != nil && ctx.Err() == nil && !w.power.isDead() {
				w.t.Errorf("the program ended: %v", err)
				return
			}
		}
	}()
	return w
}

// live is one life of the program.
func (w *world) live(ctx context.Context) (err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	death := w.power.death()
	go func() {
		select {
		case <-death:
			cancel()
		case <-ctx.Done():
		}
	}()
	public, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	o := Options{Log: w.log, Clock: w.clock, Public: public}
	o.Store.OnCommit = w.power.onCommit
	if w.options != nil {
		w.options(&o)
	}
	a, err := New(ctx, w.settings, o)
	if err != nil {
		_ = public.Close()
		return err
	}
	w.mu.Lock()
	w.app, w.front = a, &url.URL{Scheme: "http", Host: public.Addr().String()}
	w.mu.Unlock()
	err = a.Run(ctx)
	w.mu.Lock()
	w.app, w.front = nil, nil
	w.mu.Unlock()
	if closing := a.Close(); err == nil {
		err = closing
	}
	return err
}

// end stops the program for good, gracefully.
func (w *world) end() {
	if w.stop != nil {
		w.power.spare()
		w.stop()
		<-w.ended
	}
}

// running returns the program, nil while none runs.
func (w *world) running() *App {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.app
}
