package bot_test

import (
	"testing"
	"time"
)

// RULES: reg.proof. What a dialog is to hear days later it hears then, also after a restart.
func TestADialogIsWokenDaysLaterAlsoAfterARestart(t *testing.T) {
	w := newWorld(t)
	w.accept(said("1", "later data_ready"))
	stop := w.run()
	eventually(t, "it is answered", func() bool { return len(w.phone.texts()) == 1 })
	w.clock.Advance(71 * time.Hour)
	stop()
	w.saw("después sigo")
	w.close()
	w.open()
	w.clock.Advance(time.Hour)
	stop = w.run()
	eventually(t, "the dialog heard it", func() bool { return len(w.phone.texts()) == 2 })
	stop()
	w.saw("después sigo", "sent ")
	if in := w.engine.calls[1].Input; in.Ref != "later/data_ready" {
		t.Errorf("heard %+v", in)
	}
}

// RULES: data.retention
func TestWhoWasErasedIsNotWoken(t *testing.T) {
	w := newWorld(t)
	w.accept(said("1", "later data_ready"))
	stop := w.run()
	eventually(t, "it is answered", func() bool { return len(w.phone.texts()) == 1 })
	stop()
	if err := w.store.Erase(t.Context(), ana); err != nil {
		t.Fatal(err)
	}
	w.clock.Advance(73 * time.Hour)
	w.accept(said("2", "hola"))
	stop = w.run()
	eventually(t, "it is answered", func() bool { return len(w.phone.texts()) == 2 })
	stop()
	w.saw("después sigo", "eco: hola")
}
