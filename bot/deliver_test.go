package bot_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"ventanilla/backend"
	"ventanilla/bot"
	"ventanilla/flows"
	"ventanilla/store"
)

// say puts replies into the outbox as a turn would.
func (w *world) say(replies ...flows.Reply) {
	w.t.Helper()
	err := w.store.Update(w.t.Context(), ana, func(c *store.Conversation) error {
		for _, r := range replies {
			c.Say(fmt.Sprintf("s%d", c.Lines), "", r, w.clock.Now())
		}
		return nil
	})
	if err != nil {
		w.t.Fatal(err)
	}
}

// failing makes a channel fail for texts with a prefix, as often as said.
func failing(prefix string, times int, err error) func(context.Context, bot.Delivery) error {
	return func(_ context.Context, d bot.Delivery) error {
		if !strings.HasPrefix(d.Reply.Text, prefix) || times == 0 {
			return nil
		}
		times--
		return err
	}
}

// RULES: tg.rate
func TestALineThatMustWaitHoldsTheLinesBehindItInOrder(t *testing.T) {
	w := newWorld(t)
	w.phone.hook(failing("uno", 1, &bot.SendError{After: 7 * time.Second, Err: errors.New("429")}))
	w.say(flows.Reply{Text: "uno"}, flows.Reply{Text: "dos"})
	w.drain()
	w.saw()
	if wait := w.load().Due().Sub(w.clock.Now()); wait < 6*time.Second || wait > 9*time.Second {
		t.Errorf("the next try is in %v, want the 7 s that the network asked for", wait)
	}
	w.clock.Advance(6 * time.Second)
	w.drain()
	w.saw()
	w.clock.Advance(3 * time.Second)
	w.drain()
	w.saw("uno", "dos")
}

func TestWhileALineMustWaitMessagesAreStillAnswered(t *testing.T) {
	w := newWorld(t)
	w.phone.hook(failing("eco: a", 1, &bot.SendError{After: time.Minute, Err: errors.New("429")}))
	w.accept(said("1", "a"), said("2", "b"))
	w.drain()
	w.saw()
	if c := w.load(); len(c.Inbox) != 0 || len(c.Outbox) != 2 {
		t.Fatalf("inbox %v, outbox %v", c.Inbox, c.Outbox)
	}
	w.clock.Advance(2 * time.Minute)
	w.drain()
	w.saw("eco: a", "eco: b")
}

func TestRetriesWaitLongerEachTimeUpToAMinute(t *testing.T) {
	w := newWorld(t)
	w.phone.hook(failing("x", -1, errors.New("connection reset")))
	w.say(flows.Reply{Text: "x"})
	var waits []time.Duration
	for range 10 {
		w.drain()
		wait := w.load().Due().Sub(w.clock.Now())
		waits = append(waits, wait)
		w.clock.Advance(wait)
	}
	if !slices.IsSorted(waits[:6]) || waits[0] < 900*time.Millisecond || waits[9] < 30*time.Second || waits[9] > time.Minute {
		t.Errorf("waits %v, want from a second to a minute", waits)
	}
}

// RULES: tg.rate
// RULES: tg.rate
func TestAReplyThatOnlyWaitsForItsPaceIsNotTakenForOneThatFailed(t *testing.T) {
	w := newWorld(t)
	w.phone.hook(failing("uno", 6, &bot.SendError{Held: true, After: 100 * time.Millisecond, Err: errors.New("too many messages for now")}))
	w.say(flows.Reply{Text: "uno"})
	for range 6 {
		w.drain()
		if wait := w.load().Due().Sub(w.clock.Now()); wait > 200*time.Millisecond {
			t.Fatalf("it waits %v, want what the pace asks for", wait)
		}
		w.clock.Advance(200 * time.Millisecond)
	}
	w.drain()
	w.saw("uno")

	w.phone.hook(failing("", 1, &bot.SendError{Whole: true, After: time.Hour, Err: errors.New("429")}))
	w.say(flows.Reply{Text: "dos"})
	w.drain() // the whole bot pauses
	beto := flows.Key{Portal: "mseg", Channel: "telegram", Person: "1002"}
	if err := w.store.Accept(t.Context(), beto, said("1", "b")); err != nil {
		t.Fatal(err)
	}
	if err := w.worker.Drain(t.Context(), beto); err != nil {
		t.Fatal(err)
	}
	c, err := w.store.Load(t.Context(), beto)
	if err != nil || len(c.Outbox) != 1 || c.Outbox[0].Tries != 0 || c.Due().Before(w.clock.Now().Add(time.Hour)) {
		t.Errorf("got %+v, %v: want a line that waits and was never tried", c.Outbox, err)
	}
}

func TestAWholeBotThatMustWaitIsNotAskedAgainAndOthersGoOn(t *testing.T) {
	w := newWorld(t)
	other := flows.Key{Portal: "seguros", Channel: "telegram", Person: "1001"}
	same := flows.Key{Portal: "mseg", Channel: "telegram", Person: "1002"}
	sends := 0
	w.phone.hook(func(_ context.Context, d bot.Delivery) error {
		if d.Portal != "mseg" {
			return nil
		}
		sends++
		return &bot.SendError{After: 20 * time.Second, Whole: true, Err: errors.New("429")}
	})
	for _, k := range []flows.Key{ana, same, other} {
		if err := w.store.Accept(t.Context(), k, said("1", k.Portal)); err != nil {
			t.Fatal(err)
		}
		if err := w.worker.Drain(t.Context(), k); err != nil {
			t.Fatal(err)
		}
	}
	w.saw("eco: seguros")
	if sends != 1 {
		t.Errorf("the bot that was told to wait sent %d times, want once", sends)
	}
	w.phone.hook(nil)
	w.clock.Advance(25 * time.Second)
	w.drain()
	w.saw("eco: seguros", "eco: mseg")
}

func TestALineThatCanNeverArriveIsDroppedAndReported(t *testing.T) {
	w := newWorld(t)
	w.phone.hook(failing("uno", -1, &bot.SendError{Never: true, Err: errors.New("400")}))
	w.say(flows.Reply{Text: "uno", Ref: "r"}, flows.Reply{Text: "dos"})
	w.drain()
	w.saw("dos", "undelivered refused")
}

func TestAChannelThatPanicsLosesOneLineAndNothingElse(t *testing.T) {
	w := newWorld(t)
	w.phone.hook(func(_ context.Context, d bot.Delivery) error {
		if d.Reply.Text == "uno" {
			panic("boom")
		}
		return nil
	})
	w.say(flows.Reply{Text: "uno"}, flows.Reply{Text: "dos"})
	w.drain()
	w.saw("dos")
}

// RULES: tg.rate
func TestWhoBlockedTheBotGetsNothingOfWhatWaits(t *testing.T) {
	w := newWorld(t)
	w.phone.hook(failing("uno", 1, &bot.SendError{Gone: true, Err: errors.New("403")}))
	w.say(flows.Reply{Text: "uno"}, flows.Reply{Text: "dos"}, flows.Reply{Text: "tres"})
	w.drain()
	w.saw()
	if c := w.load(); len(c.Outbox) != 0 || !c.Due().IsZero() {
		t.Errorf("outbox %v, due %v", c.Outbox, c.Due())
	}
	w.accept(said("9", "volví"))
	w.drain()
	w.saw("eco: volví")
}

func TestALineIsNeverSentAfterItsEnd(t *testing.T) {
	w := newWorld(t)
	end := w.clock.Now().Add(time.Minute)
	w.phone.hook(failing("head", -1, &bot.SendError{After: time.Hour, Err: errors.New("429")}))
	w.say(flows.Reply{Text: "head"}, flows.Reply{Text: "late", Until: end, Ref: "r"})
	w.drain()
	w.clock.Advance(2 * time.Minute)
	w.phone.hook(nil)
	w.drain()
	c := w.load()
	if len(c.Inbox) != 0 || len(c.Outbox) != 2 || c.Outbox[1].Reply.Text != "undelivered expired" {
		t.Fatalf("inbox %v, outbox %v: want the report answered, behind the line that waits", c.Inbox, c.Outbox)
	}
	if due := c.Due(); !due.After(w.clock.Now()) {
		t.Errorf("due %v, want when the first line may leave", due)
	}
	w.clock.Advance(2 * time.Hour)
	w.drain()
	w.saw("head", "undelivered expired")
}

func TestAReplyWithoutAnEndIsTriedForADay(t *testing.T) {
	w := newWorld(t)
	w.phone.hook(failing("uno", -1, &bot.SendError{After: time.Hour, Err: errors.New("429")}))
	w.mail.hook(failing("", -1, &bot.SendError{After: time.Hour, Err: errors.New("421")}))
	w.say(flows.Reply{Text: "uno", Ref: "chat"}, flows.Reply{To: "email:ana@example.org", Text: "hola", Ref: "mail"})
	stop := w.run()
	for range 23 {
		w.clock.Advance(time.Hour)
	}
	eventually(t, "both were tried", func() bool { c := w.load(); return c.Due().After(w.clock.Now()) })
	if c := w.load(); c.Turns != 0 {
		t.Errorf("given up within the day: %+v", c.Outbox)
	}
	w.clock.Advance(2 * time.Hour)
	eventually(t, "the dialog hears of both", func() bool { return len(w.phone.texts()) == 2 })
	stop()
	w.saw("undelivered expired", "undelivered expired")
}

func TestAFullOutboxStopsAnswersAndNotTheClock(t *testing.T) {
	w := newWorld(t)
	w.phone.hook(failing("", -1, &bot.SendError{After: time.Hour, Err: errors.New("down")}))
	for i := range store.MaxOutbox + 3 {
		w.accept(said(fmt.Sprint(i), "x"))
	}
	w.drain()
	c := w.load()
	if len(c.Outbox) != store.MaxOutbox || len(c.Inbox) != 3 {
		t.Fatalf("%d lines and %d messages wait", len(c.Outbox), len(c.Inbox))
	}
	if due := c.Due(); !due.After(w.clock.Now()) {
		t.Errorf("due %v: a full outbox must not be looked at in a loop", due)
	}
	w.phone.hook(nil)
	w.clock.Advance(2 * time.Hour)
	w.drain()
	if n := len(w.phone.texts()); n != store.MaxOutbox+3 {
		t.Errorf("the person sees %d lines, want all", n)
	}
}

// RULES: enum.same
func TestALineLeavesNotBeforeItsTime(t *testing.T) {
	w := newWorld(t)
	w.say(flows.Reply{Text: "a", Not: w.clock.Now().Add(1500 * time.Millisecond)}, flows.Reply{Text: "b"})
	w.drain()
	w.saw()
	w.clock.Advance(1500 * time.Millisecond)
	w.drain()
	w.saw("a", "b")
}

// RULES: code.stored, code.form, link.forwarded
func TestSecretsTakeTheirPlaceOnlyWhileSending(t *testing.T) {
	w := newWorld(t)
	ref := flows.CodeRef{Account: "a1", Nonce: "n1"}
	until := w.clock.Now().Add(time.Hour)
	w.say(flows.Reply{Text: "Tu PIN es {pin}", Form: "password", Entered: "e1", Button: "Abrir"},
		flows.Reply{Text: "documento", File: &flows.File{ID: "2026-10", Name: "recibo.pdf"}},
		flows.Reply{To: "email:ana@example.org", Title: "{code}", Text: "Tu código: {code}", Code: &ref, Until: until,
			Grants: []flows.Grant{{ID: "g1", Label: "No fui yo"}}})
	stop := w.run()
	eventually(t, "all of it is sent", func() bool { return len(w.phone.texts())+len(w.mail.texts()) == 3 })
	stop()
	codes := flows.Codes{Key: w.worker.Codes.Key}
	page, doc, mail := w.phone.deliveries()[0], w.phone.deliveries()[1], w.mail.deliveries()[0]
	if want := "Tu PIN es " + codes.PIN(ana, "e1").Reveal(); page.Reply.Text != want || page.URL != "https://bot.example.org/f/"+w.store.Name(ana)+"/e1" {
		t.Errorf("page: %q %q, want %q", page.Reply.Text, page.URL, want)
	}
	if b, err := doc.Open(t.Context()); err != nil || string(b) != "mseg/2026-10" {
		t.Errorf("document: %q, %v", b, err)
	}
	if want := "Tu código: " + flows.Spaced(codes.Code(ana, ref)).Reveal(); mail.Reply.Text != want || mail.Reply.Title != "{code}" || mail.To != "ana@example.org" {
		t.Errorf("mail: %q %q to %q, want %q", mail.Reply.Title, mail.Reply.Text, mail.To, want)
	}
	if want := []bot.Link{{Label: "No fui yo", URL: "https://bot.example.org/g/g1"}}; !slices.Equal(mail.Links, want) {
		t.Errorf("links: %v, want %v", mail.Links, want)
	}
}

// RULES: code.life
func TestTheDialogHearsWhenTheMailServerTookAMail(t *testing.T) {
	w := newWorld(t)
	w.accept(said("1", "mail ana@example.org"))
	stop := w.run()
	eventually(t, "the dialog heard it", func() bool { return len(w.phone.texts()) == 2 })
	stop()
	w.saw("te mandé un mail", "sent ")
	if in := w.engine.calls[1].Input; in.From != flows.System || !strings.HasPrefix(in.Ref, "ref-") {
		t.Errorf("heard %+v", in)
	}
}

// An expired code is never mailed; RULES: code.life
func TestAMailThatCouldNotLeaveInTimeIsReportedAndNeverSent(t *testing.T) {
	w := newWorld(t)
	w.mail.hook(failing("", -1, errors.New("connection refused")))
	w.accept(said("1", "mail ana@example.org"))
	stop := w.run()
	eventually(t, "the chat's own line arrives", func() bool { return len(w.phone.texts()) == 1 })
	for range 11 {
		w.clock.Advance(time.Minute)
	}
	eventually(t, "the dialog heard it", func() bool { return len(w.phone.texts()) == 2 })
	w.mail.hook(nil)
	w.clock.Advance(time.Hour)
	stop()
	w.saw("te mandé un mail", "undelivered expired")
	if n := len(w.mail.texts()); n != 0 {
		t.Errorf("%d mails were sent after their end", n)
	}
}

// RULES: flood.starts
func TestMailsAboveThePortalsCeilingWaitForTheNextMinute(t *testing.T) {
	w := newWorld(t, func(l *flows.Limits) { l.PortalMails = flows.Budget{Kind: "flood.mails", Max: 3, Per: time.Minute} })
	for i := range 5 {
		w.say(flows.Reply{To: fmt.Sprintf("email:p%d@example.org", i), Text: "hola"})
	}
	stop := w.run()
	eventually(t, "three mails leave", func() bool { return len(w.mail.texts()) == 3 })
	w.clock.Advance(30 * time.Second)
	w.say(flows.Reply{Text: "fin"})
	eventually(t, "the chat is not held back", func() bool { return len(w.phone.texts()) == 1 })
	if n := len(w.mail.texts()); n != 3 {
		t.Errorf("%d mails within the minute, want 3", n)
	}
	w.clock.Advance(time.Minute)
	eventually(t, "the rest leaves", func() bool { return len(w.mail.texts()) == 5 })
	stop()
}

// documents that cannot be had, by their id.
type shelf map[string]error

func (s shelf) Open(_ context.Context, _ string, f flows.File) ([]byte, error) {
	return []byte("%PDF-"), s[f.ID]
}

// RULES: wa.limits, tg.limits
func TestADocumentThatWillNotComeIsToldToThePersonOrTheDialog(t *testing.T) {
	gone := &backend.Error{Code: backend.NotFound}
	large := &backend.Error{Code: backend.Rejected, Reason: backend.ReasonTooLarge}
	for _, tt := range []struct {
		name  string
		cause error
		ref   string
		want  []string
	}{
		{"it is gone", gone, "", []string{"file_lost"}},
		{"it is too large", large, "", []string{"file_too_large"}},
		{"it is gone, and the dialog has its own words", gone, "r1", []string{"undelivered missing"}},
		{"it is too large, and the dialog has its own words", large, "r1", []string{"undelivered too_large"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			w.worker.Files = shelf{"2026-10": tt.cause}
			w.phone.hook(fetch)
			w.say(flows.Reply{File: &flows.File{ID: "2026-10", Name: "recibo.pdf"}, Ref: tt.ref})
			w.drain()
			w.saw(tt.want...)
		})
	}
}

// fetch is a network that takes the document along.
func fetch(ctx context.Context, d bot.Delivery) error {
	if d.Open == nil {
		return nil
	}
	_, err := d.Open(ctx)
	return err
}

func TestADocumentIsTriedWhileTheCoreIsDownButNotLongerThanAProofCounts(t *testing.T) {
	w := newWorld(t)
	files := shelf{"2026-10": &backend.Error{Code: backend.Unavailable}}
	w.worker.Files = files
	w.phone.hook(fetch)
	w.say(flows.Reply{Text: "Tu recibo", File: &flows.File{ID: "2026-10", Name: "recibo.pdf"}})
	w.drain()
	w.saw()
	w.clock.Advance(flows.ProofLife - time.Minute)
	w.drain()
	w.saw()
	w.clock.Advance(time.Minute)
	w.drain()
	w.saw("file_lost")
	files["2026-10"] = nil
	w.say(flows.Reply{Text: "Tu recibo", File: &flows.File{ID: "2026-10", Name: "recibo.pdf"}})
	w.drain()
	w.saw("file_lost", "Tu recibo")
	if d := w.phone.deliveries()[1]; d.URL != "https://bot.example.org/d/"+w.store.Name(ana)+"/"+d.ID {
		t.Errorf("the address is %q", d.URL)
	}
}
