package console_test

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"ventanilla/flows"
	"ventanilla/store"
)

// wish is the form of an act.
func wish(act string) url.Values {
	return url.Values{"act": {act}, "reason": {"lo pidió por teléfono"}, "request": {random(8)}}
}

// said is how often the person of a conversation was told something.
func (w *world) said(k flows.Key, part string) (n int) {
	for _, s := range w.phone.heard(k.Person) {
		if strings.Contains(s, part) {
			n++
		}
	}
	return n
}

// acts are what became of the acts of agents, and of requests for them.
func (w *world) acts(k flows.Key) (all []string) {
	w.t.Helper()
	lines, err := w.store.AuditTrail(w.t.Context(), k, 0, 1000)
	w.ok(err)
	for _, l := range lines {
		if strings.HasPrefix(l.What, "aid") {
			all = append(all, strings.TrimSpace(l.What+" "+l.Who+" "+l.Detail["act"]+" "+l.Detail["outcome"]))
		}
	}
	return all
}

// RULES: agent.never
func TestOnlyThoseWhoMayAnswerActAndOnlyAtTheirOrganisations(t *testing.T) {
	w := newWorld(t)
	w.writes(ana, "Ana", "hola", "No puedo entrar", "1234567")
	w.writes(beto, "Beto", "hola", "No puedo entrar", "1234567")
	for _, role := range store.Roles {
		b := w.hire(string(role), role, "mseg")
		for _, x := range []struct{ method, act string }{{"GET", "help"}, {"POST", "help"}, {"POST", "reveal"}, {"POST", "allow"}, {"POST", "deny"}} {
			status, body := b.do(x.method, w.talk(ana, x.act), wish("restart"), http.Header{"Sec-Fetch-Site": {"same-origin"}})
			if got, want := status != http.StatusForbidden, role != store.Audits; got != want || !want && strings.Contains(body, "1234567") {
				t.Errorf("%s %s %s: got %d", role, x.method, x.act, status)
			}
			status, body = b.do(x.method, w.talk(beto, x.act), wish("restart"), http.Header{"Sec-Fetch-Site": {"same-origin"}})
			if status != http.StatusNotFound && status != http.StatusForbidden || strings.Contains(body, "1234567") {
				t.Errorf("%s %s %s at a foreign organisation: got %d", role, x.method, x.act, status)
			}
			status, _ = b.do(x.method, w.talk(ana, x.act), wish("restart"), http.Header{"Sec-Fetch-Site": {"cross-site"}})
			if x.method == "POST" && status != http.StatusForbidden {
				t.Errorf("%s %s from another site: got %d", role, x.act, status)
			}
		}
	}
	if got := w.acts(beto); len(got) > 0 {
		t.Errorf("at the foreign organisation: %q", got)
	}
	if status, _ := w.browser().post(w.talk(ana, "help"), wish("restart")); status == http.StatusOK || status == http.StatusNoContent {
		t.Errorf("a stranger: got %d", status)
	}
}

// An agent acts, another takes the conversation over, the person writes and somebody hands back, all at once, over HTTP:
// each act ends as done or as not done, once; of an act that was refused nobody hears; after a takeover nothing is
// said but by who took over.
func TestAnActRacesTakeoversHandbacksAndThePerson(t *testing.T) {
	w := newWorld(t)
	laura, pedro := w.hire("Laura", store.Answers), w.hire("Pedro", store.Answers)
	races := 150
	if testing.Short() {
		races = 20
	}
	for i := range races {
		k := flows.Key{Portal: "mseg", Channel: "telegram", Person: fmt.Sprint("act", i)}
		w.writes(k, "Ana", "hola", "No puedo entrar")
		var all sync.WaitGroup
		var accepted atomic.Int64
		same := wish("restart")
		for range 2 {
			all.Go(func() {
				switch status, body := laura.post(w.talk(k, "help"), same); status {
				case http.StatusSeeOther:
					accepted.Add(1)
				case http.StatusUnprocessableEntity: // somebody else was faster
				default:
					t.Errorf("got %d %s", status, plain(body))
				}
			})
		}
		all.Go(func() { pedro.post(w.talk(k, "take"), nil) })
		all.Go(func() { w.writes1(k, fmt.Sprint("w", i), "777") })
		if i%2 == 0 {
			all.Go(func() { pedro.post(w.talk(k, "return"), nil) })
		}
		all.Wait()
		w.until("nothing waits", func() bool {
			c, err := w.store.Load(t.Context(), k)
			return err == nil && len(c.Inbox) == 0 && len(c.Outbox) == 0
		})
		asked, ended, done := 0, 0, 0
		for _, a := range w.acts(k) {
			switch {
			case strings.HasPrefix(a, "aid_asked"):
				asked++
			case a == "aided Laura restart done":
				ended, done = ended+1, done+1
			default:
				ended++
			}
		}
		if asked > 1 || ended != asked || accepted.Load() > 0 && asked == 0 {
			t.Fatalf("race %d: %d answers say that it was accepted; %q", i, accepted.Load(), w.acts(k))
		}
		if heard := w.said(k, "Empecemos otra vez"); heard > done {
			t.Fatalf("race %d: the person heard %d times of %q:\n%s", i, heard, w.acts(k), strings.Join(w.phone.heard(k.Person), "\n"))
		}
		c, err := w.store.Load(t.Context(), k)
		w.ok(err)
		if heard := w.phone.heard(k.Person); c.Holder != nil && c.Holder.Agent == "Pedro" {
			at := slices.IndexFunc(heard, func(s string) bool { return strings.HasPrefix(s, "Ahora te atiende") })
			if at < 0 || at != len(heard)-1 {
				t.Fatalf("race %d: after the takeover the person heard %q", i, heard[at+1:])
			}
		}
	}
}

// RULES: agent.never. Ten agents allow the same request at once, its author among them, and two of them take it back: it is done once or never.
func TestARequestIsAllowedOnceOrNever(t *testing.T) {
	w := newWorld(t)
	staff := []*browser{}
	for i := range 4 {
		staff = append(staff, w.hire(fmt.Sprint("Agente ", i), store.Answers))
	}
	for i := range 30 {
		k := flows.Key{Portal: "mseg", Channel: "telegram", Person: fmt.Sprint("plea", i)}
		w.writes(k, "Ana", "hola", "No puedo entrar")
		if status, body := staff[0].post(w.talk(k, "help"), wish("unlock")); status != http.StatusSeeOther {
			t.Fatalf("asking: got %d %s", status, plain(body))
		}
		c, err := w.store.Load(t.Context(), k)
		w.ok(err)
		id := url.Values{"id": {c.Pleas[0].ID}}
		var all sync.WaitGroup
		for _, b := range staff {
			all.Go(func() { b.post(w.talk(k, "allow"), id) })
		}
		if i%2 == 0 {
			all.Go(func() { staff[0].post(w.talk(k, "deny"), id) })
		}
		all.Wait()
		w.until("nothing waits", func() bool {
			c, err := w.store.Load(t.Context(), k)
			return err == nil && len(c.Inbox) == 0 && len(c.Outbox) == 0 && len(c.Pleas) == 0
		})
		acts := w.acts(k)
		done, denied := 0, 0
		for _, a := range acts {
			switch {
			case strings.HasPrefix(a, "aided"):
				done++
			case strings.HasPrefix(a, "aid_denied"):
				denied++
			case strings.HasPrefix(a, "aid_allowed Agente 0"):
				t.Fatalf("its author allowed it: %q", acts)
			}
		}
		if done+denied != 1 || w.said(k, "desbloqueó la cuenta") != done {
			t.Fatalf("round %d: done %d times, denied %d times, heard %d times: %q", i, done, denied, w.said(k, "desbloqueó la cuenta"), acts)
		}
	}
	if some, err := w.store.Pleaded(t.Context(), func(string) bool { return true }); err != nil || len(some) > 0 {
		t.Errorf("still waiting: %+v, %v", some, err)
	}
	if _, err := w.store.VerifyTrails(t.Context()); err != nil {
		t.Error(err)
	}
}

// The whole of it by keyboard alone: what can be done, a reason with a password in it, an act, an act that takes another
// agent, and the person's data, which hide themselves.
func TestAnAgentHelpsByKeyboardInABrowser(t *testing.T) {
	w := newWorld(t)
	w.writes(ana, "Ana Gómez", "hola", "No puedo entrar", "1234567")
	w.hire("Laura", store.Answers)
	w.hire("Pedro", store.Answers)
	laura, pedro := newWindow(t, 1280, false), newWindow(t, 1280, false)
	laura.open(w.console.Ticket("Laura"))
	laura.open(w.url + w.talk(ana, ""))
	laura.eval(watchful + `; ""`)
	laura.press("u")
	laura.until(`document.querySelector("#aid-box[open] input[type=radio]") === document.activeElement`)
	laura.pictures("help-acts")
	laura.press(" ")
	laura.press("\t")
	laura.keys("#reason", "su clave es Canario2024!")
	laura.press("\t")
	laura.press("\r")
	laura.reads("#aids-problem", "contraseña")
	laura.eval(`document.querySelector("#reason").value = ""; document.querySelector("#reason").focus(); ""`)
	laura.keys("#reason", "no entiende la pregunta")
	laura.press("\t")
	laura.press("\r")
	laura.until(`!document.querySelector("#aid-box").open`)
	laura.reads("#lines", "Reiniciar la pregunta: hecho")
	laura.press("u")
	laura.until(`!!document.querySelector("#aid-box[open] #aid-unlock")`)
	laura.eval(`document.querySelector("#aid-unlock").focus(); ""`)
	laura.press(" ")
	laura.keys("#reason", "vino a la oficina")
	laura.pictures("help-second")
	laura.press("\t")
	laura.press("\r")
	laura.reads("#state", "Espera la palabra de otro agente")
	laura.until(`!document.querySelector("#state .allow")`)
	pedro.open(w.console.Ticket("Pedro"))
	pedro.reads(".pleas", "Desbloquear la cuenta")
	pedro.pictures("help-list")
	pedro.open(w.url + w.talk(ana, ""))
	pedro.reads("#state", "vino a la oficina")
	pedro.pictures("help-plea")
	pedro.eval(`document.querySelector("#state .allow").focus(); ""`)
	pedro.press("\r")
	laura.reads("#lines", "Desbloquear la cuenta: hecho")
	w.until("Ana hears of it", func() bool { return w.said(ana, "desbloqueó la cuenta") == 1 })
	laura.press("u")
	laura.until(`!!document.querySelector("#aid-box[open] #reason")`)
	laura.keys("#reason", "para buscarla en el sistema")
	laura.eval(`document.querySelector("#aid-reveal").focus(); ""`)
	laura.press("\r")
	laura.reads("#aid-box", "1234567")
	laura.pictures("help-revealed")
	laura.press("\x1b")
	laura.until(`!document.querySelector("#aid-box").open && !document.body.innerText.includes("1234567")`)
	laura.clean()
	laura.open(w.url + w.talk(ana, "help"))
	laura.pictures("help-page")
}

// Whoever had their data erased and comes back is helped like anybody else; before that there is nobody to help.
func TestWhoComesBackAfterTheirDataWasErasedIsHelped(t *testing.T) {
	w := newWorld(t)
	laura := w.hire("Laura", store.Answers)
	w.writes(ana, "Ana", "hola", "No puedo entrar")
	w.ok(w.store.Erase(t.Context(), ana))
	if status, _ := laura.post(w.talk(ana, "help"), wish("restart")); status != http.StatusNotFound {
		t.Errorf("who was erased: got %d", status)
	}
	w.writes(ana, "Ana", "hola", "No puedo entrar")
	if status, body := laura.post(w.talk(ana, "help"), wish("restart")); status != http.StatusSeeOther {
		t.Errorf("who came back: got %d %s", status, plain(body))
	}
	w.until("it was done", func() bool { return slices.Contains(w.acts(ana), "aided Laura restart done") })
}
