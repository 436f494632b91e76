package recovery_test

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"ventanilla/backend"
	"ventanilla/backend/portal"
	"ventanilla/backend/secret"
	"ventanilla/flows"
	"ventanilla/flows/flowtest"
	"ventanilla/flows/flowtest/town"
	"ventanilla/flows/standard"
)

// core is a small account system: documents to accounts.
type core struct {
	standard.Core // what other errands ask of it: nothing here

	people map[string][]backend.Account // by document number, or by user name
	resets []string                     // ops
	part   bool                         // the unlocking fails, once
	locked bool                         // the unlocking fails
	broken bool                         // nothing can be set
	weak   backend.Rule                 // the rule that every password breaks, beyond those told
	down   bool
	calls  []string // what was changed, as "reset 1"
}

func (c *core) Identify(_ context.Context, _ string, fields map[string]string) (found []backend.Candidate, err error) {
	if c.down {
		return nil, &backend.Error{Code: backend.Unavailable}
	}
	for _, a := range c.people[cmp.Or(fields["doc_number"], fields["username"])] {
		found = append(found, backend.Candidate{ID: a.ID, Label: a.Label})
	}
	return found, nil
}

func (c *core) Account(_ context.Context, _, id string) (backend.Account, error) {
	if c.down {
		return backend.Account{}, &backend.Error{Code: backend.Unavailable}
	}
	for _, accounts := range c.people {
		for _, a := range accounts {
			if a.ID == id {
				return a, nil
			}
		}
	}
	return backend.Account{}, &backend.Error{Code: backend.NotFound}
}

func (c *core) Capabilities(context.Context, string) (backend.Capabilities, error) {
	return backend.Capabilities{Password: backend.PasswordRules{MinLength: 8, MaxLength: 64, Digit: true}, EndSessions: true}, nil
}

func (c *core) Reset(_ context.Context, op, _, account string, _ backend.ResetRequest) (backend.ResetResult, error) {
	switch {
	case c.down:
		return backend.ResetResult{}, &backend.Error{Code: backend.Unavailable}
	case c.weak != "":
		return backend.ResetResult{}, &backend.Error{Code: backend.WeakPassword, Violated: []backend.Rule{c.weak}}
	case c.broken:
		return backend.ResetResult{Password: backend.Part{Outcome: backend.Failed}, Unlock: backend.Part{Outcome: backend.Skipped}}, nil
	}
	c.resets, c.calls = append(c.resets, op), append(c.calls, "reset "+account)
	r := backend.ResetResult{Password: backend.Part{Outcome: backend.Done}, Unlock: backend.Part{Outcome: backend.Done}}
	if c.part || c.locked {
		c.part = false
		r.Unlock = backend.Part{Outcome: backend.Failed, Reason: "directory"}
	}
	return r, nil
}

func (c *core) Unlock(_ context.Context, _, _, account string, _ backend.Evidence) (backend.Part, error) {
	switch {
	case c.down:
		return backend.Part{}, &backend.Error{Code: backend.Unavailable}
	case c.locked:
		return backend.Part{Outcome: backend.Failed, Reason: "directory"}, nil
	}
	c.calls = append(c.calls, "unlock "+account)
	return backend.Part{Outcome: backend.Done}, nil
}

func account(id, label, username string, mails ...string) backend.Account {
	a := backend.Account{ID: id, Label: label, Username: username, FullName: "Ana Paula Gómez", State: backend.State{Registered: true, Locked: true}}
	for _, m := range mails {
		a.Addresses = append(a.Addresses, backend.Address{ID: m, Email: m})
	}
	return a
}

func people() *core {
	return &core{people: map[string][]backend.Account{
		"20111222": {account("1", "Ley 10.430", "agomez", "ana@correo.example")},
		"14555666": {account("2", "Retirado", "jdesilio", "juan@correo.example"), account("3", "Docente", "jdesilio.doc", "juan.docente@escuela.example")},
		"30999888": {account("4", "Policial", "mlopez", "mario@correo.example"), account("5", "Docente", "mlopez.doc", "mario@correo.example")},
		"22841307": {account("6", "Personal Ley 10.430", "asosa", "adriana@correo.example")},
		"41227630": {unregistered(account("7", "Policial", "lbenitez", "lucia@correo.example"))},
		"25310774": {account("8", "Policial", "npaez", "nelida@correo.example", "nelida@casa.example")},

		"DNI25582558":     {account("11", "Automotor", "DNI25582558", "beatriz@correo.example")},
		"CUIT30712417419": {account("12", "Flota", "CUIT30712417419", "oficina@herreria.example")},
		"DNI14203377":     {account("13", "Hogar", "DNI14203377", "ruben@correo.example", "ruben@taller.example")},
		"DNI31877450":     {account("14", "Moto", "DNI31877450", "silvia@correo.example"), account("15", "Vida", "DNI31877450", "silvia@correo.example")},
		"DNI40111222":     {unregistered(account("16", "Moto", "DNI40111222", "lucas@correo.example"))},
		"DNI20333444":     {account("17", "Hogar", "DNI20333444")},
	}}
}

func unregistered(a backend.Account) backend.Account {
	a.State = backend.State{}
	return a
}

// noon is when tests begin: a Monday, the office is open.
var noon = time.Date(2026, 11, 30, 15, 0, 0, 0, time.UTC)

func profile(t testing.TB, id string) portal.Profile {
	t.Helper()
	profiles, err := portal.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range profiles {
		if p.ID == id {
			p.Services, p.Links = []portal.Service{portal.Recover}, nil // a menu of one errand
			return p
		}
	}
	t.Fatalf("there is no profile %s", id)
	return portal.Profile{}
}

// world is an organisation with the people above. Call it within synctest.Test,
// where the wall clock stands still in the year 2000.
func world(t testing.TB) (*flowtest.World, *core, *town.Guard) {
	t.Helper()
	w, c, g, _ := worldOn(t)
	return w, c, g
}

// worldOn is world with what its engine stands on, for a second one on the same.
func worldOn(t testing.TB) (*flowtest.World, *core, *town.Guard, standard.Deps) {
	t.Helper()
	return worldOf(t, "mseg", "telegram")
}

// worldOf is a world with another organisation, on another channel.
func worldOf(t testing.TB, id, channel string) (*flowtest.World, *core, *town.Guard, standard.Deps) {
	t.Helper()
	clock := &flows.Clock{}
	clock.Advance(noon.Sub(clock.Now()))
	c := people()
	g := town.NewGuard(clock)
	codes := flows.Codes{Key: secret.Text("0123456789abcdef0123456789abcdef")}
	mailDown := false
	down := func() bool { return mailDown }
	deps := standard.Deps{Core: c, Guard: g, Links: &town.Links{}, Line: &town.Line{}, Codes: codes, Limits: flows.DefaultLimits(),
		MailDown: down, PublicURL: "https://bot.example", Now: clock.Now, Random: town.Counter()}
	e, err := standard.New(profile(t, id), deps)
	if err != nil {
		t.Fatal(err)
	}
	w := &flowtest.World{Engine: e, Codes: codes, Clock: clock, Name: "Ana", Holds: down,
		Key: flows.Key{Portal: id, Channel: channel, Person: map[string]string{"telegram": "7", "whatsapp": "+5491155550007"}[channel]}}
	w.Do = func(what string) error { return fault(c, g, &mailDown, clock, what) }
	return w, c, g, deps
}

// fault is what a line "! core down" of a script does.
func fault(c *core, g *town.Guard, mailDown *bool, clock *flows.Clock, what string) error {
	thing, state, _ := strings.Cut(what, " ")
	switch thing {
	case "core":
		c.down = state == "down"
	case "mail":
		*mailDown = state == "down"
	case "unlock":
		c.part, c.locked = state == "fails once", state == "fails"
	case "reset":
		c.broken = state == "fails"
	case "weak":
		c.weak = backend.Rule(state)
	case "freeze":
		return g.Freeze(context.Background(), "account/mseg/"+state, clock.Now().Add(7*24*time.Hour))
	default:
		return fmt.Errorf("no fault %q", what)
	}
	return nil
}

func TestConversations(t *testing.T) {
	flowtest.Run(t, func(t *testing.T) *flowtest.World {
		w, _, _ := world(t)
		return w
	})
}
