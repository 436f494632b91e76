package flowtest

import (
	"context"
	"fmt"
	"strings"

	"ventanilla/flows"
)

// aid lets an agent act: "unlock", or "unlock second=Pedro account=…". The account is the only one there is
// if none is named. What the agent is told stands in parentheses.
func (w *World) aid(ctx context.Context, line string, got *strings.Builder) error {
	name, pairs, _ := strings.Cut(line, " ")
	in := flows.Input{From: flows.Agent, Event: flows.AidEvent + name, Sender: w.Name, Values: values(pairs)}
	all, err := w.Engine.Chances(ctx, w.Key, w.Dialog)
	if err != nil {
		return err
	}
	for _, c := range all {
		switch {
		case c.Act != name:
		case c.Why != "":
			fmt.Fprintf(got, "  (agents cannot: %s)\n", c.Why)
			return nil
		case in.Values[flows.AidAccount] == "" && len(c.Accounts) > 0:
			in.Values[flows.AidAccount] = c.Accounts[0].ID
		}
	}
	var said strings.Builder
	err = w.turn(ctx, in, &said)
	fmt.Fprintf(got, "  (%s)\n%s", w.became, said.String())
	return err
}
