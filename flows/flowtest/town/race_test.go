//go:build race

package town_test

// raceEnabled tells that the race detector is on.
const raceEnabled = true
