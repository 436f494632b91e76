package app

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing/fstest"
	"time"

	"ventanilla/backend/emulator"
	"ventanilla/backend/secret"
)

// person is who plays; everybody has a name of their own on the network.
const person = "canarita"

// address is where the person's mails go.
const address = "ana@correo.example"

// chosen is the password that the person chooses.
const chosen = "Siete gatos y 9 terrazas"

// ana is the one person whom the core of an organisation knows. Nobody knows her
// password, which saves the time of hashing it.
func ana(portal string) fstest.MapFS { return fstest.MapFS{portal + ".yaml": anas[portal]} }

var anas = fstest.MapFS{
	"mseg": {Data: []byte(`portal: mseg
name: M
employer: M
employer_id: 30-99900450-7
employer_address: x
match: [{all: [doc_type, doc_number], any: [legajo, bank_account]}]
password: {min_length: 8, max_length: 64}
people:
  - id: ana
    given_name: Ana
    full_name: Ana Paz
    story: x
    documents: [{doc_type: dni, doc_number: "30.555.777"}]
    cuil: 20-30555777-1
    accounts:
      - id: acc-ana
        label: Docente
        fields: {personnel_type: docente, legajo: "704417", bank_account: "9000417263"}
        username: anapaz
        locked: true
        emails: [ana@correo.example]
        pay: {basic: 1000, category: "x", years: 1}
`)},
	"segurometal": {Data: []byte(`portal: segurometal
name: S
match: [{all: [username]}]
password: {min_length: 8, max_length: 40, upper: true, lower: true, digit: true}
people:
  - id: ana
    given_name: Ana
    full_name: Ana Paz
    story: x
    documents: [{username: DNI30555777}]
    accounts:
      - id: acc-ana
        label: Automotor
        username: DNI30555777
        locked: true
        emails: [ana@correo.example]
`)},
}

// question is one thing that an organisation asks, and what Ana answers.
type question struct{ field, asks, answer, noted string }

// questions are those of each organisation. Only the first of mseg is asked in every chat.
var questions = map[string][]question{
	"mseg": {{"personnel_type", "¿Qué tipo de personal", "docente", ""}, {"legajo", "legajo", "704417", "Anoté: Número de legajo"},
		{"doc_type", "Qué documento", "dni", "Anoté: Tipo de documento"}, {"doc_number", "número de tu documento", "30555777", "Anoté: Número de documento"},
		{"bank_account", "cuenta", "9000417263", ""}},
	"segurometal": {{"username", "¿Cuál es tu usuario", "dni 30.555.777", ""}},
}

// username is what Ana's account is called.
func (w *world) username() string {
	return map[string]string{"mseg": "anapaz", "segurometal": "DNI30555777"}[w.way.portal]
}

// asks is what the chat says when it asks a question.
func (w *world) asks(i int) string {
	all := questions[w.way.portal]
	switch {
	case i == len(all):
		return "Corroborá"
	case !w.paged(i):
		return all[i].asks
	case i > 0 && all[i-1].noted != "":
		return all[i-1].noted
	}
	return "PIN"
}

// paged tells whether a question is asked on the page.
func (w *world) paged(i int) bool {
	return w.net.Pages() && questions[w.way.portal][i].field != "personnel_type"
}

// identify is how every story begins, up to the question whether all is right.
func identify(w *world) {
	w.t.Helper()
	defer func() { w.known = w.power.passed() }()
	w.say("hola", "¿En qué te ayudo?")
	line := w.say("no puedo entrar", w.asks(0))
	for i, q := range questions[w.way.portal] {
		if w.paged(i) && !w.way.inChat {
			w.fields(line, questions[w.way.portal][i:])
			return
		}
		line = w.say(q.answer, w.asks(i+1))
	}
}

// fields types the answers into the page that a line leads to.
func (w *world) fields(line string, all []question) {
	w.t.Helper()
	form := url.Values{}
	for _, q := range all {
		form.Set(q.field, q.answer)
	}
	said := len(w.net.Lines(person))
	w.sure(w.fill(line, form), "Volvé al chat")
	w.hear("Corroborá", said-1)
}

// sure fails if a page does not say what it should. Who was killed right after the whole
// of it remembers no page: it sends the person to the chat, which knows.
func (w *world) sure(page, want string) {
	w.t.Helper()
	if !strings.Contains(page, want) && !(w.power.fell() && strings.Contains(page, `data-state="superseded"`)) {
		w.t.Fatalf("the page says %s", page)
	}
}

// mailed is what the chat says when a mail is on its way.
func (w *world) mailed() string {
	return map[string]string{"mseg": "código de 8 números", "segurometal": "le mandé una clave temporal"}[w.way.portal]
}

// recovery is the whole story of somebody who gets back in: by a code, with a wrong one
// on the way, or with a temporary password, as the organisation does it.
func recovery(w *world) {
	w.t.Helper()
	identify(w)
	w.say("si", w.mailed())
	if w.way.portal == "mseg" {
		w.say("00000000", "no es")
	}
	w.finish()
	w.say("gracias", "")
	w.quiet()
}

// stuck is the story of somebody who cannot change the temporary password and is led to the page.
func stuck(w *world) {
	w.t.Helper()
	identify(w)
	w.say("si", w.mailed())
	w.temporary()
	w.say("no me deja cambiarla", "página mía")
	w.say("sí, cambiarla en la página", "código de 8 números")
	w.byCode()
}

// finish goes on from the mail to the end.
func (w *world) finish() {
	w.t.Helper()
	if w.way.portal == "mseg" {
		w.byCode()
		return
	}
	w.temporary()
	w.say("ya pude entrar", "¡Qué bueno!")
	w.quiet()
}

// prove types the latest code, up to the page. Who is locked out is asked first whether they know their password.
func (w *world) prove() string {
	w.t.Helper()
	if w.way.portal != "mseg" {
		return w.say(w.code(), "PIN")
	}
	w.say(w.code(), "¿Te acordás de tu clave?")
	return w.say("no, quiero una nueva", "PIN")
}

// byCode types the latest code and chooses a password.
func (w *world) byCode() {
	w.t.Helper()
	line := w.prove()
	said := len(w.net.Lines(person))
	w.sure(w.choose(line, chosen), w.username())
	w.hear("¡Listo!", said-1)
	w.mailAbout("Cambió la clave", regexp.MustCompile(`.`))
	w.quiet()
	if got := w.signIn(chosen); got != emulator.OK {
		w.t.Errorf("the new password gets %q", got)
	}
}

// temporary waits for the temporary password and signs in with it, as the portal has it.
func (w *world) temporary() string {
	w.t.Helper()
	w.quiet()
	typed := w.mailAbout("clave temporal", temporaryForm)
	if got := w.signIn(typed); got != emulator.MustChange {
		w.t.Errorf("the temporary password gets %q", got)
	}
	return typed
}

func (w *world) signIn(password string) emulator.Result {
	w.t.Helper()
	got, err := w.core.SignIn(w.t.Context(), w.way.portal, w.username(), secret.Text(password))
	w.must(err)
	return got
}

// effects are what the core does in the course of [recovery], each once.
var effects = map[string][]string{
	"mseg":        {"acc-ana " + emulator.PasswordSet, "acc-ana " + emulator.Unlocked},
	"segurometal": {"acc-ana " + emulator.TemporaryMade, "acc-ana " + emulator.PasswordEnded, "acc-ana " + emulator.Unlocked},
}

func (w *world) wantEffects() {
	w.t.Helper()
	if got, want := w.seen().effects, effects[w.way.portal]; !slices.Equal(got, want) {
		w.t.Errorf("the core did %v, want %v", got, want)
	}
}

// until waits until something is so.
func (w *world) until(what string, ok func() bool) {
	w.t.Helper()
	for end := time.Now().Add(patience); !ok(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(end) {
			w.t.Fatalf("%s: not in time; the chat:\n%s", what, w.screen())
		}
	}
}

func (w *world) screen() string {
	var b strings.Builder
	for _, l := range w.net.Lines(person) {
		who := ">"
		if l.bot {
			who = " "
		}
		fmt.Fprintf(&b, "%s %s\n", who, l.text)
	}
	return b.String()
}

// say writes something and waits for an answer that contains want.
func (w *world) say(text, want string) string {
	w.t.Helper()
	n, err := w.net.Say(person, text)
	w.must(err)
	return w.hear(want, n)
}

// hear waits for a line after bubble n that contains want, and returns it.
func (w *world) hear(want string, n int) string {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.t.Context(), patience)
	defer cancel()
	for last := n; ; {
		for _, l := range w.net.Lines(person) {
			if l.n > n && l.bot && strings.Contains(l.text, want) {
				return l.text
			}
			last = max(last, l.n)
		}
		if err := w.net.Wait(ctx, person, last); err != nil {
			w.t.Fatalf("waiting for %q after %d: %v; the chat:\n%s", want, n, err, w.screen())
		}
	}
}

var (
	pageURL       = regexp.MustCompile(`http://[^\s>]+/f/[^\s>]+`)
	pinText       = regexp.MustCompile(`PIN:? (\d{4})`)
	codeOf        = regexp.MustCompile(`\b\d{4} \d{4}\b`)
	hidden        = regexp.MustCompile(`name="_request" value="([^"]+)"`)
	temporaryForm = regexp.MustCompile(`(?m)^\s*[A-HJ-NP-Za-km-z2-9]{12,}\s*$`)
)

// code waits for a mail with a code and returns the latest.
func (w *world) code() string {
	w.t.Helper()
	return w.mailAbout("", codeOf)
}

// mailAbout waits for a mail about something in which something stands, and returns
// that from the latest of them.
func (w *world) mailAbout(about string, find *regexp.Regexp) string {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.t.Context(), patience)
	defer cancel()
	for n := 0; ; {
		mails, err := w.mail.Wait(ctx, address, n)
		if err != nil {
			w.t.Fatalf("waiting for a mail about %q: %v; the chat:\n%s", about, err, w.screen())
		}
		n = len(mails)
		for _, m := range slices.Backward(mails) {
			if found := find.FindString(m.Text); found != "" && strings.Contains(m.Subject, about) {
				return strings.TrimSpace(found)
			}
		}
	}
}

// choose opens the page that a line leads to and sends a password.
func (w *world) choose(line, password string) (page string) {
	w.t.Helper()
	return w.fill(line, url.Values{"password": {password}, "repeat": {password}})
}

// fill opens the page that a line leads to and sends it with the PIN, as a browser
// whose owner tries again until there is an answer.
func (w *world) fill(line string, form url.Values) (page string) {
	w.t.Helper()
	at, pin := pageURL.FindString(line), pinText.FindStringSubmatch(line)
	if at == "" || pin == nil {
		w.t.Fatalf("no page and PIN in %q", line)
	}
	var request []string
	w.until("the page opens", func() bool {
		request = hidden.FindStringSubmatch(browse(http.Get(at)))
		return request != nil
	})
	form.Set("_request", request[1])
	form.Set("_pin", pin[1])
	w.until("the page answers", func() bool {
		page = browse(http.PostForm(at, form))
		return page != ""
	})
	return page
}
