package main

import (
	"fmt"

	"ventanilla/cmd/ventanilla/app"
)

type graphCommand struct {
	Flow string `arg:"" optional:"" help:"Which conversation; all of them without it."`
}

// Help is shown below the flags.
func (graphCommand) Help() string {
	return `The drawing is made from the table that runs, so it is never out of date. Paste it into any Mermaid viewer.

Example:
  ventanilla graph recovery > recovery.mmd`
}

// Run prints the diagram.
func (c *graphCommand) Run(s streams) error {
	drawn, err := app.Graph(c.Flow)
	if err != nil {
		return err
	}
	_, err = fmt.Fprint(s.out, drawn)
	return err
}
