package app

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"ventanilla/backend/emulator"
	"ventanilla/store"
)

// takes lets an agent take the person's conversation; the person hears it.
func (c *clerk) takes() {
	c.w.t.Helper()
	n := len(c.w.net.Lines(person))
	if status, body := c.at("POST", "take"); status != http.StatusSeeOther {
		c.w.t.Fatalf("%s takes over: got %d %s", c.name, status, body)
	}
	c.w.hear("Ahora te atiende una persona: "+c.name, n)
}

// says lets the agent write a line, which arrives.
func (c *clerk) says(text string) {
	c.w.t.Helper()
	n := len(c.w.net.Lines(person))
	if status, body := c.at("POST", "say", "text", text, "request", requestNo()); status != http.StatusNoContent {
		c.w.t.Fatalf("%s writes: got %d %s", c.name, status, body)
	}
	c.w.hear(text, n)
}

// leaves hands back, and returns after which bubble that was.
func (c *clerk) leaves() (n int) {
	c.w.t.Helper()
	n = len(c.w.net.Lines(person))
	if status, body := c.at("POST", "return"); status != http.StatusSeeOther {
		c.w.t.Fatalf("%s hands back: got %d %s", c.name, status, body)
	}
	c.w.hear("ya salió del chat", n)
	return n
}

// reads is the page of the conversation.
func (c *clerk) reads(want string) string {
	c.w.t.Helper()
	page := ""
	c.w.until(c.name+" reads "+want, func() bool {
		_, page = c.at("GET", "")
		return strings.Contains(page, want)
	})
	return page
}

// alone wants that after the takeover nobody but the agent spoke, until they left.
func (w *world) alone(agent string) {
	w.t.Helper()
	here := false
	for _, l := range w.net.Lines(person) {
		switch {
		case !l.bot:
		case strings.Contains(l.text, "Ahora te atiende una persona: "+agent):
			here = true
		case strings.Contains(l.text, "ya salió del chat"):
			here = false
		case here && !strings.HasPrefix(l.text, "Soy "+agent):
			w.t.Errorf("the bot said %q while %s was there:\n%s", l.text, agent, w.screen())
		}
	}
}

// The page stands open, an agent takes over, and only then the person sends it: the password is set once, the
// agent sees that it was and not what it is, and the bot says nothing of its own. RULES: agent.never, link.twice
func TestASecretPageThatIsOpenDuringATakeoverStillWorks(t *testing.T) {
	for _, channel := range []string{"telegram", "whatsapp"} {
		t.Run(channel, func(t *testing.T) {
			w := newWorld(t, way{channel: channel, portal: "mseg"}).run()
			o := w.office()
			laura := o.hire("Laura", store.Answers)
			identify(w)
			w.say("si", w.mailed())
			line := w.prove()
			pin := pinText.FindStringSubmatch(line)[1]
			laura.takes()
			laura.says("Soy Laura, seguí con la página nomás")
			w.sure(w.choose(line, chosen), w.username())
			page := laura.reads("eligió una contraseña en la página")
			for what, secret := range map[string]string{"password": chosen, "PIN": pin} {
				if strings.Contains(page, secret) {
					t.Errorf("the agent reads the %s", what)
				}
			}
			w.quiet()
			w.alone("Laura")
			laura.leaves()
			w.quiet()
			w.wantEffects()
			if got := w.signIn(chosen); got != emulator.OK {
				t.Errorf("the new password gets %q", got)
			}
		})
	}
}

// The core hangs when an agent steps in: the takeover does not wait for it, the agent reads in words what is
// wrong, and after the handing back the errand goes on to its end, done once.
func TestAnAgentStepsInWhileTheCoreIsDown(t *testing.T) {
	inMost(t, func(t *testing.T, in way) {
		w := newWorld(t, in).run()
		o := w.office()
		laura := o.hire("Laura", store.Answers)
		identify(w)
		w.must(w.core.Fail(emulator.Fault{Kind: emulator.FaultDown, Times: -1}))
		if _, err := w.net.Say(person, "si"); err != nil {
			t.Fatal(err)
		}
		w.forward("the person is told", func() bool { return strings.Contains(w.screen(), "está tardando en responder") })
		laura.reads("El sistema de la organización")
		began := time.Now()
		laura.takes()
		if took := time.Since(began); took > 10*time.Second {
			t.Errorf("taking over took %v", took)
		}
		laura.says("Soy Laura, el sistema está caído, ya vuelve")
		w.alone("Laura")
		w.core.Heal()
		w.quiet()
		n := laura.leaves()
		w.alone("Laura")
		if !strings.Contains(w.after(n), w.mailed()) { // what was said before may count, or is asked again
			w.say("si", w.mailed())
		}
		w.finish()
		w.wantEffects()
	})
}

// No mail gets out when an agent steps in: the code arrives while they are there, and counts after they left.
func TestAnAgentStepsInWhileMailIsDown(t *testing.T) {
	w := newWorld(t, way{channel: "telegram", portal: "mseg"}).run()
	o := w.office()
	laura := o.hire("Laura", store.Answers)
	w.mailGoesDown()
	laura.takes()
	laura.says("Soy Laura, el correo está demorado")
	w.mailComesBack()
	w.forward("the mail arrives", func() bool { return len(w.mail.Mails(address)) == 1 })
	laura.reads("el correo salió")
	w.quiet()
	w.alone("Laura")
	laura.leaves()
	w.finish()
	w.wantEffects()
}

// after is what the bot said after a bubble.
func (w *world) after(n int) string {
	var b strings.Builder
	for _, l := range w.net.Lines(person) {
		if l.n > n && l.bot {
			b.WriteString(l.text + "\n")
		}
	}
	return b.String()
}
