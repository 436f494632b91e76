package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"ventanilla/cmd/ventanilla/app"
	"ventanilla/cmd/ventanilla/door"
	"ventanilla/cmd/ventanilla/settings"
)

type agentCommand struct {
	Add    agentAddCommand    `cmd:"" help:"Make an agent and print the link with which they enrol."`
	List   agentListCommand   `cmd:"" help:"List those who work at the console."`
	Remove agentRemoveCommand `cmd:"" help:"Take an agent off, with password and sessions."`
}

type agentAddCommand struct {
	Config string   `required:"" type:"path" help:"The settings file." placeholder:"FILE"`
	Name   string   `arg:"" help:"As people in the chat will read it."`
	Role   string   `enum:"agent,supervisor,auditor" default:"agent" help:"What they may do: agent, supervisor or auditor."`
	Portal []string `help:"Organisations whose conversations they see; all without it." placeholder:"ID"`
}

// Help is shown below the flags.
func (agentAddCommand) Help() string {
	return `The link is printed once and works once, within a day; whoever opens it chooses a password and pairs an authenticator app. Give it to the
agent and to nobody else. An agent takes conversations over, answers, and helps, for which a second one is asked where nothing is proven; a
supervisor also gives conversations back for others, sees and downloads figures, tries again what was set aside and ends sessions; an auditor
reads, with the figures and the audit trail, and touches nothing.

Example:
  ventanilla agent add "Laura Pérez" --role agent --portal mseg --config ventanilla.yaml`
}

// Run makes an agent.
func (c *agentAddCommand) Run(ctx context.Context, s streams) error {
	conf, err := settings.Load(c.Config)
	if err != nil {
		return err
	}
	for _, id := range c.Portal {
		if !slices.ContainsFunc(conf.Bots, func(b settings.Bot) bool { return b.Portal == id }) {
			return usageError{fmt.Errorf("there is no bot of portal %q in %s", id, c.Config)}
		}
	}
	return onStaff(ctx, conf, func(d door.Staff) error {
		link, err := d.AddAgent(ctx, door.Agent{Name: c.Name, Role: c.Role, Portals: c.Portal})
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(s.out, "%s\n", link)
		return err
	})
}

// onStaff works on agents and the audit trail: through the door of the running program, or on the file.
func onStaff(ctx context.Context, conf *settings.Settings, do func(door.Staff) error) error {
	return onStore(ctx, conf, func(d door.Client) error { return do(d) }, func(v *app.Vault) error { return do(v) })
}

type agentListCommand struct {
	Config string `required:"" type:"path" help:"The settings file." placeholder:"FILE"`
}

// Run lists agents.
func (c *agentListCommand) Run(ctx context.Context, s streams) error {
	conf, err := settings.Load(c.Config)
	if err != nil {
		return err
	}
	return onStaff(ctx, conf, func(d door.Staff) error {
		all, err := d.Agents(ctx)
		for _, a := range all {
			portals, state := strings.Join(a.Portals, " "), "enrolled"
			if portals == "" {
				portals = "all portals"
			}
			if a.Enrolled.IsZero() {
				state = "link not used yet"
			}
			_, _ = fmt.Fprintf(s.out, "%s\t%s\t%s\t%s\n", a.Name, a.Role, portals, state)
		}
		return err
	})
}

type agentRemoveCommand struct {
	Config string `required:"" type:"path" help:"The settings file." placeholder:"FILE"`
	Name   string `arg:""`
}

// Run takes an agent off.
func (c *agentRemoveCommand) Run(ctx context.Context, s streams) error {
	conf, err := settings.Load(c.Config)
	if err != nil {
		return err
	}
	return onStaff(ctx, conf, func(d door.Staff) error {
		if err := d.RemoveAgent(ctx, c.Name); err != nil {
			return err
		}
		_, err := fmt.Fprintf(s.out, "ok: %s works here no more; what they did stays in the audit trail\n", c.Name)
		return err
	})
}
