package demo

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"ventanilla/backend"
)

// event makes something happen to an account, which the core then tells the program
// as any core would: signed, over HTTP. The answer is the event as it was told.
func (a *api) event(r *http.Request) (any, error) {
	e, err := read[backend.Event](r)
	if err != nil {
		return nil, err
	}
	if !slices.Contains(backend.EventTypes, e.Type) {
		return nil, badRequest("type must be one of %s", strings.Trim(fmt.Sprint(backend.EventTypes), "[]"))
	}
	e, err = a.world.core.Raise(r.Context(), r.PathValue("portal"), e)
	refused, ok := errors.AsType[*backend.Error](err)
	switch {
	case err == nil:
		return e, nil
	case ok && refused.Code == backend.NotFound:
		return nil, notFound("there is no account %q at %q", e.Account, r.PathValue("portal"))
	case ok && refused.Code == backend.Invalid:
		return nil, badRequest("%s", refused.Message)
	}
	return nil, fmt.Errorf("telling what happened: %w", err)
}
