package emulator

import (
	"net/http"

	"ventanilla/backend"
)

// admin serves what tests outside the process need: POST /admin/faults with a
// [Fault], DELETE /admin/faults, POST /admin/events with a portal and a
// [backend.Event], GET /admin/effects and GET /admin/people.
func (e *Emulator) admin() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /admin/faults", func(w http.ResponseWriter, r *http.Request) {
		_, f, err := decode[Fault](r)
		if err == nil {
			if fail := e.Fail(f); fail != nil {
				err = &backend.Error{Code: backend.Invalid, Message: fail.Error()}
			}
		}
		e.answer(w, nil, err)
	})
	mux.HandleFunc("DELETE /admin/faults", func(w http.ResponseWriter, _ *http.Request) {
		e.Heal()
		e.answer(w, nil, nil)
	})
	mux.HandleFunc("POST /admin/events", func(w http.ResponseWriter, r *http.Request) {
		_, event, err := decode[raised](r)
		if err == nil {
			event.Event, err = e.Raise(r.Context(), event.Portal, event.Event)
		}
		e.answer(w, event, err)
	})
	mux.HandleFunc("GET /admin/effects", func(w http.ResponseWriter, _ *http.Request) { show(e, w, e.Effects) })
	mux.HandleFunc("GET /admin/people", func(w http.ResponseWriter, _ *http.Request) { show(e, w, e.People) })
	return mux
}

// show answers with a list.
func show[T any](e *Emulator, w http.ResponseWriter, read func() ([]T, error)) {
	list, err := read()
	e.answer(w, list, err)
}
