package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"

	"ventanilla/cmd/ventanilla/app"
	"ventanilla/cmd/ventanilla/demo"
	"ventanilla/cmd/ventanilla/settings"
)

type demoCommand struct {
	Listen string `default:"127.0.0.1:8080" help:"Address of the page; loopback only, port 0 picks one." placeholder:"ADDR"`
	Data   string `type:"path" help:"Folder to keep everything in; without it all is forgotten at the end." placeholder:"DIR"`
	Log    bool   `help:"Write the program's log to standard error."`
}

// Help is shown below the flags.
func (demoCommand) Help() string {
	return `Starts a core system with invented people, a fake Telegram and WhatsApp, a mailbox, and the real program wired to them, and prints one
address. Open it: pick somebody, write what they would write, read their mail, and see what becomes of their account. The page stands
on a JSON API that scripts can use too; README.md describes it.

Examples:
  ventanilla demo
  ventanilla demo --listen 127.0.0.1:0 --data ./world`
}

// Run lets the demo's world turn until ctx ends.
func (c *demoCommand) Run(ctx context.Context, s streams) (err error) {
	if err := loopbackOnly(c.Listen, "the demo", "127.0.0.1:8080"); err != nil {
		return err
	}
	dir, forget, err := c.folder()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, forget()) }()
	l, err := app.Listen(ctx, c.Listen)
	if err != nil {
		return err
	}
	log := slog.New(slog.DiscardHandler)
	if c.Log {
		log = slog.New(slog.NewTextHandler(s.err, nil))
	}
	w, err := demo.New(ctx, demo.Options{Public: l, Data: dir, Log: log, Limits: settings.DefaultLimits(), Past: true})
	if err != nil {
		return errors.Join(err, l.Close())
	}
	defer func() { err = errors.Join(err, w.Close()) }()
	_, _ = fmt.Fprintln(s.out, w.URL())
	return w.Run(ctx)
}

// folder is where the world is kept, and how to forget it at the end.
func (c *demoCommand) folder() (dir string, forget func() error, err error) {
	if c.Data != "" {
		if err := os.MkdirAll(c.Data, 0o700); err != nil {
			return "", nil, fmt.Errorf("making the folder of the demo: %w", err)
		}
		return c.Data, func() error { return nil }, nil
	}
	if dir, err = os.MkdirTemp("", "ventanilla-demo-"); err != nil {
		return "", nil, fmt.Errorf("making a place for the demo: %w", err)
	}
	return dir, func() error { return os.RemoveAll(dir) }, nil
}
