package recovery_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"ventanilla/flows"
)

// places are where a dialog can wait.
var places = []string{"menu/menu", "menu/hello", "menu/elsewhere", "handoff/waiting", "handoff/closed", "proof/personnel_type", "proof/legajo",
	"proof/doc_type", "proof/doc_number", "proof/bank_account", "proof/confirm", "proof/code", "proof/missing", "proof/code_again",
	"proof/another", "proof/resend_spent", "proof/code_spent", "proof/code_expired", "proof/which", "recovery/form", "proof/late",
	"recovery/part", "recovery/part_again", "recovery/part_late",
}

// everywhere returns a phone at every step where a dialog can wait, by "flow/step".
func everywhere(t *testing.T, w *bureau) map[string]*phone {
	t.Helper()
	seen := map[string]*phone{}
	n := 0
	look := func(p *phone) *phone {
		if at := p.dialog.Flow + "/" + p.dialog.Step; p.dialog.Flow != "" && seen[at] == nil {
			c := *p
			c.still = w.Clock.Now()
			seen[at] = &c
		}
		return p
	}
	fresh := func(document string) *phone {
		n++
		w.Clock.Advance(25 * time.Hour)
		for w.Clock.Now().Weekday() != time.Tuesday || w.Clock.Now().Hour() != 15 {
			w.Clock.Advance(time.Hour)
		}
		p := w.phone(fmt.Sprint("everywhere", n))
		for _, line := range []string{"asdf", "recibo", "hola", "no puedo entrar", "ley 10430", "123456", "dni", document, "4000123456", "si"} {
			look(p.say(line))
		}
		return p
	}
	each := func(p *phone, lines ...string) *phone {
		for _, line := range lines {
			if line == "CODE" {
				line = p.code()
			}
			look(p.say(line))
		}
		return p
	}
	each(fresh("20111222"), "no me llego", "ya tengo el codigo", "00000001", "00000002", "00000003", "00000004", "00000005", "otro codigo")
	p := each(fresh("20111222"))
	look(p.pass(time.Minute).say("otro codigo").pass(time.Minute).say("otro codigo").pass(time.Minute).say("otro codigo"))
	p = each(fresh("20111222"))
	look(p.pass(11 * time.Minute).say(p.code()))
	each(fresh("30999888"), "CODE")
	p = each(fresh("20111222"), "CODE")
	look(p.pass(16 * time.Minute).say("hola"))
	w.core.locked = true
	p = each(fresh("20111222"), "CODE")
	p.submit(good)
	look(p)
	look(p.say("si"))
	look(p.pass(16 * time.Minute).say("si"))
	w.core.locked = false
	look(fresh("20111222").say("persona"))
	p = w.phone("night")
	w.Clock.Advance(12 * time.Hour)
	look(p.say("persona"))
	look(w.phone("new"))
	for _, want := range places {
		if seen[want] == nil {
			t.Errorf("no dialog was led to %s", want)
		}
	}
	return seen
}

// RULES: talk.words. Every word at every step: no error, no silence, and somewhere to go on from.
func TestEveryWordWorksAtEveryStep(t *testing.T) {
	in(t, func(w *bureau) {
		for at, p := range everywhere(t, w) {
			for _, word := range []string{"menú", "cancelar", "volver", "repetir", "ayuda", "corregir", "estado", "persona", "terminar", "¿sos oficial?", "seguir"} {
				q := *p
				q.say(word)
				if q.heard() == "" {
					t.Errorf("%s: %q is met with silence", at, word)
				}
				if strings.Contains(q.heard(), "No te entendí") || strings.Contains(q.heard(), "No reconozco") || strings.Contains(q.heard(), "Anotado") {
					t.Errorf("%s: %q is not known: %q", at, word, q.heard())
				}
				want := map[string]string{"menú": "menu/menu", "cancelar": "/", "terminar": "/"}[word]
				if word == "persona" && !strings.HasPrefix(q.dialog.Flow+"/", "handoff/") || want != "" && q.dialog.Flow+"/"+q.dialog.Step != want {
					t.Errorf("%s: %q leads to %s/%s", at, word, q.dialog.Flow, q.dialog.Step)
				}
				if word == "terminar" && (q.dialog.Proof != nil || q.dialog.Values != nil || q.dialog.Parked != nil) {
					t.Errorf("%s: something outlives %q", at, word)
				}
			}
		}
	})
}

// Everything that is not text, strange texts and huge ones, at every step: a kind answer.
func TestStrangeInputsAtEveryStep(t *testing.T) {
	strange := []string{"", " ", "😀", "👍🏽", "\u200b", "\u202emenú", "me\u200bnú", "?", "....", strings.Repeat("a", 4096), strings.Repeat("9", 4096),
		strings.Repeat("hola no puedo entrar ", 190), "{code}", "{pin}", "{{.}}", "%s%d", "\x00", "\xff\xfe", "<b>hola</b>", "null", "-1", "0", "99", "1e9", "２",
		"la segunda", "el último", "numero 1", "no", "si", "chau", "gracias", "q", "../../etc/passwd", "'; drop table--", "ñ", "İ", "مرحبا", "menu\nmenu"}
	in(t, func(w *bureau) {
		for at, p := range everywhere(t, w) {
			for _, text := range strange {
				q := *p
				q.said = nil
				if q.say(text); q.heard() == "" {
					t.Errorf("%s: %.40q is met with silence", at, text)
				}
				if size := len(stored(t, q.dialog)); size > 8<<10 {
					t.Errorf("%s: %.40q makes a dialog of %d bytes", at, text, size)
				}
			}
			for _, kind := range []flows.Kind{flows.Audio, flows.Photo, flows.Sticker, flows.Location, flows.Contact, flows.Document, flows.Video, flows.Edited, flows.Other, "poll"} {
				q := *p
				if q.hear(flows.Input{From: flows.Person, Kind: kind}); q.heard() == "" || q.dialog.Step != p.dialog.Step {
					t.Errorf("%s: %q is answered with %q", at, kind, q.heard())
				}
			}
		}
	})
}

// RULES: talk.tries. Whatever is repeated, no text is said more than three times in a row, and a human is offered.
func TestNoTextMoreThanThreeTimesInARow(t *testing.T) {
	in(t, func(w *bureau) {
		for at, p := range everywhere(t, w) {
			for _, text := range []string{"asdf qwer", "repetir", "ayuda", "estado", "volver", "seguir", "sos oficial", "00000000"} {
				q := *p
				last, row, human := "", 0, false
				for range 12 {
					q.say(text)
					for _, r := range q.said {
						if r.Text == last {
							row++
						} else {
							last, row = r.Text, 1
						}
						human = human || slices.ContainsFunc(r.Offer, func(o flows.Option) bool { return o.ID == "word/persona" || o.ID == "persona" })
					}
					if row > 3 {
						t.Errorf("%s: %q is answered %d times with %q", at, text, row, last)
						break
					}
				}
				if !human && q.dialog.Flow != "handoff" && text != "00000000" {
					t.Errorf("%s: after %q twelve times no human was offered", at, text)
				}
			}
		}
	})
}

// RULES: talk.resume. A dialog that was stored and read back goes on the same way.
func TestADialogSurvivesBeingStoredAtEveryStep(t *testing.T) {
	in(t, func(w *bureau) {
		for at, p := range everywhere(t, w) {
			var back flows.Dialog
			if err := json.Unmarshal([]byte(stored(t, p.dialog)), &back); err != nil {
				t.Fatal(err)
			}
			for _, text := range []string{"ayuda", "si", "estado", "1", "00000000"} {
				call := flows.Call{ID: "same", At: p.now(), Key: p.key, Dialog: p.dialog, Input: flows.Input{From: flows.Person, Text: text}}
				forget := w.guard.Mark()
				a, errA := w.Engine.Handle(t.Context(), call)
				forget()
				call.Dialog = back
				b, errB := w.Engine.Handle(t.Context(), call)
				if errA != nil || errB != nil || texts(a) != texts(b) || a.Dialog.Step != b.Dialog.Step {
					t.Errorf("%s, %q: after storing %q (%v), before %q (%v)", at, text, texts(b), errB, texts(a), errA)
				}
			}
		}
	})
}

func texts(r flows.Result) string {
	var all []string
	for _, reply := range r.Replies {
		all = append(all, variable.ReplaceAllString(reply.Text, ""))
	}
	return strings.Join(all, "\n")
}

// monkey types, taps and waits at random.
type monkey struct {
	*phone
	rand *rand.Rand
	last string
	row  int
	sent []flows.Reply // the latest mails
}

var junk = []string{"hola", "si", "no", "ok", "1", "2", "3", "9", "menu", "volver", "corregir", "seguir", "estado", "ayuda", "repetir", "persona", "cancelar", "sos oficial",
	"no puedo entrar", "ley 10430", "docente", "retirado", "policial", "123456", "dni", "pasaporte", "AAB123456", "20111222", "14555666", "30999888", "41227630",
	"11222333", "4000123456", "no me llego", "otro codigo", "00000000", "ya no tengo ese correo", "no tengo", "gracias", "👍", "", "\u202e", "{pin}", "mi clave es Boca1905!",
	"la docente", "keep", "yes", "fix/legajo", "el legajo", "ninguno", "terminar", strings.Repeat("x ", 2000)}

var events = []string{"password_set", "password_part", "password_failed", "not_me", "stop", "timeout", "sent", "undelivered", "unknown"}

// act does one thing; what a person does is answered.
func (m *monkey) act() {
	values := map[string]string{"username": "agomez", "account": "1"}
	m.said = nil
	switch n := m.rand.IntN(100); {
	case n < 45:
		m.person(flows.Input{Text: junk[m.rand.IntN(len(junk))]})
	case n < 75:
		m.person(flows.Input{Choice: m.option()})
	case n < 82 && m.latest() != "":
		m.person(flows.Input{Text: m.latest()})
	case n < 84:
		m.person(flows.Input{Kind: flows.Audio})
	case n < 86:
		m.hear(flows.Input{From: flows.System, Event: events[m.rand.IntN(len(events))], Values: values, Ref: []string{"", m.dialog.Entered, "other"}[m.rand.IntN(3)]})
	case n < 88 && m.dialog.Step == "form":
		m.submit([]string{good, "corta"}[m.rand.IntN(2)])
	case n < 90:
		m.core.locked = !m.core.locked
	default:
		m.pass(time.Duration(m.rand.IntN(1200)) * time.Second)
		m.hear(flows.Input{From: flows.System, Event: "tick"})
	}
	m.check()
}

func (m *monkey) person(in flows.Input) {
	in.From, in.Sender = flows.Person, "Ana"
	if m.hear(in); len(m.said) == 0 {
		m.Fatalf("at %s/%s %+v was met with silence", m.dialog.Flow, m.dialog.Step, in)
	}
}

// latest is the code of the latest mail.
func (m *monkey) latest() string {
	for i := len(m.sent) - 1; i >= 0; i-- {
		if m.sent[i].Code != nil {
			return m.Codes.Code(m.key, *m.sent[i].Code).Reveal()
		}
	}
	return ""
}

func (m *monkey) option() string {
	ids := []string{"yes", "keep", "fix/legajo", "acc-0", "resend", "word/menu", "word/volver", "new_link"}
	for _, r := range m.said {
		for _, o := range r.Offer {
			ids = append(ids, o.ID, o.ID, o.ID)
		}
	}
	ids = append(ids, m.offered...)
	return ids[m.rand.IntN(len(ids))]
}

var (
	leftover = regexp.MustCompile(`\[[a-z]*\.[a-z_0-9.]+\]|\{[a-z_]+\}`)
	optionID = regexp.MustCompile(`^[a-z0-9_./-]{1,32}$`)
)

func (m *monkey) check() {
	if d := m.dialog; (d.Flow == "") != (d.Step == "") || d.Flow != "" && d.Due.IsZero() {
		m.Fatalf("the dialog is stranded: %+v", d)
	}
	if m.turns%8 == 0 || m.dialog.Flow == "" {
		m.size()
	}
	m.lines()
	for _, mail := range m.mails {
		if !strings.Contains(mail.Title+mail.Text, "{") {
			continue
		}
		if left := leftover.FindAllString(mail.Title+mail.Text, -1); len(left) > 1 || len(left) == 1 && left[0] != "{code}" {
			m.Fatalf("%v is left in the mail %q", left, mail.Text)
		}
	}
	m.sent = append(m.sent[max(0, len(m.sent)-3):], m.mails...)
	m.mails = nil
}

func (m *monkey) size() {
	if size := len(stored(m.TB, m.dialog)); size > 8<<10 || m.dialog.Flow == "" && size > 1<<10 {
		m.Fatalf("a dialog of %d bytes at %s: %s", size, m.dialog.Step, stored(m.TB, m.dialog))
	}
}

// lines looks at what was said.
func (m *monkey) lines() {
	if len(m.said) > 0 {
		m.offered = m.offered[:0]
	}
	for _, r := range m.said {
		if n := len([]rune(r.Text)); !r.Delete && (n == 0 || n > 500) {
			m.Fatalf("at %s: a line of %d characters: %q", m.dialog.Step, n, r.Text)
		}
		if r.Text != m.last {
			m.last, m.row = r.Text, 0
		}
		if m.row++; m.row > 3 {
			m.Fatalf("at %s: %d times %q", m.dialog.Step, m.row, r.Text)
		}
		for _, o := range r.Offer {
			if !optionID.MatchString(o.ID) || o.Label == "" {
				m.Fatalf("at %s: option %+v", m.dialog.Step, o)
			}
			m.offered = append(m.offered, o.ID)
		}
		if !strings.ContainsAny(r.Text, "{[") {
			continue
		}
		for _, left := range leftover.FindAllString(r.Text, -1) {
			if left != "{pin}" || r.Form == "" {
				m.Fatalf("at %s: %q is left in %q", m.dialog.Step, left, r.Text)
			}
		}
	}
}

// Whatever people, pages and time do in any order strands nobody. MONKEY sets
// another number of turns; a million take about a minute.
func TestRandomTurnsStrandNobody(t *testing.T) {
	turns, places := 150_000, 25
	if testing.Short() || raceEnabled {
		turns, places = 20_000, 15
	}
	if s := os.Getenv("MONKEY"); s != "" {
		if _, err := fmt.Sscan(s, &turns); err != nil {
			t.Fatal(err)
		}
	}
	reached := map[string]int{}
	const life = 4000
	for seed := range uint64(max(1, turns/life)) {
		w, c, g := world(t)
		m := &monkey{phone: (&bureau{TB: t, World: w, core: c, guard: g}).phone(fmt.Sprint(seed)), rand: rand.New(rand.NewPCG(seed, 7))}
		for range life {
			m.act()
			reached[m.dialog.Flow+"/"+m.dialog.Step]++
			if m.dialog.Memory.Blocked.After(m.Clock.Now()) {
				m.pass(24 * time.Hour)
			}
			if m.rand.IntN(60) == 0 {
				g.Reset()
			}
		}
	}
	if len(reached) < places {
		t.Errorf("only %d places were reached: %v", len(reached), slices.Sorted(maps.Keys(reached)))
	}
}
