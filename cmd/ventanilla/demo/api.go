package demo

import (
	"fmt"
	"net/http"
	"time"
)

// api is the JSON API that the page, end-to-end tests and anyone's scripts use.
type api struct{ world *World }

// Handler serves the page at / and the API below /demo/, to requests of this address only.
func (w *World) Handler(next http.Handler) http.Handler {
	a := &api{w}
	own := http.NewServeMux()
	mount(own, append(a.phoneRoutes(),
		route{http.MethodGet, "/{$}", page("index.html")},
		route{http.MethodGet, "/demo/page/{file}", page("")},
		route{http.MethodGet, "/demo/console", http.HandlerFunc(a.console)},
		route{http.MethodGet, "/demo/world", handler(a.describe)},
		route{http.MethodGet, "/demo/people", handler(a.people)},
		route{http.MethodGet, "/demo/mail/{address}", handler(a.mails)},
		route{http.MethodGet, "/demo/mail/{address}/{n}/html", http.HandlerFunc(a.mailHTML)},
		route{http.MethodPost, "/demo/core/{portal}/signin", handler(a.signin)},
		route{http.MethodPost, "/demo/core/{portal}/event", handler(a.event)},
		route{http.MethodPost, "/demo/fault", handler(a.fault)},
		route{http.MethodPost, "/demo/clock", handler(a.clock)},
		route{http.MethodGet, "/demo/events", http.HandlerFunc(a.events)},
	))
	own.HandleFunc("/demo/", func(w http.ResponseWriter, r *http.Request) {
		refuse(w, http.StatusNotFound, "there is nothing at "+r.URL.Path+"; README.md describes the demo's API")
	})
	guarded := guard{w.port, own}
	mux := http.NewServeMux()
	mux.Handle("/{$}", guarded)
	mux.Handle("/demo/", guarded)
	mux.Handle("/signin/", w.core.Handler()) // the portal's own sign-in page
	mux.Handle("/", next)
	return mux
}

// describe tells the page what there is to play with.
func (a *api) describe(*http.Request) (any, error) {
	return map[string]any{"bots": a.world.bots, "faults": faultMenu, "now": a.world.clock.Now()}, nil
}

// longestLeap bounds one move of the clock, so that a slip of the finger does not end the world.
const longestLeap = 366 * 24 * time.Hour

// clock moves the one time that program and emulators share; only forward. Everything grows older by it but the sign-ins
// of agents: who moves the clock to see a WhatsApp window close still sits at the console.
func (a *api) clock(r *http.Request) (any, error) {
	body, err := read[struct {
		Advance string `json:"advance"`
	}](r)
	if err != nil {
		return nil, err
	}
	d, err := time.ParseDuration(body.Advance)
	if err != nil || d <= 0 || d > longestLeap {
		return nil, badRequest("advance must be a time such as 10m, forward and at most a year")
	}
	if err := a.world.program.Carry(r.Context(), d); err != nil {
		return nil, err
	}
	if err := a.world.time.advance(d); err != nil {
		return nil, err
	}
	return map[string]time.Time{"now": a.world.clock.Now()}, nil
}

// fault makes one of the emulators fail.
func (a *api) fault(r *http.Request) (any, error) {
	f, err := read[Fault](r)
	if err != nil {
		return nil, err
	}
	if f.Where == "" || f.Kind == "" {
		return nil, badRequest("where and kind are needed")
	}
	if err := a.world.fail(f); err != nil {
		return nil, fmt.Errorf("making %s fail: %w", f.Where, err)
	}
	return nil, nil
}
