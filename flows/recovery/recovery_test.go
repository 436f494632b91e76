package recovery_test

import (
	"context"
	"testing"
	"time"

	"ventanilla/backend"
	"ventanilla/backend/portal"
	"ventanilla/backend/secret"
	"ventanilla/flows"
	"ventanilla/flows/flowtest"
	"ventanilla/flows/standard"
)

// core is a small account system: documents to accounts.
type core struct {
	people map[string][]backend.Account // by document number
	resets []string                     // ops
	part   bool                         // the unlocking fails
	down   bool
}

func (c *core) Identify(_ context.Context, _ string, fields map[string]string) (found []backend.Candidate, err error) {
	if c.down {
		return nil, &backend.Error{Code: backend.Unavailable}
	}
	for _, a := range c.people[fields["doc_number"]] {
		found = append(found, backend.Candidate{ID: a.ID, Label: a.Label})
	}
	return found, nil
}

func (c *core) Account(_ context.Context, _, id string) (backend.Account, error) {
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
	return backend.Capabilities{Password: backend.PasswordRules{MinLength: 8, MaxLength: 64, Digit: true}}, nil
}

func (c *core) Reset(_ context.Context, op, _, _ string, _ backend.ResetRequest) (backend.ResetResult, error) {
	c.resets = append(c.resets, op)
	r := backend.ResetResult{Password: backend.Part{Outcome: backend.Done}, Unlock: backend.Part{Outcome: backend.Done}}
	if c.part {
		c.part = false
		r.Unlock = backend.Part{Outcome: backend.Failed, Reason: "directory"}
	}
	return r, nil
}

func (c *core) Unlock(context.Context, string, string, string, backend.Evidence) (backend.Part, error) {
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
	}}
}

// guard keeps budgets in memory.
type guard struct {
	clock  *flows.Clock
	spent  map[string]map[string]time.Time
	frozen map[string]time.Time
}

func (g *guard) left(subject string, b flows.Budget) (map[string]time.Time, flows.Left) {
	key := b.Kind + " " + subject
	if g.spent[key] == nil {
		g.spent[key] = map[string]time.Time{}
	}
	var next time.Time
	for op, at := range g.spent[key] {
		if end := at.Add(b.Per); !end.After(g.clock.Now()) {
			delete(g.spent[key], op)
		} else if next.IsZero() || end.Before(next) {
			next = end
		}
	}
	n := b.Max - len(g.spent[key])
	return g.spent[key], flows.Left{OK: n > 0, N: max(n, 0), Next: next}
}

func (g *guard) Spend(_ context.Context, subject string, b flows.Budget, op string) (flows.Left, error) {
	ops, left := g.left(subject, b)
	if _, again := ops[op]; again {
		left.OK = true
		return left, nil
	}
	if left.OK {
		ops[op] = g.clock.Now()
		left.N--
	}
	return left, nil
}

func (g *guard) Peek(_ context.Context, subject string, b flows.Budget) (flows.Left, error) {
	_, left := g.left(subject, b)
	return left, nil
}

func (g *guard) Clear(_ context.Context, subject string, kinds ...string) error {
	for _, k := range kinds {
		delete(g.spent, k+" "+subject)
	}
	return nil
}

func (g *guard) Freeze(_ context.Context, subject string, until time.Time) error {
	g.frozen[subject] = until
	return nil
}

func (g *guard) Frozen(_ context.Context, subject string) (time.Time, error) {
	return g.frozen[subject], nil
}

// world is an organisation with the people above.
func world(t *testing.T) (*flowtest.World, *core, *guard) {
	t.Helper()
	profiles, err := portal.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	var mseg portal.Profile
	for _, p := range profiles {
		if p.ID == "mseg" {
			mseg = p
		}
	}
	// Monday noon, far enough ahead of the wall clock to be always so.
	clock := &flows.Clock{}
	c := people()
	g := &guard{clock, map[string]map[string]time.Time{}, map[string]time.Time{}}
	codes := flows.Codes{Key: secret.Text("0123456789abcdef0123456789abcdef")}
	e, err := standard.New(mseg, standard.Deps{Core: c, Guard: g, Codes: codes, Limits: flows.DefaultLimits(),
		MailDown: func() bool { return false }, PublicURL: "https://bot.example", Now: clock.Now, Random: counter()})
	if err != nil {
		t.Fatal(err)
	}
	return &flowtest.World{Engine: e, Codes: codes, Clock: clock, Name: "Ana",
		Key: flows.Key{Portal: "mseg", Channel: "telegram", Person: "7"}}, c, g
}

// counter stands for randomness that is the same in every run.
func counter() func(int) string {
	i := 0
	return func(n int) string {
		i++
		const digits = "0123456789abcdef"
		b := make([]byte, 2*n)
		for j := range b {
			b[j] = digits[(i*7+j*3)%16]
		}
		return string(b)
	}
}

func TestConversations(t *testing.T) {
	flowtest.Run(t, func(t *testing.T) *flowtest.World {
		w, c, _ := world(t)
		c.part = t.Name() == "TestConversations/part"
		return w
	})
}
