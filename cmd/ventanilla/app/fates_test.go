package app

import (
	"slices"
	"strings"
	"testing"
	"time"

	whatsapp "ventanilla/bot/whatsapp/emulator"
	"ventanilla/flows"
	"ventanilla/store"
)

// heard are the lines of the bot.
func (w *world) heard() (lines []string) {
	for _, l := range w.net.Lines(person) {
		if l.bot {
			lines = append(lines, l.text)
		}
	}
	return lines
}

// sent is how many messages Twilio took.
func (w *world) sent() int { return int(w.net.(onWhatsApp).taken.Load()) }

// kept is the record of the person's conversation.
func (w *world) kept() *store.Conversation {
	w.t.Helper()
	c, err := w.running().store.Load(w.t.Context(), w.key())
	w.must(err)
	return c
}

func (w *world) key() flows.Key {
	return flows.Key{Portal: w.way.portal, Channel: w.way.channel, Person: w.net.Known(person)}
}

// transcript is how many lines there are in it.
func (w *world) transcript() int {
	w.t.Helper()
	lines, err := w.running().store.Transcript(w.t.Context(), w.key(), 0, 1000)
	w.must(err)
	return len(lines)
}

// write lets the person write without waiting for an answer, until everything is decided.
func (w *world) write(text string) {
	w.t.Helper()
	lines := w.transcript()
	_, err := w.net.Say(person, text)
	w.must(err)
	w.until("the message is in the record", func() bool { return w.transcript() > lines })
	w.until("its turn is over", func() bool {
		c := w.kept()
		return len(c.Inbox) == 0 && !slices.ContainsFunc(c.Outbox, func(o store.Outbound) bool { return o.Sent == "" })
	})
}

// Who says BAJA or STOP in the middle of something hears that it was understood and
// then nothing: no answer, no reminder, no notice, until ALTA. Mails go on. RULES: wa.policy
func TestWhoWantsSilenceHasItOverTheWholeProgram(t *testing.T) {
	for _, word := range []string{"BAJA", "stop", "no me escriban más"} {
		t.Run(word, func(t *testing.T) {
			w := newWorld(t, way{channel: "whatsapp", portal: "mseg"}).run()
			identify(w)
			w.say("si", w.mailed())
			w.code()
			w.say(word, "no te escribo más")
			w.quiet() // a line is heard before it is counted
			n, lines := w.sent(), len(w.heard())
			w.write("hola")
			w.write(word)
			w.write(w.code())
			w.deliver(w.key(), flows.Reply{Text: "Cambió la clave de tu cuenta."})
			for range 8 { // reminders, and the end of the dialog
				w.clock.Advance(5 * time.Minute)
				w.quiet()
			}
			if got := w.heard(); w.sent() != n || len(got) != lines {
				t.Errorf("%d messages left all the same: %q", w.sent()-n, got[lines:])
			}
			if muted := w.kept().Muted; muted.IsZero() {
				t.Error("the record does not know it")
			}
			w.say("ALTA", "podés volver a usar este chat")
			w.say("menú", "¿En qué te ayudo?")
			if got := w.heard(); len(got) != lines+2 {
				t.Errorf("it says what was kept back: %q", got[lines:])
			}
		})
	}
}

// What Twilio says of a line decides what becomes of it and of those behind it.
// RULES: wa.errors, wa.window
func TestWhatTwilioSaysOfALineDecidesItsFate(t *testing.T) {
	const notice = "HX00000000000000000000000000000001"
	for _, c := range []struct {
		name  string
		fault whatsapp.Fault
		gets  string // what the person gets to see of the answer
	}{
		{"63018, too fast: it waits and arrives", whatsapp.Fault{Kind: "63018", Delay: time.Second}, "¿En qué te ayudo?"},
		{"20429, too many requests: likewise", whatsapp.Fault{Kind: "429", Delay: time.Second}, "¿En qué te ayudo?"},
		{"63014, blocked: never", whatsapp.Fault{Kind: "failed", Code: 63014}, ""},
		{"21610, refused: never", whatsapp.Fault{Kind: "21610"}, ""},
		{"21211, nobody there: never", whatsapp.Fault{Kind: "21211"}, ""},
		{"63016, the window is closed: by template", whatsapp.Fault{Kind: "undelivered", Code: 63016}, "Mesa: ¿En qué te ayudo?"},
		{"63016, told at once: by template", whatsapp.Fault{Kind: "63016"}, "Mesa: ¿En qué te ayudo?"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, way{channel: "whatsapp", portal: "mseg"})
			n := w.net.(onWhatsApp)
			n.AddContent(whatsapp.Content{Account: waAccount, SID: notice, Body: "Mesa: {{1}}", Approved: true})
			w.settings.Bots[0].WhatsApp.Templates.Notice = notice
			w.run()
			w.say("hola", "¿En qué te ayudo?")
			w.quiet()
			before := len(w.heard())
			n.Fail(c.fault)
			w.write("menú")
			want := 0
			if c.gets != "" {
				want = 1
			}
			end := w.clock.Now().Add(time.Minute)
			w.until("its fate is known", func() bool {
				if w.clock.Now().Before(end) {
					w.clock.Advance(time.Second)
				}
				return len(w.heard()) >= before+want && len(w.kept().Outbox) == 0
			})
			for range 3 { // as long as anything would be tried again, and shorter than until a reminder
				w.clock.Advance(time.Minute)
				w.until("what is due is done", func() bool { return w.running().idle(t.Context()) })
			}
			got := w.heard()[before:]
			if len(got) != want || want == 1 && !strings.HasPrefix(got[0], c.gets) {
				t.Errorf("the person sees %q, want %d: %q", got, want, c.gets)
			}
			w.say("menú", "¿En qué te ayudo?") // who writes again can be reached again
		})
	}
}

// Who shows no number goes through the whole story. RULES: wa.nophone
func TestWhoShowsNoNumberGetsBackIn(t *testing.T) {
	for _, portal := range []string{"mseg", "segurometal"} {
		t.Run(portal, func(t *testing.T) {
			w := newWorld(t, way{channel: "whatsapp", portal: portal}, func(w *world) { w.nophone = true }).run()
			recovery(w)
			w.wantEffects()
			if got := w.net.Known(person); got != "AR.1234567890" {
				t.Errorf("the person is known as %q", got)
			}
		})
	}
}

// Twilio brings messages twice, late and in another order, and loses answers and
// reports: what the person sees and what the core did is as if nothing had happened,
// but for one line that may be there twice for each lost answer. RULES: wa.dedupe
func TestOnWhatsAppDuplicatesAndLostReportsChangeNothing(t *testing.T) {
	for _, in := range ways {
		if in.channel != "whatsapp" {
			continue
		}
		t.Run(in.String(), func(t *testing.T) {
			plain := newWorld(t, in).run()
			recovery(plain)
			w := newWorld(t, in)
			n := w.net.(onWhatsApp)
			for _, f := range []whatsapp.Fault{{Kind: "duplicate", Times: 6}, {Kind: "late", Times: 2, Delay: 30 * time.Millisecond}, {Kind: "lost", Times: 2},
				{Kind: "status_lost", Times: 3}, {Kind: "status_duplicate", Times: 3}, {Kind: "status_reorder", Times: 3}} {
				if !n.Fail(f) {
					t.Fatalf("there is no fault %q", f.Kind)
				}
			}
			w.run()
			recovery(w)
			want, got := plain.seen(), w.seen()
			if lines, chat := repeated(got.chat, want.chat); lines > 2 || !slices.Equal(chat, want.chat) {
				t.Errorf("%d lines repeated:\n%s\nwant\n%s", lines, strings.Join(got.chat, "\n"), strings.Join(want.chat, "\n"))
			}
			if !slices.Equal(got.mails, want.mails) || !slices.Equal(got.effects, want.effects) {
				t.Errorf("mails %q, effects %q; want %q, %q", got.mails, got.effects, want.mails, want.effects)
			}
		})
	}
}
