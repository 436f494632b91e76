package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"ventanilla/backend/coretest"
	"ventanilla/backend/secret"
	"ventanilla/cmd/ventanilla/app"
)

type coreTestCommand struct {
	URL         string            `arg:"" help:"Where the core is, without /v1."`
	Token       string            `required:"" env:"CORE_TOKEN" help:"Bearer token."`
	EvidenceKey string            `env:"CORE_EVIDENCE_KEY" help:"Key that signs evidence; the token without it."`
	Portal      string            `required:"" help:"Id of the organisation's profile."`
	Field       map[string]string `help:"What identifies one test person, such as --field doc_number=22841307; may be repeated." placeholder:"NAME=VALUE"`
	Change      bool              `help:"Also change that person's first account: passwords, locks, sessions, contact data."`
	Unopened    map[string]string `help:"What identifies a test person whose account was never opened: with --change it is." placeholder:"NAME=VALUE"`
	Invitation  string            `help:"Key of an invitation to open that account." placeholder:"KEY"`
}

// Help is shown below the flags.
func (coreTestCommand) Help() string {
	return `Runs the checks of the contract (backend/openapi.yaml) against a core system. Without --field only what needs no account is
checked; with it an account is read; with --change it is changed too, and the account of --unopened is opened, so name people made for the purpose.

Example, against "ventanilla core":
  CORE_TOKEN=secret ventanilla core-test http://127.0.0.1:9000 --portal mseg --change \
      --field doc_type=dni --field doc_number=22841307 --field legajo=310877`
}

// coreTestTime bounds a run: a core that answers slowly is a finding, not a reason to wait for ever.
const coreTestTime = 5 * time.Minute

// Run prints one line per check; it fails if one of them did.
func (c *coreTestCommand) Run(ctx context.Context, s streams) error {
	ctx, cancel := context.WithTimeout(ctx, coreTestTime)
	defer cancel()
	results, err := coretest.Check(ctx, coretest.Target{URL: c.URL, Token: secret.Text(c.Token), EvidenceKey: secret.Text(c.EvidenceKey),
		Portal: c.Portal, Fields: c.Field, Change: c.Change, Unopened: c.Unopened, Invitation: c.Invitation})
	if err != nil {
		return err
	}
	if err := s.judged(results); err != nil {
		return err
	}
	if ctx.Err() != nil {
		return errors.New("the checks were not finished in time")
	}
	return nil
}

// judged prints one line per result; it fails if one of them did.
func (s streams) judged(results []coretest.Result) error {
	failed := 0
	for _, r := range results {
		mark := "ok  "
		if !r.OK {
			mark = "FAIL"
			failed++
		}
		_, _ = fmt.Fprintln(s.out, mark, r.Name)
		if r.Detail != "" {
			_, _ = fmt.Fprintln(s.out, "      "+strings.ReplaceAll(r.Detail, "\n", "\n      "))
		}
	}
	if failed > 0 {
		return fmt.Errorf("%d of %d checks failed", failed, len(results))
	}
	return nil
}

type eventsTestCommand struct {
	URL    string `arg:"" optional:"" help:"Where Ventanilla is: public.url of its settings."`
	Portal string `required:"" help:"Id of the organisation's profile."`
	Key    string `required:"" env:"CORE_EVENTS_KEY" help:"What events are signed with: core.events of the settings, otherwise core.evidence, otherwise core.token."`
	Hear   string `help:"Wait here for one event of your core, and judge it; tell the core that Ventanilla is at this address." placeholder:"ADDR"`
}

// Help is shown below the flags.
func (eventsTestCommand) Help() string {
	return `A core tells Ventanilla what happens to accounts (POST /core/{portal}/events in backend/openapi.yaml). With an address, this posts events about an
account that nobody has, rightly and wrongly signed, and shows the request that was taken, to lay beside those of your core. With --hear it
waits for an event that your core posts and says what is right about it and what is not.

Examples:
  CORE_EVENTS_KEY=... ventanilla events-test https://bot.example.org --portal mseg
  CORE_EVENTS_KEY=... ventanilla events-test --hear 127.0.0.1:9100 --portal mseg`
}

// Run prints one line per check; it fails if one of them did.
func (c *eventsTestCommand) Run(ctx context.Context, s streams) error {
	ctx, cancel := context.WithTimeout(ctx, coreTestTime)
	defer cancel()
	switch {
	case (c.URL == "") == (c.Hear == ""):
		return errors.New("name either where Ventanilla is, or --hear and an address")
	case c.Hear == "":
		return s.judged(coretest.CheckDoor(ctx, coretest.Door{URL: strings.TrimRight(c.URL, "/"), Portal: c.Portal, Key: secret.Text(c.Key)}))
	}
	l, err := app.Listen(ctx, c.Hear)
	if err != nil {
		return err
	}
	_, _ = fmt.Fprintf(s.out, "waiting for an event at http://%s/core/%s/events, for %s\n", l.Addr(), c.Portal, coreTestTime)
	results, err := coretest.Hear(ctx, l, c.Portal, secret.Text(c.Key), time.Now)
	if err != nil {
		return err
	}
	return s.judged(results)
}
