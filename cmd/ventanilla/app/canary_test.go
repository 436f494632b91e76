package app

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
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
	for _, m := range w.mail.Mails("ana@correo.example") {
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
	}
	return false
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
// something is kept, said or counted. RULES: data.canary, data.sealed, data.logs, pw.chat, code.stored
func TestASecretPlantedAnywhereIsFoundNowhere(t *testing.T) {
	for channel := range channels {
		t.Run(channel, func(t *testing.T) {
			log, asked := &trace{}, &trace{}
			inner, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			w := newWorld(t, channel, func(w *world) {
				w.log = slog.New(slog.NewJSONHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug}))
				w.listen = asked.heard
				w.options = func(o *Options) { o.Inner = inner }
			}).run()
			w.canaries(log, asked, "http://"+inner.Addr().String()+"/metrics")
		})
	}
}

func (w *world) canaries(log, asked *trace, metrics string) {
	w.t.Helper()
	secrets := []planted{
		{what: "the phone's name", secret: person, sealed: true, chat: true, mail: true}, // the mail says who asks (RULES: code.context)
		{what: "the document", secret: "30.555.777", sealed: true, chat: true},
		{what: "the bank account", secret: "9000417263", sealed: true, chat: true},
		{what: "the address", secret: "ana@correo.example", sealed: true, mail: true},
	}
	look := func(when string, going bool) {
		w.t.Helper()
		w.quiet()
		places := w.places(log, asked, metrics)
		w.search(when, places, going, secrets...)
		if !bytes.Contains(places["opened records"], []byte("docente")) && when != "at first" {
			w.t.Errorf("%s: the opened records do not even hold what was chosen", when)
		}
	}
	slip := func(where, said, secret string) {
		w.t.Helper()
		secrets = append(secrets, planted{what: "the password typed " + where, secret: secret})
		w.say(said, "parecía tener una clave")
		look(where, true)
	}
	slip("at first", "hola no puedo entrar mi clave es Zorzal4711 y no anda", "Zorzal4711")
	w.say("docente", "legajo")
	slip("instead of the legajo", "Hornero.1893", "Hornero.1893")
	w.say("704417", "Qué documento")
	w.say("dni", "número de tu documento")
	slip("beside the document", "mi dni es 30555777 y mi clave Calandria77", "Calandria77")
	w.say("9000417263", "Corroborá")
	w.say("si", "código de 8 números")
	code := w.code(1)
	secrets = append(secrets, planted{what: "the code", secret: code, mail: true})
	slip("instead of the code", "mi contraseña es Chingolo*55", "Chingolo*55")
	line := w.say("me llegó "+code, "PIN")
	pin := "PIN: " + pinText.FindStringSubmatch(line)[1]
	secrets = append(secrets, planted{what: "the PIN", secret: pin, chat: true})
	slip("while the page waits", "tero verde salta 7 cercas", "tero verde salta 7 cercas")
	secrets = append(secrets, planted{what: "the password of the page", secret: "benteveo en la terraza 8"})
	line = w.hear("PIN", len(w.net.Lines(person))-1)
	said := len(w.net.Lines(person))
	if page := w.submit(line, "benteveo en la terraza 8"); !strings.Contains(page, "anapaz") {
		w.t.Fatalf("the page says %s", page)
	}
	w.hear("¡Listo!", said-1)
	w.code(2)
	look("at the end", true)
	w.say("borrar mis datos", "")
	look("after all", true)
}
