package app

import (
	"slices"
	"strings"
	"testing"
	"time"

	"ventanilla/backend/emulator"
)

var once = []string{"acc-ana " + emulator.PasswordSet, "acc-ana " + emulator.Unlocked}

// Nobody takes mails for ten minutes. The person hears of it soon and once, every
// question about it is answered truly, and the mail arrives with a code that lives. RULES: talk.stuck, code.life
func TestAMailServerThatIsDownForTenMinutesIsSaidAndTheCodeArrives(t *testing.T) {
	for channel := range channels {
		t.Run(channel, func(t *testing.T) {
			w := newWorld(t, channel).run()
			n := w.mailGoesDown()
			for range 4 {
				w.clock.Advance(time.Minute)
				w.say("estado", "demorado")
				w.clock.Advance(time.Minute)
				w.say("ayuda", "código")
			}
			w.clock.Advance(time.Minute)
			w.mailComesBack()
			w.forward("the mail arrives", func() bool { return len(w.mail.Mails("ana@correo.example")) == 1 })
			w.clock.Advance(15 * time.Second)
			w.hear("ya está funcionando otra vez", n)
			w.finish(1)
			if said := strings.Count(w.screen(), "El correo está demorado en este momento"); said != 1 {
				t.Errorf("said %d times that mail is late:\n%s", said, w.screen())
			}
		})
	}
}

// After so long that the code is worth nothing, its mail never arrives, and the person hears that it will not.
func TestAMailThatIsTooLateIsSaidToHaveFailedAndAnotherOneWorks(t *testing.T) {
	for channel := range channels {
		t.Run(channel, func(t *testing.T) {
			w := newWorld(t, channel).run()
			n := w.mailGoesDown()
			for range 2 {
				w.clock.Advance(8 * time.Minute)
				w.say("estado", "demorado") // who says nothing for half an hour is let go
			}
			w.clock.Advance(10 * time.Minute)
			w.hear("ese código ya no va a llegar", n)
			w.mailComesBack()
			w.say("no me llegó", "¿Qué hacemos?")
			w.say("mandame otro", "código")
			w.forward("the mail arrives", func() bool { return len(w.mail.Mails("ana@correo.example")) == 1 })
			w.finish(1)
		})
	}
}

// mailGoesDown plays until a code is on its way that nobody takes, and the person
// was told. It returns the bubble after which that happened.
func (w *world) mailGoesDown() (n int) {
	w.t.Helper()
	identify(w)
	w.mail.Down()
	n = len(w.net.Lines(person))
	w.say("si", "código de 8 números")
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

// finish types the code of mail number n and goes on to the end.
func (w *world) finish(n int) {
	w.t.Helper()
	line := w.say(w.code(n), "PIN")
	said := len(w.net.Lines(person))
	w.submit(line, "siete gatos en la terraza")
	w.hear("¡Listo!", said-1)
	w.quiet()
	if got := w.seen().effects; !slices.Equal(got, once) {
		w.t.Errorf("the core did %v, want %v", got, once)
	}
}

// forward moves the clock on, some seconds at a time, until something is so.
func (w *world) forward(what string, ok func() bool) {
	w.t.Helper()
	w.until(what, func() bool {
		if ok() {
			return true
		}
		w.clock.Advance(5 * time.Second)
		time.Sleep(20 * time.Millisecond) // what waited for that time runs now
		return ok()
	})
}

// The core is down for ten minutes from the moment in which it is needed. The person
// hears of it once, the words that work everywhere do, and what was said is
// answered when it is back, without being said again. RULES: talk.stuck, talk.words
func TestACoreThatIsDownForTenMinutesIsSaidAndTheAnswerComesLater(t *testing.T) {
	for channel := range channels {
		t.Run(channel, func(t *testing.T) {
			w := newWorld(t, channel).run()
			identify(w)
			w.must(w.core.Fail(emulator.Fault{Kind: emulator.FaultDown, Times: -1}))
			n := len(w.net.Lines(person))
			if _, err := w.net.Say(person, "si"); err != nil {
				t.Fatal(err)
			}
			w.forward("the person is told", func() bool { return strings.Contains(w.screen(), "está tardando en responder") })
			for _, s := range []struct{ say, want string }{{"estado", "recuperar tu cuenta"}, {"ayuda", "Mirá que cada dato"}, {"hola", ""}} {
				w.clock.Advance(3 * time.Minute)
				w.say(s.say, s.want)
			}
			w.core.Heal()
			w.forward("the answer comes", func() bool { return strings.Contains(w.screen(), "código de 8 números al correo") })
			if said := strings.Count(w.screen(), "está tardando en responder"); said != 1 {
				t.Errorf("said %d times that it takes longer:\n%s", said, w.screen())
			}
			w.hear("código de 8 números", n)
			w.finish(1)
		})
	}
}

// The core is down when the page is sent: the page says that nobody knows, sending it
// again does it once, and the chat says so.
func TestACoreThatIsDownWhenThePageIsSentSetsThePasswordOnce(t *testing.T) {
	for channel := range channels {
		for _, kind := range []string{emulator.FaultDown, emulator.FaultLost} {
			t.Run(channel+" "+kind, func(t *testing.T) {
				w := newWorld(t, channel).run()
				identify(w)
				w.say("si", "código de 8 números")
				line := w.say(w.code(1), "PIN")
				w.must(w.core.Fail(emulator.Fault{Kind: kind, Times: 4}))
				said := len(w.net.Lines(person))
				var page string
				w.until("the page says that it is done", func() bool {
					page = w.submit(line, "siete gatos en la terraza")
					return strings.Contains(page, "anapaz")
				})
				w.hear("¡Listo!", said-1)
				w.quiet()
				if got := w.seen().effects; !slices.Equal(got, once) {
					t.Errorf("the core did %v, want %v", got, once)
				}
			})
		}
	}
}
