package account

import (
	"context"
	"errors"

	"ventanilla/backend"
	"ventanilla/flows"
)

// Whose finds out whose account a dialog is about, for what agents do: the one that was proven a short
// while ago, unless the person speaks of another one since, or else those that fit what they said and confirmed.
// It asks the core only where nothing is proven (RULES: agent.never).
func (d Desk) Whose(ctx context.Context, t *flows.Turn) (flows.About, error) {
	p, id := t.Dialog.Proof, t.Values["account"]
	switch fresh := p.Valid(t.At); {
	case fresh && (id == p.Account || id == "" && !Claimed(t)):
		return flows.About{Proven: true, Accounts: []flows.Option{{ID: p.Account}}}, nil
	case id != "":
		return flows.About{Accounts: []flows.Option{{ID: id}}}, nil
	case !Claimed(t):
		return flows.About{}, nil
	}
	found, err := d.Accounts(ctx, t)
	if err != nil {
		return flows.About{}, err
	}
	about := flows.About{}
	for _, a := range found {
		about.Accounts = append(about.Accounts, flows.Option{ID: a.ID, Label: Shortened(a.Label, 60)})
	}
	about.Proven = len(found) == 1 && p.Valid(t.At) && p.Account == found[0].ID
	return about, nil
}

// Standing is what the core is shown for an agent's act: the person's own proof, or that two agents
// stand for who they are (RULES: agent.never).
func Standing(t *flows.Turn) backend.Evidence {
	if t.Act.Vouched {
		return backend.Evidence{Account: t.Act.Account, Method: backend.MethodAgent, At: t.At}
	}
	return Evidence(t)
}

// Refused tells that the core will not do something, however often it is asked.
func Refused(err error) bool {
	e, ok := errors.AsType[*backend.Error](err)
	return ok && !e.Later()
}
