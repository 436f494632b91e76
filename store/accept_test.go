package store_test

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"ventanilla/flows"
	"ventanilla/store"
)

func TestAcceptedMessagesWaitInOrder(t *testing.T) {
	w := newWorld(t)
	w.accept(ana, said("1", "hola"))
	w.accept(ana, said("2", "no puedo entrar"))
	w.accept(beto, said("1", "buenas"))
	w.restart()
	c := w.load(ana)
	if got := ids(c.Inbox); !slices.Equal(got, []string{"1", "2"}) {
		t.Fatalf("got %q", got)
	}
	if in := c.Inbox[1]; in.Input.Text != "no puedo entrar" || in.Origin != "m2" || in.At.IsZero() || c.Name != "Ana" {
		t.Fatalf("got %+v of %q", in, c.Name)
	}
	if got := ids(w.load(beto).Inbox); !slices.Equal(got, []string{"1"}) {
		t.Fatalf("the other person has %q", got)
	}
}

// RULES: tg.dedupe, wa.dedupe
func TestAcceptingTheSameIdTwiceIsOnceForADay(t *testing.T) {
	w := newWorld(t, func(o *store.Options) { o.Limits = flows.NoLimits() })
	w.accept(ana, said("1", "hola"))
	w.answer(ana)
	for i := range 200 { // however much was said since
		w.accept(ana, said(fmt.Sprint("x", i), "…"))
		w.answer(ana)
	}
	w.clock.Advance(store.SeenFor - time.Minute)
	w.restart()
	if _, err := w.kv.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.accept(ana, said("1", "hola"))
	if c := w.load(ana); len(c.Inbox) != 0 {
		t.Fatalf("accepted again: %q", ids(c.Inbox))
	}
	w.clock.Advance(2 * time.Minute)
	for n := 1; n > 0; {
		var err error
		if n, err = w.kv.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	for _, e := range w.dump() {
		if strings.HasPrefix(e.Key, "s.") && !e.Expires.After(w.clock.Now()) {
			t.Fatalf("%s is kept beyond its day", e.Key)
		}
	}
}

func TestAThousandParallelAcceptsWithDuplicatesAreEachOnce(t *testing.T) {
	w := newWorld(t, func(o *store.Options) { o.Limits = flows.NoLimits() })
	const messages = 250
	var wg sync.WaitGroup
	for i := range 4 * messages {
		wg.Go(func() {
			if err := w.Accept(t.Context(), ana, said(numbered(i%messages), "hola")); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	got := ids(w.load(ana).Inbox)
	slices.Sort(got)
	if len(got) != messages || len(slices.Compact(got)) != messages {
		t.Fatalf("%d messages wait, want %d, each once", len(got), messages)
	}
	lines, err := w.Transcript(t.Context(), ana, 0, 2*messages)
	if err != nil || len(lines) != messages {
		t.Fatalf("%d transcript lines, %v; want %d", len(lines), err, messages)
	}
}

func TestAcceptsWhileAnswersAreWrittenLoseNothing(t *testing.T) {
	w := newWorld(t, func(o *store.Options) { o.Limits = flows.NoLimits() })
	const messages = 200
	var writers sync.WaitGroup
	for g := range 4 {
		writers.Go(func() {
			for i := range messages / 4 {
				if err := w.Accept(t.Context(), ana, said(fmt.Sprint(g, "-", i), "hola")); err != nil {
					t.Error(err)
				}
			}
		})
	}
	for answered := 0; answered < messages; {
		c := w.load(ana)
		if len(c.Inbox) == 0 {
			continue
		}
		c.Answer(c.Inbox[0], flows.Result{Replies: []flows.Reply{{Text: c.Inbox[0].ID}}}, w.clock.Now())
		if err := w.Save(t.Context(), c); err == nil {
			answered++
		}
	}
	writers.Wait()
	c := w.load(ana)
	got := texts(c.Outbox)
	slices.Sort(got)
	if len(c.Inbox) != 0 || len(slices.Compact(got)) != messages || c.Turns != messages {
		t.Fatalf("%d wait, %d were answered in %d turns; want 0, %d, %d", len(c.Inbox), len(got), c.Turns, messages, messages)
	}
}

// RULES: flood.chat
func TestMoreThanThirtyMessagesAMinuteGetOneNoticeAndSilence(t *testing.T) {
	w := newWorld(t)
	n := 0
	say := func(times int) (kept int) {
		for range times {
			before := w.load(ana).Turns
			n++
			w.accept(ana, said(numbered(n), "hola"))
			if len(w.load(ana).Inbox) > 0 {
				w.answer(ana)
			}
			kept += int(w.load(ana).Turns - before)
		}
		return kept
	}
	if got := say(50); got != 30 {
		t.Fatalf("%d of 50 were kept, want 30", got)
	}
	if got := texts(w.load(ana).Outbox); !slices.Equal(got, []string{"Despacio, por favor."}) {
		t.Fatalf("the notices are %q, want one", got)
	}
	w.clock.Advance(61 * time.Second)
	if got := say(5); got > 1 { // the minute that slides still holds the burst
		t.Fatalf("%d of 5 right after the burst were kept", got)
	}
	w.clock.Advance(2 * time.Minute)
	if got := say(30); got != 30 {
		t.Fatalf("%d of 30 after two minutes were kept", got)
	}
	if got := len(w.load(ana).Outbox); got > 2 {
		t.Fatalf("%d notices in two floods", got)
	}
}

// RULES: flood.chat
func TestABurstAcrossTheMinutesEdgeIsStillOneMinutesWorth(t *testing.T) {
	w := newWorld(t, func(o *store.Options) { o.Limits.Inbox = 1000 })
	w.accept(ana, said("first", "hola"))
	w.clock.Advance(59 * time.Second)
	for i := range 29 {
		w.accept(ana, said(fmt.Sprint("a", i), "hola"))
	}
	w.clock.Advance(2 * time.Second)
	for i := range 30 {
		w.accept(ana, said(fmt.Sprint("b", i), "hola"))
	}
	if got := len(w.load(ana).Inbox); got > 32 {
		t.Fatalf("%d messages within a few seconds, want about 30", got)
	}
}

// RULES: flood.chat
func TestAtMost32OfAPersonWaitAndOthersDoNotCount(t *testing.T) {
	w := newWorld(t, func(o *store.Options) { o.Limits.Chat.Max = 0 })
	for i := range 40 {
		w.accept(ana, said(fmt.Sprint("p", i), "hola"))
		w.accept(ana, event(fmt.Sprint("e", i), "sent"))
	}
	c := w.load(ana)
	people := slices.DeleteFunc(c.Inbox, func(in store.Inbound) bool { return in.Input.From != flows.Person })
	if len(people) != 32 || len(c.Outbox) != 1 {
		t.Fatalf("%d of the person wait and %d notices; want 32 and 1", len(people), len(c.Outbox))
	}
	if c = w.load(ana); len(c.Inbox) != 72 {
		t.Fatalf("%d wait with the system's, want 72", len(c.Inbox))
	}
	w.clock.Advance(2 * time.Minute)
	w.accept(ana, said("later", "hola"))
	if got := len(w.load(ana).Outbox); got != 2 {
		t.Fatalf("%d notices after another minute, want 2", got)
	}
}

func TestWithoutLimitsNothingIsCounted(t *testing.T) {
	w := newWorld(t, func(o *store.Options) { o.Limits = flows.NoLimits() })
	for i := range 100 {
		w.accept(ana, said(numbered(i), "hola"))
	}
	if c := w.load(ana); len(c.Inbox) != 100 || c.Flood != (store.Flood{}) {
		t.Fatalf("%d wait, flood %+v", len(c.Inbox), c.Flood)
	}
}

// RULES: pw.chat
func TestWhatTheScreenTakesOutIsNeverWritten(t *testing.T) {
	w := newWorld(t, func(o *store.Options) {
		o.Screen = func(_ flows.Key, d flows.Dialog, in flows.Input) flows.Input {
			if d.Step != "code" && strings.Contains(in.Text, "Hunter2") {
				in.Text, in.Hidden = "[oculto]", true
			}
			return in
		}
	})
	w.accept(ana, said("1", "mi clave es Hunter2-canary"))
	c := w.load(ana)
	if in := c.Inbox[0].Input; in.Text != "[oculto]" || !in.Hidden {
		t.Fatalf("got %+v", in)
	}
	lines, err := w.Transcript(t.Context(), ana, 0, 10)
	if err != nil || len(lines) != 1 || lines[0].Text != "[oculto]" || !lines[0].Hidden {
		t.Fatalf("got %+v, %v", lines, err)
	}
	c.Dialog.Step = "code"
	w.save(c)
	w.accept(ana, said("2", "Hunter2-code"))
	if in := w.load(ana).Inbox[1].Input; in.Text != "Hunter2-code" {
		t.Fatalf("the step that wants it got %q", in.Text)
	}
}

func TestWhileAnAgentHoldsPeopleTalkPastTheEngine(t *testing.T) {
	w := newWorld(t)
	w.update(ana, func(c *store.Conversation) {
		if err := c.Hold("laura", w.clock.Now()); err != nil {
			t.Error(err)
		}
	})
	w.accept(ana, said("1", "¿hola?"))
	w.accept(ana, store.Inbound{ID: "2", Name: "laura", Input: flows.Input{From: flows.Agent, Text: "Hola Ana, soy Laura."}})
	w.accept(ana, event("3", "password_set"))
	c := w.load(ana)
	if got := ids(c.Inbox); !slices.Equal(got, []string{"3"}) {
		t.Errorf("%q wait for the engine, want the event only", got)
	}
	if got := texts(c.Outbox); !slices.Equal(got, []string{"Hola Ana, soy Laura."}) {
		t.Errorf("%q go to the chat", got)
	}
	lines, err := w.Transcript(t.Context(), ana, 0, 10)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, l := range lines {
		got = append(got, string(l.From)+l.Who+":"+l.Text+l.Event)
	}
	if want := []string{"person:¿hola?", "agentlaura:Hola Ana, soy Laura.", "system:password_set"}; !slices.Equal(got, want) {
		t.Errorf("the transcript is %q, want %q", got, want)
	}
}

func TestAMessageAndItsAnswerCanBeOneWrite(t *testing.T) {
	w := newWorld(t)
	c, changed, err := w.Receive(t.Context(), ana, said("1", "hola"))
	if err != nil || !changed {
		t.Fatalf("got %v, %v", changed, err)
	}
	if len(w.load(ana).Inbox) != 0 {
		t.Fatal("it is written before it is saved")
	}
	c.Answer(c.Inbox[0], flows.Result{Dialog: flows.Dialog{Flow: "menu"}, Replies: []flows.Reply{{Text: "¡Hola!"}}}, w.clock.Now())
	w.save(c)
	if c = w.load(ana); len(c.Inbox) != 0 || c.Dialog.Flow != "menu" || len(c.Outbox) != 1 || c.Lines != 2 {
		t.Fatalf("got %+v", c)
	}
	if _, changed, err = w.Receive(t.Context(), ana, said("1", "hola")); changed || err != nil {
		t.Fatalf("received again: %v, %v", changed, err)
	}
}

func TestAMessageWithoutAnIdIsRefused(t *testing.T) {
	w := newWorld(t)
	if err := w.Accept(t.Context(), ana, said("", "hola")); err == nil {
		t.Fatal("want an error: it could not be told from its duplicate")
	}
}

func TestUpdateRunsAgainWhenSomebodyElseWrote(t *testing.T) {
	w := newWorld(t)
	runs := 0
	err := w.Update(t.Context(), ana, func(c *store.Conversation) error {
		if runs++; runs == 1 {
			w.accept(ana, said("1", "hola"))
		}
		c.Dialog.Flow = "menu"
		return nil
	})
	if c := w.load(ana); err != nil || runs != 2 || c.Dialog.Flow != "menu" || len(c.Inbox) != 1 {
		t.Fatalf("%d runs, %v, %+v", runs, err, c)
	}
	err = w.Update(t.Context(), ana, func(c *store.Conversation) error {
		c.Dialog.Flow = "lost"
		return store.ErrUnchanged
	})
	if c := w.load(ana); err != nil || c.Dialog.Flow != "menu" {
		t.Fatalf("%v, flow %q", err, c.Dialog.Flow)
	}
}

func TestAConversationIsFoundByItsName(t *testing.T) {
	w := newWorld(t)
	w.accept(ana, said("1", "hola"))
	name := w.Name(ana)
	if len(name) != 32 || strings.Contains(name, ana.Person) || name == w.Name(beto) {
		t.Fatalf("the name is %q", name)
	}
	c, err := w.Find(t.Context(), name)
	if err != nil || !reflect.DeepEqual(c.Key, ana) {
		t.Fatalf("got %+v, %v", c, err)
	}
	if _, err := w.Find(t.Context(), strings.Repeat("0", 32)); err == nil {
		t.Fatal("found what is not there")
	}
}

// RULES: data.canary, code.stored
func TestATranscriptShowsASensitiveAnswerAsItMayBeSeen(t *testing.T) {
	w := newWorld(t)
	in := said("1", "me llegó 1234 5678")
	in.Input.Shown = "me llegó •••• ••••"
	w.accept(ana, in)
	lines, err := w.Transcript(t.Context(), ana, 0, 10)
	if err != nil || len(lines) != 1 || lines[0].Text != in.Input.Shown {
		t.Fatalf("got %+v, %v; want %q", lines, err, in.Input.Shown)
	}
	if got := w.load(ana).Inbox[0].Input.Text; got != in.Input.Text {
		t.Errorf("the engine gets %q, want %q", got, in.Input.Text)
	}
}
