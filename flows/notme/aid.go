package notme

import (
	"context"
	"fmt"
	"time"

	"ventanilla/backend/portal"
	"ventanilla/flows"
	"ventanilla/flows/account"
)

// aids let an agent stop self-service for an account, and let it go on. To stop takes an account that this chat
// proved, if long ago, or two agents. To go on takes a fresh proof and an agent (RULES: notme): the person is led to the
// proof, for which a code is mailed although the account is stopped.
func (n notme) aids() map[string]flows.Aid {
	return map[string]flows.Aid{
		"freeze": {Who: flows.OneIfKnown, Able: n.freezable, Do: n.stop, Step: "stopped_by_agent", Quiet: true, Place: 80, Refuses: []string{"frozen"}},
		"thaw":   {Who: flows.One, Able: n.thawable, Do: thaw, Step: "start", Place: 90, Refuses: append(flows.MailRefusals(), "not_frozen", "late", "again", "closed")},
	}
}

func (n notme) freezable(ctx context.Context, t *flows.Turn, c flows.Chance) (flows.Chance, error) {
	if len(c.Accounts) == 0 {
		ids := mine(t)
		for _, id := range ids {
			o := flows.Option{ID: id}
			if len(ids) > 1 { // the agent says which
				o.Label = n.called(ctx, id)
			}
			c.Accounts = append(c.Accounts, o)
		}
		if len(c.Accounts) > 0 {
			c.Why = ""
		}
	}
	if len(c.Accounts) == 1 && c.Why == "" {
		until, err := n.Guard.Frozen(ctx, n.Subject(c.Accounts[0].ID))
		if err != nil {
			return c, err
		}
		if until.After(t.At) && !until.Equal(n.stopEnds(t)) { // the same: this turn stopped it and was not saved
			c.Why = "frozen"
		}
	}
	return c, nil
}

// called is the name of an account, or its id: to stop it waits for no core.
func (n notme) called(ctx context.Context, id string) string {
	a, err := n.Core.Account(ctx, n.Profile.ID, id)
	if err != nil || a.Label == "" {
		return id
	}
	return account.Shortened(a.Label, 60)
}

// stop freezes the account and forgets what was proven here, as [notme.freeze] does for all.
func (n notme) stop(ctx context.Context, t *flows.Turn) (string, error) {
	id := t.Act.Account
	if err := n.Guard.Freeze(ctx, n.Subject(id), n.stopEnds(t)); err != nil {
		return "", fmt.Errorf("freezing: %w", err)
	}
	if err := n.CallOff(ctx, id, t.At); err != nil {
		return "", err
	}
	t.Note(flows.Audit{What: "frozen", Account: id})
	if err := n.TellOf(ctx, t, id, "stopped_by_agent"); err != nil {
		return "", err
	}
	t.Dialog.Proof, t.Dialog.Parked = nil, nil
	delete(t.Dialog.Memory.Proven, id)
	return "", nil
}

// stopEnds is until when a stop of this turn lasts, as exactly as a [flows.Guard] keeps it.
func (n notme) stopEnds(t *flows.Turn) time.Time {
	return t.At.Add(n.Limits.FreezeLife).Truncate(time.Millisecond)
}

// thawable tells whether there may be something to let go on: whose account it is may still have to be asked.
func (n notme) thawable(ctx context.Context, t *flows.Turn, c flows.Chance) (flows.Chance, error) {
	c.Accounts = t.About.Accounts
	for _, a := range c.Accounts {
		until, err := n.Guard.Frozen(ctx, n.Subject(a.ID))
		if err != nil || until.After(t.At) {
			return c, err
		}
	}
	if len(c.Accounts) > 0 {
		c.Why = "not_frozen"
	}
	return c, nil
}

// thaw notes that an agent wants the account to go on.
func thaw(_ context.Context, t *flows.Turn) (string, error) {
	t.Values[account.Thawing] = "1"
	if t.Act.Account != "" {
		t.Values[account.Thawing] = t.Act.Account
	}
	return "", nil
}

// thawing leads whose account is to go on to a proof, and from there to the end of the stop.
func thawing(t *flows.Turn) string {
	if !account.Proven(t) {
		account.Ask(t, portal.Recover, account.Code)
		return "unproven"
	}
	return "thaw"
}

// goOn ends the stop of the account that the agent meant and that was proven since.
func (n notme) goOn(ctx context.Context, t *flows.Turn) (string, error) {
	id, meant := t.Values["account"], t.Values[account.Thawing]
	delete(t.Values, account.Thawing)
	if !account.Proven(t) || meant == "" || meant != "1" && meant != id {
		return "other", nil
	}
	if err := n.Guard.Freeze(ctx, n.Subject(id), time.Time{}); err != nil {
		return "", fmt.Errorf("thawing: %w", err)
	}
	return "", n.TellOf(ctx, t, id, "thawed", "thawed")
}
