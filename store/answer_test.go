package store_test

import (
	"errors"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"ventanilla/flows"
	"ventanilla/store"
)

func TestAnAnswerIsWrittenWhole(t *testing.T) {
	w := newWorld(t)
	w.accept(ana, said("1", "no puedo entrar"))
	w.accept(ana, said("2", "¿hola?"))
	c := w.load(ana)
	until := w.clock.Now().Add(15 * time.Minute)
	c.Answer(c.Inbox[0], flows.Result{
		Dialog: flows.Dialog{Flow: "recovery", Step: "code", Values: map[string]string{"cuit": "20"}},
		Replies: []flows.Reply{
			{Text: "Te mandé un código, DNI 20111222.", Shown: "Te mandé un código, DNI •••••222.", Delete: true},
			{To: "email:ana@example.org", Title: "Tu código", Text: "{code}", Ref: "code-1", Until: until,
				Grants: []flows.Grant{{ID: strings.Repeat("ab", 16), Kind: "not_me", Account: "17", Until: until}}},
			{Text: "Escribilo acá."},
		},
		Audit: []flows.Audit{{What: "code_mailed", Account: "17"}},
	}, w.clock.Now())
	w.save(c)
	w.restart()
	c = w.load(ana)
	if c.Dialog.Step != "code" || c.Dialog.Values["cuit"] != "20" || c.Turns != 1 || c.Chain.N != 1 {
		t.Errorf("the record is %+v", c)
	}
	if got := ids(c.Inbox); !slices.Equal(got, []string{"2"}) {
		t.Errorf("%q wait", got)
	}
	if got := texts(c.Outbox); !slices.Equal(got, []string{"Te mandé un código, DNI 20111222.", "Escribilo acá."}) {
		t.Errorf("the chat gets %q", got)
	}
	if out := c.Outbox[0]; out.ID != "1/0" || out.Origin != "m1" || !out.Reply.Delete {
		t.Errorf("the first line is %+v", out)
	}
	if a := w.mail(); a.Key != ana || a.Out.ID != "1/1" || a.Out.Reply.To != "email:ana@example.org" || !a.Out.Until.Equal(until) {
		t.Errorf("the mail is %+v", a)
	}
	if g, err := w.Grant(t.Context(), strings.Repeat("ab", 16)); err != nil || g.Key != ana || g.Grant.Account != "17" || g.Grant.ID != "" {
		t.Errorf("the grant is %+v, %v", g, err)
	}
	if lines, err := w.AuditTrail(t.Context(), ana, 0, 10); err != nil || len(lines) != 1 || lines[0].What != "code_mailed" {
		t.Errorf("the trail is %+v, %v", lines, err)
	}
	lines, err := w.Transcript(t.Context(), ana, 0, 10)
	if err != nil || len(lines) != 5 || lines[3].To != "email" || lines[2].Text != "Te mandé un código, DNI •••••222." || lines[3].Text != "{code}" || lines[4].N != 5 {
		t.Errorf("the transcript is %+v, %v", lines, err)
	}
	if more, err := w.Transcript(t.Context(), ana, 4, 10); err != nil || len(more) != 1 || more[0].Text != "Escribilo acá." {
		t.Errorf("after line 4 the transcript is %+v, %v", more, err)
	}
}

func TestAStaleAnswerIsAConflictAndLeavesNothing(t *testing.T) {
	w := newWorld(t)
	w.accept(ana, said("1", "hola"))
	c := w.load(ana)
	w.accept(ana, said("2", "¿hola?"))
	before := len(w.dump())
	c.Answer(c.Inbox[0], flows.Result{Replies: []flows.Reply{{Text: "a"}, {To: "email:x@example.org", Text: "b"}}}, w.clock.Now())
	if err := w.Save(t.Context(), c); !errors.Is(err, store.ErrConflict) {
		t.Fatalf("got %v, want ErrConflict", err)
	}
	if after := len(w.dump()); after != before || len(w.load(ana).Inbox) != 2 {
		t.Fatalf("%d entries before and %d after", before, after)
	}
}

func TestLinesLeaveInOrderAndPostponedOnesHoldTheRest(t *testing.T) {
	w := newWorld(t)
	now := w.clock.Now()
	c := w.load(ana)
	c.Say("n/0", "", flows.Reply{Text: "uno", Ref: "r1"}, now)
	c.Say("n/1", "", flows.Reply{Text: "dos", Not: now.Add(time.Second)}, now)
	c.Say("n/2", "", flows.Reply{Text: "tres", Ref: "r3"}, now)
	if out := c.Next(now); out == nil || out.Reply.Text != "uno" {
		t.Fatalf("next is %+v", out)
	}
	c.Postpone("n/0", now.Add(time.Minute))
	if c.Next(now) != nil || c.Outbox[0].Tries != 1 {
		t.Fatalf("a postponed line is next, or its try was not counted: %+v", c.Outbox[0])
	}
	c.Sent("n/0", "SM1") // its fate is still open, and the next may go
	if c.Next(now) != nil || c.Next(now.Add(time.Second)).Reply.Text != "dos" {
		t.Fatal("the second line did not wait for its moment")
	}
	c.Delivered("n/0", now)
	c.Delivered("n/1", now)
	c.Drop("n/2", "blocked", now)
	c.Drop("n/2", "blocked", now)
	if len(c.Outbox) != 0 || c.Next(now) != nil {
		t.Fatalf("%+v remain", c.Outbox)
	}
	var got []string
	for _, in := range c.Inbox {
		got = append(got, in.Input.Event+" "+in.Input.Ref+" "+in.Input.Values["reason"])
	}
	if want := []string{"sent r1 ", "undelivered r3 blocked"}; !slices.Equal(got, want) {
		t.Fatalf("the dialog hears %q, want %q", got, want)
	}
}

func TestWhatIsWorthlessIsDroppedAndSaid(t *testing.T) {
	now := time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC)
	c := &store.Conversation{Key: ana}
	c.Say("a", "", flows.Reply{Text: "stays"}, now)
	c.Say("b", "", flows.Reply{Text: "goes", Until: now.Add(time.Minute), Ref: "b"}, now)
	if c.Expire(now) || len(c.Outbox) != 2 {
		t.Fatal("dropped before its end")
	}
	if !c.Expire(now.Add(time.Minute)) || len(c.Outbox) != 1 || c.Outbox[0].ID != "a" {
		t.Fatalf("got %+v", c.Outbox)
	}
	if in := c.Inbox[0].Input; in.Event != "undelivered" || in.Values["reason"] != store.Expired {
		t.Fatalf("the dialog hears %+v", in)
	}
	c.DropAll("blocked", now)
	if len(c.Outbox) != 0 {
		t.Fatalf("%+v remain", c.Outbox)
	}
}

func TestDueIsTheNextMomentThatNeedsWork(t *testing.T) {
	now := time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC)
	in := func(minutes int) time.Time { return now.Add(time.Duration(minutes) * time.Minute) }
	waits := store.Inbound{ID: "1", At: now}
	line := func(not, until time.Time) store.Outbound {
		return store.Outbound{ID: "o", At: now, Not: not, Until: until}
	}
	for _, c := range []struct {
		name string
		c    store.Conversation
		want time.Time
	}{
		{"nothing is never due", store.Conversation{}, time.Time{}},
		{"a message is due at once", store.Conversation{Inbox: []store.Inbound{waits}}, now},
		{"a stuck message is due at its next try", store.Conversation{Inbox: []store.Inbound{waits},
			Stuck: &store.Stuck{ID: "1", Next: in(3), Waiting: 1}}, in(3)},
		{"a newer message behind a stuck one is due at once", store.Conversation{Inbox: []store.Inbound{waits, {ID: "2", At: now}},
			Stuck: &store.Stuck{ID: "1", Next: in(3), Waiting: 1}}, now},
		{"a line is due at once", store.Conversation{Outbox: []store.Outbound{line(time.Time{}, time.Time{})}}, now},
		{"a postponed line is due then", store.Conversation{Outbox: []store.Outbound{line(in(2), time.Time{})}}, in(2)},
		{"a line behind a postponed one waits with it", store.Conversation{Outbox: []store.Outbound{line(in(2), time.Time{}), line(time.Time{}, time.Time{})}}, in(2)},
		{"a line behind a postponed one still has its end", store.Conversation{Outbox: []store.Outbound{line(in(5), time.Time{}), line(time.Time{}, in(2))}}, in(2)},
		{"a line at the network waits for its fate", store.Conversation{Outbox: []store.Outbound{{ID: "o", At: now, Sent: "SM1"}}}, time.Time{}},
		{"silence is due", store.Conversation{Dialog: flows.Dialog{Due: in(5)}}, in(5)},
		{"silence rests while an agent holds", store.Conversation{Dialog: flows.Dialog{Due: in(5)}, Holder: &store.Holder{}}, time.Time{}},
		{"silence rests while a message is stuck", store.Conversation{Dialog: flows.Dialog{Due: in(1)}, Inbox: []store.Inbound{waits},
			Stuck: &store.Stuck{ID: "1", Next: in(3), Waiting: 1}}, in(3)},
		{"the earliest counts", store.Conversation{Dialog: flows.Dialog{Due: in(5)}, Outbox: []store.Outbound{line(in(2), time.Time{})}}, in(2)},
	} {
		if got := c.c.Due(); !got.Equal(c.want) {
			t.Errorf("%s: got %v, want %v", c.name, got, c.want)
		}
	}
}

func TestAStuckMessageIsDueAgainLaterAndANewerOneAtOnce(t *testing.T) {
	w := newWorld(t)
	w.accept(ana, said("1", "hola"))
	w.update(ana, func(c *store.Conversation) { c.Stick(c.Inbox[0], w.clock.Now().Add(time.Minute), w.clock.Now()) })
	if jobs := w.claim(); len(jobs) != 0 {
		t.Fatal("a stuck message is due")
	}
	w.accept(ana, said("2", "menú"))
	jobs := w.claim()
	if len(jobs) != 1 {
		t.Fatal("a newer message is not due")
	}
	w.update(ana, func(c *store.Conversation) { c.Stick(c.Inbox[0], w.clock.Now().Add(time.Minute), w.clock.Now()) })
	w.Release(jobs[0])
	if jobs := w.claim(); len(jobs) != 0 {
		t.Fatal("both were looked at and are due again")
	}
	w.clock.Advance(time.Minute)
	jobs = w.claim()
	if len(jobs) != 1 || jobs[0].Conversation.Stuck.Tries != 2 {
		t.Fatalf("got %+v", jobs)
	}
	w.answer(ana)
	if w.load(ana).Stuck != nil {
		t.Fatal("stuck after the answer")
	}
}

func TestOfManyAgentsOneTakesOver(t *testing.T) {
	w := newWorld(t)
	w.update(ana, func(c *store.Conversation) {
		c.Say("1/0", "", flows.Reply{Text: "en camino"}, w.clock.Now())
		c.Say("1/1", "", flows.Reply{Text: "nunca", Ref: "r"}, w.clock.Now())
		c.Sent("1/0", "SM1")
	})
	var mu sync.Mutex
	var winners []string
	var wg sync.WaitGroup
	for i := range 20 {
		agent := "agent" + numbered(i)
		wg.Go(func() {
			err := w.Update(t.Context(), ana, func(c *store.Conversation) error { return c.Hold(agent, w.clock.Now()) })
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				winners = append(winners, agent)
			} else if !errors.Is(err, store.ErrHeld) {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	c := w.load(ana)
	if len(winners) != 1 || c.Holder.Agent != winners[0] {
		t.Fatalf("%q won, %+v holds", winners, c.Holder)
	}
	if got := texts(c.Outbox); !slices.Equal(got, []string{"en camino"}) || len(c.Inbox) != 1 {
		t.Fatalf("left to send: %q; the dialog hears %+v", got, c.Inbox)
	}
	c.Answer(c.Inbox[0], flows.Result{Replies: []flows.Reply{{Text: "una nota"}, {To: "email:x@example.org", Text: "un correo"}}}, w.clock.Now())
	w.save(c)
	lines, err := w.Transcript(t.Context(), ana, 0, 100)
	if last := lines[len(lines)-2]; err != nil || last.From != store.Note || last.Text != "una nota" || len(w.load(ana).Outbox) != 1 {
		t.Fatalf("the reply became %+v, %v", last, err)
	}
	if a := w.mail(); a.Out.Reply.Text != "un correo" {
		t.Fatalf("the mail is %+v", a)
	}
	w.update(ana, func(c *store.Conversation) { c.HandBack() })
	if w.load(ana).Holder != nil {
		t.Fatal("still held")
	}
}

func TestAFormsClaimIsForgottenWhenItsTimeIsOver(t *testing.T) {
	now := time.Now()
	for _, c := range []struct {
		until time.Time
		keeps bool
	}{{now.Add(time.Minute), true}, {now.Add(-time.Minute), false}} {
		v := &store.Conversation{Key: ana, Claim: &store.FormClaim{Until: c.until}}
		v.Answer(store.Inbound{ID: "1"}, flows.Result{}, now)
		if got := v.Claim != nil; got != c.keeps {
			t.Errorf("until %v: kept %v, want %v", c.until, got, c.keeps)
		}
	}
}

func TestWhatIsSetAsideIsListedAndTheConversationGoesOn(t *testing.T) {
	w := newWorld(t)
	w.accept(ana, said("1", "veneno"))
	w.accept(ana, said("2", "hola"))
	w.update(ana, func(c *store.Conversation) {
		c.Stick(c.Inbox[0], w.clock.Now(), w.clock.Now())
		c.SetAside(c.Inbox[0], store.TroubleBug, "panic", "C-1", w.clock.Now())
		c.Say("1/case", "", flows.Reply{Text: "Quedó anotado: C-1"}, w.clock.Now())
	})
	c := w.load(ana)
	if got := ids(c.Inbox); !slices.Equal(got, []string{"2"}) || c.Stuck != nil || len(c.Outbox) != 1 {
		t.Fatalf("%q wait, stuck %v", got, c.Stuck)
	}
	list, err := w.broken()
	if err != nil || len(list) != 1 || list[0].Case != "C-1" || list[0].In.Input.Text != "veneno" || list[0].Key != ana || list[0].Reason != "panic" {
		t.Fatalf("got %+v, %v", list, err)
	}
}

func TestTwoMessagesWhoseCasesHaveTheSameNumberAreBothKept(t *testing.T) {
	w := newWorld(t)
	for i, k := range []flows.Key{ana, beto, ana} {
		in := said(strconv.Itoa(i), strconv.Itoa(i))
		w.accept(k, in)
		w.update(k, func(c *store.Conversation) {
			c.SetAside(c.Inbox[0], store.TroubleBug, "panic", "V123456", w.clock.Now())
		})
	}
	w.accept(ana, said("9", "9"))
	w.update(ana, func(c *store.Conversation) {
		c.SetAside(c.Inbox[0], store.TroubleBug, "panic", "V123457", w.clock.Now())
	})
	list, err := w.broken()
	if err != nil || len(list) != 4 || list[3].Case != "V123457" {
		t.Fatalf("got %+v, %v, want the three of one number and one more", list, err)
	}
	seen := map[string]bool{}
	for _, b := range list {
		seen[b.Key.Person+" "+b.In.Input.Text] = true
	}
	if len(seen) != 4 {
		t.Errorf("got %v, want four different messages", seen)
	}
}
