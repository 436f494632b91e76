//go:build !unix || solaris || illumos || aix

package boltkv

import (
	"os"
	"time"
)

// lockFile does nothing where flock is missing: bbolt's own lock follows.
func lockFile(*os.File, time.Duration) error { return nil }

func unlockFile(*os.File) {}
