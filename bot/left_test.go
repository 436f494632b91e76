package bot_test

import (
	"testing"
	"time"
)

// answered is a world in which Ana was answered a moment ago.
func answered(t *testing.T) *world {
	w := newWorld(t)
	w.receive(said("1", "a"))
	w.settled()
	w.saw("eco: a")
	return w
}

// again is what a process does after one that ended in whatever way.
func (w *world) again() {
	w.t.Helper()
	w.close()
	w.open()
	w.clock.Advance(time.Minute)
	w.drain()
}

func TestALineThatJustLeftIsSaidOnceMoreAfterACrash(t *testing.T) {
	w := answered(t)
	w.again()
	w.saw("eco: a", "eco: a")
	w.again()
	w.saw("eco: a", "eco: a")
}

func TestALineThatLeftIsNotSaidAgainAfterAnOrderlyEnd(t *testing.T) {
	w := newWorld(t)
	stop := w.run()
	w.receive(said("1", "a"))
	stop()
	w.saw("eco: a")
	w.again()
	w.saw("eco: a")
}

func TestALineThatLeftIsNotedWhenItsRecordComesDue(t *testing.T) {
	w := answered(t)
	w.clock.Advance(time.Minute)
	w.drain()
	w.again()
	w.saw("eco: a")
}

func TestALineThatLeftIsNotedWithTheNextAnswer(t *testing.T) {
	w := answered(t)
	w.worker = w.newWorker(w.store)
	w.receive(said("2", "b"))
	w.settled()
	w.saw("eco: a", "eco: b")
	w.again()
	w.saw("eco: a", "eco: b", "eco: b")
}

func TestOfSeveralLinesOnlyTheLastCanBeSaidAgain(t *testing.T) {
	w := newWorld(t)
	w.receive(said("1", "three"))
	w.settled()
	w.saw("uno", "dos", "tres")
	w.again()
	w.saw("uno", "dos", "tres", "tres")
}

func TestAnAgentFindsNoLineThatLeft(t *testing.T) {
	w := answered(t)
	if err := w.worker.Takeover(t.Context(), ana, "berta"); err != nil {
		t.Fatal(err)
	}
	if c := w.load(); len(c.Outbox) != 0 || len(c.Inbox) != 0 {
		t.Errorf("outbox %v, inbox %v after a takeover, want both empty", c.Outbox, c.Inbox)
	}
	w.again()
	w.saw("eco: a")
}
