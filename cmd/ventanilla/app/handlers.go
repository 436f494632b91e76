package app

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"
	"maps"
	"net/http"
	"slices"

	"github.com/prometheus/client_golang/prometheus/promhttp"

	"ventanilla/backend/portal"
	"ventanilla/bot/console"
	"ventanilla/bot/media"
	"ventanilla/bot/notices"
)

// publicHandler is what the world reaches: webhooks, one-time pages, documents, and who we are.
func (a *App) publicHandler() http.Handler {
	mux := http.NewServeMux()
	a.health(mux)
	for _, c := range a.bots {
		mux.Handle(c.Path(), c)
	}
	for _, c := range a.senders {
		mux.Handle(c.Path(), c)
		mux.Handle(c.Path()+"/status", c)
	}
	mux.Handle("/f/", a.pages)
	mux.Handle("/g/", a.pages)
	mux.Handle(media.Path, a.documents)
	mux.Handle(notices.Pattern, a.notices)
	mux.HandleFunc("GET /privacidad", a.about)
	mux.HandleFunc("GET /{$}", a.about)
	if a.opt.Around != nil {
		return a.opt.Around(mux)
	}
	return mux
}

// innerHandler is for agents, and for who runs the program.
func (a *App) innerHandler() http.Handler {
	mux := http.NewServeMux()
	a.health(mux)
	mux.Handle(console.Path, a.console)
	mux.Handle("GET /{$}", http.RedirectHandler(console.Path, http.StatusSeeOther))
	mux.Handle("GET /metrics", promhttp.HandlerFor(a.meters, promhttp.HandlerOpts{}))
	return mux
}

//go:embed about.html
var aboutText string

var aboutPage = template.Must(template.New("about").Parse(aboutText))

// about tells people who answers them, what is kept and for how long (RULES: talk.privacy).
func (a *App) about(w http.ResponseWriter, _ *http.Request) {
	var orgs []portal.Profile
	for _, id := range slices.Sorted(maps.Keys(a.profiles)) {
		orgs = append(orgs, a.profiles[id])
	}
	var page bytes.Buffer
	if err := aboutPage.Execute(&page, map[string]any{"Organisations": orgs}); err != nil {
		a.opt.Log.Error("the page about us could not be made", "err", fmt.Errorf("filling it: %w", err))
		plain(w, http.StatusInternalServerError, "No se pudo mostrar la página.")
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Content-Type-Options", "nosniff")
	_, _ = w.Write(page.Bytes())
}
