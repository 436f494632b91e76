package main

import (
	"context"
	"errors"
	"log/slog"
	"runtime/debug"

	"ventanilla/cmd/ventanilla/app"
	"ventanilla/cmd/ventanilla/settings"
)

type serveCommand struct {
	Config string `required:"" type:"path" help:"The settings file." placeholder:"FILE"`
}

// Help is shown below the flags.
func (serveCommand) Help() string {
	return `Answers people until it is told to stop (SIGTERM, Ctrl-C); then it finishes the turns in hand, at most 10 seconds.
Logs are JSON, one line an event, on standard error; persons stand in them only as hashes.

Example:
  TG_TOKEN=123:abc TG_SECRET=s3cret CORE_TOKEN=secret ventanilla serve --config ventanilla.yaml`
}

// Run serves until ctx ends.
func (c *serveCommand) Run(ctx context.Context, s streams) (err error) {
	conf, err := settings.Load(c.Config)
	if err != nil {
		return err
	}
	boundMemory()
	log := slog.New(slog.NewJSONHandler(s.err, nil))
	a, err := app.New(ctx, conf, app.Options{Log: log, Version: version()})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	debug.FreeOSMemory() // what only the start needed is twice what stays
	return a.Run(ctx)
}
