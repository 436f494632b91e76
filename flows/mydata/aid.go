package mydata

import (
	"context"

	"ventanilla/flows"
)

// aids let an agent cut notices off: those to this chat, as whoever holds it may, and those of the account
// to all others, for who lost a phone (RULES: link.chat).
func (m mydata) aids() map[string]flows.Aid {
	return map[string]flows.Aid{
		"unlink":        {Who: flows.One, Able: linkedHere, Do: m.unlink, Say: "agent_unlinked", Quiet: true, Place: 100, Refuses: []string{"not_linked"}},
		"unlink_others": {Who: flows.OneIfProven, Do: m.cut, Say: "agent_others_cut", Quiet: true, Place: 110, Refuses: []string{"not_linked"}},
	}
}

func linkedHere(_ context.Context, t *flows.Turn, c flows.Chance) (flows.Chance, error) {
	if linked(t) == 0 {
		c.Why = "not_linked"
	}
	return c, nil
}

// cut ends the notices of the account to all other chats.
func (m mydata) cut(ctx context.Context, t *flows.Turn) (string, error) {
	n, err := m.cutOthers(ctx, t, t.Act.Account)
	if err == nil && n == 0 {
		return "not_linked", nil
	}
	return "", err
}
