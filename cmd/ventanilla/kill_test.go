package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"ventanilla/backend/emulator"
	mailbox "ventanilla/bot/email/emulator"
	network "ventanilla/bot/telegram/emulator"
)

// outside is the world that a program under test is killed in: the emulators
// live in the test, the program is a process of its own.
type outside struct {
	t      *testing.T
	dir    string
	acked  *acks
	core   *emulator.Emulator
	net    *network.Network
	mail   *mailbox.Mailbox
	config string
	bin    string
	port   string
}

const killPhones = 50

func newOutside(t *testing.T) *outside {
	t.Helper()
	dir := t.TempDir()
	o := &outside{t: t, dir: dir, acked: newAcks(), bin: filepath.Join(dir, "ventanilla"), config: filepath.Join(dir, "ventanilla.yaml"), port: freePort(t)}
	if out, err := exec.Command("go", "build", "-o", o.bin, ".").CombinedOutput(); err != nil {
		t.Fatalf("building the program: %v\n%s", err, out)
	}
	var err error
	o.core, err = emulator.Open(filepath.Join(dir, "core.db"), emulator.Options{Token: "t", NoSync: true, Seeds: crowd()})
	if err != nil {
		t.Fatal(err)
	}
	core := httptest.NewServer(o.core.Handler())
	o.net = network.New(network.Options{NoLimits: true, Retry: 50 * time.Millisecond, HTTP: &http.Client{Transport: o.acked, Timeout: 10 * time.Second}})
	o.net.AddBot("1:token", "msegbot")
	api := httptest.NewServer(o.net.Handler())
	o.mail, err = mailbox.Listen("127.0.0.1:0", time.Now, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		o.net.Close()
		api.Close()
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
`, o.port, freePort(t), dir, core.URL, o.mail.URL(), api.URL)
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

// crowd seeds one person for each phone.
func crowd() fstest.MapFS {
	var b strings.Builder
	b.WriteString("portal: mseg\nname: M\nemployer: M\nemployer_id: 30-99900450-7\nemployer_address: x\nmatch: [{all: [doc_type, doc_number], any: [legajo, bank_account]}]\npassword: {min_length: 8, max_length: 64}\npeople:\n")
	for i := range killPhones {
		fmt.Fprintf(&b, `  - id: p%[1]d
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
        password: una clave cualquiera %[1]d
        locked: true
        emails: [p%[1]d@correo.example]
        pay: {basic: 1000, category: "x", years: 1}
`, i)
	}
	return fstest.MapFS{"mseg.yaml": {Data: []byte(b.String())}}
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

// phone plays one person's whole story and returns what its screen must show.
type phone struct {
	*outside
	name string
	i    int
}

var (
	pageURL = regexp.MustCompile(`http://\S+/f/\S+`)
	pinText = regexp.MustCompile(`PIN: (\d{4})`)
	codeOf  = regexp.MustCompile(`\b(\d{4} \d{4})\b`)
	hidden  = regexp.MustCompile(`name="_request" value="([^"]+)"`)
)

func (p phone) play(ctx context.Context) error {
	for _, s := range []struct{ say, want string }{
		{"no puedo entrar", "¿Qué tipo de personal"},
		{"docente", "legajo"},
		{fmt.Sprintf("70%04d", p.i), "Qué documento"},
		{"dni", "número de tu documento"},
		{fmt.Sprintf("30.000.%03d", p.i), "cuenta"},
		{fmt.Sprintf("9000%04d", p.i), "Corroborá"},
		{"si", "código de 8 números"},
		{"00000000", "no es"},
	} {
		if err := p.ask(ctx, s.say, s.want); err != nil {
			return err
		}
	}
	mails, err := p.mail.Wait(ctx, fmt.Sprintf("p%d@correo.example", p.i), 0)
	if err != nil {
		return fmt.Errorf("%s waits for a code: %w", p.name, err)
	}
	code := codeOf.FindString(mails[len(mails)-1].Text)
	if err := p.ask(ctx, code, "PIN"); err != nil {
		return err
	}
	if err := p.submit(ctx); err != nil {
		return err
	}
	return p.wait(ctx, "¡Listo!", 0)
}

// ask says something and waits for the answer.
func (p phone) ask(ctx context.Context, say, want string) error {
	n, err := p.net.Say("msegbot", p.name, say)
	if err != nil {
		return fmt.Errorf("%s says %q: %w", p.name, say, err)
	}
	return p.wait(ctx, want, n)
}

func (p phone) wait(ctx context.Context, want string, after int) error {
	for {
		screen := p.net.Screen("msegbot", p.name, after)
		last := after
		for _, m := range screen {
			if m.From == "bot" && strings.Contains(m.Text, want) {
				return nil
			}
			last = m.N
		}
		if err := p.net.Wait(ctx, "msegbot", p.name, last); err != nil {
			return fmt.Errorf("%s waits for %q after %d: %w; its screen:\n%s", p.name, want, after, err, texts(p.net.Screen("msegbot", p.name, 0)))
		}
	}
}

func texts(screen []network.Message) string {
	var b strings.Builder
	for _, m := range screen {
		fmt.Fprintf(&b, "%s: %s\n", m.From, m.Text)
	}
	return b.String()
}

// submit opens the page and sends it, twice in a row, until it is answered.
func (p phone) submit(ctx context.Context) error {
	var page, pin string
	for _, m := range p.net.Screen("msegbot", p.name, 0) {
		if u := pageURL.FindString(m.Text); u != "" {
			page, pin = u, pinText.FindStringSubmatch(m.Text)[1]
		}
	}
	request := ""
	for ctx.Err() == nil && request == "" {
		if found := hidden.FindStringSubmatch(get(ctx, page)); found != nil {
			request = found[1]
		}
	}
	form := url.Values{"_request": {request}, "_pin": {pin}, "password": {"siete gatos en la terraza"}, "repeat": {"siete gatos en la terraza"}}
	for ctx.Err() == nil {
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, page, strings.NewReader(form.Encode()))
		if err != nil {
			return err
		}
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		resp, err := http.DefaultClient.Do(req)
		if err == nil {
			_, err = io.Copy(io.Discard, resp.Body)
			_ = resp.Body.Close()
			if err == nil && resp.StatusCode < 500 {
				return nil
			}
		}
		time.Sleep(20 * time.Millisecond) // the process is being restarted
	}
	return fmt.Errorf("%s cannot submit the page: %w", p.name, ctx.Err())
}

func get(ctx context.Context, address string) string {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return ""
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		time.Sleep(20 * time.Millisecond)
		return ""
	}
	defer func() { _ = resp.Body.Close() }()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		return ""
	}
	return string(b)
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
			o.net.Fail(network.Fault{Kind: kind, Person: name(r.IntN(killPhones)), Delay: time.Duration(20+r.IntN(200)) * time.Millisecond})
		}
	}
}

func name(i int) string { return fmt.Sprintf("persona %d", i) }

// Fifty phones go through the whole recovery while the process is killed again and
// again, updates are delivered twice, late and out of their order, and answers of the
// network are lost: no acknowledged message is lost, nothing changes twice in the
// core, every dialog goes on where it was. RULES: talk.resume, link.twice, tg.dedupe
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
		go func() { done <- phone{o, name(i), i}.play(ctx) }()
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
		o.checkScreen(name(i), kills+lostAnswers)
	}
	t.Logf("%d kills, %d messages acknowledged, %d faults left", kills, len(o.acked.seen), o.net.Faults())
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
	for i := range killPhones {
		for _, kind := range []string{emulator.PasswordSet, emulator.Unlocked} {
			if n := got[fmt.Sprintf("acc-%d %s", i, kind)]; n != 1 {
				o.t.Errorf("account %d: %q happened %d times, want once; all: %v", i, kind, n, got)
			}
		}
	}
}

// checkScreen fails if a line is missing, or repeated more often than the process was killed.
func (o *outside) checkScreen(name string, kills int) {
	o.t.Helper()
	repeated := 0
	last := ""
	for _, m := range o.net.Screen("msegbot", name, 0) {
		if m.From == "bot" && m.Text == last {
			repeated++
		}
		last = m.Text
	}
	if repeated > kills {
		o.t.Errorf("%s: %d repeated lines after %d kills:\n%s", name, repeated, kills, texts(o.net.Screen("msegbot", name, 0)))
	}
}
