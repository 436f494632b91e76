package main

import (
	"context"
	"fmt"

	"ventanilla/cmd/ventanilla/door"
	"ventanilla/cmd/ventanilla/settings"
)

type auditCommand struct {
	Verify auditVerifyCommand `cmd:"" help:"Look whether the audit trail is what was written."`
}

type auditVerifyCommand struct {
	Config string `required:"" type:"path" help:"The settings file." placeholder:"FILE"`
}

// Help is shown below the flags.
func (auditVerifyCommand) Help() string {
	return `Recomputes the chain of every conversation and every agent, and the signatures of every day. One changed byte, and one line that is missing
or too many, is an error (exit code 1).

Example:
  ventanilla audit verify --config ventanilla.yaml`
}

// Run verifies the audit trail.
func (c *auditVerifyCommand) Run(ctx context.Context, s streams) error {
	conf, err := settings.Load(c.Config)
	if err != nil {
		return err
	}
	return onStaff(ctx, conf, func(d door.Staff) error {
		n, err := d.VerifyAudit(ctx)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(s.out, "ok: %d trails are whole and signed\n", n)
		return err
	})
}
