package console_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"ventanilla/backend/portal"
	"ventanilla/flows"
	"ventanilla/flows/standard"
	"ventanilla/store"
)

// numbers says what is wrong with the numbers of the lines on a page: each is there once, in order.
const numbers = `(() => { const n = [...document.querySelectorAll("#lines li.line")].map(e => Number(e.dataset.n)); return n.every((x, i) => i === 0 || x === n[i-1] + 1) ? "" : n.join(" "); })()`

func TestAConnectionThatDropsLosesAndRepeatsNoLine(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.hire("Laura", store.Answers)
	w.writes(ana, "Ana", "hola", "persona")
	v := newWindow(t, 1280, false)
	v.open(w.console.Ticket("Laura"))
	v.open(w.url + w.talk(ana, ""))
	v.until(`document.querySelector("#offline").hidden`)
	for i := range 3 {
		w.writes(ana, "Ana", fmt.Sprint("antes del corte ", i))
		v.reads("#lines", fmt.Sprint("antes del corte ", i))
		w.dead.Store(true)
		w.cut()
		v.until(`!document.querySelector("#offline").hidden`)
		w.writes(ana, "Ana", fmt.Sprint("durante el corte ", i), fmt.Sprint("y otra ", i))
		w.dead.Store(false)
		v.reads("#lines", fmt.Sprint("y otra ", i))
		v.until(`document.querySelector("#offline").hidden`)
		if wrong := v.eval(numbers); wrong != "" {
			t.Fatalf("after the %d. cut the lines are %s", i+1, wrong)
		}
	}
	for _, text := range []string{"antes del corte 1", "durante el corte 1", "y otra 2"} {
		if n := v.eval(fmt.Sprintf(`String([...document.querySelectorAll("#lines .text")].filter(e => e.innerText === %q).length)`, text)); n != "1" {
			t.Errorf("%q stands there %s times", text, n)
		}
	}
}

// RULES: wa.window
func TestTheWindowOfWhatsAppCountsDownOnThePage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.writes(beto, "Beto", "hola", "persona")
	w.clock.Advance(23*time.Hour + 10*time.Minute)
	w.hire("Laura", store.Answers)
	v := newWindow(t, 1280, true)
	v.open(w.console.Ticket("Laura"))
	v.open(w.url + w.talk(beto, ""))
	v.reads("#state .window.near", "Queda poco: 49 min")
	v.press("t")
	v.reads("#state", "La atiende usted")
	again := func() { v.eval(`htmx.trigger("#state", "refresh"); ""`) }
	w.clock.Advance(25 * time.Minute)
	again()
	v.reads("#state .window.near", "Queda poco: 24 min")
	v.press("r")
	v.keys("#text", "todavía a tiempo")
	v.tap("#send")
	v.reads("#lines", "todavía a tiempo")
	w.clock.Advance(25 * time.Minute)
	again()
	v.reads("#state", "solo salen respuestas preparadas")
	v.until(`document.querySelector("#text").readOnly`)
	v.pictures("shut")
	v.eval(`document.activeElement.blur(); ""`)
	v.press("/")
	v.until(`document.activeElement.id === "canned-find"`)
	v.keys("#canned-find", "espera")
	v.press("\r")
	v.until(`document.querySelector("#text").value.startsWith("Deme unos minutos")`)
	v.tap("#send")
	w.until("Beto heard the ready answer", func() bool {
		return strings.Contains(strings.Join(w.phone.heard(beto.Person), "\n"), "Deme unos minutos")
	})
}

func TestOfTwoWindowsThatTakeAtOnceOneHasIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.writes(ana, "Ana", "hola", "persona")
	w.hire("Laura", store.Answers)
	w.hire("Pedro", store.Answers)
	windows := []window{newWindow(t, 1280, false), newWindow(t, 1280, true)}
	for i, name := range []string{"Laura", "Pedro"} {
		windows[i].open(w.console.Ticket(name))
		windows[i].open(w.url + w.talk(ana, ""))
	}
	var both sync.WaitGroup
	for _, v := range windows {
		both.Go(func() { v.press("t") })
	}
	both.Wait()
	has := func(v window) bool {
		v.until(`/La atiende usted|La atiende (Laura|Pedro)/.test(document.querySelector("#state").innerText)`)
		return strings.Contains(v.eval(`document.querySelector("#state").innerText`), "La atiende usted")
	}
	first, second := has(windows[0]), has(windows[1])
	if first == second {
		t.Errorf("Laura has it: %v, Pedro has it: %v", first, second)
	}
	loser := windows[0]
	if first {
		loser = windows[1]
	}
	loser.until(`document.querySelector("#send").disabled && !document.querySelector("#hand-back")`)
	w.until("the person hears that one is there", func() bool {
		return strings.Count(strings.Join(w.phone.heard("1001"), "\n"), "Ahora te atiende una persona") == 1
	})
}

func TestHowFarALineGotChangesOnAPageThatIsOpen(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.hire("Laura", store.Answers)
	w.writes(beto, "Beto", "hola", "persona")
	v := newWindow(t, 1280, false)
	v.open(w.console.Ticket("Laura"))
	v.open(w.url + w.talk(beto, ""))
	v.press("t")
	v.reads("#state", "La atiende usted")
	w.change(beto, func(c *store.Conversation) {
		c.Announce("slow", flows.Reply{Text: "línea lenta", Not: w.clock.Now().Add(time.Hour)}, w.clock.Now())
		c.Delay("slow", w.clock.Now().Add(time.Hour))
	})
	v.reads("#lines", "línea lenta")
	last := `[...document.querySelectorAll("#lines .line .tick")].pop()`
	v.until(last + `.classList.contains("queued")`)
	w.change(beto, func(c *store.Conversation) { c.Delivered("slow", w.clock.Now()); c.Arrived(c.Lines, false) })
	v.until(last + `.classList.contains("delivered")`)
	w.change(beto, func(c *store.Conversation) { c.Arrived(c.Lines, true) })
	v.until(last + `.classList.contains("read") && ` + last + `.innerText.includes("leído")`)
	if wrong := v.eval(numbers); wrong != "" {
		t.Errorf("the lines are %s", wrong)
	}
}

// The page of somebody in the middle of an errand of a real organisation.
func TestThePageOfAnErrandIsOneToWorkIn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	all, err := portal.Builtin()
	w.ok(err)
	list, err := standard.Flows(all[0], standard.Deps{Limits: flows.DefaultLimits(), MailDown: func() bool { return false }})
	w.ok(err)
	tables := map[string]flows.Flow{}
	for _, f := range list {
		tables[f.Name] = f
	}
	w.config.Flows = func(string) map[string]flows.Flow { return tables }
	w.reopen()
	w.hire("Laura", store.Supervises)
	w.writes(beto, "Segundo Manuel Chimbo", "hola", "No puedo entrar")
	now := w.clock.Now()
	at := func(flow, step string, path ...string) flows.Result {
		return flows.Result{Dialog: flows.Dialog{Flow: flow, Step: step, Caller: "recovery", Path: path, Values: map[string]string{"cedula": "1713175071"}, Since: now},
			Replies: []flows.Reply{{Text: "Sentence of " + step}}, Idents: []flows.Ident{{Kind: "cedula", Value: "1713175071"}}}
	}
	w.change(beto, func(c *store.Conversation) {
		for i, r := range []flows.Result{at("proof", "cedula"), at("proof", "confirm", "cedula"), at("proof", "code", "cedula"), at("proof", "code_again", "cedula")} {
			c.Answer(store.Inbound{ID: fmt.Sprint("s", i), At: now}, r, now)
		}
		c.Trouble("s3/0", "twilio 63018")
		c.Postpone("s3/0", now.Add(time.Hour))
		c.Drop("s2/0", "twilio 63016", now)
	})
	other := flows.Key{Portal: "iess", Channel: "telegram", Person: "8"}
	w.writes(other, "Segundo M.", "hola")
	w.change(other, func(c *store.Conversation) { c.Answer(store.Inbound{ID: "o", At: now}, at("proof", "confirm"), now) })
	v := newWindow(t, 1440, false)
	v.open(w.console.Ticket("Laura"))
	v.open(w.url + w.talk(beto, ""))
	v.eval(watchful + `; ""`)
	v.reads("#side [aria-current=step]", "Escribe el código otra vez")
	v.reads("#side .others", "Segundo M.")
	if n := v.eval(`String(document.querySelectorAll("#side [aria-current=step]").length)`); n != "1" {
		t.Errorf("%s places are lit, want one", n)
	}
	v.eval(`htmx.trigger("#side", "refresh"); ""`)
	v.pictures("errand")
	v.look(1440, false)
	v.picture("errand-1440")
	v.clean()
}

// The stream outlives what else is asked for: a line of which it told is fetched once that works again.
func TestALineThatCouldNotBeFetchedComesLater(t *testing.T) {
	w := newWorld(t)
	w.crowd()
	w.hire("Laura", store.Answers)
	v := newWindow(t, 1280, false)
	v.open(w.console.Ticket("Laura"))
	v.open(w.url + w.talk(ana, ""))
	v.press("t")
	v.reads("#state", "La atiende usted")
	w.dead.Store(true)
	w.writes(ana, "Ana Gómez", "¿me leen?")
	v.until(`!document.querySelector("#offline").hidden`)
	w.dead.Store(false)
	v.reads("#lines", "¿me leen?")
	v.until(`document.querySelector("#offline").hidden`)
}

// On a low screen the ready answers are in sight when they open, and the composer once one is chosen.
func TestTheReadyAnswersAreInSightOnALowScreen(t *testing.T) {
	w := newWorld(t)
	w.crowd()
	w.hire("Laura", store.Answers)
	v := newWindow(t, 320, false)
	v.open(w.console.Ticket("Laura"))
	for _, size := range [][2]int64{{320, 640}, {320, 320}, {860, 500}, {1280, 320}} {
		v.sized(size[0], size[1], false)
		v.open(w.url + w.talk(ana, ""))
		if size[1] == 640 {
			v.press("t")
			v.reads("#state", "La atiende usted")
		}
		v.eval(`document.activeElement.blur(); ""`)
		v.press("/")
		v.until(`document.activeElement.id === "canned-find"`)
		within := `(s => { const r = document.querySelector(s).getBoundingClientRect(); return r.top >= -1 && r.bottom <= innerHeight + 1 })`
		v.until(within + `("#canned-find") && ` + within + `("#canned")`)
		v.press("\r")
		v.until(`document.querySelector("#text").value !== "" && ` + within + `("#text") && ` + within + `("#send")`)
		v.eval(`document.querySelector("#text").value = ""; ""`)
	}
}
