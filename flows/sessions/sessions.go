// Package sessions signs a person out wherever the account is still open, after a new
// password: somebody else may be in it (RULES: reset.nologin). It changes nothing else.
package sessions

import (
	"context"
	"embed"
	"fmt"
	"io/fs"

	"ventanilla/backend"
	"ventanilla/backend/portal"
	"ventanilla/flows"
	"ventanilla/flows/account"
)

//go:embed texts/*.yaml
var texts embed.FS

// Core ends sessions; see [backend.Client]. Not every core can.
type Core interface {
	EndSessions(ctx context.Context, op, portal, account string, e backend.Evidence) error
}

// New returns the flow of one organisation.
func New(d account.Desk, core Core) flows.Flow {
	s := sessions{d, core}
	dir, _ := fs.Sub(texts, "texts") // a constant name: cannot fail
	return flows.Flow{Name: "sessions", Texts: dir, Steps: []flows.Step{
		{Name: "start", Do: start, On: flows.On{"unproven": "proof/", "next": "close"}},
		{Name: "close", Do: s.end, Acts: true, On: flows.On{"frozen": "proof/frozen", "refused": "refused", "next": "ended"}},
		{Name: "ended", Solves: true, Say: "ended", On: flows.On{"next": flows.End}},
		{Name: "refused", Say: "refused", On: flows.On{"next": "handoff/"}},
	}}
}

type sessions struct {
	account.Desk
	core Core
}

func start(_ context.Context, t *flows.Turn) (string, error) {
	if !account.Proven(t) {
		account.Ask(t, portal.Recover, account.Code)
		return "unproven", nil
	}
	return "", nil
}

func (s sessions) end(ctx context.Context, t *flows.Turn) (string, error) {
	if !account.Proven(t) {
		return "refused", nil
	}
	if frozen, err := s.Frozen(ctx, t); err != nil || frozen {
		return "frozen", err
	}
	id := t.Values["account"]
	err := s.core.EndSessions(ctx, t.Op("sessions"), s.Profile.ID, id, account.Evidence(t))
	if account.Refused(err) {
		return "refused", nil
	}
	if err != nil {
		return "", fmt.Errorf("ending sessions: %w", err)
	}
	t.Note(flows.Audit{What: "sessions_ended", Account: id})
	return "", nil
}
