package console_test

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"ventanilla/flows"
	"ventanilla/store"
)

// attempt is one address with everything that its form may want.
type attempt struct {
	method, pattern, path string
	roles                 []store.Role
	talk                  bool // it is about one conversation
}

// attempts are all addresses behind the sign-in, for one conversation: of those that come later, too.
func (w *world) attempts(k flows.Key, aside string) (all []attempt) {
	w.t.Helper()
	routes := w.console.Routes()
	for _, pattern := range slices.Sorted(maps.Keys(routes)) {
		method, path, _ := strings.Cut(pattern, " ")
		path = strings.NewReplacer("{name}", w.store.Name(k), "{$}", "", "{id}", aside, "{n}", "1", "{day}", "2026-11-22").Replace(path)
		if strings.Contains(path, "{") {
			w.t.Errorf("%s: what stands for its parameters?", pattern)
		}
		all = append(all, attempt{method, pattern, path, routes[pattern], strings.Contains(pattern, "{name}")})
	}
	if len(all) < 20 {
		w.t.Fatalf("got %d addresses, want all of the console", len(all))
	}
	return all
}

// form is everything that a form of the console may ask, about a portal.
func form(portal string) url.Values {
	return url.Values{"text": {"hola, te ayudo"}, "request": {random(8)}, "outcome": {"solved"}, "holder": {"Laura"}, "agent": {"Laura"}, "to": {"Laura"}, "who": {"Laura"}, "label": {"urgente"},
		"reason": {"lo pidió por teléfono, caso V123456"}, "portal": {portal}, "case": {"V410017"}, "q": {"Secreto"}, "status": {"here"}, "after": {"0"}, "id": {"nobody"}}
}

// as sends an attempt; a stream is cut once it began.
func (b *browser) as(x attempt, portal string, h http.Header) (status int, body string) {
	b.w.t.Helper()
	path, send := x.path, form(portal)
	if x.method == http.MethodGet {
		path, send = path+"?"+send.Encode(), nil
	}
	ctx, cut := context.WithTimeout(b.w.t.Context(), 20*time.Second)
	defer cut()
	req, err := http.NewRequestWithContext(ctx, x.method, b.w.url+path, strings.NewReader(send.Encode()))
	b.w.ok(err)
	if send != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	maps.Copy(req.Header, h)
	resp, err := b.http.Do(req)
	b.w.ok(err)
	defer func() { _ = resp.Body.Close() }()
	some := make([]byte, 1<<20)
	for n := 0; ; {
		m, err := resp.Body.Read(some[n:])
		n += m
		if err != nil || strings.Contains(resp.Header.Get("Content-Type"), "event-stream") {
			return resp.StatusCode, string(some[:n])
		}
	}
}

// here signs an agent in anew, without password and code.
func (b *browser) here() *browser {
	b.w.t.Helper()
	again := b.w.browser()
	again.name = b.name
	_, path, _ := strings.Cut(b.w.console.Ticket(b.name), b.w.url)
	if status, _ := again.get(path); status != http.StatusSeeOther {
		b.w.t.Fatalf("signing %s in: got %d", b.name, status)
	}
	return again
}

var ours = http.Header{"Sec-Fetch-Site": {"same-origin"}}

// foreign is somebody of another organisation, with a message that was set aside.
func (w *world) foreign() (aside string) {
	w.t.Helper()
	w.writes(beto, "Beto Secreto", "hola", "persona", "soy Secreto de verdad")
	w.ok(w.store.Update(w.t.Context(), beto, func(c *store.Conversation) error {
		c.SetAside(store.Inbound{ID: "lost", At: w.clock.Now(), Input: flows.Input{From: flows.Person, Text: "Secreto perdido"}}, store.TroubleUnknown, "Secreto cause", "V777777", w.clock.Now())
		return nil
	}))
	return "V777777"
}

// fingerprint is all of a conversation that an agent could change.
func (w *world) fingerprint(k flows.Key) string {
	c, err := w.store.Load(w.t.Context(), k)
	w.ok(err)
	defer c.Leave()
	return fmt.Sprint(c.Holder, c.Lines, c.Turns, c.Chain.N, len(c.Inbox), len(c.Outbox), c.Dialog.Flow, c.Dialog.Step, c.Care)
}

func TestEachRoleReachesOnlyWhatItMayAndNobodyAForeignPortal(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.writes(ana, "Ana", "hola", "persona")
	aside := w.foreign()
	before := w.fingerprint(beto)
	for _, role := range store.Roles {
		b := w.hire(string(role), role, "mseg")
		w.until("the list is there", func() bool { _, page := b.get("/console/"); return strings.Contains(page, "Ana") })
		for _, x := range w.attempts(ana, "V000009") {
			status, body := b.here().as(x, "mseg", ours)
			if refused := status == http.StatusForbidden; refused == slices.Contains(x.roles, role) || status >= 500 || status == http.StatusUnauthorized {
				t.Errorf("%s at %s: got %d", role, x.pattern, status)
			}
			if strings.Contains(body, "Secreto d") || strings.Contains(body, "Beto") {
				t.Errorf("%s at %s reads of a foreign portal\n%s", role, x.pattern, plain(body))
			}
		}
		for _, x := range w.attempts(beto, aside) {
			status, body := b.here().as(x, "iess", ours)
			if x.talk && status != http.StatusNotFound && status != http.StatusForbidden || status >= 500 {
				t.Errorf("%s at %s of a foreign portal: got %d", role, x.pattern, status)
			}
			if strings.Contains(body, "Beto") || strings.Contains(body, "Secreto d") || strings.Contains(body, "perdido") || strings.Contains(body, "Secreto cause") {
				t.Errorf("%s at %s of a foreign portal reads\n%s", role, x.pattern, plain(body))
			}
		}
	}
	if after := w.fingerprint(beto); after != before {
		t.Errorf("a foreign conversation was changed: from %s to %s", before, after)
	}
}

func TestRequestsThatOthersForgeAreRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.writes(ana, "Ana", "hola", "persona")
	boss := w.hire("Jefa", store.Supervises)
	before := w.fingerprint(ana)
	for _, x := range w.attempts(ana, "V000009") {
		for name, h := range map[string]http.Header{"another site": {"Sec-Fetch-Site": {"cross-site"}}, "another port": {"Sec-Fetch-Site": {"same-site"}},
			"an old browser": {"Origin": {"https://evil.example"}}, "a frame without an origin": {"Origin": {"null"}}} {
			if status, _ := boss.as(x, "mseg", h); x.method == http.MethodPost && status != http.StatusForbidden {
				t.Errorf("%s from %s: got %d, want 403", x.pattern, name, status)
			}
		}
		req, err := http.NewRequestWithContext(t.Context(), x.method, w.url+x.path, strings.NewReader(form("mseg").Encode()))
		w.ok(err)
		req.Host = "evil.example"
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		resp, err := boss.http.Do(req)
		w.ok(err)
		_ = resp.Body.Close()
		if resp.StatusCode != http.StatusMisdirectedRequest {
			t.Errorf("%s under a foreign name: got %d, want 421", x.pattern, resp.StatusCode)
		}
		if p := resp.Header.Get("Content-Security-Policy"); !strings.HasPrefix(p, "default-src 'none';") || strings.Contains(p, "unsafe") || resp.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: the policy is %q", x.pattern, p)
		}
	}
	if c, err := w.store.Load(t.Context(), ana); err != nil || c.Holder != nil {
		t.Errorf("held by %v, %v", c.Holder, err)
	}
	after := w.fingerprint(ana)
	before, after = strings.Join(strings.Fields(before)[:2], " "), strings.Join(strings.Fields(after)[:2], " ")
	if before != after {
		t.Errorf("what others sent changed the conversation from %s to %s", before, after)
	}
}

func TestWhoIsNotSignedInAnyMoreReachesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.writes(ana, "Ana Gómez", "hola", "persona")
	boss := w.hire("Jefa", store.Supervises)
	signedOut, ended, removed, old := w.hire("Salió", store.Supervises), w.hire("Cerrada", store.Supervises), w.hire("Ida", store.Supervises), w.browser()
	jar := signedOut.http.Jar.Cookies(mustURL(w.url + "/console/"))
	signedOut.post("/console/sign-out", url.Values{})
	signedOut.http.Jar.SetCookies(mustURL(w.url+"/console/"), jar) // as a thief kept it
	sessions, err := w.store.Agents().Sessions(t.Context())
	w.ok(err)
	for _, s := range sessions {
		if s.Agent == "Cerrada" {
			boss.post("/console/sessions/end", url.Values{"id": {s.ID}})
		}
	}
	w.ok(w.store.Agents().Remove(t.Context(), "Ida"))
	forged := w.browser()
	forged.http.Jar.SetCookies(mustURL(w.url+"/console/"), []*http.Cookie{{Name: jar[0].Name, Value: strings.Repeat("ab", 32), Path: "/console/"}})
	before := w.fingerprint(ana)
	for name, b := range map[string]*browser{"signed out": signedOut, "ended by a supervisor": ended, "removed": removed, "a stranger": old, "an invented cookie": forged} {
		for _, x := range w.attempts(ana, "V000009") {
			status, body := b.as(x, "mseg", ours)
			if status != http.StatusSeeOther && status != http.StatusUnauthorized || strings.Contains(body, "Ana") {
				t.Errorf("%s at %s: got %d %s", name, x.pattern, status, plain(body))
			}
		}
	}
	if after := w.fingerprint(ana); after != before {
		t.Errorf("the conversation changed from %s to %s", before, after)
	}
}

func mustURL(s string) *url.URL {
	u, _ := url.Parse(s) // of a test server
	return u
}

// Looking changes nothing but the trail of who looked.
func TestReadingAPageChangesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.writes(ana, "Ana", "hola", "persona")
	boss := w.hire("Jefa", store.Supervises)
	state := func() string {
		c, err := w.store.Load(t.Context(), ana)
		w.ok(err)
		return fmt.Sprint(c.Holder, c.Lines, c.Turns, len(c.Inbox), len(c.Outbox), c.Dialog.Step, c.Care)
	}
	w.until("nothing is left to send", func() bool {
		c, err := w.store.Load(t.Context(), ana)
		w.ok(err)
		defer c.Leave()
		return len(c.Inbox)+len(c.Outbox) == 0
	})
	before := state()
	for _, x := range w.attempts(ana, "V000009") {
		if x.method == http.MethodGet {
			boss.as(x, "mseg", nil)
		}
	}
	if after := state(); after != before {
		t.Errorf("it was %s and is %s", before, after)
	}
}
