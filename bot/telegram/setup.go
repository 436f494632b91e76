package telegram

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	tgbotapi "github.com/go-telegram-bot-api/telegram-bot-api/v5"
)

// Setup points the network at the webhook and registers the menu of commands.
// Doing it again changes nothing. Waiting messages are kept.
func (c *Channel) Setup(ctx context.Context) error {
	if c.public == "" || c.keys.hook == "" {
		return errors.New("a webhook needs a public URL and a secret")
	}
	allowed, err := json.Marshal(wanted)
	if err != nil {
		return fmt.Errorf("naming the updates wanted: %w", err)
	}
	err = c.do(ctx, "setWebhook", tgbotapi.Params{
		"url": c.public + c.Path(), "secret_token": c.keys.hook.Reveal(), "allowed_updates": string(allowed),
	})
	if err != nil {
		return fmt.Errorf("setting the webhook: %w", err)
	}
	return c.menu(ctx)
}

// menu registers the commands, which Telegram shows beside the text field.
func (c *Channel) menu(ctx context.Context) error {
	type entry struct {
		Command     string `json:"command"`
		Description string `json:"description"`
	}
	entries := make([]entry, 0, len(c.commands))
	for _, k := range c.commands {
		entries = append(entries, entry{k.Name, k.Description})
	}
	raw, err := json.Marshal(entries)
	if err != nil {
		return fmt.Errorf("writing the commands: %w", err)
	}
	if err := c.do(ctx, "setMyCommands", tgbotapi.Params{"commands": string(raw)}); err != nil {
		return fmt.Errorf("registering the commands: %w", err)
	}
	return nil
}

// Health is what the network says about the bot.
type Health struct {
	Username  string
	Webhook   string // "" when polling
	Waiting   int    // updates not delivered yet
	LastError string // of a delivery to the webhook
	FailedAt  time.Time
}

// Check asks the network whether the token works and how the webhook does. It changes nothing.
func (c *Channel) Check(ctx context.Context) (Health, error) {
	var me tgbotapi.User
	if err := c.ask(ctx, "getMe", nil, &me); err != nil {
		return Health{}, fmt.Errorf("asking who the bot is: %w", err)
	}
	var hook tgbotapi.WebhookInfo
	if err := c.ask(ctx, "getWebhookInfo", nil, &hook); err != nil {
		return Health{Username: me.UserName}, fmt.Errorf("asking for the webhook: %w", err)
	}
	h := Health{Username: me.UserName, Webhook: hook.URL, Waiting: hook.PendingUpdateCount, LastError: hook.LastErrorMessage}
	if hook.LastErrorDate > 0 {
		h.FailedAt = time.Unix(int64(hook.LastErrorDate), 0).UTC()
	}
	return h, nil
}
