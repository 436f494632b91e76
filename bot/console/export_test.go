package console

import (
	"context"
	"time"
)

// Kept is how many conversations the list keeps in memory.
func Kept(c *Console) int { return len(c.live.all(func(row) bool { return true })) }

// Around is a line with what was found in it set apart.
var Around = around

// Searches begins searches of agents.
func Searches() func(context.Context, string) (context.Context, func()) { return new(searches).begin }

// Downloads makes an agent download, and returns how that ends.
func Downloads(c *Console, agent string) (ends func()) {
	c.exporting.Store(agent, true)
	return func() { c.exporting.Delete(agent) }
}

// Bound makes downloads end after so many rows, or so long.
func Bound(c *Console, rows int, time time.Duration) { c.bounds = bounds{rows, time} }
