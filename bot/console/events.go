package console

import (
	"fmt"
	"net/http"
	"strings"
	"time"
)

const (
	// pace bounds how often a page is told to look again.
	pace = 250 * time.Millisecond
	// beat is how often a stream shows that it lives, and looks whether its session does.
	beat = 10 * time.Second
)

// events streams to an open page what it should fetch again (server-sent events): "news" with the
// words list and talk, and "out" when the session is over. The id of each says up to where it was told, so that a page whose connection dropped hears what it
// missed and nothing twice. What changed is not in the stream: the page fetches it, under its own rights.
func (c *Console) events(w http.ResponseWriter, r *http.Request, v visit) {
	name, portal := r.URL.Query().Get("c"), ""
	if name != "" {
		conv, err := c.Store.Find(r.Context(), name)
		if err != nil || !v.agent.Sees(conv.Key.Portal) {
			c.refuse(w, v.words, http.StatusNotFound, "no_conversation")
			return
		}
		portal = conv.Key.Portal
		conv.Leave()
	}
	out := http.NewResponseController(w)
	_ = out.SetWriteDeadline(time.Time{}) // a recorder has none
	_ = out.SetReadDeadline(time.Time{})
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("X-Accel-Buffering", "no")
	p := c.live.open(name, v.agent.Name)
	defer c.live.leave(p)
	s := stream{c: c, w: w, r: r, out: out, page: p, portal: portal, session: v.session.ID, id: r.Header.Get("Last-Event-ID")}
	s.run()
}

// stream is one page that listens.
type stream struct {
	c       *Console
	w       http.ResponseWriter
	r       *http.Request
	out     *http.ResponseController
	page    *page
	portal  string // of the conversation that is open; "" for the list
	session string
	id      string // of the last event that the page has
}

func (s *stream) run() {
	if s.id == "" { // a page that was just drawn
		_, _, s.id, _ = s.c.live.since("", "")
		_, _ = fmt.Fprintf(s.w, "retry: 1000\nid: %s\nevent: hello\ndata: \n\n", s.id)
	}
	if s.out.Flush() != nil {
		return
	}
	every := time.NewTicker(beat)
	defer every.Stop()
	for s.tell() {
		select {
		case <-s.page.wake:
		case <-every.C:
			_, _ = fmt.Fprint(s.w, ": here\n\n")
		case <-s.r.Context().Done():
			return
		}
	}
}

// tell sends what is new and returns whether to go on.
func (s *stream) tell() bool {
	if _, a, err := s.c.agents.Peek(s.r.Context(), s.session); err != nil || s.portal != "" && !a.Sees(s.portal) {
		_, _ = fmt.Fprint(s.w, "event: out\ndata: \n\n")
		_ = s.out.Flush()
		return false
	}
	list, talk, latest, over := s.c.live.since(s.id, s.page.name)
	if over {
		return false
	}
	if what := strings.TrimSpace(map[bool]string{true: "list "}[list] + map[bool]string{true: "talk"}[talk]); what != "" {
		_, _ = fmt.Fprintf(s.w, "id: %s\nevent: news\ndata: %s\n\n", latest, what)
	}
	s.id = latest
	if s.out.Flush() != nil {
		return false
	}
	if !list && !talk {
		return true
	}
	timer := time.NewTimer(pace)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-s.r.Context().Done():
		return false
	}
}
