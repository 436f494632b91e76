package store_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"ventanilla/flows"
	"ventanilla/store"
	"ventanilla/store/boltkv"
)

var errPower = errors.New("the power went")

// story is a person's conversation as a network and a worker would drive it: every call
// is made again until it succeeds, and a restart is between any two tries.
type story struct {
	*world
	restarts int
}

// must repeats what fails, each time after a restart.
func (s *story) must(do func() error) {
	s.t.Helper()
	for range 5 {
		err := do()
		if err == nil {
			return
		}
		if !errors.Is(err, errPower) && !errors.Is(err, store.ErrConflict) {
			s.t.Fatal(err)
		}
		s.restarts++
		s.restart()
		s.whole()
	}
	s.t.Fatal("it never succeeds")
}

// whole fails if any answer, message or mail is there by half.
func (s *story) whole() {
	s.t.Helper()
	c := s.load(ana)
	lines, err := s.Transcript(s.t.Context(), ana, 0, 1000)
	if err != nil || uint64(len(lines)) != c.Lines {
		s.t.Fatalf("the record counts %d lines and %d are there, %v", c.Lines, len(lines), err)
	}
	heard, spoken := 0, 0
	for _, l := range lines {
		switch l.From {
		case flows.Person:
			heard++
		case store.Bot:
			spoken++
		}
	}
	if marks := len(c.Marks.Ids) / 6; heard > marks {
		s.t.Fatalf("%d messages and the marks of %d", heard, marks)
	}
	if spoken != 3*int(c.Turns) || c.Chain.N != c.Turns {
		s.t.Fatalf("%d turns, %d replies, %d audit lines", c.Turns, spoken, c.Chain.N)
	}
	if err := s.VerifyAudit(s.t.Context(), ana); err != nil {
		s.t.Fatal(err)
	}
}

// tell is the whole story: two messages, an answer with a line, a mail and a notice,
// their delivery, and the event that comes back.
func (s *story) tell() {
	ctx := s.t.Context()
	for _, id := range []string{"1", "2"} {
		s.must(func() error { return s.Accept(ctx, ana, said(id, "hola "+id)) })
	}
	for {
		c := s.load(ana)
		i := slices.IndexFunc(c.Inbox, func(in store.Inbound) bool { return in.Input.From == flows.Person })
		if i < 0 {
			break
		}
		s.must(func() error {
			c := s.load(ana)
			if len(c.Inbox) <= i || c.Inbox[i].Input.From != flows.Person {
				return nil // an earlier try was written after all
			}
			in := c.Inbox[i]
			c.Answer(in, flows.Result{Dialog: flows.Dialog{Flow: "recovery", Step: "step-" + in.ID},
				Replies: []flows.Reply{{Text: "ok " + in.ID}, {To: "email:ana@example.org", Text: "{code}", Ref: "ref-" + in.ID}, {Text: "y " + in.ID}},
				Audit:   []flows.Audit{{What: "answered"}}}, s.clock.Now())
			return s.Save(ctx, c)
		})
	}
	for s.entries("o.") > 0 {
		s.must(func() error {
			for _, j := range s.claim() {
				if j.Away != nil {
					if err := s.Done(ctx, *j.Away, ""); err != nil {
						return err
					}
				}
				s.Release(j)
			}
			return nil
		})
	}
	for len(s.load(ana).Outbox) > 0 {
		s.must(func() error {
			c := s.load(ana)
			if len(c.Outbox) == 0 {
				return nil
			}
			c.Delivered(c.Outbox[0].ID, s.clock.Now())
			return s.Save(ctx, c)
		})
	}
}

// outcome is what the story left behind, whatever happened on the way.
func (s *story) outcome() string {
	c := s.load(ana)
	heard := ids(c.Inbox)
	slices.Sort(heard)
	lines, err := s.Transcript(s.t.Context(), ana, 0, 1000)
	if err != nil {
		s.t.Fatal(err)
	}
	var said []string
	for _, l := range lines {
		said = append(said, string(l.From)+" "+l.To+l.Text+l.Event)
	}
	slices.Sort(said)
	return fmt.Sprint(c.Dialog.Step, c.Turns, c.Chain.N, heard, texts(c.Outbox), s.entries("o."), said)
}

// Cutting the power around every synced write of a story, one after the other,
// changes nothing of its outcome, and leaves nothing half done on the way.
func TestAPowerCutAtAnyWriteLeavesNothingHalfDone(t *testing.T) {
	uncut := &story{world: newWorld(t)}
	writes := 0
	uncut.cut = func(boltkv.Stage) error { writes++; return nil }
	uncut.tell()
	uncut.whole()
	want := uncut.outcome()
	if writes < 16 {
		t.Fatalf("the story has %d cuts only", writes)
	}
	for at := range writes {
		s := &story{world: newWorld(t)}
		n := 0
		s.cut = func(boltkv.Stage) error {
			if n++; n == at+1 {
				return errPower
			}
			return nil
		}
		s.tell()
		s.whole()
		if got := s.outcome(); got != want || s.restarts != 1 {
			t.Errorf("cut at %d of %d, %d restarts:\n got %s\nwant %s", at, writes, s.restarts, got, want)
		}
	}
}
