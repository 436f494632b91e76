package console

// Kept is how many conversations the list keeps in memory.
func Kept(c *Console) int { return len(c.live.all(func(row) bool { return true })) }

// Around is a line with what was found in it set apart.
var Around = around
