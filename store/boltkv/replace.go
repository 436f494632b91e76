package boltkv

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"ventanilla/store"
)

// Replace is [Restore] over a store that may be there already, whole or broken.
// The file that was at path keeps the name aside, in the same folder, where no file may be yet. It
// returns [ErrInUse] if another process has the store open, and keeps it from
// being opened meanwhile. At every moment path is the old file or the new one.
func Replace(ctx context.Context, path, aside string, r io.Reader, check func(context.Context, store.KV) error) error {
	old, err := os.OpenFile(path, os.O_RDWR, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return Restore(ctx, path, r, check)
	}
	if err != nil {
		return fmt.Errorf("restoring to %s: %w", path, err)
	}
	defer func() { _ = old.Close() }()
	if err := lockFile(old, time.Second); err != nil {
		return fmt.Errorf("restoring to %s: %w", path, err)
	}
	defer unlockFile(old)
	tmp, err := prepare(ctx, path, r, check)
	defer func() { _ = os.Remove(tmp) }()
	if err == nil {
		err = swap(path, aside, tmp)
	}
	if err != nil {
		return fmt.Errorf("restoring to %s: %w", path, err)
	}
	return nil
}

// swap gives the file at path a second name and then its first one to tmp: a
// power cut in between changes nothing.
func swap(path, aside, tmp string) error {
	if err := place(path, aside); err != nil {
		return err
	}
	if err := os.Rename(tmp, path); err != nil {
		return err
	}
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}
