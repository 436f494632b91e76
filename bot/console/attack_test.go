package console_test

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"ventanilla/flows"
	"ventanilla/store"
)

// chance is a source of choices, others with another VENTANILLA_SEED.
func chance(t *testing.T) *rand.Rand {
	t.Helper()
	seed, err := strconv.ParseUint(os.Getenv("VENTANILLA_SEED"), 10, 64)
	if err != nil {
		seed = 1
	}
	t.Logf("VENTANILLA_SEED=%d", seed)
	return rand.New(rand.NewPCG(seed, 6))
}

// weighty are the addresses behind which most is at stake.
var weighty = []string{"POST /console/c/{name}/help", "POST /console/c/{name}/allow", "POST /console/c/{name}/take", "POST /console/c/{name}/say", "POST /console/c/{name}/return"}

// intruder is an agent who sends whatever comes to their mind.
type intruder struct {
	*browser
	role    store.Role
	portals []string // "" sees all
	chance  *rand.Rand
}

func (x *intruder) sees(portal string) bool {
	return len(x.portals) == 0 || slices.Contains(x.portals, portal)
}

// loot is what intruders found in pages, of any of them, and use in their next requests.
type loot struct {
	mu     sync.Mutex
	seen   map[string][]string // by field
	served map[string]int      // what an intruder was given that was theirs, by name
}

var treasures = map[string]*regexp.Regexp{
	"id":      regexp.MustCompile(`name="id" value="([^"]{1,80})"`),
	"request": regexp.MustCompile(`name="request" value="([0-9a-f]{16})"`),
	"find":    regexp.MustCompile(`find=([0-9a-f]{16})`),
}

func (l *loot) take(field string, from *rand.Rand) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	if all := l.seen[field]; len(all) > 0 {
		return all[from.IntN(len(all))]
	}
	return "nobody"
}

func (l *loot) keep(who, page string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.served[who]++
	for field, pattern := range treasures {
		for _, m := range pattern.FindAllStringSubmatch(page, 20) {
			l.seen[field] = append(l.seen[field], m[1])
		}
	}
}

// The secrets that people and agents type where they do not belong, and what tells conversations of two organisations apart.
const (
	planted = "Canario2024!"
	marked  = "Marcado"
)

// anything fills in a form with what may fit, what others used, and what does harm.
func (x *intruder) anything(l *loot) url.Values {
	one := func(of ...string) string { return of[x.chance.IntN(len(of))] }
	request := random(8)
	if x.chance.IntN(3) == 0 {
		request = l.take("request", x.chance)
	}
	return url.Values{"request": {request}, "id": {l.take("id", x.chance)}, "find": {l.take("find", x.chance)},
		"text":    {one("Soy "+x.name, "Soy "+x.name, "mi clave es "+planted, "<script>alert(1)</script>", "", strings.Repeat("a", 2000))},
		"outcome": {one("solved", "no_answer", "danced")}, "holder": {one("Laura", "Iris", "Jefa", x.name)},
		"to": {one("Laura", "Iris", "Jefa", "Nadie", "/console/../evil", "//evil.example", x.name)}, "label": {one("urgente", "=cmd|calc", "clave: "+planted, "")},
		"act": {one("unlock", "unlock", "restart", "extend", "resend", "danced")}, "account": {one("acc-1", "acc-2", "")}, "checked": {one("vino con su DNI", "")},
		"reason": {one("lo pidió por teléfono", "su clave es "+planted, "solved", "")}, "portal": {one("mseg", "iess", "", "nowhere")}, "q": {one(marked, "V000001", "5551", planted)},
		"status": {one("here", "away")}, "minutes": {one("0", "10", "-1")}, "case": {one("V000001", "x")}, "day": {""}, "canned": {one("hello", "")}, "verify": {one("", "1")}}
}

// strikes sends one request and judges what comes back.
func (x *intruder) strikes(l *loot, to attempt, k flows.Key) {
	w, portal := x.w, k.Portal
	h := http.Header{"Sec-Fetch-Site": {"same-origin"}}
	forged := to.method == http.MethodPost && x.chance.IntN(6) == 0
	if forged {
		h = http.Header{"Sec-Fetch-Site": {[]string{"cross-site", "same-site"}[x.chance.IntN(2)]}}
	}
	if x.chance.IntN(3) == 0 {
		h.Set([]string{"HX-Request", "X-Composer"}[x.chance.IntN(2)], "true")
	}
	form, path := x.anything(l), to.path
	if c, err := w.store.Load(w.t.Context(), k); err == nil && len(c.Pleas) > 0 && x.chance.IntN(2) == 0 { // as a page has it that was opened before
		form.Set("id", c.Pleas[x.chance.IntN(len(c.Pleas))].ID)
	}
	if to.method == http.MethodGet {
		for field, values := range form { // what one asks for oneself stands in the answer
			if strings.Contains(values[0], planted) {
				delete(form, field)
			}
		}
		path += "?" + form.Encode()
		form = nil
	}
	status, body := x.do(to.method, path, form, h)
	may := slices.Contains(to.roles, x.role)
	switch {
	case status == http.StatusUnauthorized || status == http.StatusSeeOther && !x.in():
		x.browser = x.here() // signed out, by itself or by a supervisor
		return
	case status >= 500, forged && status != http.StatusForbidden, !may && status != http.StatusForbidden,
		to.talk && !x.sees(portal) && status != http.StatusNotFound && status != http.StatusForbidden:
		w.t.Errorf("%s (%s of %q) at %s of %s, forged %v, with %v: got %d\n%s", x.name, x.role, x.portals, to.pattern, portal, forged, form, status, plain(body))
	}
	for _, other := range []string{"mseg", "iess"} {
		if !x.sees(other) && strings.Contains(body, marked+" "+other) {
			w.t.Errorf("%s (of %q) at %s reads of %s\n%s", x.name, x.portals, to.pattern, other, plain(body))
		}
	}
	if strings.Contains(body, planted) {
		w.t.Errorf("%s at %s reads the secret\n%s", x.name, to.pattern, plain(body))
	}
	if may && status == http.StatusOK {
		l.keep(x.name, body)
	}
}

// in tells whether the intruder is still signed in.
func (x *intruder) in() bool {
	status, _ := x.get("/console/team")
	return status == http.StatusOK
}

// Agents of all roles and two organisations send anything to every address at once, with what they found in each other's
// pages, while people write: nobody reaches a foreign organisation or does what their role may not, no secret is kept or
// shown, whoever speaks holds the conversation, and what takes two agents was done by two. RULES: agent.never, data.canary, data.audit
func TestWhateverAgentsSendTheyReachOnlyWhatTheyMay(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	from := chance(t)
	talks := map[string][]flows.Key{}
	for i := range 4 {
		portal := []string{"mseg", "iess"}[i%2]
		k := flows.Key{Portal: portal, Channel: "telegram", Person: fmt.Sprint("555", i)}
		w.writes(k, fmt.Sprintf("%s %s", marked, portal), "hola", "No puedo entrar", "1234567", "mi clave es "+planted)
		talks[portal] = append(talks[portal], k)
	}
	w.setAside(talks["mseg"][0], marked+" mseg", "V000001")
	l := &loot{seen: map[string][]string{}, served: map[string]int{}}
	var all sync.WaitGroup
	for _, x := range []*intruder{
		{browser: w.hire("Laura", store.Answers, "mseg"), role: store.Answers, portals: []string{"mseg"}}, {browser: w.hire("Iris", store.Answers, "iess"), role: store.Answers, portals: []string{"iess"}},
		{browser: w.hire("Jefa", store.Supervises, "mseg"), role: store.Supervises, portals: []string{"mseg"}}, {browser: w.hire("Audita", store.Audits, "iess"), role: store.Audits, portals: []string{"iess"}},
		{browser: w.hire("Pedro", store.Answers), role: store.Answers},
	} {
		x.chance = rand.New(rand.NewPCG(from.Uint64(), 1))
		all.Go(func() {
			for range max(races()/10, 40) {
				portal := []string{"mseg", "iess"}[x.chance.IntN(2)]
				k := talks[portal][x.chance.IntN(2)]
				attempts := w.attempts(k, "V000001")
				often := slices.DeleteFunc(slices.Clone(attempts), func(a attempt) bool { return !slices.Contains(weighty, a.pattern) })
				to := attempts[x.chance.IntN(len(attempts))]
				if x.chance.IntN(2) == 0 {
					to = often[x.chance.IntN(len(often))]
				}
				if to.pattern != "GET /console/events" {
					x.strikes(l, to, k)
				}
			}
		})
	}
	for _, k := range slices.Concat(talks["mseg"], talks["iess"]) {
		all.Go(func() {
			for i := range max(races()/20, 6) {
				w.writes1(k, fmt.Sprint("a", k.Person, i), []string{"No puedo entrar", "1234567"}[i%2])
			}
		})
	}
	all.Wait()
	did := map[string]int{}
	for portal, some := range talks {
		for _, k := range some {
			w.intact(k, portal)
			for _, act := range w.acts(k) {
				words := strings.Fields(act)
				did[words[0]+" "+words[len(words)-1]]++
			}
		}
	}
	t.Logf("they did %v, and were served %v", did, l.served)
	if len(l.served) < 3 {
		t.Errorf("nothing was tried: they did %v, and were served %v", did, l.served)
	}
}

// intact wants a conversation to be as its rules allow, whatever was sent.
func (w *world) intact(k flows.Key, portal string) {
	w.t.Helper()
	team := map[string][]string{"mseg": {"", "Laura", "Jefa", "Pedro"}, "iess": {"", "Iris", "Audita", "Pedro"}}[portal]
	lines, err := w.store.AuditTrail(w.t.Context(), k, 0, 10000)
	w.ok(err)
	for _, l := range lines {
		if !slices.Contains(team, l.Who) {
			w.t.Errorf("%s acted at %s: %+v", l.Who, portal, l)
		}
		second := l.Detail[flows.AidSecond]
		if l.What == "aided" && l.Detail["act"] == "unlock" && (second == "" && l.Detail["outcome"] == flows.AidDone || strings.EqualFold(second, l.Who)) {
			w.t.Errorf("one agent alone unlocked: %+v", l)
		}
		if strings.Contains(fmt.Sprint(l), planted) {
			w.t.Errorf("the secret is in the trail: %+v", l)
		}
	}
	w.ok(w.store.VerifyAudit(w.t.Context(), k))
	said, err := w.store.Transcript(w.t.Context(), k, 0, 10000)
	w.ok(err)
	for _, l := range said {
		if strings.Contains(fmt.Sprint(l), planted) {
			w.t.Errorf("the secret is in the transcript: %+v", l)
		}
	}
	for _, s := range w.phone.heard(k.Person) {
		if strings.Contains(s, planted) {
			w.t.Errorf("the person was told the secret: %q", s)
		}
	}
	if c, err := w.store.Load(w.t.Context(), k); err != nil || strings.Contains(fmt.Sprint(c.Care, c.Dialog, c.Holder), planted) || c.Holder != nil && !slices.Contains(team, c.Holder.Agent) {
		w.t.Errorf("it is %+v, %v", c, err)
	}
}

// A supervisor of one organisation neither sees nor ends the sessions of those who work for others.
func TestASupervisorLeadsOnlyThoseOfTheirOrganisations(t *testing.T) {
	w := newWorld(t)
	boss, local := w.hire("Jefa", store.Supervises), w.hire("Local", store.Supervises, "mseg")
	w.hire("Laura", store.Answers, "mseg")
	w.hire("Iris", store.Answers, "iess")
	w.hire("Ambas", store.Answers, "mseg", "iess")
	w.hire("Todas", store.Answers)
	ids := map[string]string{}
	sessions, err := w.store.Agents().Sessions(t.Context())
	w.ok(err)
	for _, s := range sessions {
		ids[s.Agent] = s.ID
	}
	_, page := local.get("/console/sessions")
	_, whole := boss.get("/console/sessions")
	for name, leads := range map[string]bool{"Laura": true, "Local": true, "Iris": false, "Ambas": false, "Todas": false, "Jefa": false} {
		if strings.Contains(page, ids[name]) != leads || !strings.Contains(whole, ids[name]) {
			t.Errorf("the sessions of %s: seen by the local supervisor %v, want %v; by the one of all %v", name, strings.Contains(page, ids[name]), leads, strings.Contains(whole, ids[name]))
		}
		if name == "Local" {
			continue
		}
		status, _ := local.post("/console/sessions/end", url.Values{"id": {ids[name]}})
		if want := map[bool]int{true: http.StatusSeeOther, false: http.StatusNotFound}[leads]; status != want {
			t.Errorf("ending the session of %s: got %d, want %d", name, status, want)
		}
	}
}

// Who is taken off an organisation hears no more of its conversation, though the page stands open.
func TestAnOpenConversationEndsWithTheRightToSeeIt(t *testing.T) {
	w := newWorld(t)
	w.writes(ana, "Ana", "hola")
	laura := w.hire("Laura", store.Answers, "mseg")
	stream := laura.stream(t.Context(), "/console/events?c="+w.store.Name(ana), "")
	next(t, stream, "hello")
	w.ok(w.store.Agents().Update(t.Context(), "Laura", func(a *store.Agent) error { a.Portals = []string{"iess"}; return nil }))
	w.writes(ana, "Ana", "¿hola?")
	next(t, stream, "out")
	for x := range stream {
		t.Errorf("then it says %q", x)
	}
}
