package app

import (
	"context"
	"errors"
	"net"
	"time"

	"golang.org/x/sync/errgroup"

	"ventanilla/bot"
	"ventanilla/bot/telegram"
	"ventanilla/cmd/ventanilla/door"
	"ventanilla/cmd/ventanilla/settings"
	"ventanilla/store"
)

// Run opens the listeners and works until ctx ends. Then it stops accepting,
// finishes what is in hand within [Grace], and returns; the inner listener goes
// last, so that /readyz says 503 meanwhile. What could not be finished goes on at the next start.
func (a *App) Run(ctx context.Context) error {
	public, err := a.listen(ctx, a.opt.Public, a.settings.Public.Listen)
	if err != nil {
		return err
	}
	inner, err := a.listen(ctx, a.opt.Inner, a.settings.Console.Listen)
	if err != nil {
		return errors.Join(err, public.Close())
	}
	innerCtx, endInner := context.WithCancel(context.WithoutCancel(ctx))
	innerDone := make(chan error, 2)
	go func() { innerDone <- Serve(innerCtx, inner, a.innerHandler()) }()
	go func() { innerDone <- a.openDoor(innerCtx) }()
	a.opt.Log.Info("started", "public", public.Addr().String(), "url", a.settings.Public.URL, "inner", inner.Addr().String())
	a.ready.Store(true)
	defer context.AfterFunc(ctx, func() { a.ready.Store(false) })()
	err = a.work(ctx, public)
	a.ready.Store(false)
	endInner()
	err = errors.Join(err, <-innerDone, <-innerDone)
	a.opt.Log.Info("stopped", "err", err)
	return err
}

// openDoor answers those who knock on this machine (see package door). People are
// answered without it too, so a door that cannot be made is only a warning.
func (a *App) openDoor(ctx context.Context) error {
	l, err := door.Listen(ctx, a.settings.Store)
	if err != nil {
		a.opt.Log.Warn("backup and the other commands cannot reach this program while it runs", "err", err)
		return nil
	}
	return Serve(ctx, l, door.Handler(works{a}))
}

// work runs everything but the inner listener, until ctx ends or a part fails.
func (a *App) work(ctx context.Context, public net.Listener) error {
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return Serve(ctx, public, a.publicHandler()) })
	g.Go(func() error {
		runner := &bot.Runner{Queue: a.store, Worker: a.worker, Grace: Grace}
		return runner.Run(ctx)
	})
	g.Go(func() error { return a.checkpoints(ctx) })
	g.Go(func() error {
		if err := a.console.Run(ctx); err != nil { // people are answered without it, too
			a.opt.Log.Error("the agents' console does not follow conversations any more", "err", err)
		}
		return nil
	})
	g.Go(func() error { return a.mail.watch(ctx) })
	if a.bounces != nil {
		g.Go(func() error { return a.bounces.Run(ctx) })
	}
	g.Go(func() error { return a.figures.Run(ctx) })
	for _, b := range a.settings.Bots {
		if b.Telegram == nil {
			continue // Twilio is told in its console where messages go
		}
		g.Go(func() error { return a.attend(ctx, b) })
	}
	err := g.Wait()
	late, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer cancel()
	if err := a.figures.Flush(late); err != nil {
		a.opt.Log.Warn("the figures of the last moment are lost", "err", err)
	}
	for _, b := range a.bots {
		err = errors.Join(err, b.Close(late))
	}
	for _, s := range a.senders {
		err = errors.Join(err, s.Close(late))
	}
	return err
}

func (a *App) listen(ctx context.Context, given net.Listener, addr string) (net.Listener, error) {
	if given != nil {
		return given, nil
	}
	return Listen(ctx, addr)
}

// attend polls a bot's network, or points it at our webhook and is done.
func (a *App) attend(ctx context.Context, b settings.Bot) error {
	c := a.bots[b.Portal]
	a.chats.learn(ctx, b, c)
	if b.Telegram.Mode == "poll" {
		return c.Poll(ctx)
	}
	for pause := time.Second; ctx.Err() == nil; pause = min(2*pause, time.Minute) {
		err := a.setUp(ctx, c)
		if err == nil {
			return nil
		}
		a.opt.Log.Warn("the webhook could not be set; trying again", "portal", b.Portal, "after", pause, "err", err)
		timer := time.NewTimer(pause)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
		}
	}
	return nil
}

func (a *App) setUp(ctx context.Context, c *telegram.Channel) error {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	return c.Setup(ctx)
}

const (
	// closed is how long after midnight UTC the day before is ready to be signed.
	closed = store.DayGrace + time.Minute
	// signAgain is how soon signing is tried again after a failure.
	signAgain = 5 * time.Minute
)

// signing is when, after a moment, the next day is closed.
func signing(after time.Time) time.Time {
	return after.UTC().Add(-closed).Truncate(24 * time.Hour).Add(24*time.Hour + closed)
}

// checkpoints signs the heads of the audit trail of each day once it is closed (RULES: data.audit).
func (a *App) checkpoints(ctx context.Context) error {
	for {
		now := a.opt.Clock.Now()
		next := signing(now)
		if _, err := a.store.Checkpoint(ctx); err != nil && ctx.Err() == nil {
			a.opt.Log.Error("the audit trail could not be signed", "again", signAgain, "err", err)
			next = now.Add(signAgain)
		}
		if a.opt.Clock.WaitUntil(ctx, next) != nil {
			return nil // ctx ended: that is no failure
		}
	}
}
