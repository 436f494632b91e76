//go:build race

package app

// racing tells that the race detector is on.
const racing = true
