package flows

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
)

// act is one thing that agents can do, all that the engine knows of it.
type act struct {
	name    string
	place   int
	who     Who
	quiet   bool
	moves   bool     // it takes the dialog further, which a chat that its owner disowned does not go
	refuses []string // as [Aid.Refuses] says
	able    func(context.Context, *run, Chance) (Chance, error)
	do      func(ctx context.Context, r *run, was Dialog) error // was: what the dialog was before, to go back to
}

// Refusals of every act, beside those of its own entry and of who may do it.
const (
	actUnknown = "unknown" // no errand of the organisation knows it
	actMoved   = "moved"   // the dialog is about another account than the agent saw
)

// MailRefusals are the events by which the tables say that no code was mailed.
func MailRefusals() []string { return []string{"too_soon", "resend_spent", "too_many"} }

// ownActs are those that need no errand of their own.
func ownActs() []act {
	return []act{
		{name: "resend", place: 10, who: OneIfProven, moves: true, refuses: append(MailRefusals(), "no_step", "frozen", "late", "again", "refused", "closed"),
			able: func(_ context.Context, r *run, c Chance) (Chance, error) { return r.resendable(c), nil },
			do:   func(ctx context.Context, r *run, _ Dialog) error { return r.follow(ctx, r.resends()) }},
		{name: "restart", place: 20, who: One, moves: true, refuses: []string{"no_step", "late"},
			able: func(_ context.Context, r *run, c Chance) (Chance, error) { return r.restartable(c), nil },
			do:   func(ctx context.Context, r *run, _ Dialog) error { return r.restarted(ctx) }},
		{name: "extend", place: 30, who: OneIfProven, moves: true, refuses: []string{"no_step", "extended"},
			able: func(_ context.Context, r *run, c Chance) (Chance, error) { return r.extendable(c), nil },
			do:   func(_ context.Context, r *run, _ Dialog) error { return r.extended() }},
	}
}

// acts are all that agents know: the engine's own and those of the errands, in the order of their places.
func (e *Engine) acts() []act {
	all := ownActs()
	for _, m := range e.flows {
		for name, a := range m.flow.Aids {
			all = append(all, act{name: name, place: a.Place, who: a.Who, quiet: a.Quiet, moves: a.Step != "", refuses: a.Refuses,
				able: func(ctx context.Context, r *run, c Chance) (Chance, error) { return r.ableTo(ctx, m, a, c) },
				do:   func(ctx context.Context, r *run, was Dialog) error { return r.aid(ctx, m, a, was) }})
		}
	}
	slices.SortFunc(all, func(a, b act) int { return cmp.Or(a.place-b.place, strings.Compare(a.name, b.name)) })
	return all
}

// ActEntry is an act as its entry says, for who gives it words.
type ActEntry struct {
	Name    string
	Who     Who
	Refuses []string // all that can become of it instead of [AidDone]
}

// Acts are the entries of all acts that agents know, in the order of their places.
func (e *Engine) Acts() (all []ActEntry) {
	for _, a := range e.acts() {
		all = append(all, ActEntry{Name: a.name, Who: a.who, Refuses: a.refusals()})
	}
	return all
}

// refusals are those of the act's entry, of who may do it, and of all acts.
func (a act) refusals() []string {
	all := slices.Concat(a.refuses, []string{actUnknown, actMoved})
	switch a.who {
	case OneIfProven, OneIfKnown:
		all = append(all, "no_account", "unproven")
	case OneProven:
		all = append(all, "no_account", "no_proof")
	case Two:
		all = append(all, "no_account", "unproven")
	}
	if a.moves {
		all = append(all, "blocked")
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// lists returns an error for a refusal that the act's entry does not name: nobody would have words for it.
func (a act) lists(refusal string) error {
	if refusal != "" && !slices.Contains(a.refusals(), refusal) {
		return fmt.Errorf("what agents do as %q ended with %q, which its entry does not name", a.name, refusal)
	}
	return nil
}

// act is what agents know under a name; one that nobody knows can never be done.
func (e *Engine) act(name string) act {
	all := e.acts()
	if i := slices.IndexFunc(all, func(a act) bool { return a.name == name }); i >= 0 {
		return all[i]
	}
	return act{name: name, able: func(context.Context, *run, Chance) (Chance, error) { return Chance{Why: actUnknown}, nil }}
}

// chance is whether an act can be done now: who may, by the entry's word alone, and what else stands in its way.
func (r *run) chance(ctx context.Context, a act) (Chance, error) {
	about := r.t.About
	c := Chance{}
	if a.who != One {
		if c.Accounts = about.Accounts; len(c.Accounts) == 0 {
			c.Why = "no_account"
		}
	}
	if a.who == OneProven && !about.Proven {
		c.Why = "no_proof"
	}
	c, err := a.able(ctx, r, c)
	if err == nil {
		err = a.lists(c.Why)
	}
	if r.d.Memory.Blocked.After(r.t.At) && a.moves {
		c.Why = "blocked"
	}
	c.Act, c.Quiet, c.Checked, c.Second = a.name, a.quiet, a.who == Two, r.second(a.who, c.Accounts)
	return c, err
}

// second tells whether an act takes another agent's word (RULES: agent.never).
func (r *run) second(who Who, accounts []Option) bool {
	switch who {
	case Two:
		return true
	case OneIfProven:
		return !r.t.About.Proven
	case OneIfKnown:
		return !r.t.About.Proven && slices.ContainsFunc(accounts, func(o Option) bool { return !r.t.Known(o.ID) })
	}
	return false
}

// ableTo asks an errand, in its own voice.
func (r *run) ableTo(ctx context.Context, m *machine, a Aid, c Chance) (Chance, error) {
	if a.Able == nil {
		return c, nil
	}
	r.t.voice = m.flow.Name
	defer func() { r.t.voice = "" }()
	return a.Able(ctx, r.t, c)
}

func (r *run) resendable(c Chance) Chance {
	if c.Why = ""; r.resends() == "" { // a mail that waits for its answer may be about nobody yet
		return Chance{Why: "no_step"}
	}
	return c
}

func (r *run) restartable(c Chance) Chance {
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
func (r *run) extendable(c Chance) Chance {
	c.Why = ""
	switch {
	case r.s == nil || r.d.Flow == r.e.human || r.d.Flow == r.e.home:
		return Chance{Why: "no_step"}
	case r.t.About.Proven && !r.d.Proof.Until.IsZero():
		c.Why = "extended"
	}
	return c
}
