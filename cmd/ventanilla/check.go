package main

import (
	"context"
	"fmt"
	"time"

	"ventanilla/cmd/ventanilla/app"
	"ventanilla/cmd/ventanilla/settings"
)

type checkCommand struct {
	Config string `required:"" type:"path" help:"The settings file." placeholder:"FILE"`
	Online bool   `help:"Also ask the networks: token, webhook, mail server, core."`
}

// Help is shown below the flags.
func (checkCommand) Help() string {
	return `Reads the settings, the organisations' profiles, the flows and their sentences, and reports every mistake at once with file and
line. It opens no store and changes nothing; with --online it asks each network whether it would let us in.

Examples:
  ventanilla check --config ventanilla.yaml
  ventanilla check --config ventanilla.yaml --online`
}

// onlineTime is how long the networks may take to answer.
const onlineTime = 20 * time.Second

// Run judges the file, and with --online the networks.
func (c *checkCommand) Run(ctx context.Context, s streams) error {
	conf, err := settings.Load(c.Config)
	if err != nil {
		return err
	}
	if err := app.Check(conf); err != nil {
		return err
	}
	for _, d := range conf.Limits.Departures {
		_, _ = fmt.Fprintf(s.out, "note: %s: %s\n", conf.At("limits"), d)
	}
	for _, word := range conf.Allow {
		_, _ = fmt.Fprintf(s.out, "note: %s: %s is allowed\n", conf.At("allow"), word)
	}
	if c.Online {
		ctx, cancel := context.WithTimeout(ctx, onlineTime)
		defer cancel()
		if err := app.CheckOnline(ctx, conf, s.out); err != nil {
			return err
		}
	}
	_, err = fmt.Fprintln(s.out, "ok:", c.Config)
	return err
}
