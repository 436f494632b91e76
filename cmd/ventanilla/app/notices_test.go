package app

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"ventanilla/backend"
	"ventanilla/backend/coretest"
)

// tell posts an event as a core would that holds the token.
func (w *world) tell(id, kind, account string) int {
	w.t.Helper()
	body := fmt.Sprintf(`{"id":%q,"type":%q,"account":%q,"at":%q,"data":{"period":"2026-10"}}`, id, kind, account, w.clock.Now().Format(time.RFC3339))
	req, err := http.NewRequest(http.MethodPost, w.url+"/core/mseg/events", strings.NewReader(body))
	w.must(err)
	req.Header.Set(backend.SignatureHeader, backend.SignEvent(w.settings.Core.Token, w.clock.Now(), []byte(body)))
	resp, err := http.DefaultClient.Do(req)
	w.must(err)
	_ = resp.Body.Close()
	return resp.StatusCode
}

// The core tells, and who linked the account reads it, once.
func TestAnEventOfTheCoreIsToldInLinkedChatsOnce(t *testing.T) {
	for channel := range networks {
		t.Run(channel, func(t *testing.T) {
			w, key := greeted(t, channel)
			a := w.running()
			before, err := a.store.Load(t.Context(), key)
			w.must(err)
			w.must(a.store.Link(t.Context(), key, "mseg", "acc-ana", w.clock.Now().AddDate(1, 0, 0)))
			lines := len(w.net.Lines(person))
			for range 2 {
				if got := w.tell("evt-1", "payslip_available", "acc-ana"); got != http.StatusNoContent {
					t.Fatalf("got %d", got)
				}
			}
			if got := w.tell("evt-2", "account_locked", "somebody else"); got != http.StatusNoContent {
				t.Errorf("of another account: got %d", got)
			}
			w.quiet()
			c, err := a.store.Load(t.Context(), key)
			w.must(err)
			if len(c.Inbox) != 0 || len(w.net.Lines(person)) != lines+1 || w.told("recibo de sueldo de octubre de 2026") != 1 {
				t.Errorf("%d inputs wait; the chat:\n%s", len(c.Inbox), w.screen())
			}
			if turns := c.Turns - before.Turns; turns != 1 {
				t.Errorf("the flows heard %d events, want one", turns)
			}
			w.say("hola", "")
		})
	}
}

// The checks that operators run find nothing wrong with the program itself, and nobody hears of them.
func TestTheProgramPassesTheChecksOfEvents(t *testing.T) {
	w := newWorld(t, way{channel: "telegram", portal: "mseg"}).run()
	w.until("it takes messages", func() bool { a := w.running(); return a != nil && a.ready.Load() })
	for _, r := range coretest.CheckDoor(t.Context(), coretest.Door{URL: w.url, Portal: "mseg", Key: "t"}) {
		if !r.OK {
			t.Errorf("%s: %s", r.Name, r.Detail)
		}
	}
}
