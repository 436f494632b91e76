package demo

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"
)

// look is how often the page's stream looks for changes; only each wide-th time for those in the core's file.
const (
	look = 120 * time.Millisecond
	wide = 8
)

// watch is what one open page wants to hear of.
type watch struct {
	api   *api
	phone handset
	mail  []string
	was   map[string]any // at the last look
}

// events streams what changed for one phone, as server-sent events: "changed" with the
// names of what to fetch again and the clock, and a comment now and then to keep the line open.
func (a *api) events(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	p, err := a.phoneOf(q.Get("channel"), q.Get("portal"), q.Get("person"))
	if err != nil {
		refuse(w, http.StatusNotFound, err.Error())
		return
	}
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	out := http.NewResponseController(w)
	_ = out.SetWriteDeadline(time.Time{})
	s := &watch{api: a, phone: p, mail: q["mail"], was: map[string]any{}}
	s.run(r.Context(), func(event string, v any) error {
		data, err := json.Marshal(v)
		if err != nil {
			return fmt.Errorf("encoding an event: %w", err)
		}
		if _, err := fmt.Fprintf(w, "event: %s\ndata: %s\n\n", event, data); err != nil {
			return err
		}
		return out.Flush()
	})
}

// send writes one event to the page.
type send func(event string, v any) error

// run looks until the page is closed or the demo ends.
func (s *watch) run(ctx context.Context, send send) {
	every := time.NewTicker(look)
	defer every.Stop()
	for n := 0; ; n++ {
		if err := s.tell(send, n%wide == 0); err != nil {
			return // the page is gone
		}
		select {
		case <-every.C:
		case <-ctx.Done():
			return
		case <-s.api.world.ended:
			return
		}
	}
}

// tell sends what differs from the last look.
func (s *watch) tell(send send, all bool) error {
	view := s.phone.net.Phone(s.phone.portal, s.phone.person)
	if s.differs("typing", view.Typing) {
		if err := send("typing", map[string]bool{"on": view.Typing}); err != nil {
			return err
		}
	}
	what := []string{}
	if s.differs("screen", view.Rev) {
		what = append(what, "screen")
	}
	if s.differs("mail", s.mails()) {
		what = append(what, "mail")
	}
	if all && s.differs("people", s.people()) {
		what = append(what, "people")
	}
	now := s.api.world.clock.Now()
	moved := s.differs("clock", time.Until(now).Round(time.Second))
	if len(what) == 0 && !moved {
		return nil
	}
	return send("changed", map[string]any{"what": what, "now": now})
}

func (s *watch) mails() (n int) {
	for _, address := range s.mail {
		n += len(s.api.world.mail.Mails(address))
	}
	return n
}

// people is the state of everybody's accounts as one comparable text.
func (s *watch) people() string {
	people, err := s.api.world.people()
	if err != nil {
		return "" // the core's file is closing
	}
	text, err := json.Marshal(people)
	if err != nil {
		return ""
	}
	return string(text)
}

func (s *watch) differs(name string, now any) bool {
	before, looked := s.was[name]
	s.was[name] = now
	return !looked || before != now
}
