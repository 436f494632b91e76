package app

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"time"

	"ventanilla/bot"
	"ventanilla/bot/console"
	"ventanilla/cmd/ventanilla/door"
	"ventanilla/store"
)

// Ticket returns an address that signs an agent in at the console once, without password and
// code: for a demo, whose agents are invented.
func (a *App) Ticket(agent string) string { return a.console.Ticket(agent) }

// Hire makes an agent who needs no enrolment, because only tickets let them in: for a demo.
func (a *App) Hire(ctx context.Context, agent store.Agent) error {
	token, err := a.store.Agents().Add(ctx, agent)
	if errors.Is(err, store.ErrAgentExists) {
		return nil
	}
	if err == nil {
		err = a.store.Agents().Enrol(ctx, token.Reveal(), "", 0)
	}
	return err
}

// Carry keeps the agents signed in who are, over a leap that the clock is about to make: for a demo.
func (a *App) Carry(ctx context.Context, leap time.Duration) error {
	return a.store.Agents().Carry(ctx, leap)
}

// Past returns the store as it would write so long ago, and the figures: for a demo, which begins with a history.
func (a *App) Past(ctx context.Context, ago time.Duration) (*store.Store, *bot.Figures, error) {
	s, err := a.store.Beside(ctx, store.Options{Keys: a.keys, Clock: a.opt.Clock.Behind(ago), Random: rand.Reader, Limits: a.settings.Limits.Limits, Log: a.opt.Log})
	return s, a.figures, err
}

var (
	_ door.Staff = (*Vault)(nil)
	_ door.Staff = works{}
)

// AddAgent makes an agent and returns the link with which they enrol.
func (v *Vault) AddAgent(ctx context.Context, a door.Agent) (link string, err error) {
	if err := console.CheckName(a.Name); err != nil {
		return "", err
	}
	token, err := v.store.Agents().Add(ctx, store.Agent{Name: a.Name, Role: store.Role(a.Role), Portals: a.Portals})
	if errors.Is(err, store.ErrAgentExists) {
		return "", fmt.Errorf("%s is there already; remove them first, and their old link, password and sessions end", a.Name)
	}
	if err != nil {
		return "", err
	}
	return console.EnrolURL(v.base, token), nil
}

// RemoveAgent takes an agent off; what they did stays in the audit trail.
func (v *Vault) RemoveAgent(ctx context.Context, name string) error {
	err := v.store.Agents().Remove(ctx, name)
	if errors.Is(err, store.ErrNotFound) {
		return fmt.Errorf("there is no agent %q", name)
	}
	return err
}

// Agents returns those who work at the console.
func (v *Vault) Agents(ctx context.Context) (all []door.Agent, err error) {
	kept, err := v.store.Agents().All(ctx)
	for _, a := range kept {
		if a.Removed.IsZero() {
			all = append(all, door.Agent{Name: a.Name, Role: string(a.Role), Portals: a.Portals, Added: a.Added, Enrolled: a.Enrolled})
		}
	}
	return all, err
}

// VerifyAudit verifies every trail and every checkpoint (RULES: data.audit).
func (v *Vault) VerifyAudit(ctx context.Context) (trails int, err error) {
	return v.store.VerifyTrails(ctx)
}

// AddAgent implements [door.Staff].
func (w works) AddAgent(ctx context.Context, a door.Agent) (string, error) {
	link, err := w.vault().AddAgent(ctx, a)
	w.opt.Log.Info("agent added", "role", a.Role, "err", err)
	return link, err
}

// RemoveAgent implements [door.Staff].
func (w works) RemoveAgent(ctx context.Context, name string) error {
	err := w.vault().RemoveAgent(ctx, name)
	w.opt.Log.Info("agent removed", "err", err)
	return err
}

// Agents implements [door.Staff].
func (w works) Agents(ctx context.Context) ([]door.Agent, error) { return w.vault().Agents(ctx) }

// VerifyAudit implements [door.Staff].
func (w works) VerifyAudit(ctx context.Context) (int, error) { return w.vault().VerifyAudit(ctx) }
