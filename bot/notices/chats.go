package notices

import (
	"context"
	"fmt"

	"ventanilla/bot"
	"ventanilla/flows"
	"ventanilla/store"
)

// Channel is the name under which [Chats] sends: "linked:" and an account.
const Channel = "linked"

// Chats tells the chats that hear of an account what was done to it from another
// chat (RULES: notify.all). It is a channel that only sends: each of them hears
// "told" as an input of the system, whose Values are "text" and "account", and its flow
// says the text. The chat that it was done from has heard already.
type Chats struct {
	Linked Linked
	Accept bot.Accept
	Name   func(flows.Key) string // what [bot.Delivery].Chat calls a conversation
}

var _ bot.Channel = Chats{}

// Send implements [bot.Channel]. Where nobody else is linked it comes to nothing. Who
// heard of a delivery does not hear of it again when it is tried again.
func (c Chats) Send(ctx context.Context, d bot.Delivery) (receipt string, err error) {
	keys, err := c.Linked.Linked(ctx, d.Portal, d.To)
	if err != nil {
		return "", err
	}
	for _, k := range keys {
		if c.Name(k) == d.Chat {
			continue
		}
		in := store.Inbound{ID: "told/" + d.Chat + "/" + d.ID, Input: flows.Input{From: flows.System, Event: "told",
			Values: map[string]string{"text": d.Reply.Text, "account": d.To}}}
		if err := c.Accept(ctx, k, in); err != nil {
			return "", fmt.Errorf("telling %v: %w", k, err)
		}
	}
	return "", nil
}
