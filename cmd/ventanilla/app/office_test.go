package app

import (
	"encoding/hex"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"ventanilla/backend/emulator"
	"ventanilla/store"
)

// office is the console of whatever program runs, at an address that stays.
type office struct {
	w   *world
	url string
}

func (w *world) office() *office {
	w.t.Helper()
	w.until("it runs", func() bool { return w.running() != nil })
	server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		a := w.running()
		if a == nil || w.power.isDead() {
			panic(http.ErrAbortHandler)
		}
		answer := httptest.NewRecorder()
		a.console.ServeHTTP(answer, r)
		if w.power.isDead() {
			panic(http.ErrAbortHandler)
		}
		for k, v := range answer.Header() {
			rw.Header()[k] = v
		}
		rw.WriteHeader(answer.Code)
		_, _ = rw.Write(answer.Body.Bytes())
	}))
	w.t.Cleanup(server.Close)
	return &office{w, server.URL}
}

// clerk is an agent in a browser.
type clerk struct {
	*office
	name string
	http *http.Client
}

// hire lets somebody work at the office, who was let in by a ticket.
func (o *office) hire(name string, role store.Role, portals ...string) *clerk {
	o.w.t.Helper()
	a := o.w.running()
	o.w.must(a.Hire(o.w.t.Context(), store.Agent{Name: name, Role: role, Portals: portals}))
	jar, err := cookiejar.New(nil)
	o.w.must(err)
	c := &clerk{o, name, &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
	at, err := url.Parse(a.Ticket(name))
	o.w.must(err)
	if status, body := c.ask("GET", at.Path, nil); status != http.StatusSeeOther {
		o.w.t.Fatalf("%s is not let in: %d %s", name, status, body)
	}
	return c
}

// ask sends a request; the status is 0 if nobody answered.
func (c *clerk) ask(method, path string, form url.Values) (status int, body string) {
	c.w.t.Helper()
	r, err := http.NewRequestWithContext(c.w.t.Context(), method, c.url+path, strings.NewReader(form.Encode()))
	c.w.must(err)
	r.Header.Set("X-Composer", "1")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	resp, err := c.http.Do(r)
	if err != nil {
		return 0, ""
	}
	defer func() { _ = resp.Body.Close() }()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		return 0, ""
	}
	return resp.StatusCode, string(b)
}

// at asks about the person's conversation.
func (c *clerk) at(method, act string, pairs ...string) (int, string) {
	c.w.t.Helper()
	form := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	return c.ask(method, strings.TrimSuffix("/console/c/"+c.w.running().store.Name(c.w.key())+"/"+act, "/"), form)
}

const why = "llamó por teléfono y lo pide"

// wants sends the form of an act once.
func (c *clerk) wants(act string, more ...string) (int, string) {
	c.w.t.Helper()
	return c.at("POST", "help", append([]string{"act", act, "reason", why, "request", requestNo()}, more...)...)
}

func requestNo() string {
	b := make([]byte, 8)
	for i := range b {
		b[i] = byte(rand.IntN(256))
	}
	return hex.EncodeToString(b)
}

// did waits until an agent's act is over, and returns what became of it.
func (w *world) did(act string) (outcome string) {
	w.t.Helper()
	before := w.acts(act)
	w.until(act+" is over", func() bool { return len(w.acts(act)) > 0 && len(w.kept().Inbox) == 0 })
	if now := w.acts(act); len(now) > len(before) {
		return now[len(now)-1]
	}
	return before[len(before)-1]
}

// acts are what became of an act each time.
func (w *world) acts(act string) (outcomes []string) {
	for _, l := range w.trail() {
		if l.What == "aided" && l.Detail["act"] == act {
			outcomes = append(outcomes, l.Detail["outcome"])
		}
	}
	return outcomes
}

func (w *world) trail() []store.AuditLine {
	w.t.Helper()
	lines, err := w.running().store.AuditTrail(w.t.Context(), w.key(), 0, 1000)
	w.must(err)
	return lines
}

// row finds a line of the trail: "what who act outcome".
func (w *world) row(want string) bool {
	return slices.ContainsFunc(w.trail(), func(l store.AuditLine) bool {
		return strings.TrimSpace(fmt.Sprintln(l.What, l.Who, l.Detail["act"], l.Detail["outcome"])) == want
	})
}

func (w *world) unlocked() int {
	w.t.Helper()
	n := 0
	for _, e := range w.seen().effects {
		if e == "acc-ana "+emulator.Unlocked {
			n++
		}
	}
	return n
}

// soundTrail tells whether the whole audit trail is what was written.
func (w *world) soundTrail() {
	w.t.Helper()
	if n, err := w.running().store.VerifyTrails(w.t.Context()); err != nil || n == 0 {
		w.t.Errorf("%d trails, %v", n, err)
	}
}

func aided(t *testing.T) (*world, *office) {
	t.Helper()
	w := newWorld(t, way{channel: "telegram", portal: "mseg"}).run()
	return w, w.office()
}

// pleads has an agent ask for an act that takes another one, and returns the request's id.
func (c *clerk) pleads(act string) string {
	c.w.t.Helper()
	if status, body := c.wants(act); status != http.StatusNoContent {
		c.w.t.Fatalf("asking: got %d %s", status, body)
	}
	all := c.w.kept().Pleas
	return all[len(all)-1].ID
}

// allows is how an agent's word for a request is answered.
func (c *clerk) allows(id string, want int) {
	c.w.t.Helper()
	if status, body := c.at("POST", "allow", "id", id); status != want {
		c.w.t.Errorf("%s allows: got %d %s, want %d", c.name, status, body, want)
	}
}
