//go:build race

package recovery_test

// racing tells that the race detector is on.
const racing = true
