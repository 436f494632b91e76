package app

import (
	"slices"
	"strings"
	"testing"
	"time"

	"ventanilla/backend/emulator"
)

// Nobody takes mails for ten minutes. The person hears of it soon and once, every
// question about it is answered truly, and the mail arrives with a code that lives. RULES: talk.stuck, code.life
func TestAMailServerThatIsDownForTenMinutesIsSaidAndTheCodeArrives(t *testing.T) {
	inMost(t, func(t *testing.T, in way) {
		w := newWorld(t, in).run()
		n := w.mailGoesDown()
		for range 4 {
			w.clock.Advance(time.Minute)
			w.say("estado", "demorado")
			w.clock.Advance(time.Minute)
			w.say("ayuda", "correo")
		}
		w.clock.Advance(time.Minute)
		w.mailComesBack()
		w.forward("the mail arrives", func() bool { return len(w.mail.Mails(address)) == 1 })
		w.clock.Advance(15 * time.Second)
		w.hear("ya está funcionando otra vez", n)
		w.finish()
		w.wantEffects()
		if said := strings.Count(w.screen(), "El correo está demorado en este momento"); said != 1 {
			t.Errorf("said %d times that mail is late:\n%s", said, w.screen())
		}
	})
}

// After so long that the code is worth nothing, its mail never arrives, and the person hears that it will not.
func TestAMailThatIsTooLateIsSaidToHaveFailedAndAnotherOneWorks(t *testing.T) {
	inMost(t, func(t *testing.T, in way) {
		w := newWorld(t, in).run()
		n := w.mailGoesDown()
		for range 2 {
			w.clock.Advance(8 * time.Minute)
			w.say("estado", "demorado") // who says nothing for half an hour is let go
		}
		w.clock.Advance(10 * time.Minute)
		w.hear("ya no va a llegar", n)
		w.mailComesBack()
		w.say("no me llegó", "¿Qué hacemos?")
		w.say(map[string]string{"mseg": "mandame otro", "segurometal": "mandame otra"}[in.portal], "Listo, pedí otr")
		w.forward("the mail arrives", func() bool { return len(w.mail.Mails(address)) == 1 })
		w.finish()
		// What a person asked for twice the core made twice: the first was fetched for a mail that never left.
		if got := w.seen().effects; !slices.Equal(slices.Compact(got), effects[in.portal]) {
			t.Errorf("the core did %v, want %v", got, effects[in.portal])
		}
	})
}

// mailGoesDown plays until a code is on its way that nobody takes, and the person
// was told. It returns the bubble after which that happened.
func (w *world) mailGoesDown() (n int) {
	w.t.Helper()
	identify(w)
	w.mail.Down()
	n = len(w.net.Lines(person))
	w.say("si", w.mailed())
	w.until("a mail was tried", func() bool { return w.running().mail.down() })
	w.clock.Advance(6 * time.Second)
	w.hear("El correo está demorado", n)
	return n
}

// mailComesBack returns once the program knows it; probes keep real time.
func (w *world) mailComesBack() {
	w.t.Helper()
	w.must(w.mail.Up())
	w.until("the program knows that mails get out again", func() bool { return !w.running().mail.down() })
}

// farthest is how far forward moves the clock: past the longest pause between two tries
// and the tries that were under way, and far less than a code lives.
const farthest = 3 * time.Minute

// forward moves the clock on, some seconds at a time, until something is so. What is not
// so at its farthest waits for the machine and not for the time.
func (w *world) forward(what string, ok func() bool) {
	w.t.Helper()
	moved := time.Duration(0)
	w.until(what, func() bool {
		if ok() {
			return true
		}
		if moved < farthest {
			w.clock.Advance(5 * time.Second)
			moved += 5 * time.Second
			time.Sleep(20 * time.Millisecond) // what waited for that time runs now
		}
		return ok()
	})
}

// The core is down for ten minutes from the moment in which it is needed. The person
// hears of it once, the words that work everywhere do, and what was said is
// answered when it is back, without being said again. RULES: talk.stuck, talk.words
func TestACoreThatIsDownForTenMinutesIsSaidAndTheAnswerComesLater(t *testing.T) {
	inMost(t, func(t *testing.T, in way) {
		w := newWorld(t, in).run()
		identify(w)
		w.must(w.core.Fail(emulator.Fault{Kind: emulator.FaultDown, Times: -1}))
		n := len(w.net.Lines(person))
		if _, err := w.net.Say(person, "si"); err != nil {
			t.Fatal(err)
		}
		w.forward("the person is told", func() bool { return strings.Contains(w.screen(), "está tardando en responder") })
		for _, s := range []struct{ say, want string }{{"estado", "todavía no contesta"}, {"ayuda", "Mirá que cada dato"}, {"hola", ""}} {
			w.clock.Advance(3 * time.Minute)
			w.say(s.say, s.want)
		}
		w.core.Heal()
		w.forward("the answer comes", func() bool { return strings.Contains(w.screen(), w.mailed()) })
		if said := strings.Count(w.screen(), "está tardando en responder"); said != 1 {
			t.Errorf("said %d times that it takes longer:\n%s", said, w.screen())
		}
		w.hear(w.mailed(), n)
		w.finish()
		w.wantEffects()
	})
}

// The core is down when the page is sent: the page says that nobody knows, sending it
// again does it once, and the chat says so.
func TestACoreThatIsDownWhenThePageIsSentSetsThePasswordOnce(t *testing.T) {
	for _, kind := range []string{emulator.FaultDown, emulator.FaultLost} {
		for _, channel := range []string{"telegram", "whatsapp"} {
			t.Run(channel+" "+kind, func(t *testing.T) {
				w := newWorld(t, way{channel: channel, portal: "mseg"}).run()
				identify(w)
				w.say("si", w.mailed())
				line := w.prove()
				w.must(w.core.Fail(emulator.Fault{Kind: kind, Times: 4}))
				said := len(w.net.Lines(person))
				w.until("the page says that it is done", func() bool {
					return strings.Contains(w.choose(line, chosen), w.username())
				})
				w.hear("¡Listo!", said-1)
				w.quiet()
				w.wantEffects()
			})
		}
	}
}
