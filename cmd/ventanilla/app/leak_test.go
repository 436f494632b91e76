package app

import (
	"net/http"
	"testing"

	"go.uber.org/goleak"
)

// A program that was stopped leaves nothing running, whether it did something or not.
func TestStoppingLeavesNothingRunning(t *testing.T) {
	for channel := range channels {
		for name, story := range map[string]func(*world){"at once": func(*world) {}, "after a story": recovery, "in the middle of one": identify,
			"while the power is gone": func(w *world) {
				identify(w)
				w.mail.Down()
				w.say("si", "código de 8 números")
			}} {
			t.Run(channel+" "+name, func(t *testing.T) {
				w := newWorld(t, channel)
				before := goleak.IgnoreCurrent() // the fakes
				w.run()
				w.until("it runs", func() bool { return w.running() != nil })
				story(w)
				w.end()
				http.DefaultClient.CloseIdleConnections()
				w.mail.Down()
				goleak.VerifyNone(t, before,
					goleak.IgnoreAnyFunction("net/http.(*conn).serve"), // of the fakes, which outlive it
					goleak.IgnoreAnyFunction("net/http.(*persistConn).readLoop"), goleak.IgnoreAnyFunction("net/http.(*persistConn).writeLoop"))
			})
		}
	}
}
