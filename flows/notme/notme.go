// Package notme is for who hears of something they did not do: one answer stops
// self-service for the accounts proven in this chat and calls a human (RULES: notme).
package notme

import (
	"context"
	"embed"
	"fmt"
	"io/fs"
	"maps"
	"slices"

	"ventanilla/flows"
	"ventanilla/flows/account"
)

//go:embed texts/*.yaml
var texts embed.FS

// New returns the flow of one organisation. Human is the flow that leads to a person.
func New(d account.Desk, human string) flows.Flow {
	n := notme{d}
	dir, _ := fs.Sub(texts, "texts") // a constant name: cannot fail
	return flows.Flow{Name: "notme", Texts: dir, Aids: n.aids(), Steps: []flows.Step{
		{Name: "start", Do: start, On: flows.On{"unproven": "proof/", "thaw": "thaw", "unknown": "unknown", "next": "sure"}},
		{Name: "sure", Say: "sure", Help: "help", Fill: n.until, Offer: []string{"yes", "no"}, Take: account.TakeOption("tap_option"), Do: n.freeze, Acts: true,
			On: flows.On{"no": "mine", "next": "stopped"}},
		{Name: "stopped", Say: "stopped", Fill: n.until, On: flows.On{"next": human + "/"}},
		{Name: "stopped_by_agent", Say: "stopped_by_agent", Fill: n.until, On: flows.On{"next": human + "/"}},
		{Name: "thaw", Do: n.goOn, Acts: true, On: flows.On{"other": "still_stopped", "next": "thawed"}},
		{Name: "thawed", Say: "thawed", On: flows.On{"next": flows.End}},
		{Name: "still_stopped", Say: "still_stopped", On: flows.On{"next": human + "/"}},
		{Name: "mine", Say: "mine", On: flows.On{"next": flows.End}},
		{Name: "unknown", Say: "unknown", On: flows.On{"next": human + "/"}},
	}}
}

type notme struct{ account.Desk }

// start leads who may go on again to the proof of it. Of others it looks whether this chat ever proved an account: only then is there one to stop.
// Whoever has the phone in hand may stop it; to go on takes a proof and an agent.
func start(_ context.Context, t *flows.Turn) (string, error) {
	if t.Values[account.Thawing] != "" {
		return thawing(t), nil
	}
	if len(mine(t)) == 0 {
		return "unknown", nil
	}
	return "", nil
}

// mine are the accounts that this chat proved within the last 12 months.
func mine(t *flows.Turn) []string {
	return slices.DeleteFunc(slices.Sorted(maps.Keys(t.Dialog.Memory.Proven)), func(id string) bool { return !t.Known(id) })
}

// freeze stops self-service and forgets what was proven here.
func (n notme) freeze(ctx context.Context, t *flows.Turn) (string, error) {
	until := t.At.Add(n.Limits.FreezeLife)
	for _, id := range mine(t) {
		if err := n.Guard.Freeze(ctx, n.Subject(id), until); err != nil {
			return "", fmt.Errorf("freezing: %w", err)
		}
		if err := n.CallOff(ctx, id, t.At); err != nil {
			return "", err
		}
		if err := n.TellOf(ctx, t, id, "stopped", "not_me"); err != nil {
			return "", err
		}
	}
	t.Dialog.Proof, t.Dialog.Parked, t.Dialog.Memory.Proven = nil, nil, nil // what was under way is over, and trust in this chat, too
	return "", nil
}

func (n notme) until(t *flows.Turn) []string {
	return []string{"until", t.At.Add(n.Limits.FreezeLife).In(n.Profile.Location()).Format("2/1/2006")}
}
