package unlock

import (
	"context"
	"fmt"

	"ventanilla/backend"
	"ventanilla/flows"
	"ventanilla/flows/account"
)

// aids let an agent open the account for the person: with their proof, or at the word of two agents
// (RULES: agent.never). That does not count as one of the day's that the owner does alone (RULES: unlock.day).
func (u unlock) aids() map[string]flows.Aid {
	return map[string]flows.Aid{"unlock": {Who: flows.OneIfProven, Do: u.aid, Say: "agent_unlocked", Quiet: true, Place: 40,
		Refuses: []string{"frozen", "shut", "again", "not_locked"}}}
}

// aid opens the account and tells its owner. To somebody without a proof it says nothing more than that it is open.
func (u unlock) aid(ctx context.Context, t *flows.Turn) (string, error) {
	id := t.Act.Account
	if until, err := u.Guard.Frozen(ctx, u.Subject(id)); err != nil || until.After(t.At) {
		return "frozen", err
	}
	part, err := u.core.Unlock(ctx, t.Op("unlock"), u.Profile.ID, id, account.Standing(t))
	switch {
	case account.Refused(err):
		return "shut", nil
	case err != nil:
		return "", fmt.Errorf("unlocking: %w", err)
	case part.Outcome == backend.Failed:
		return "again", nil
	case part.Outcome == backend.NotNeeded:
		return "not_locked", nil
	}
	return "", u.TellOf(ctx, t, id, "unlocked", "unlocked")
}
