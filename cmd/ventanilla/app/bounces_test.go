package app

import (
	"slices"
	"strings"
	"testing"
	"time"

	"ventanilla/backend/secret"
	returns "ventanilla/bot/bounces/emulator"
	"ventanilla/cmd/ventanilla/settings"
	"ventanilla/store"
)

// back is the mailbox that a world's mails come back to.
type back struct {
	*returns.Mailbox
	reports chan []byte // what came, before it is in the mailbox
}

// returning gives a world's mails somewhere to come back to.
func (w *world) returning() back {
	w.t.Helper()
	m, err := returns.Listen("127.0.0.1:0", "vuelve", "hunter2", returns.Options{})
	w.must(err)
	w.t.Cleanup(func() { _ = m.Close() })
	b := back{m, make(chan []byte, 8)}
	w.mail.OnReturn(func(to string, report []byte) error {
		if to != "vuelve@example.org" {
			w.t.Errorf("a report goes to %s", to)
		}
		b.reports <- report
		return nil
	})
	w.settings.Mail.Bounces = &settings.Bounces{URL: secret.Text(m.URL()), Address: "vuelve@example.org", Every: 20 * time.Millisecond}
	return b
}

// lost are the network's codes of what the record knows not to have arrived.
func (w *world) lost() (codes []string) {
	for _, l := range w.kept().Fates.Lost {
		codes = append(codes, l.Why)
	}
	return codes
}

// failed is how many mails the supervisors' figures count as not delivered, for a reason.
func (w *world) failed(why string) (n uint64) {
	a := w.running()
	day := a.figures.Day(w.way.portal, w.clock.Now())
	w.must(a.figures.Each(w.t.Context(), w.way.portal, day, day, func(_ string, f store.Figures) error {
		n += f.Sum(store.Figure{What: store.CountReply, Channel: "email", Outcome: store.ReplyFailed, Detail: why})
		return nil
	}))
	return n
}

// A mail that is taken first and comes back later ends as one that is refused at once: agents and figures know, the
// person hears the same as everybody whose code does not come. RULES: enum.same
func TestAMailThatComesBackEndsAsOneThatIsRefused(t *testing.T) {
	in := way{channel: "telegram", portal: "mseg"}
	seen := map[string]string{}
	for _, how := range []string{"refused", "returned"} {
		w := newWorld(t, in)
		b := w.returning()
		if how == "refused" {
			w.mail.Dead(address)
		} else {
			w.mail.Returning(address)
		}
		w.run()
		identify(w)
		w.say("si", w.mailed())
		if how == "returned" {
			w.must(b.Deliver(<-b.reports))
		}
		w.until("the record knows it", func() bool { return len(w.lost()) == 1 })
		if got := w.lost(); !slices.Equal(got, []string{"smtp 550 5.1.1"}) {
			t.Errorf("%s: agents see %q", how, got)
		}
		w.until("the figures know it", func() bool { return w.failed(how) == 1 })
		w.quiet()
		w.say("no me llegó", "")
		seen[how] = strings.ReplaceAll(w.screen(), w.url, "")
		if all, _ := b.Counts(); all != 0 {
			t.Errorf("%s: %d reports are left", how, all)
		}
		w.end()
	}
	if seen["refused"] != seen["returned"] {
		t.Errorf("the screens differ:\n%s\n\n%s", seen["refused"], seen["returned"])
	}
}

// What comes back while the program is down, or cannot read, is noted when it can; a report that
// names no mail of ours is not. People are answered all the while.
func TestWhatComesBackWaitsForTheProgramAndStrangersDoNothing(t *testing.T) {
	w := newWorld(t, way{channel: "telegram", portal: "mseg"})
	b := w.returning()
	w.mail.Returning(address)
	b.Down()
	w.run()
	identify(w)
	w.say("si", w.mailed())
	report := <-b.reports
	w.until("the trouble is known", func() bool {
		st, err := works{w.running()}.Status(t.Context())
		return err == nil && st.Bounces != nil && st.Bounces.Trouble != "" && st.Trouble == ""
	})
	w.say("ayuda", "")
	w.end()
	forged := strings.NewReplacer("Message-ID: <0", "Message-ID: <1", "Message-ID: <1", "Message-ID: <2", "Message-ID: <a", "Message-ID: <b", "Message-ID: <e", "Message-ID: <f")
	w.must(b.Up())
	w.must(b.Deliver(report))
	for i := range 3 {
		w.must(b.Deliver([]byte(strings.Replace(forged.Replace(string(report)), "@example.org", strings.Repeat("x", i)+"@example.org", 1))))
	}
	w.run()
	w.until("it is noted", func() bool { return w.running() != nil && len(w.lost()) == 1 })
	w.until("everything was looked at", func() bool { _, unread := b.Counts(); return unread == 0 })
	if got := w.lost(); len(got) != 1 || w.failed("returned") != 1 {
		t.Errorf("agents see %q, the figures %d", got, w.failed("returned"))
	}
}

func TestCheckingOnlineSignsInAtTheMailboxOfWhatComesBack(t *testing.T) {
	in := way{channel: "telegram", portal: "mseg"}
	good, wrong := asked(t, in, func(w *world) { w.returning() })
	if wrong != "" || !strings.Contains(good, "ok: bounces: the mailbox can be read") {
		t.Errorf("got %q, %q", good, wrong)
	}
	_, wrong = asked(t, in, func(w *world) {
		b := w.returning()
		w.settings.Mail.Bounces.URL = secret.Text(strings.Replace(b.URL(), "hunter2", "hunter3", 1))
	})
	if !strings.Contains(wrong, "bounces: signing in at the mailbox") || strings.Contains(wrong, "hunter3") {
		t.Errorf("got %q", wrong)
	}
}
