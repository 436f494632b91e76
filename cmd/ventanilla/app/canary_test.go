package app

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"ventanilla/store"
)

// trace keeps all that goes by, for a search afterwards.
type trace struct {
	mu  sync.Mutex
	all bytes.Buffer
}

// Write implements [io.Writer].
func (t *trace) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.all.Write(p)
}

func (t *trace) bytes() []byte {
	t.mu.Lock()
	defer t.mu.Unlock()
	return bytes.Clone(t.all.Bytes())
}

// heard wraps a network so that all that is asked of it is kept, as it was sent and as it reads.
func (t *trace) heard(behind http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return
		}
		plain, _ := url.QueryUnescape(string(body)) // not all bodies are forms
		_, _ = fmt.Fprintf(t, "%s %s\n%v\n%s\n%s\n", r.Method, r.URL, r.Header, body, plain)
		r.Body = io.NopCloser(bytes.NewReader(body))
		behind.ServeHTTP(w, r)
	})
}

// A secret is what was planted and where it may be found nevertheless.
type planted struct {
	what, secret string
	sealed       bool // may stand in opened records while the dialog goes on
	chat         bool // may go to the person's own chat
	mail         bool // may go to the person's own mailbox
	agents       bool // may be read by agents
}

// places are all where a secret could be, by name.
func (w *world) places(t *trace, asked *trace, metrics string) map[string][]byte {
	w.t.Helper()
	a := w.running()
	file, err := os.ReadFile(w.settings.Store)
	w.must(err)
	var backup, opened bytes.Buffer
	w.must(works{a}.Backup(w.t.Context(), &backup))
	keys, err := Keys(w.settings)
	w.must(err)
	w.must(store.Each(w.t.Context(), a.kv, keys, func(key string, plain []byte) error {
		fmt.Fprintf(&opened, "%s %s\n", key, plain)
		return nil
	}))
	var mails bytes.Buffer
	for _, m := range w.mail.Mails(address) {
		fmt.Fprintf(&mails, "%s\n%s\n%s\n%s\n", m.Raw, m.Subject, m.Text, m.HTML)
	}
	return map[string][]byte{"the file": file, "the backup": backup.Bytes(), "opened records": opened.Bytes(), "the log": t.bytes(),
		"the metrics": []byte(browse(http.Get(metrics))), "requests to the chat network": asked.bytes(), "mails": mails.Bytes()}
}

// forms are how a secret may be written.
func forms(secret string) []string {
	quoted, _ := json.Marshal(secret)
	return []string{secret, strings.ToUpper(secret), string(quoted[1 : len(quoted)-1]), url.QueryEscape(secret), url.PathEscape(secret), strings.ReplaceAll(secret, " ", ""),
		strings.ReplaceAll(secret, ".", ""), hex.EncodeToString([]byte(secret)), base64.StdEncoding.EncodeToString([]byte(secret)), base64.RawURLEncoding.EncodeToString([]byte(secret))}
}

// may tells whether a secret may be found in a place.
func (p planted) may(place string, going bool) bool {
	switch place {
	case "opened records":
		return p.sealed && going
	case "requests to the chat network":
		return p.chat
	case "mails":
		return p.mail
	case "the agents' pages":
		return p.agents
	}
	return false
}

// pages are all that a supervisor and an auditor can read at the console, tables to download included, now
// that the person's conversation is what it is. RULES: agent.never, data.canary
func (c *canary) pages() []byte {
	c.t.Helper()
	if c.clerks == nil {
		o := c.office()
		c.clerks = []*clerk{o.hire("Jefa", store.Supervises), o.hire("Auditora", store.Audits)}
	}
	var all bytes.Buffer
	for pattern := range c.running().console.Routes() {
		method, path, _ := strings.Cut(pattern, " ")
		if path == "/console/events" || method == "POST" && !strings.HasSuffix(path, ".csv") {
			continue // a stream has no end, and says only what to fetch
		}
		path = strings.NewReplacer("{$}", "", "{name}", c.running().store.Name(c.key())).Replace(path)
		for _, b := range c.clerks {
			_, body := b.ask(method, path+"?after=0", url.Values{})
			fmt.Fprintf(&all, "%s\n%s\n%s\n", pattern, body, html.UnescapeString(body))
		}
	}
	return all.Bytes()
}

func (w *world) search(when string, places map[string][]byte, going bool, all ...planted) {
	w.t.Helper()
	for place, content := range places {
		if len(content) < 100 && !(place == "mails" && len(w.mail.Addresses()) == 0) {
			w.t.Errorf("%s: %s are only %d bytes: was anything looked at?", when, place, len(content))
		}
		for _, p := range all {
			for _, form := range forms(p.secret) {
				if at := bytes.Index(content, []byte(form)); at >= 0 && !p.may(place, going) {
					w.t.Errorf("%s: %s, %q, stands in %s: …%q…", when, p.what, form, place, content[max(0, at-120):min(len(content), at+60)])
					break
				}
			}
		}
	}
}

// Secrets are planted wherever somebody can type, and searched for wherever
// something is kept, said or counted. RULES: data.canary, data.sealed, data.logs, pw.chat, code.stored, wa.policy
func TestASecretPlantedAnywhereIsFoundNowhere(t *testing.T) {
	inEvery(t, func(t *testing.T, in way) {
		inner, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		c := &canary{log: &trace{}, asked: &trace{}, metrics: "http://" + inner.Addr().String() + "/metrics"}
		c.world = newWorld(t, in, func(w *world) {
			w.log = slog.New(slog.NewJSONHandler(c.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
			w.listen = c.asked.heard
			w.options = func(o *Options) { o.Inner = inner }
		}).run()
		c.play()
	})
}

// canary is a world whose every trace is kept, and what must not be in it.
type canary struct {
	*world
	log, asked *trace
	metrics    string
	secrets    []planted
	clerks     []*clerk
}

// plant begins to look for a secret.
func (c *canary) plant(p planted) { c.secrets = append(c.secrets, p) }

func (c *canary) look(when string) {
	c.t.Helper()
	c.quiet()
	places := c.places(c.log, c.asked, c.metrics)
	places["the agents' pages"] = c.pages()
	if !bytes.Contains(places["the agents' pages"], []byte(person)) && when != "after all" {
		c.t.Errorf("%s: the agents' pages do not even say who it is", when)
	}
	c.search(when, places, true, c.secrets...)
	if !bytes.Contains(places["opened records"], []byte("canarita")) {
		c.t.Errorf("%s: the opened records do not even hold who it is", when)
	}
}

// slip types a password where it does not belong.
func (c *canary) slip(where, said, secret string) {
	c.t.Helper()
	c.plant(planted{what: "the password typed " + where, secret: secret})
	c.say(said, "parecía tener una clave")
	c.look(where)
}

// latest is the last line that leads to a page.
func (c *canary) latest() string {
	c.t.Helper()
	c.quiet()
	for _, l := range slices.Backward(c.net.Lines(person)) {
		if pageURL.MatchString(l.text) {
			return l.text
		}
	}
	c.t.Fatalf("there is no page:\n%s", c.screen())
	return ""
}

// identifiers plants what Ana is known by. It is shown to her in the chat, but on
// WhatsApp, whose operators must not read it (RULES: wa.policy).
func (c *canary) identifiers() {
	shown := !c.net.Pages()
	c.plant(planted{what: "the phone's name", secret: person, sealed: true, chat: true, mail: true, agents: true})               // the mail says who asks (RULES: code.context)
	c.plant(planted{what: "the document", secret: "30.555.777", sealed: true, chat: shown, mail: c.way.portal == "segurometal"}) // the user name
	c.plant(planted{what: "the bank account", secret: "9000417263", sealed: true, chat: shown})
	c.plant(planted{what: "the address", secret: address, sealed: true, mail: true})
	if n, ok := c.net.(onWhatsApp); ok {
		c.plant(planted{what: "the phone's number", secret: n.Address(person), sealed: true, chat: true})
	}
}

func (c *canary) play() {
	c.t.Helper()
	c.identifiers()
	c.slip("at first", "hola no puedo entrar mi clave es Zorzal4711 y no anda", "Zorzal4711")
	all := questions[c.way.portal]
	for i, q := range all {
		secret := fmt.Sprintf("Hornero.189%d", i)
		c.slip("instead of "+q.field, secret, secret)
		if c.paged(i) && !c.way.inChat {
			c.fields(c.latest(), all[i:])
			break
		}
		c.say(q.answer, c.asks(i+1))
	}
	c.say("si", c.mailed())
	if c.way.portal == "segurometal" {
		c.temporaries()
	} else {
		c.codes()
	}
	c.look("at the end")
	c.say("borrar mis datos", "")
	c.look("after all")
}

// codes goes on from the code to the new password.
func (c *canary) codes() {
	c.t.Helper()
	code := c.code()
	c.plant(planted{what: "the code", secret: code, mail: true})
	c.slip("instead of the code", "mi contraseña es Chingolo*55", "Chingolo*55")
	asked := map[bool]string{true: "¿Te acordás de tu clave?", false: "PIN"}[c.way.portal == "mseg"]
	line := c.say("me llegó "+code, asked)
	if asked != "PIN" {
		line = c.say("no, quiero una nueva", "PIN")
	}
	c.plant(planted{what: "the PIN", secret: pinText.FindString(line), chat: true})
	c.slip("while the page waits", "tero verde salta 7 cercas", "tero verde salta 7 cercas")
	c.plant(planted{what: "the password of the page", secret: chosen})
	said := len(c.net.Lines(person))
	c.sure(c.choose(c.latest(), chosen), c.username())
	c.hear("¡Listo!", said-1)
	c.mailAbout("Cambió la clave", regexp.MustCompile(`.`))
}

// temporaries goes on from the temporary password, which somebody pastes into the chat, to the page.
func (c *canary) temporaries() {
	c.t.Helper()
	typed := c.temporary()
	c.plant(planted{what: "the temporary password", secret: typed, mail: true})
	c.say(typed, "parecía tener una clave")
	c.look("instead of an answer")
	c.say("no me deja cambiarla", "página mía")
	c.say("sí, cambiarla en la página", "código de 8 números")
	c.codes()
}
