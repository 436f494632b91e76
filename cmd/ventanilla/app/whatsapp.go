package app

import (
	"context"
	"errors"
	"strings"
	"time"

	"ventanilla/bot"
	"ventanilla/bot/media"
	"ventanilla/bot/whatsapp"
	"ventanilla/cmd/ventanilla/settings"
	"ventanilla/flows"
	"ventanilla/store"
)

// whatsapps finds the sender of an organisation.
type whatsapps map[string]*whatsapp.Channel

var _ bot.Reporter = whatsapps{}

// Send implements [bot.Channel].
func (s whatsapps) Send(ctx context.Context, d bot.Delivery) (string, error) {
	if c, ok := s[d.Portal]; ok {
		return c.Send(ctx, d)
	}
	return "", &bot.SendError{Never: true, Err: bot.ErrNoBot}
}

// Reports implements [bot.Reporter].
func (s whatsapps) Reports() time.Duration { return whatsapp.ReportTime }

// fetched is a channel whose network fetches documents through links: what it weighs
// and what is fetched is one and the same, from memory.
type fetched struct {
	bot.Reporter
	documents *media.Desk
}

// Send implements [bot.Channel].
func (f fetched) Send(ctx context.Context, d bot.Delivery) (string, error) {
	if open := d.Open; open != nil {
		d.Open = func(ctx context.Context) ([]byte, error) { return f.documents.Open(ctx, d.Chat, d.ID, open) }
	}
	return f.Reporter.Send(ctx, d)
}

// sender is what the settings say of an organisation's number.
func sender(s *settings.Settings, b settings.Bot, accept bot.Accept, reported bot.Reported, o Options) whatsapp.Config {
	w := b.WhatsApp
	return whatsapp.Config{Portal: b.Portal, Account: w.Account, Token: w.Token, From: w.From, API: w.API, PublicURL: s.Public.URL,
		Templates: whatsapp.Templates{Notice: w.Templates.Notice, Code: w.Templates.Code, Choices: w.Templates.Choices},
		Accept:    accept, Reported: reported, Clock: o.Clock, Log: o.Log}
}

// askWhatsApp asks Twilio whether it knows account and token.
func askWhatsApp(ctx context.Context, s *settings.Settings, b settings.Bot) (string, error) {
	accept := func(context.Context, flows.Key, store.Inbound) error { return errors.New("a check accepts nothing") }
	report := func(context.Context, bot.Report) error { return errors.New("a check accepts nothing") }
	c, err := whatsapp.New(sender(s, b, accept, report, Options{}))
	if err != nil {
		return "", err
	}
	if _, err := c.Check(ctx); err != nil {
		return "", err
	}
	return "the account is active; its sender must bring messages to " + s.Public.URL + c.Path(), nil
}

// chatLink opens an organisation's chat on the real network; "" if that is not where its sender is.
func chatLink(s *settings.Settings, portal string) string {
	for _, b := range s.Bots {
		if b.Portal == portal && b.WhatsApp != nil && b.WhatsApp.API == whatsapp.DefaultAPI {
			return "https://wa.me/" + strings.TrimPrefix(strings.TrimPrefix(b.WhatsApp.From, "whatsapp:"), "+")
		}
	}
	return ""
}
