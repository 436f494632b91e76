package recovery

import (
	"context"
	"maps"
	"slices"

	"ventanilla/flows"
)

// aids let an agent start the reset of a password for the person, who keeps what they said and proved of
// themselves. The agent chooses nothing: a code goes to the account's own mail, the password to the page (RULES: agent.never).
func (r recovery) aids() map[string]flows.Aid {
	return map[string]flows.Aid{"reset": {
		Who: flows.One, Do: r.begin, Step: "by_person", Place: 50,
		Refuses: append(flows.MailRefusals(), "frozen", "late", "again", "closed")}}
}

// begin forgets what another errand noted. Whose account it is stays, as the person said it or proved it.
func (r recovery) begin(ctx context.Context, t *flows.Turn) (string, error) {
	keep := []string{"claimed", "account", "username", "unregistered", "closed"}
	for _, f := range r.Profile.Identity {
		keep = append(keep, f.ID)
	}
	maps.DeleteFunc(t.Values, func(name, _ string) bool { return !slices.Contains(keep, name) })
	t.Dialog.Want, t.Dialog.Todo = "", nil
	if p := t.Dialog.Proof; p.Valid(t.At) && t.Values["account"] == "" && t.Values["claimed"] == "" {
		if err := r.Enter(ctx, t, p.Account); err != nil {
			return "", err
		}
	}
	t.Values["fresh"] = "1" // a person decided that it takes a new password
	return "", nil
}
