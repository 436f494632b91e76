package console_test

import (
	"encoding/csv"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"ventanilla/bot/console"
	"ventanilla/flows"
	"ventanilla/store"
)

// person is somebody at an organisation.
func person(portal string, n int) flows.Key {
	channel := map[string]string{"mseg": "telegram", "iess": "whatsapp"}[portal]
	return flows.Key{Portal: portal, Channel: channel, Person: fmt.Sprint("+5411000", 1000+n)}
}

// day fills a day: at mseg three get in, one gives up, one is helped; at iess one gets in.
func (w *world) day() {
	for i := range 3 {
		w.writes(person("mseg", i), "Ana", "hola", "No puedo entrar", "123")
		w.clock.Advance(time.Minute)
		w.writes(person("mseg", i), "Ana", "456")
	}
	w.writes(person("mseg", 3), "Beto", "hola", "No puedo entrar", "abc", "cancelar")
	w.writes(person("mseg", 4), "Carla", "hola", "No puedo entrar", "123", "persona")
	w.clock.Advance(5 * time.Minute)
	w.ok(w.worker.Takeover(w.t.Context(), person("mseg", 4), "Laura"))
	w.ok(w.worker.Finish(w.t.Context(), person("mseg", 4), "Laura", "solved"))
	w.writes(person("iess", 0), "Quito", "hola", "No puedo entrar", "1", "2")
}

func TestASupervisorSeesTheFiguresOfTheDayAtTheirOrganisations(t *testing.T) {
	w := newWorld(t)
	w.day()
	boss, local := w.hire("Jefa", store.Supervises), w.hire("Local", store.Supervises, "iess")
	_, page := boss.get("/console/today?portal=mseg")
	got := plain(page)
	for _, want := range []string{"5 conversaciones empezadas", "3 trámites resueltos sin ayuda de una persona 60 %", "1 tomadas por una persona", "1 cerradas por una persona", "1 casos abiertos",
		"Recuperar el acceso Pregunta llegaron se quedaron", "Respuestas que no servían 1", "Resuelto 3", "la mitad esperó a una persona menos de"} {
		if !strings.Contains(got, want) {
			t.Errorf("the figures lack %q:\n%s", want, got)
		}
	}
	if !strings.Contains(got, "pasaron a una persona: 1") || !strings.Contains(got, "lo dejaron: 1") {
		t.Errorf("the funnel does not say who was lost:\n%s", got)
	}
	_, page = local.get("/console/today")
	if got := plain(page); !strings.Contains(got, "1 conversaciones empezadas") {
		t.Errorf("who sees one organisation reads\n%s", got)
	}
	if status, _ := local.get("/console/today?portal=mseg"); status != http.StatusBadRequest {
		t.Errorf("a foreign organisation's figures: %d", status)
	}
	for _, q := range []string{"from=2026-02-30", "from=2026-11-02&to=2026-11-01", "from=2020-01-01&to=2026-01-01", "from=x"} {
		if status, _ := boss.get("/console/today?" + q); status != http.StatusBadRequest {
			t.Errorf("%s: got %d", q, status)
		}
	}
	before := w.clock.Now().In(time.FixedZone("-3", -3*3600))
	w.clock.Advance(24 * time.Hour) // yesterday can be chosen, and today is empty
	boss = w.hire("Otra", store.Supervises)
	if _, page := boss.get("/console/today?portal=mseg"); !strings.Contains(plain(page), "0 conversaciones empezadas") {
		t.Errorf("the next day begins with\n%s", plain(page))
	}
	day := before.Format("2006-01-02")
	if _, page := boss.get("/console/today?portal=mseg&from=" + day + "&to=" + day); !strings.Contains(plain(page), "5 conversaciones empezadas") {
		t.Errorf("yesterday reads\n%s", plain(page))
	}
}

func TestWhatIsSoNowIsRefreshedByItself(t *testing.T) {
	w := newWorld(t)
	boss := w.hire("Jefa", store.Supervises)
	w.writes(ana, "Ana", "hola", "persona")
	w.clock.Advance(3 * time.Minute)
	w.mailDown.Store(true)
	w.until("the meters are there", func() bool {
		_, part := boss.get("/console/today/now")
		got := plain(part)
		return strings.Contains(got, "1 esperan a una persona") && strings.Contains(got, "la espera más larga") && strings.Contains(got, "Correo: no sale") && strings.Contains(got, "respuestas por segundo")
	})
}

// watched are the addresses of supervisors, with who may use them.
var watched = []struct {
	method, path string
	roles        []store.Role
}{
	{"GET", "/console/today", []store.Role{store.Supervises, store.Audits}}, {"GET", "/console/today/now", []store.Role{store.Supervises, store.Audits}},
	{"GET", "/console/today/figures", []store.Role{store.Supervises, store.Audits}}, {"POST", "/console/today/figures.csv", []store.Role{store.Supervises, store.Audits}},
	{"POST", "/console/today/conversations.csv", []store.Role{store.Supervises, store.Audits}}, {"GET", "/console/aside", []store.Role{store.Supervises, store.Audits}},
	{"POST", "/console/aside/x/retry", []store.Role{store.Supervises}}, {"POST", "/console/aside/x/dismiss", []store.Role{store.Supervises}},
	{"GET", "/console/acts", []store.Role{store.Supervises, store.Audits}}, {"GET", "/console/acts?verify=1", []store.Role{store.Supervises, store.Audits}},
	{"POST", "/console/acts.csv", []store.Role{store.Supervises, store.Audits}},
}

func TestSupervisionIsForWhoSupervisesAndOfTheirOrganisationsOnly(t *testing.T) {
	w := newWorld(t)
	w.day()
	w.setAside(beto, "Beto Secreto", "V900001")
	foreign := w.asideID()
	w.hire("Secreta", store.Answers, "iess").get(w.talk(person("iess", 0), ""))
	for _, role := range store.Roles {
		b := w.hire(string(role), role, "mseg")
		for _, x := range watched {
			status, body := b.do(x.method, x.path, url.Values{"reason": {"solved"}}, http.Header{"Sec-Fetch-Site": {"same-origin"}})
			if allowed := status != http.StatusForbidden; allowed != slices.Contains(x.roles, role) {
				t.Errorf("%s %s %s: got %d", role, x.method, x.path, status)
			}
			if strings.Contains(body, "Secret") || strings.Contains(body, "V900001") || strings.Contains(body, "iess") {
				t.Errorf("%s sees a foreign organisation at %s:\n%s", role, x.path, plain(body))
			}
		}
		for _, act := range []string{"retry", "dismiss"} {
			status, _ := b.post("/console/aside/"+foreign+"/"+act, url.Values{"reason": {"solved"}})
			if want := map[bool]int{true: http.StatusNotFound, false: http.StatusForbidden}[role == store.Supervises]; status != want {
				t.Errorf("%s: %s of a foreign message: got %d, want %d", role, act, status, want)
			}
		}
	}
	for _, x := range watched {
		if status, _ := w.browser().do(x.method, x.path, nil, nil); status != http.StatusSeeOther && status != http.StatusUnauthorized {
			t.Errorf("a stranger at %s: got %d", x.path, status)
		}
	}
}

// setAside puts a message of somebody aside.
func (w *world) setAside(k flows.Key, name, number string) {
	w.t.Helper()
	w.n++
	in := store.Inbound{ID: fmt.Sprint("aside", w.n), Name: name, At: w.clock.Now(), Input: flows.Input{From: flows.Person, Text: "hola"}}
	w.ok(w.store.Update(w.t.Context(), k, func(c *store.Conversation) error {
		c.Name, c.Heard = name, in.At
		c.SetAside(in, store.TroubleBug, "panic: runtime error: index out of range", number, w.clock.Now())
		return nil
	}))
}

func (w *world) asideID() string {
	w.t.Helper()
	id := ""
	w.ok(w.store.EachBroken(w.t.Context(), func(x store.Broken) error { id = x.ID; return nil }))
	return id
}

func TestWhatWasSetAsideIsTriedAgainOnceOrLetGoForAReason(t *testing.T) {
	w := newWorld(t)
	w.setAside(ana, "Ana Gómez", "V100001")
	boss := w.hire("Jefa", store.Supervises)
	_, page := boss.get("/console/aside")
	if got := plain(page); !strings.Contains(got, "Caso V100001") || !strings.Contains(got, "Un error del programa") || !strings.Contains(page, w.talk(ana, "")) || strings.Contains(page, "index out of range") {
		t.Errorf("the page reads\n%s", got)
	}
	id := w.asideID()
	w.ok(w.worker.Takeover(t.Context(), ana, "Pedro"))
	if status, page := boss.post("/console/aside/"+id+"/retry", nil); status != http.StatusConflict || !strings.Contains(plain(page), "primero hay que devolverla") {
		t.Errorf("while Pedro has it: got %d", status)
	}
	w.ok(w.worker.Handback(t.Context(), ana, "Pedro"))
	for i, want := range []int{http.StatusSeeOther, http.StatusNotFound, http.StatusNotFound} {
		if status, _ := boss.post("/console/aside/"+id+"/retry", nil); status != want {
			t.Errorf("try %d: got %d, want %d", i, status, want)
		}
	}
	w.until("Ana is answered", func() bool { return slices.Contains(w.phone.heard("1001"), "¿Qué necesitás?") })
	w.setAside(ana, "Ana Gómez", "V100002")
	id = w.asideID()
	if status, _ := boss.post("/console/aside/"+id+"/dismiss", url.Values{"reason": {"porque sí"}}); status != http.StatusBadRequest {
		t.Errorf("without a reason of ours: got %d", status)
	}
	if status, _ := boss.post("/console/aside/"+id+"/dismiss", url.Values{"reason": {"repeated"}}); status != http.StatusSeeOther {
		t.Errorf("dismissed: got %d", status)
	}
	if _, page := boss.get("/console/aside"); !strings.Contains(plain(page), "No hay mensajes apartados") {
		t.Errorf("then it reads\n%s", plain(page))
	}
	_, page = boss.get("/console/acts")
	for _, want := range []string{"reintentó un mensaje apartado Jefa Mi Portal caso: V100001", "descartó un mensaje apartado Jefa Mi Portal caso: V100002 · motivo: la persona lo repitió"} {
		if !strings.Contains(plain(page), want) {
			t.Errorf("the acts of the day lack %q:\n%s", want, plain(page))
		}
	}
}

// table reads a download as Excel would: without the mark, with its separator.
func table(t *testing.T, body string, comma rune) [][]string {
	t.Helper()
	text, marked := strings.CutPrefix(body, "\uFEFF")
	if !marked {
		t.Error("the mark of UTF-8 is missing")
	}
	r := csv.NewReader(strings.NewReader(text))
	r.Comma = comma
	rows, err := r.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

// RULES: data.canary
func TestTablesHoldNoNamesNoSecretsAndNoFormulas(t *testing.T) {
	w := newWorld(t)
	w.day()
	w.writes(ana, "=HYPERLINK(evil)", "hola", "mi clave es Canario2024!")
	boss := w.hire("Jefa", store.Supervises)
	w.ok(w.store.Update(t.Context(), ana, func(c *store.Conversation) error { return c.Label("Jefa", "=cmd|calc", w.clock.Now()) }))
	_, body := boss.post("/console/today/conversations.csv", url.Values{"comma": {";"}})
	rows := table(t, body, ';')
	if len(rows) != 8 {
		t.Errorf("got %d rows, want a heading and 7 conversations", len(rows))
	}
	for _, bad := range []string{"Canario", "HYPERLINK", "Ana", "Carla", "+5411000", "5411000"} {
		if strings.Contains(body, bad) {
			t.Errorf("the table holds %q", bad)
		}
	}
	if !strings.Contains(body, "••••03") || !strings.Contains(body, "'=cmd|calc") {
		t.Errorf("the table is\n%s", body)
	}
	for _, row := range rows {
		for _, cell := range row {
			if cell != "" && strings.ContainsAny(cell[:1], "=+-@\t\r") {
				t.Errorf("a cell begins with a formula: %q", cell)
			}
		}
	}
	_, body = boss.post("/console/today/figures.csv", url.Values{"portal": {"mseg"}})
	if got := table(t, body, ','); !slices.ContainsFunc(got, func(row []string) bool {
		return slices.Equal(row[2:], []string{"solved", "telegram", "recovery", "", "alone", "", "", "3"})
	}) {
		t.Errorf("the figures are\n%s", body)
	}
	_, body = boss.post("/console/acts.csv", nil)
	rows = table(t, body, ',')
	if !slices.ContainsFunc(rows, func(row []string) bool {
		return row[1] == "Jefa" && row[2] == "exported" && strings.Contains(row[5], "tabla: conversaciones")
	}) {
		t.Errorf("the download is not on record:\n%s", body)
	}
}

func TestTheActsOfADayAreFilteredAndVerified(t *testing.T) {
	w := newWorld(t)
	w.day()
	boss := w.hire("Jefa", store.Supervises)
	_, page := boss.get("/console/acts?agent=Laura&what=taken_over")
	got := plain(page)
	if !strings.Contains(got, "tomó la conversación Laura Mi Portal") || strings.Contains(got, "la cerró Laura") {
		t.Errorf("the takeovers of Laura read\n%s", got)
	}
	if _, page = boss.get("/console/acts?verify=1"); !strings.Contains(plain(page), "están completos y sin cambios. El día todavía no está firmado") {
		t.Errorf("verified, it reads\n%s", plain(page))
	}
	day := w.clock.Now().UTC().Format("2006-01-02")
	w.clock.Advance(25 * time.Hour)
	if n, err := w.store.Checkpoint(t.Context()); err != nil || n == 0 {
		t.Fatalf("signed %d days, %v", n, err)
	}
	again := w.hire("Otra", store.Audits)
	if _, page = again.get("/console/acts?verify=1&day=" + day); !strings.Contains(plain(page), "El día está cerrado y firmado") {
		t.Errorf("once it is signed, it reads\n%s", plain(page))
	}
	w.tamper()
	if _, page = again.get("/console/acts?verify=1&day=" + day); !strings.Contains(plain(page), "El registro NO es lo que se escribió") {
		t.Errorf("after a line was taken out, it reads\n%s", plain(page))
	}
}

// tamper takes a line out of some trail.
func (w *world) tamper() {
	w.t.Helper()
	es, err := w.kv.List(w.t.Context(), "u.", "", 1)
	w.ok(err)
	_, err = w.kv.Put(w.t.Context(), store.Entry{Key: es[0].Key, Rev: es[0].Rev})
	w.ok(err)
}

// Whatever stands in a cell, no spreadsheet finds a formula in it, whichever separator it expects.
func FuzzHarmless(f *testing.F) {
	for _, s := range []string{"", "=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "a;=1", "a,\"=1", "'=1", " =1", "x\n=cmd|'/c calc'!A0", "＝1", "hola, ¿qué tal?", "2026-11-22T10:00:00-03:00", ";;==", "\"=\""} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, cell string) {
		if !utf8.ValidString(cell) {
			t.Skip("what people write arrives as UTF-8")
		}
		safe := console.Harmless(cell)
		for _, comma := range []rune{',', ';', '\t', '|'} {
			for _, part := range strings.FieldsFunc(safe, func(r rune) bool { return r == comma || r == '\n' || r == '\r' }) {
				if part = strings.TrimLeft(part, `" `); part != "" && strings.ContainsAny(part[:1], "=+-@") {
					t.Fatalf("%q became %q, where %q finds %q", cell, safe, comma, part)
				}
			}
		}
		if safe != "" && strings.ContainsAny(safe[:1], "=+-@\t\r\n") {
			t.Fatalf("%q became %q", cell, safe)
		}
		if got := strings.ReplaceAll(safe, "'", ""); got != strings.ReplaceAll(cell, "'", "") {
			t.Fatalf("%q became %q: only apostrophes may be added", cell, safe)
		}
	})
}

func TestWhoDownloadsKeepsNobodyElseFromIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	boss, other := w.hire("Jefa", store.Supervises), w.hire("Otra", store.Audits)
	ends := console.Downloads(w.console, "Jefa")
	if status, body := boss.post("/console/acts.csv", nil); status != http.StatusTooManyRequests || !strings.Contains(body, "Otra descarga suya") {
		t.Errorf("a second download: got %d\n%s", status, plain(body))
	}
	if status, _ := other.post("/console/acts.csv", nil); status != http.StatusOK {
		t.Errorf("somebody else's: got %d", status)
	}
	ends()
	for range 2 {
		if status, _ := boss.post("/console/acts.csv", nil); status != http.StatusOK {
			t.Errorf("one after the other: got %d", status)
		}
	}
}

// A table that was cut says so, and why, in its last row; nobody takes it for all there is.
func TestATableHasAnEndThatSaysWhetherItIsAll(t *testing.T) {
	w := newWorld(t)
	w.day()
	boss := w.hire("Jefa", store.Supervises)
	tables := []string{"/console/today/figures.csv", "/console/today/conversations.csv", "/console/acts.csv"}
	for _, path := range tables {
		if _, body := boss.post(path, nil); strings.Contains(body, "INCOMPLETO") {
			t.Errorf("%s is whole and says\n%s", path, body)
		}
	}
	console.Bound(w.console, 3, time.Minute)
	for _, path := range tables {
		_, body := boss.post(path, nil)
		if lines := strings.Split(strings.TrimSpace(body), "\r\n"); len(lines) != 4 || !strings.Contains(lines[3], "INCOMPLETO: la tabla llegó a su máximo de 3 filas") {
			t.Errorf("%s of more than three rows is\n%s", path, body)
		}
	}
	console.Bound(w.console, 1000, 0)
	for _, path := range tables {
		if _, body := boss.post(path, nil); !strings.Contains(body, "INCOMPLETO: la tabla llegó a su máximo de 0 minutos") {
			t.Errorf("%s without time is\n%s", path, body)
		}
	}
}
