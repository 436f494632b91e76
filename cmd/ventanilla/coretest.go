package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"ventanilla/backend/coretest"
	"ventanilla/backend/secret"
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
	failed := 0
	for _, r := range results {
		mark := "ok  "
		if !r.OK {
			mark = "FAIL"
			failed++
		}
		_, _ = fmt.Fprintln(s.out, mark, r.Name)
		if r.Detail != "" {
			_, _ = fmt.Fprintln(s.out, "     ", r.Detail)
		}
	}
	if failed > 0 {
		return fmt.Errorf("%d of %d checks failed", failed, len(results))
	}
	if ctx.Err() != nil {
		return errors.New("the checks were not finished in time")
	}
	return nil
}
