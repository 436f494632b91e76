package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"ventanilla/bot/bounces"
	"ventanilla/cmd/ventanilla/app"
	"ventanilla/cmd/ventanilla/door"
	"ventanilla/cmd/ventanilla/settings"
)

type keysCommand struct {
	Rotate keysRotateCommand `cmd:"" help:"Add a sealing key and seal everything anew with it."`
	Forget keysForgetCommand `cmd:"" help:"Take the older sealing keys out of the key file."`
}

type keysRotateCommand struct {
	Config string `required:"" type:"path" help:"The settings file." placeholder:"FILE"`
}

// Help is shown below the flags.
func (keysRotateCommand) Help() string {
	return `Works while the program runs, without a pause, and also while it does not. The new key is in the key file before anything is sealed
with it; if this is cut short, run it again. The older keys stay in the file, so that older backups still open; keep a copy of the new file.

Example:
  ventanilla keys rotate --config ventanilla.yaml`
}

// Run rotates the sealing key.
func (c *keysRotateCommand) Run(ctx context.Context, s streams) error {
	return onKeys(ctx, c.Config, door.Client.Rotate, (*app.Vault).Rotate, func(conf *settings.Settings, n int) error {
		_, err := fmt.Fprintf(s.out, "ok: a new key is in %s, and %d entries are sealed with it; keep a copy of that file\n", conf.Keys.File, n)
		return err
	})
}

type keysForgetCommand struct {
	Config string `required:"" type:"path" help:"The settings file." placeholder:"FILE"`
}

// Help is shown below the flags.
func (keysForgetCommand) Help() string {
	return `Looks that nothing is sealed with the older keys and then takes them out of the key file. Backups that were made before the last
"keys rotate" open only with a copy of the file as it was.

Example:
  ventanilla keys forget --config ventanilla.yaml`
}

// Run forgets the older keys.
func (c *keysForgetCommand) Run(ctx context.Context, s streams) error {
	return onKeys(ctx, c.Config, door.Client.Forget, (*app.Vault).Forget, func(conf *settings.Settings, n int) error {
		_, err := fmt.Fprintf(s.out, "ok: %d older keys were taken out of %s\n", n, conf.Keys.File)
		return err
	})
}

func onKeys(ctx context.Context, config string, running func(door.Client, context.Context) (int, error),
	resting func(*app.Vault, context.Context) (int, error), say func(*settings.Settings, int) error) error {
	conf, err := settings.Load(config)
	if err != nil {
		return err
	}
	if conf.Keys.File == "" {
		return app.ErrKeysElsewhere
	}
	n := 0
	err = onStore(ctx, conf, func(d door.Client) (err error) { n, err = running(d, ctx); return err },
		func(v *app.Vault) (err error) { n, err = resting(v, ctx); return err })
	if err != nil {
		return err
	}
	return say(conf, n)
}

type statusCommand struct {
	Config string `required:"" type:"path" help:"The settings file." placeholder:"FILE"`
}

// Help is shown below the flags.
func (statusCommand) Help() string {
	return `Asks the program that runs on the store; it fails if none does, or if it takes no messages.

Example:
  ventanilla status --config ventanilla.yaml`
}

// Run prints how the running program is doing.
func (c *statusCommand) Run(ctx context.Context, s streams) error {
	conf, err := settings.Load(c.Config)
	if err != nil {
		return err
	}
	st, err := door.Knock(conf.Store).Status(ctx)
	if err != nil {
		return fmt.Errorf("%s: %w", conf.Store, err)
	}
	if st.Trouble != "" {
		return fmt.Errorf("%s: it takes no messages: %s", conf.Store, st.Trouble)
	}
	_, err = fmt.Fprintf(s.out, "ok: version %s, on %s since %s, for %s\n", st.Version, st.Public, st.Since.Format(time.RFC3339), strings.Join(st.Portals, ", "))
	if b := st.Bounces; err == nil && b != nil {
		_, err = fmt.Fprintln(s.out, comesBack(*b))
	}
	return err
}

// comesBack says how the mailbox is read that mails come back to. People are answered without it, so its trouble is no failure.
func comesBack(b bounces.State) string {
	read := "never read"
	if !b.Read.IsZero() {
		read = "last read " + b.Read.Format(time.RFC3339)
	}
	if b.Trouble != "" {
		return "warning: bounces: " + read + ": " + b.Trouble
	}
	return "ok: bounces: " + read
}
