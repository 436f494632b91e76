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

	bolt "go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"

	"ventanilla/store"
)

// create makes an empty store at path if there is no file. It appears whole or
// not at all, and never takes the place of one that another process just made.
func create(path string) error {
	if info, err := os.Stat(path); err == nil && info.Size() > 0 {
		return nil
	} else if err == nil {
		return fmt.Errorf("opening %s: %w (0 bytes)", path, ErrForeign)
	} else if !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("opening %s: %w", path, err)
	}
	tmp, err := tempBeside(path)
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(tmp) }()
	db, err := bolt.Open(tmp, 0o600, &bolt.Options{FreelistType: bolt.FreelistMapType})
	if err != nil {
		return fmt.Errorf("creating %s: %w", path, err)
	}
	if err := errors.Join(db.Update(makeBuckets), db.Close(), place(tmp, path)); err != nil && !errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("creating %s: %w", path, err)
	}
	return nil
}

func makeBuckets(tx *bolt.Tx) error {
	for _, name := range [][]byte{metaBucket, entriesBucket, dueBucket, expiresBucket} {
		if _, err := tx.CreateBucket(name); err != nil {
			return err
		}
	}
	return tx.Bucket(metaBucket).Put(formatKey, format)
}

func tempBeside(path string) (string, error) {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*") // 0600
	if err != nil {
		return "", fmt.Errorf("creating %s: %w", path, err)
	}
	return f.Name(), f.Close()
}

// place gives the finished file tmp its name, or returns fs.ErrExist.
func place(tmp, path string) error {
	if err := os.Link(tmp, path); err != nil {
		return err
	}
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}

// Restore writes a backup read from r to path, where no file may be yet. Before
// it gets its name, every page of it is looked at, its indexes are compared with
// its entries, and check is asked, which may open it with its keys (store.Verify).
// If anything is wrong, path stays absent (RULES: data.backup).
func Restore(ctx context.Context, path string, r io.Reader, check func(context.Context, store.KV) error) error {
	if _, err := os.Stat(path); err == nil {
		return fmt.Errorf("restoring to %s: %w", path, fs.ErrExist)
	}
	tmp, err := prepare(ctx, path, r, check)
	defer func() { _ = os.Remove(tmp) }()
	if err == nil {
		err = place(tmp, path)
	}
	if err != nil {
		return fmt.Errorf("restoring to %s: %w", path, err)
	}
	return nil
}

// prepare writes what it reads from r beside path and looks at all of it. The file
// that it names may be there after an error too.
func prepare(ctx context.Context, path string, r io.Reader, check func(context.Context, store.KV) error) (tmp string, err error) {
	if tmp, err = tempBeside(path); err != nil {
		return tmp, err
	}
	if err = copyTo(ctx, tmp, r); err != nil {
		return tmp, err
	}
	return tmp, Check(ctx, tmp, check)
}

func copyTo(ctx context.Context, path string, r io.Reader) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(stopper{ctx, f}, r)
	return errors.Join(err, f.Sync(), f.Close())
}

// Check looks at all of a store file that nobody has open: every page, the
// indexes against the entries, and what check says of it, if that is not nil.
func Check(ctx context.Context, path string, check func(context.Context, store.KV) error) error {
	if err := inspectLocked(path, time.Second, fullLook); err != nil {
		return err
	}
	kv, err := Open(path, Options{Sweep: 24 * time.Hour})
	if err != nil {
		return err
	}
	err = kv.view(ctx, checkIndexes)
	if err == nil && check != nil {
		err = check(ctx, kv)
	}
	return errors.Join(err, kv.Close())
}

// checkIndexes compares the indexes with the entries, both ways.
func checkIndexes(tx *bolt.Tx) error {
	due, expires := tx.Bucket(dueBucket), tx.Bucket(expiresBucket)
	var nDue, nExpires int
	err := tx.Bucket(entriesBucket).ForEach(func(k, v []byte) error {
		if len(v) < headSize {
			return damaged("an entry is too short")
		}
		for _, index := range []struct {
			b  *bolt.Bucket
			at []byte
			n  *int
		}{{due, v[8:16], &nDue}, {expires, v[16:24], &nExpires}} {
			if string(index.at) == string(noTimes[:8]) {
				continue
			}
			*index.n++
			if index.b.Get(appendIndexKey(nil, index.at, string(k))) == nil {
				return damaged("an index lacks an entry")
			}
		}
		return nil
	})
	if err == nil && (count(due) != nDue || count(expires) != nExpires) {
		err = damaged("an index has entries of its own")
	}
	return err
}

func count(b *bolt.Bucket) (n int) {
	c := b.Cursor()
	for k, _ := c.First(); k != nil; k, _ = c.Next() {
		n++
	}
	return n
}

// openError says in words why bbolt could not open a file.
func openError(path string, err error) error {
	switch {
	case errors.Is(err, berrors.ErrTimeout):
		err = ErrInUse
	case errors.Is(err, berrors.ErrInvalid), errors.Is(err, berrors.ErrVersionMismatch), errors.Is(err, berrors.ErrChecksum):
		err = fmt.Errorf("%w: %w", ErrForeign, err)
	}
	return fmt.Errorf("opening %s: %w", path, err)
}
