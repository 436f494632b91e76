package app

import (
	"cmp"
	"fmt"
	"html"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	"ventanilla/flows"
	"ventanilla/flows/flowtest/town"
	"ventanilla/store"
)

// scripts is where the written conversations are.
const scripts = "../../../flows/recovery/testdata"

// written are the conversations that are played over the whole program, over both
// networks: the story itself, every way a code can be wrong or late, silence, strangers,
// two accounts, what looks like a password, the words that work everywhere, and what there
// is of temporary passwords and of WhatsApp. Left out are those in which something
// fails between two lines: see outage_test.go.
var written = []struct {
	portal, folder string
	on             []string
	names          []string
}{
	{"mseg", "", []string{"telegram", "whatsapp"}, []string{"happy", "codigo-equivocado", "codigo-en-frase", "dos-cuentas", "tiempo", "desconocido", "sin-registrar",
		"clave-en-el-chat", "terminar", "no-tengo", "pagina-tarde"}},
	{"mseg", "", []string{"telegram"}, []string{"silencio", "cancelar", "saludo"}},
	{"segurometal", "temporary", []string{"telegram"}, []string{"beatriz", "silvia", "no-me-llego", "nadie", "palabras", "ya-tenia"}},
	{"mseg", "whatsapp", []string{"whatsapp"}, []string{"pagina", "en-el-chat", "enlace"}},
	{"segurometal", "whatsapp/temporary", []string{"whatsapp"}, []string{"beatriz", "silvia"}},
}

// The conversations that people wrote down are the ones that people on the real
// networks have: what they see is what is written there. On WhatsApp, what was written for
// a chat is typed into the chat all the same, and looks the same from the confirmation on. RULES: talk.size, talk.idle
func TestWhatIsWrittenIsWhatIsSaidOnBothNetworks(t *testing.T) {
	for _, set := range written {
		for _, channel := range set.on {
			for _, name := range set.names {
				t.Run(channel+" "+set.portal+" "+name, func(t *testing.T) {
					t.Parallel()
					text, err := os.ReadFile(filepath.Join(scripts, set.folder, name+".chat"))
					if err != nil {
						t.Fatal(err)
					}
					r := newReader(t, way{channel: channel, portal: set.portal})
					// Where a script was not written for a page, its first half looks different there.
					r.apart = channel == "whatsapp" && !strings.HasPrefix(set.folder, "whatsapp")
					for _, b := range blocks(string(text)) {
						r.play(b)
					}
				})
			}
		}
	}
}

// block is one thing that happens in a script, and what the bot does then.
type block struct{ mark, rest, want string }

func blocks(script string) (all []block) {
	for line := range strings.Lines(script) {
		line = strings.TrimSuffix(line, "\n")
		switch said, ok := strings.CutPrefix(line, "  "); {
		case ok:
			all[len(all)-1].want += said + "\n"
		case line != "" && line[0] != '#':
			mark, rest, _ := strings.Cut(line, " ")
			all = append(all, block{mark: mark, rest: rest})
		}
	}
	return all
}

// reader plays a script over the whole program.
type reader struct {
	*world
	apart bool // until the questions are over
	seen  int  // bubbles
	page  string
	mails int           // that there should be
	said  int           // messages of the person
	taken *atomic.Int64 // of those by the program
}

func newReader(t *testing.T, in way) *reader {
	r := &reader{taken: &atomic.Int64{}}
	r.world = newWorld(t, in, func(w *world) {
		w.seeds, w.portals = villagers(in.portal), oneErrand(t, in.portal)
		w.atDoor = func(behind http.Handler) http.Handler {
			return http.HandlerFunc(func(rw http.ResponseWriter, req *http.Request) {
				behind.ServeHTTP(rw, req)
				if req.URL.Path == "/"+in.channel+"/"+in.portal {
					r.taken.Add(1)
				}
			})
		}
	})
	r.clock.Advance(town.Noon.Sub(r.clock.Now()))
	r.run()
	r.until("it runs", func() bool { return r.running() != nil })
	return r
}

// oneErrand is a folder with an organisation's profile that offers nothing but recovery, as in the scripts.
func oneErrand(t *testing.T, portal string) (folder string) {
	text, err := os.ReadFile("../../../backend/portal/profiles/" + portal + ".yaml")
	if err != nil {
		t.Fatal(err)
	}
	folder = t.TempDir()
	text = regexp.MustCompile(`(?m)^services:.*$`).ReplaceAll(text, []byte("services: [recover]"))
	text = regexp.MustCompile(`(?m)^links:.*\n([ \t]+.*\n)*`).ReplaceAll(text, nil)
	if err := os.WriteFile(filepath.Join(folder, portal+".yaml"), text, 0o600); err != nil {
		t.Fatal(err)
	}
	return folder
}

// play lets something happen, and compares what the person sees with what is written.
func (r *reader) play(b block) {
	r.t.Helper()
	r.page = ""
	switch b.mark {
	case ">":
		_, err := r.net.Say(person, r.filled(b.rest))
		r.must(err)
	case "=":
		r.must(r.net.Tap(person, b.rest))
	case "*":
		r.must(r.net.Send(person, b.rest))
	case "~":
		d, err := time.ParseDuration(b.rest)
		r.must(err)
		r.pass(d)
	case "@":
		r.page = plainPage(r.fill(r.latest(), form(b.rest)))
	default:
		r.t.Fatalf("no %q can happen here", b.mark+" "+b.rest)
	}
	if strings.Contains(">=*", b.mark) {
		r.said++
		r.until("the program has what was said", func() bool { return int(r.taken.Load()) >= r.said })
	}
	r.settle()
	got, mails := r.fresh()
	want := r.expected(b.want)
	if strings.Contains(b.want, "¿Están bien?") && r.apart {
		r.apart = false
		return
	}
	if !r.apart && got != want {
		r.t.Fatalf("after %s %s:\n%s\nwant:\n%s\nthe chat:\n%s", b.mark, b.rest, got, want, r.screen())
	}
	r.mailsAre(b, mails)
}

// settle waits until everything is answered and on its phone.
func (r *reader) settle() {
	r.t.Helper()
	k := flows.Key{Portal: r.way.portal, Channel: r.way.channel, Person: r.net.Known(person)}
	r.until("everything is answered", func() bool {
		c, err := r.running().store.Load(r.t.Context(), k)
		return err == nil && len(c.Inbox) == 0 && !slices.ContainsFunc(c.Outbox, func(o store.Outbound) bool { return o.Sent == "" })
	})
	r.quiet()
}

// latest is the last line with a page.
func (r *reader) latest() string {
	for _, l := range slices.Backward(r.net.Lines(person)) {
		if l.bot && pageURL.MatchString(l.text) {
			return l.text
		}
	}
	return ""
}

func form(pairs string) url.Values {
	v := url.Values{}
	for _, pair := range strings.Fields(pairs) {
		key, value, _ := strings.Cut(pair, "=")
		v.Set(key, strings.ReplaceAll(value, "+", " "))
	}
	return v
}

// pass moves the clock, stopping wherever something is due.
func (r *reader) pass(d time.Duration) {
	r.t.Helper()
	r.quiet()
	for end := r.clock.Now().Add(d); r.clock.Now().Before(end); r.settle() {
		next := end
		es, err := r.running().kv.List(r.t.Context(), "c.", "", 100)
		r.must(err)
		for _, e := range es {
			if e.Due.After(r.clock.Now()) && e.Due.Before(next) {
				next = e.Due
			}
		}
		r.clock.Advance(next.Sub(r.clock.Now()))
	}
}

// filled puts codes of mails into what the person types.
func (r *reader) filled(s string) string {
	r.t.Helper()
	if !strings.Contains(s, "code") || !strings.Contains(s, "{") {
		return s
	}
	var codes []string
	for _, m := range r.allMails() {
		if c := codeOf.FindString(m.text); c != "" {
			codes = append(codes, c)
		}
	}
	if len(codes) == 0 {
		r.t.Fatalf("no code was mailed; the chat:\n%s", r.screen())
	}
	s = strings.ReplaceAll(s, "{code}", codes[len(codes)-1])
	return strings.ReplaceAll(s, "{old:code}", codes[max(0, len(codes)-2)])
}

type letter struct {
	to, subject, text string
	at                time.Time
}

func (r *reader) allMails() (all []letter) {
	for _, to := range r.mail.Addresses() {
		for _, m := range r.mail.Mails(to) {
			all = append(all, letter{to, m.Subject, m.Text, m.At})
		}
	}
	slices.SortStableFunc(all, func(a, b letter) int { return cmp.Or(a.at.Compare(b.at), strings.Compare(a.to, b.to)) })
	return all
}

var (
	listed  = regexp.MustCompile(`(?m)^\d+\) (.*)$`)
	opened  = regexp.MustCompile(`\n*(\n[^\n]+:)?\nhttp://\S+/f/\S+(\n<http://\S+>)?|\n<http://\S+/f/\S+>`)
	links1  = regexp.MustCompile(`\n<[^\n]* → [^\n]*>`)
	spans   = regexp.MustCompile(`\d\d:\d\d(:\d\d)?|\d+ (segundos?|minutos?|horas?)( y \d+ (segundos?|minutos?))?|V\d{6}`)
	anyPIN  = regexp.MustCompile(`(PIN:?) (\d{4}|\{pin\})`)
	choices = regexp.MustCompile(`(?m)\n+(\[.*\])$`)
)

// fresh is what the bot said since the last time, as a script has it, and the mails that left.
func (r *reader) fresh() (said string, mails []letter) {
	all := r.net.Lines(person)
	var lines []string
	for _, l := range all[r.seen:] {
		if l.bot {
			lines = append(lines, r.asWritten(l.text))
		}
	}
	r.seen = len(all)
	return alike(strings.Join(lines, "\n")), r.allMails()
}

// asWritten turns addresses and numbered lists into what a script says of them.
func (r *reader) asWritten(text string) string {
	labels := ""
	text = listed.ReplaceAllStringFunc(text, func(s string) string {
		if r.net.Pages() && strings.Contains(text, "\n\n"+firstOf(text)) {
			labels += "[" + listed.FindStringSubmatch(s)[1] + "] "
			return ""
		}
		return s
	})
	text = strings.TrimRight(text, "\n")
	text = opened.ReplaceAllString(text, "\n<#>")
	if labels != "" {
		text += "\n" + strings.TrimSpace(labels)
	}
	host, _ := url.Parse(r.url)
	return strings.NewReplacer(r.url, "https://bot.example", host.Host, "bot.example").Replace(text)
}

// firstOf is the first line of a list.
func firstOf(text string) string { return listed.FindString(text) }

// expected is what a script wants to be said, but mails and pages.
func (r *reader) expected(want string) string {
	var lines []string
	for line := range strings.Lines(want) {
		switch line = strings.TrimSuffix(line, "\n"); {
		case strings.HasPrefix(line, "✉"), strings.HasPrefix(line, "(deletes"):
		case strings.HasPrefix(line, "page: "):
			r.pageSays(strings.TrimPrefix(line, "page: "))
		default:
			lines = append(lines, line)
		}
	}
	return alike(links1.ReplaceAllString("\n"+strings.Join(lines, "\n"), "\n<#>"))
}

// alike takes out what differs from run to run, and the options of all but the last
// bubble: networks may take them away.
func alike(s string) string {
	s = spans.ReplaceAllString(anyPIN.ReplaceAllString(s, "$1 #"), "#")
	at := choices.FindAllStringIndex(s, -1)
	for i := len(at) - 2; i >= 0; i-- {
		s = s[:at[i][0]] + s[at[i][1]:]
	}
	return strings.TrimSpace(choices.ReplaceAllString(s, "\n$1"))
}

// pageSays fails if a line of a script about the page is not on it.
func (r *reader) pageSays(line string) {
	r.t.Helper()
	if field, problem, ok := strings.Cut(line, ": "); ok && !strings.Contains(field, " ") {
		line = problem
	}
	for part := range strings.SplitSeq(line, ". ") {
		if part = strings.Trim(part, ". "); !strings.Contains(strings.ReplaceAll(r.page, " :", ":"), part) {
			r.t.Errorf("the page does not say %q:\n%s", part, r.page)
		}
	}
}

var tags = regexp.MustCompile(`<style.*?</style>|<script.*?</script>|<[^>]*>`)

// plainPage is what a page says.
func plainPage(page string) string {
	return strings.Join(strings.Fields(html.UnescapeString(tags.ReplaceAllString(page, " "))), " ")
}

// mailsAre fails if the mails since the start are not those that the script has so far.
func (r *reader) mailsAre(b block, all []letter) {
	r.t.Helper()
	n := 0
	for line := range strings.Lines(b.want) {
		to, subject, ok := strings.Cut(strings.TrimPrefix(line, "✉ "), ": ")
		if !ok || !strings.HasPrefix(line, "✉ ") {
			continue
		}
		n++
		subject, _, _ = strings.Cut(strings.TrimSpace(subject), " [")
		if !slices.ContainsFunc(all, func(m letter) bool { return m.to == to && m.subject == subject }) {
			r.t.Errorf("after %s %s: no mail to %s about %q", b.mark, b.rest, to, subject)
		}
	}
	if r.mails += n; len(all) != r.mails {
		r.t.Errorf("after %s %s: %d mails in all, want %d", b.mark, b.rest, len(all), r.mails)
	}
}

// villagers are the people of the scripts.
func villagers(portal string) fstest.MapFS {
	head := "portal: mseg\nname: M\nemployer: M\nemployer_id: 30-99900450-7\nemployer_address: x\nmatch: [{all: [doc_type, doc_number]}]\npassword: {min_length: 8, max_length: 64}\npeople:\n"
	people := [][]string{ // document, then label, username and addresses of each account
		{`{doc_type: dni, doc_number: "20111222"}`, "Ley 10.430", "agomez", "ana@correo.example"},
		{`{doc_type: dni, doc_number: "14555666"}`, "Retirado", "jdesilio", "juan@correo.example", "Docente", "jdesilio.doc", "juan.docente@escuela.example"},
		{`{doc_type: dni, doc_number: "30999888"}`, "Policial", "mlopez", "mario@correo.example", "Docente", "mlopez.doc", "mario@correo.example"},
		{`{doc_type: dni, doc_number: "41227630"}`, "Policial", "!lbenitez", "lucia@correo.example"},
	}
	if portal == "segurometal" {
		head = "portal: segurometal\nname: S\nmatch: [{all: [username]}]\npassword: {min_length: 8, max_length: 40}\npeople:\n"
		people = [][]string{
			{"{username: DNI25582558}", "Automotor", "DNI25582558", "beatriz@correo.example"},
			{"{username: CUIT30712417419}", "Flota", "CUIT30712417419", "oficina@herreria.example"},
			{"{username: DNI14203377}", "Hogar", "DNI14203377", "ruben@correo.example, ruben@taller.example"},
			{"{username: DNI31877450}", "Moto", "DNI31877450", "silvia@correo.example", "Vida", "DNI31877450", "silvia@correo.example"},
		}
	}
	for i, p := range people {
		head += fmt.Sprintf("  - id: p%d\n    given_name: Ana\n    full_name: Ana Paula Gómez\n    story: x\n    documents: [%s]\n    accounts:\n", i, p[0])
		for j := 1; j < len(p); j += 3 {
			name, unregistered := strings.CutPrefix(p[j+1], "!")
			head += fmt.Sprintf("      - {id: a%d-%d, label: %q, username: %q, unregistered: %v, locked: %v, emails: [%s]}\n", i, j, p[j], name, unregistered, !unregistered, p[j+2])
		}
	}
	return fstest.MapFS{portal + ".yaml": {Data: []byte(head)}}
}
