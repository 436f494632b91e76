//go:build !race

package standard_test

// raceEnabled tells that the race detector is on.
const raceEnabled = false
