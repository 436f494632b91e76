package bot

import (
	"context"

	"ventanilla/store"
)

// What becomes of an agent's act that the dialog never heard of; beside [flows.AidDone] and the refusals of flows.
const (
	AidHeld   = "held"   // somebody else took the conversation over before
	AidBroken = "broken" // it could not be processed, and was set aside
)

// voidAid ends an act of an agent who lost the conversation to somebody else before it was done: nothing happens
// behind the back of who speaks now.
func (v *visit) voidAid(ctx context.Context, in store.Inbound) error {
	return v.change(ctx, func(c *store.Conversation) bool {
		if !c.Held(in) || !remove(c, in.ID) {
			return false
		}
		c.Aided(in, AidHeld, v.Clock.Now())
		return true
	})
}
