package app

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
)

var notMeURL = regexp.MustCompile(`http://[^\s>]+/g/[^\s>]+`)

// A thief who sets a password and has "their" data erased at once has not silenced the
// owner: the link in the mail still stops self-service for the account and opens a
// case, and nothing of what was erased comes back. RULES: data.retention, notme
func TestNoFuiYoStillStopsTheAccountAfterTheChatWasErased(t *testing.T) {
	for channel := range networks {
		t.Run(channel, func(t *testing.T) {
			w := newWorld(t, way{channel: channel, portal: "mseg"}).run()
			recovery(w)
			lines := w.net.Lines(person)
			link := w.mailAbout("Cambió la clave", notMeURL)
			w.must(w.running().store.Erase(t.Context(), w.key()))
			request := hidden.FindStringSubmatch(browse(http.Get(link)))
			if request == nil {
				t.Fatal("the link leads nowhere")
			}
			if page := browse(http.PostForm(link, url.Values{"_request": {request[1]}})); !strings.Contains(page, `data-state="done"`) {
				t.Fatalf("the page says %s", page)
			}
			until, err := w.running().store.Guards().Frozen(t.Context(), "account/mseg/acc-ana")
			if err != nil || !until.After(w.clock.Now()) {
				t.Errorf("the account is frozen until %v, %v", until, err)
			}
			w.hear("avisaron que no fue su titular", lines[len(lines)-1].n)
			w.quiet()
			w.hear("caso", lines[len(lines)-1].n)
			c := w.kept()
			if c.Name != "" || len(c.Inbox) != 0 || c.Dialog.Memory.Proven != nil || len(c.Dialog.Memory.Linked) != 0 {
				t.Errorf("what was erased is back: %+v", c)
			}
			w.say("menú", "¿En qué te ayudo?")
		})
	}
}
