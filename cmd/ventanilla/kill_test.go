package main

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"ventanilla/backend/emulator"
	mailbox "ventanilla/bot/email/emulator"
	telegram "ventanilla/bot/telegram/emulator"
	whatsapp "ventanilla/bot/whatsapp/emulator"
)

// outside is the world that a program under test is killed in: the emulators
// live in the test, the program is a process of its own.
type outside struct {
	t      *testing.T
	dir    string
	acked  *acks
	core   *emulator.Emulator
	nets   map[string]network
	mail   *mailbox.Mailbox
	config string
	bin    string
	port   string
}

const (
	killPhones = 50
	waAccount  = "AC0123456789abcdef0123456789abcdef"
	waToken    = "0123456789abcdef0123456789abcdef"
)

func newOutside(t *testing.T) *outside {
	t.Helper()
	dir := t.TempDir()
	o := &outside{t: t, dir: dir, acked: newAcks(), bin: filepath.Join(dir, "ventanilla"), config: filepath.Join(dir, "ventanilla.yaml"), port: freePort(t)}
	if out, err := exec.Command("go", "build", "-o", o.bin, ".").CombinedOutput(); err != nil {
		t.Fatalf("building the program: %v\n%s", err, out)
	}
	var err error
	o.core, err = emulator.Open(filepath.Join(dir, "core.db"), emulator.Options{Token: "t", NoSync: true, HashMemory: 64, Seeds: crowd()})
	if err != nil {
		t.Fatal(err)
	}
	core := httptest.NewServer(o.core.Handler())
	client := &http.Client{Transport: o.acked, Timeout: 10 * time.Second}
	tg := telegram.New(telegram.Options{NoLimits: true, Retry: 50 * time.Millisecond, HTTP: client})
	wa := whatsapp.New(whatsapp.Options{NoLimits: true, Retry: 50 * time.Millisecond, Attempts: 100, HTTP: client})
	for i, portal := range []string{"mseg", "segurometal"} {
		tg.AddBot(fmt.Sprintf("%d:token", i+1), portal+"bot")
		wa.AddSender(whatsapp.Sender{Account: waAccount, Token: waToken, From: numbers[portal], Webhook: "http://127.0.0.1:" + o.port + "/whatsapp/" + portal})
	}
	o.nets = map[string]network{"telegram": onTelegram{tg}, "whatsapp": onWhatsApp{wa}}
	bots, twilio := httptest.NewServer(tg.Handler()), httptest.NewServer(wa.Handler())
	o.mail, err = mailbox.Listen("127.0.0.1:0", time.Now, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		tg.Close()
		wa.Close()
		bots.Close()
		twilio.Close()
		core.Close()
		_ = o.core.Close()
		_ = o.mail.Close()
	})
	settings := fmt.Sprintf(`public: {listen: "127.0.0.1:%[1]s", url: "http://127.0.0.1:%[1]s"}
console: {listen: "127.0.0.1:%[2]s"}
store: bolt:%[3]s/ventanilla.db
keys: file:%[3]s/ventanilla.key
core: {url: %[4]s, token: t}
mail: {url: "%[5]s", from: "Mesa <no-reply@example.org>"}
limits: none
bots:
  - portal: mseg
    telegram: {token: "1:token", secret: s3cret, mode: webhook, api: "%[6]s"}
    whatsapp: {account: %[8]s, token: "%[9]s", from: "%[10]s", api: "%[7]s"}
  - portal: segurometal
    telegram: {token: "2:token", secret: s3cret, mode: webhook, api: "%[6]s"}
    whatsapp: {account: %[8]s, token: "%[9]s", from: "%[11]s", api: "%[7]s"}
`, o.port, freePort(t), dir, core.URL, o.mail.URL(), bots.URL, twilio.URL, waAccount, waToken, numbers["mseg"], numbers["segurometal"])
	if err := os.WriteFile(o.config, []byte(settings), 0o600); err != nil {
		t.Fatal(err)
	}
	return o
}

func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	return port
}

// crowd seeds one person for each phone, at the organisation that they write to.
func crowd() fstest.MapFS {
	people := map[string]*strings.Builder{"mseg": {}, "segurometal": {}}
	people["mseg"].WriteString("portal: mseg\nname: M\nemployer: M\nemployer_id: 30-99900450-7\nemployer_address: x\nmatch: [{all: [doc_type, doc_number], any: [legajo, bank_account]}]\npassword: {min_length: 8, max_length: 64}\npeople:\n")
	people["segurometal"].WriteString("portal: segurometal\nname: S\nmatch: [{all: [username]}]\npassword: {min_length: 8, max_length: 40, upper: true, lower: true, digit: true}\npeople:\n")
	for i := range killPhones {
		seed, portal := `  - id: p%[1]d
    given_name: Ana
    full_name: Ana Paz
    story: x
    documents: [{doc_type: dni, doc_number: "30.000.%03[1]d"}]
    cuil: 20-30000%03[1]d-1
    accounts:
      - id: acc-%[1]d
        label: Docente
        fields: {personnel_type: docente, legajo: "70%04[1]d", bank_account: "9000%04[1]d"}
        username: user%[1]d
        locked: true
        emails: [p%[1]d@correo.example]
        pay: {basic: 1000, category: "x", years: 1}
`, (&outside{}).phone(i).portal
		if portal == "segurometal" {
			seed = `  - id: p%[1]d
    given_name: Ana
    full_name: Ana Paz
    story: x
    documents: [{username: DNI30000%03[1]d}]
    accounts:
      - id: acc-%[1]d
        label: Automotor
        username: DNI30000%03[1]d
        locked: true
        emails: [p%[1]d@correo.example]
`
		}
		fmt.Fprintf(people[portal], seed, i)
	}
	return fstest.MapFS{"mseg.yaml": {Data: []byte(people["mseg"].String())}, "segurometal.yaml": {Data: []byte(people["segurometal"].String())}}
}

// start runs the program and returns once it is ready.
func (o *outside) start() *exec.Cmd {
	o.t.Helper()
	cmd := exec.Command(o.bin, "serve", "--config", o.config)
	cmd.Stderr = &logTail{}
	if err := cmd.Start(); err != nil {
		o.t.Fatal(err)
	}
	deadline := time.Now().Add(time.Minute)
	for time.Now().Before(deadline) {
		resp, err := http.Get("http://127.0.0.1:" + o.port + "/readyz")
		if err == nil {
			_ = resp.Body.Close()
			if resp.StatusCode == http.StatusOK {
				return cmd
			}
		}
		time.Sleep(20 * time.Millisecond)
	}
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
	o.t.Fatalf("the program was not ready in time; it logged:\n%s", cmd.Stderr)
	return nil
}

// logTail keeps the end of what a program logs.
type logTail struct {
	mu  sync.Mutex
	all []byte
}

func (l *logTail) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.all = append(l.all, p...)
	if len(l.all) > 8<<10 {
		l.all = slices.Clone(l.all[len(l.all)-4<<10:])
	}
	return len(p), nil
}

func (l *logTail) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return string(l.all)
}

// chance decides about kills and faults: VENTANILLA_SEED in the environment repeats a run.
func chance(t *testing.T) *rand.Rand {
	t.Helper()
	seed := rand.Uint64()
	if s := os.Getenv("VENTANILLA_SEED"); s != "" {
		var err error
		if seed, err = strconv.ParseUint(s, 10, 64); err != nil {
			t.Fatalf("VENTANILLA_SEED: %v", err)
		}
	}
	t.Logf("VENTANILLA_SEED=%d", seed)
	return rand.New(rand.NewPCG(seed, 1))
}

// unreliable makes the network deliver twice, late and out of order, and lose answers,
// so many times each, spread over the run by chance.
func (o *outside) unreliable(r *rand.Rand, times int) {
	for _, kind := range []string{"duplicate", "late", "reorder", "lost"} {
		for range times {
			p := o.phone(r.IntN(killPhones))
			p.net.Break(kind, p.name, time.Duration(20+r.IntN(200))*time.Millisecond)
		}
	}
}

// Fifty phones on two networks go through the whole recovery at two organisations
// while the process is killed again and again, messages are delivered twice, late and
// out of their order, and answers of the networks are lost: no acknowledged message is
// lost, nothing changes twice in the core, every dialog goes on where it was.
// RULES: talk.resume, link.twice, tg.dedupe, wa.dedupe, temp.keeps
func TestKilledAtRandomNothingIsLostOrDoneTwice(t *testing.T) {
	if testing.Short() {
		t.Skip("builds and kills the program for some seconds")
	}
	r := chance(t)
	o := newOutside(t)
	cmd := o.start()
	ctx, cancel := context.WithTimeout(t.Context(), 4*time.Minute)
	defer cancel()
	o.unreliable(r, 40)
	done := make(chan error, killPhones)
	for i := range killPhones {
		go func() { done <- o.phone(i).play(ctx) }()
	}
	kills, left := 0, killPhones
	for left > 0 {
		select {
		case err := <-done:
			left--
			if err != nil {
				t.Error(err)
			}
		case <-time.After(time.Duration(100+r.IntN(400)) * time.Millisecond):
			if kills < 12 {
				kills++
				o.acked.next()
				_ = cmd.Process.Kill()
				_ = cmd.Wait()
				cmd = o.start()
			}
		}
	}
	_ = cmd.Process.Signal(os.Interrupt)
	if err := cmd.Wait(); err != nil {
		t.Errorf("stopping: %v; it logged:\n%s", err, cmd.Stderr)
	}
	if kills == 0 {
		t.Error("the program was never killed: the test proved nothing")
	}
	o.checkEffects()
	o.checkKept()
	for i := range killPhones {
		o.phone(i).checkScreen(kills + lostAnswers)
	}
	t.Logf("%d kills, %d messages acknowledged", kills, len(o.acked.seen))
	if t.Failed() {
		t.Logf("the program logged last:\n%s\nthe mail server counts %+v", cmd.Stderr, o.mail.Counts())
	}
}

// checkEffects fails if the core changed an account not exactly once.
func (o *outside) checkEffects() {
	o.t.Helper()
	effects, err := o.core.Effects()
	if err != nil {
		o.t.Fatal(err)
	}
	got := map[string]int{}
	for _, e := range effects {
		got[e.Account+" "+e.Kind]++
	}
	once := map[string][]string{"mseg": {emulator.PasswordSet, emulator.Unlocked},
		"segurometal": {emulator.TemporaryMade, emulator.PasswordEnded, emulator.Unlocked}}
	for i := range killPhones {
		for _, kind := range once[o.phone(i).portal] {
			if n := got[fmt.Sprintf("acc-%d %s", i, kind)]; n != 1 {
				o.t.Errorf("account %d: %q happened %d times, want once; all: %v", i, kind, n, got)
			}
		}
	}
}

// checkScreen fails if a line is repeated more often than it may be.
func (p phone) checkScreen(most int) {
	p.t.Helper()
	repeated := 0
	last := ""
	for _, m := range p.net.Screen(p.portal, p.name, 0) {
		if m.bot && m.text == last {
			repeated++
		}
		last = m.text
	}
	if repeated > most {
		p.t.Errorf("%s: %d repeated lines, at most %d may be:\n%s", p.name, repeated, most, p.screen())
	}
}
