package app

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"
)

// health answers that the process lives, and readiness that it takes messages:
// a store that takes nothing, as on a full disk, is not ready.
func (a *App) health(mux *http.ServeMux) {
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { plain(w, http.StatusOK, "ok") })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) {
		switch err := a.able(r.Context()); {
		case errors.Is(err, errStopping):
			plain(w, http.StatusServiceUnavailable, "stopping")
		case err != nil: // why is for the log: this page is public
			plain(w, http.StatusServiceUnavailable, "the store takes nothing")
		default:
			plain(w, http.StatusOK, "ready")
		}
	})
}

var errStopping = errors.New("it is starting or stopping")

// able returns nil if the program takes messages now.
func (a *App) able(ctx context.Context) error {
	if !a.ready.Load() {
		return errStopping
	}
	err, changed := a.probe.ask(context.WithoutCancel(ctx), a.store.Probe)
	switch {
	case changed && err != nil:
		a.opt.Log.Error("the store takes nothing: is the disk full? Messages are refused until it does, and their networks bring them again", "err", err)
	case changed:
		a.opt.Log.Info("the store takes messages")
	}
	return err
}

// readyEvery bounds how often the store is written to only to see whether it can be.
const readyEvery = time.Second

// probe remembers for a moment whether the store took something. The zero value is ready.
type probe struct {
	mu  sync.Mutex
	at  time.Time
	err error
}

// ask tries again unless it just did, and tells whether the outcome is another than before.
func (p *probe) ask(ctx context.Context, try func(context.Context) error) (err error, changed bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.at.IsZero() && time.Since(p.at) < readyEvery {
		return p.err, false
	}
	before := p.err
	p.err, p.at = try(ctx), time.Now()
	return p.err, (before == nil) != (p.err == nil)
}

func plain(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = fmt.Fprintln(w, text)
}
