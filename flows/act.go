package flows

import (
	"cmp"
	"context"
	"slices"
	"strings"
)

// act is one thing that agents can do, all that the engine knows of it.
type act struct {
	name  string
	place int
	quiet bool
	moves bool // it takes the dialog further, which a chat that its owner disowned does not go
	able  func(context.Context, *run) (Chance, error)
	do    func(ctx context.Context, r *run, was Dialog) error // was: what the dialog was before, to go back to
}

// ownActs are those that need no errand of their own.
func ownActs() []act {
	return []act{
		{name: "resend", place: 10, moves: true,
			able: func(_ context.Context, r *run) (Chance, error) { return r.resendable(), nil },
			do:   func(ctx context.Context, r *run, _ Dialog) error { return r.follow(ctx, r.resends()) }},
		{name: "restart", place: 20, moves: true,
			able: func(_ context.Context, r *run) (Chance, error) { return r.restartable(), nil },
			do:   func(ctx context.Context, r *run, _ Dialog) error { return r.restarted(ctx) }},
		{name: "extend", place: 30, moves: true,
			able: func(_ context.Context, r *run) (Chance, error) { return r.extendable(), nil },
			do:   func(_ context.Context, r *run, _ Dialog) error { return r.extended() }},
	}
}

// acts are all that agents know: the engine's own and those of the errands, in the order of their places.
func (e *Engine) acts() []act {
	all := ownActs()
	for _, m := range e.flows {
		for name, a := range m.flow.Aids {
			all = append(all, act{name: name, place: a.Place, quiet: a.Quiet, moves: a.Step != "",
				able: func(ctx context.Context, r *run) (Chance, error) { return r.ableTo(ctx, m, a) },
				do:   func(ctx context.Context, r *run, was Dialog) error { return r.aid(ctx, m, a, was) }})
		}
	}
	slices.SortFunc(all, func(a, b act) int { return cmp.Or(a.place-b.place, strings.Compare(a.name, b.name)) })
	return all
}

// act is what agents know under a name; one that nobody knows can never be done.
func (e *Engine) act(name string) act {
	all := e.acts()
	if i := slices.IndexFunc(all, func(a act) bool { return a.name == name }); i >= 0 {
		return all[i]
	}
	return act{name: name, able: func(context.Context, *run) (Chance, error) { return Chance{Why: "unknown"}, nil }}
}

func (r *run) chance(ctx context.Context, a act) (Chance, error) {
	c, err := a.able(ctx, r)
	if r.d.Memory.Blocked.After(r.t.At) && a.moves {
		c.Why = "blocked"
	}
	c.Act, c.Quiet = a.name, a.quiet
	return c, err
}

// ableTo asks an errand, in its own voice.
func (r *run) ableTo(ctx context.Context, m *machine, a Aid) (Chance, error) {
	r.t.voice = m.flow.Name
	defer func() { r.t.voice = "" }()
	return a.Able(ctx, r.t)
}

func (r *run) resendable() Chance {
	if r.resends() == "" {
		return Chance{Why: "no_step"}
	}
	return Chance{Accounts: r.t.About.Accounts, Second: !r.t.About.Proven}
}

func (r *run) restartable() (c Chance) {
	if r.s == nil || !r.s.Waits() || r.d.Flow == r.e.home || r.d.Flow == r.e.human {
		c.Why = "no_step"
	}
	return c
}

// resends is the event by which the current step has a mail sent again, "" if it knows none.
func (r *run) resends() string {
	for _, event := range []string{"resend", "resend_temp", "resend_link"} {
		if r.s != nil && r.s.On[event] != "" {
			return event
		}
	}
	return ""
}

// extendable tells whether there is more time to give: to a proof once, to silence always.
func (r *run) extendable() Chance {
	switch {
	case r.s == nil || r.d.Flow == r.e.human || r.d.Flow == r.e.home:
		return Chance{Why: "no_step"}
	case r.t.About.Proven && !r.d.Proof.Until.IsZero():
		return Chance{Why: "extended"}
	}
	return Chance{Accounts: r.t.About.Accounts, Second: !r.t.About.Proven}
}
