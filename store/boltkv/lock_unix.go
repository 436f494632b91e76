//go:build unix && !solaris && !illumos && !aix

package boltkv

import (
	"errors"
	"fmt"
	"os"
	"syscall"
	"time"
)

// lockFile takes the same lock that bbolt takes (flock), or returns [ErrInUse].
func lockFile(f *os.File, timeout time.Duration) error {
	end := time.Now().Add(timeout)
	for {
		err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if err == nil {
			return nil
		}
		if !errors.Is(err, syscall.EWOULDBLOCK) {
			return fmt.Errorf("locking: %w", err)
		}
		if time.Now().After(end) {
			return ErrInUse
		}
		time.Sleep(20 * time.Millisecond) // flock has no way to wait for a while
	}
}

func unlockFile(f *os.File) { _ = syscall.Flock(int(f.Fd()), syscall.LOCK_UN) }
