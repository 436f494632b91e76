package app

import (
	"context"
	"fmt"
	"time"

	"ventanilla/bot"
	"ventanilla/bot/bounces"
	"ventanilla/bot/email"
	"ventanilla/cmd/ventanilla/settings"
	"ventanilla/store"
)

// mailing is how mails leave, as the settings say.
func mailing(m settings.Mail) email.Config {
	cfg := email.Config{URL: m.URL, From: m.From}
	if m.Bounces != nil {
		cfg.Returns = m.Bounces.Address
	}
	return cfg
}

// readBounces makes the reader of the mailbox that mails come back to, if there is one.
func (a *App) readBounces(sent *email.Channel) (err error) {
	b := a.settings.Mail.Bounces
	if b == nil {
		return nil
	}
	a.bounces, err = bounces.New(bounces.Config{URL: b.URL, Every: b.Every, Own: sent.Own, Meters: a.meters, Log: a.opt.Log,
		Returned: func(ctx context.Context, id, code string) (bool, error) {
			known, err := a.worker.Returned(ctx, id, code)
			if store.Unreadable(err) {
				err = fmt.Errorf("%w: %w", bounces.ErrUnreadable, err)
			}
			return known, err
		}})
	if err != nil {
		return fmt.Errorf("%s: %w", a.settings.At("mail.bounces.url"), err)
	}
	return nil
}

// mails is the channel of mails: one of which nothing more is heard, or one that may come back.
func (a *App) mails() bot.Channel {
	if a.bounces == nil {
		return a.mail
	}
	return returning{a.mail}
}

// returning is a channel whose network takes what it may bring back later.
type returning struct{ *watched }

var _ bot.Reporter = returning{}

// Reports implements [bot.Reporter].
func (returning) Reports() time.Duration { return store.ReturnableFor }

// askBounces signs in at the mailbox that mails come back to.
func askBounces(ctx context.Context, b settings.Bounces) error {
	r, err := bounces.New(bounces.Config{URL: b.URL})
	if err != nil {
		return err
	}
	return r.Check(ctx)
}
