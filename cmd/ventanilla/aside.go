package main

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"time"
	"unicode"

	"ventanilla/cmd/ventanilla/app"
	"ventanilla/cmd/ventanilla/door"
	"ventanilla/cmd/ventanilla/settings"
)

type asideCommand struct {
	List    asideListCommand    `cmd:"" help:"List the messages that could not be processed."`
	Retry   asideRetryCommand   `cmd:"" help:"Try a message again, as if it was written now."`
	Dismiss asideDismissCommand `cmd:"" help:"Let a message go."`
}

// onAsides works on what was set aside: through the door of the running program, or on the file.
func onAsides(ctx context.Context, config string, do func(door.Asides) error) error {
	conf, err := settings.Load(config)
	if err != nil {
		return err
	}
	return onStore(ctx, conf, func(d door.Client) error { return do(d) }, func(v *app.Vault) error { return do(v) })
}

type asideListCommand struct {
	Config string `required:"" type:"path" help:"The settings file." placeholder:"FILE"`
}

// Help is shown below the flags.
func (asideListCommand) Help() string {
	return `A line for each, the latest first: case number, when, organisation, channel, step, kind of trouble, and what went wrong. What the person wrote
is not shown; supervisors see it in the console.

Example:
  ventanilla aside list --config ventanilla.yaml`
}

// Run lists what was set aside.
func (c *asideListCommand) Run(ctx context.Context, s streams) error {
	return onAsides(ctx, c.Config, func(d door.Asides) error {
		all, err := d.Aside(ctx)
		for _, m := range all {
			_, _ = fmt.Fprintf(s.out, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", m.Case, m.At.UTC().Format(time.RFC3339), m.Portal, m.Channel, cmp.Or(m.Where, "-"), cmp.Or(m.Kind, "unknown"), oneLine(m.Reason))
		}
		return err
	})
}

// oneLine is a text that moves neither the line nor the terminal: a core may have its part in it.
func oneLine(s string) string { return strings.Join(strings.FieldsFunc(s, unicode.IsControl), " ") }

type asideRetryCommand struct {
	Config string `required:"" type:"path" help:"The settings file." placeholder:"FILE"`
	Case   string `arg:"" help:"The case number, as list prints it."`
}

// Run tries a message again.
func (c *asideRetryCommand) Run(ctx context.Context, s streams) error {
	return onAsides(ctx, c.Config, func(d door.Asides) error {
		if err := d.RetryAside(ctx, c.Case); err != nil {
			return err
		}
		_, err := fmt.Fprintf(s.out, "ok: the message of %s is read again\n", c.Case)
		return err
	})
}

type asideDismissCommand struct {
	Config string `required:"" type:"path" help:"The settings file." placeholder:"FILE"`
	Case   string `arg:"" help:"The case number, as list prints it."`
	Why    string `required:"" enum:"solved,repeated,worthless,reported" help:"Why: it was solved otherwise, it was repeated, it is worth nothing, or it was reported." placeholder:"WHY"`
}

// Run lets a message go.
func (c *asideDismissCommand) Run(ctx context.Context, s streams) error {
	return onAsides(ctx, c.Config, func(d door.Asides) error {
		if err := d.DismissAside(ctx, c.Case, c.Why); err != nil {
			return err
		}
		_, err := fmt.Fprintf(s.out, "ok: the message of %s is gone; that it was stays in the audit trail\n", c.Case)
		return err
	})
}
