//go:build race

package console_test

// raced tells that the race detector watches, which takes ten times as long.
const raced = true
