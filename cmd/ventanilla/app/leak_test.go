package app

import (
	"net/http"
	"testing"

	"go.uber.org/goleak"
)

// A program that was stopped leaves nothing running, whether it did something or not.
func TestStoppingLeavesNothingRunning(t *testing.T) {
	for name, story := range map[string]func(*world){"at once": func(*world) {}, "after a story": recovery, "in the middle of one": identify,
		"while the power is gone": func(w *world) {
			identify(w)
			w.mail.Down()
			w.say("si", w.mailed())
		}} {
		inMost(t, func(t *testing.T, in way) {
			t.Run(name, func(t *testing.T) {
				w := newWorld(t, in)
				before := goleak.IgnoreCurrent() // the fakes
				w.run()
				w.until("it runs", func() bool { return w.running() != nil })
				story(w)
				w.end()
				w.net.Close()
				http.DefaultClient.CloseIdleConnections()
				w.mail.Down()
				goleak.VerifyNone(t, before,
					goleak.IgnoreAnyFunction("net/http.(*conn).serve"), // of the fakes, which outlive it
					goleak.IgnoreAnyFunction("net/http.(*persistConn).readLoop"), goleak.IgnoreAnyFunction("net/http.(*persistConn).writeLoop"))
			})
		})
	}
}
