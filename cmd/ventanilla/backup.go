package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"ventanilla/cmd/ventanilla/app"
	"ventanilla/cmd/ventanilla/door"
	"ventanilla/cmd/ventanilla/settings"
	"ventanilla/store"
	"ventanilla/store/boltkv"
)

type backupCommand struct {
	Config string `required:"" type:"path" help:"The settings file." placeholder:"FILE"`
	Out    string `arg:"" type:"path" help:"File to make; it must not be there yet."`
}

// Help is shown below the flags.
func (backupCommand) Help() string {
	return `Writes a consistent copy of the store, whether the program runs or not, and looks at every page and every value of it before it gets
its name: a file that is there can be restored. It opens only with the keys, which are not in it: keep a copy of the key file elsewhere.

Example:
  ventanilla backup --config ventanilla.yaml /backups/ventanilla-$(date +%F).db`
}

// Run makes a backup and checks it.
func (c *backupCommand) Run(ctx context.Context, s streams) error {
	conf, err := settings.Load(c.Config)
	if err != nil {
		return err
	}
	if _, err := os.Lstat(c.Out); err == nil {
		return usageError{fmt.Errorf("%s is there already; name another file", c.Out)}
	}
	entries := 0
	keep := func(r io.Reader) error { return boltkv.Restore(ctx, c.Out, r, checked(conf, &entries)) }
	err = onStore(ctx, conf, func(d door.Client) error {
		r, err := d.Backup(ctx)
		if err != nil {
			return err
		}
		defer func() { _ = r.Close() }()
		return keep(r)
	}, func(v *app.Vault) error { return piped(ctx, v, keep) })
	if err != nil {
		return fmt.Errorf("no backup was made: %w", err)
	}
	_, err = fmt.Fprintf(s.out, "ok: %s holds %d entries, all of them readable with the keys of %s\n", c.Out, entries, keysPlace(conf))
	return err
}

// piped lets keep read what a vault writes.
func piped(ctx context.Context, v *app.Vault, keep func(io.Reader) error) error {
	r, w := io.Pipe()
	go func() { _ = w.CloseWithError(v.Backup(ctx, w)) }()
	err := keep(r)
	_ = r.CloseWithError(err) // or the writer would wait for ever
	return err
}

// checked opens every value with the keys as they are when it is called: they may be rotated meanwhile.
func checked(s *settings.Settings, entries *int) func(context.Context, store.KV) error {
	return func(ctx context.Context, kv store.KV) error {
		keys, err := app.Keys(s)
		if err != nil {
			return err
		}
		*entries, err = store.Verify(ctx, kv, keys)
		return err
	}
}

type restoreCommand struct {
	Config string `required:"" type:"path" help:"The settings file." placeholder:"FILE"`
	In     string `arg:"" type:"path" help:"The backup."`
}

// Help is shown below the flags.
func (restoreCommand) Help() string {
	return `Puts a backup in the place of the store, after looking at every page and every value of it. The program must not run. The file that was
there is kept beside it under another name. What happened after the backup was made is gone from the store then, and nowhere else.

Example:
  ventanilla restore --config ventanilla.yaml /backups/ventanilla-2026-01-31.db`
}

// Run checks a backup and puts it in place.
func (c *restoreCommand) Run(ctx context.Context, s streams) error {
	conf, err := settings.Load(c.Config)
	if err != nil {
		return err
	}
	aside, entries, err := c.restore(ctx, conf)
	if err != nil {
		return fmt.Errorf("nothing was restored and %s is as it was: %w", conf.Store, err)
	}
	_, _ = fmt.Fprintf(s.out, "ok: %s holds the %d entries of %s\n", conf.Store, entries, c.In)
	if _, err := os.Stat(aside); err == nil {
		_, _ = fmt.Fprintf(s.out, "the file that was there is now %s\n", aside)
	}
	return nil
}

func (c *restoreCommand) restore(ctx context.Context, conf *settings.Settings) (aside string, entries int, err error) {
	if _, err := door.Knock(conf.Store).Status(ctx); !errors.Is(err, door.ErrNobody) {
		return "", 0, errors.New("a program runs on it; stop that one first")
	}
	in, err := os.Open(c.In)
	if err != nil {
		return "", 0, fmt.Errorf("opening the backup: %w", err)
	}
	defer func() { _ = in.Close() }()
	path := conf.Store
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real
	}
	aside = path + ".before-" + time.Now().UTC().Format("20060102-150405.000")
	err = boltkv.Replace(ctx, path, aside, in, checked(conf, &entries))
	switch {
	case errors.Is(err, boltkv.ErrInUse):
		return "", 0, errors.New("another program has it open; stop that one first")
	case err != nil:
		return "", 0, inWords(conf, c.In, err)
	}
	return aside, entries, nil
}
