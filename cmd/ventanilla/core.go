package main

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"

	"ventanilla/backend/emulator"
	"ventanilla/backend/secret"
	"ventanilla/cmd/ventanilla/app"
)

type coreCommand struct {
	Listen string `default:"127.0.0.1:9000" help:"Address to listen on; loopback only." placeholder:"ADDR"`
	Data   string `help:"File to keep the accounts in; without it they are forgotten at the end." placeholder:"FILE"`
	Token  string `env:"CORE_TOKEN" help:"Bearer token that callers must show; without it one is made and printed."`

	EvidenceKey string `env:"CORE_EVIDENCE_KEY" help:"Key that callers sign evidence with; the token without it."`

	Events    string `help:"Ventanilla's address, to be told what is posted to /admin/events." placeholder:"URL"`
	EventsKey string `env:"CORE_EVENTS_KEY" help:"Key to sign events with; the one of evidence, or the token, without it."`
}

// Help is shown below the flags.
func (coreCommand) Help() string {
	return `An account system with invented people, behind the contract in backend/openapi.yaml. It locks accounts after wrong
passwords and has a tiny sign-in page at /signin/mseg. It is for trying things and not for real people.

Example:
  CORE_TOKEN=secret ventanilla core --listen 127.0.0.1:9000 --data core.db`
}

// Run serves the emulator until ctx ends.
func (c *coreCommand) Run(ctx context.Context, s streams) (err error) {
	if err := loopbackOnly(c.Listen, "the emulator", "127.0.0.1:9000"); err != nil {
		return err
	}
	file, forget, err := c.file()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, forget()) }()
	l, err := app.Listen(ctx, c.Listen)
	if err != nil {
		return err
	}
	token, made, err := c.token()
	if err != nil {
		return err
	}
	base := "http://" + l.Addr().String()
	core, err := emulator.Open(file, emulator.Options{Token: token, EvidenceKey: secret.Text(c.EvidenceKey), PublicURL: base, Admin: true,
		Events: emulator.Events{URL: strings.TrimRight(c.Events, "/"), Key: cmp.Or(secret.Text(c.EventsKey), secret.Text(c.EvidenceKey), token)},
		Log:    slog.New(slog.NewJSONHandler(s.err, nil))})
	if err != nil {
		return errors.Join(err, l.Close())
	}
	defer func() { err = errors.Join(err, core.Close()) }()
	_, _ = fmt.Fprintf(s.out, "core: %s\nsign-in page: %s/signin/mseg\n", base, base)
	if made {
		_, _ = fmt.Fprintf(s.out, "token: %s\n", token.Reveal())
	}
	return app.Serve(ctx, l, core.Handler())
}

// file is where the accounts are kept, and how to forget them at the end.
func (c *coreCommand) file() (path string, forget func() error, err error) {
	if c.Data != "" {
		return c.Data, func() error { return nil }, nil
	}
	dir, err := os.MkdirTemp("", "ventanilla-core-")
	if err != nil {
		return "", nil, fmt.Errorf("making a place for the accounts: %w", err)
	}
	return filepath.Join(dir, "core.db"), func() error { return os.RemoveAll(dir) }, nil
}

func (c *coreCommand) token() (token secret.Text, made bool, err error) {
	if c.Token != "" {
		return secret.Text(c.Token), false, nil
	}
	b := make([]byte, 16)
	if _, err := rand.Read(b); err != nil {
		return "", false, fmt.Errorf("drawing a token: %w", err)
	}
	return secret.Text(hex.EncodeToString(b)), true, nil
}
