// Package boltkv keeps a store in one bbolt file, for one process on one node.
//
// All puts that wait are committed together in one synced transaction, each with
// its own outcome; a put that is alone waits for nobody. Indexes by Due and by
// Expires stand beside the entries, so that opening scans nothing and what
// sleeps costs nothing. Leases live in memory: claiming writes nothing. The
// package never looks into a value, and never skips a sync.
package boltkv

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"sync"
	"time"

	bolt "go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"

	"ventanilla/flows"
	"ventanilla/store"
)

var (
	// ErrInUse is returned by [Open] when another process has the file open.
	ErrInUse = errors.New("boltkv: another process has the store open")
	// ErrDamaged is returned for a file that is truncated or was changed by other hands.
	ErrDamaged = errors.New("boltkv: the store file is damaged; restore a backup")
	// ErrForeign is returned by [Open] for a file that is not a store of this program.
	ErrForeign = errors.New("boltkv: the file is not a store of this program")
	// ErrClosed is returned after [KV.Close].
	ErrClosed = errors.New("boltkv: the store is closed")
)

// Options say how to open a file. The zero value is good for production.
type Options struct {
	Clock   *flows.Clock  // judges Due and Expires; nil: the wall clock
	Timeout time.Duration // how long to wait for another process to let go of the file; 0: one second
	MaxSize int64         // bytes the file may grow to; 0: no limit
	Sweep   time.Duration // between two looks for what expired; 0: one second
	// OnCommit is called around each synced write, for tests that cut the power
	// there: an error before it means that nothing is written, an error after it that
	// everything is. All who wait get the error.
	OnCommit func(Stage) error
}

// Stage is a moment of a commit.
type Stage string

// The moments of a commit.
const (
	Before Stage = "before" // nothing of it is on the disk
	After  Stage = "after"  // all of it is on the disk, and nobody was told
)

// KV is a store.KV on a bbolt file.
type KV struct {
	db    *bolt.DB
	clock *flows.Clock
	onCut func(Stage) error

	puts     committer
	leases   leases
	watchers watchers
	done     chan struct{} // closed by Close
	finished sync.WaitGroup
	close    func() error
}

var _ store.KV = (*KV)(nil)

// Buckets of the file.
var (
	metaBucket    = []byte("meta")
	entriesBucket = []byte("entries")
	dueBucket     = []byte("due")
	expiresBucket = []byte("expires")
	formatKey     = []byte("format")
	format        = []byte("ventanilla 1")
)

// openMap is how much address space the file may fill before a slow reader
// could make writers wait (see bolt.Options.InitialMmapSize). It costs no memory.
const openMap = 1 << (20 + 14*(strconv.IntSize/64)) // 16 GiB, or 1 MiB where addresses have 32 bits

// Open opens the file at path, or creates it. It returns [ErrInUse], [ErrDamaged]
// or [ErrForeign] with words for a file that it cannot work with.
func Open(path string, o Options) (*KV, error) {
	if o.Clock == nil {
		o.Clock = &flows.Clock{}
	}
	if o.Timeout == 0 {
		o.Timeout = time.Second
	}
	if o.Sweep == 0 {
		o.Sweep = time.Second
	}
	if err := create(path); err != nil {
		return nil, err
	}
	if err := inspectLocked(path, o.Timeout, quickLook); err != nil {
		return nil, err
	}
	db, err := openDB(path, o)
	if err != nil {
		return nil, err
	}
	kv := &KV{db: db, clock: o.Clock, onCut: o.OnCommit, done: make(chan struct{})}
	kv.puts.wake = make(chan struct{}, 1)
	kv.leases.turn = make(chan struct{}, 1)
	kv.close = sync.OnceValue(kv.shut)
	kv.finished.Go(kv.commitAll)
	kv.finished.Go(func() { kv.sweepAll(o.Sweep) })
	return kv, nil
}

func openDB(path string, o Options) (db *bolt.DB, err error) {
	var file *os.File
	remember := func(name string, flag int, mode os.FileMode) (*os.File, error) {
		file, err = os.OpenFile(name, flag, mode)
		return file, err
	}
	err = guarded(func() error {
		db, err = bolt.Open(path, 0o600, &bolt.Options{Timeout: o.Timeout, FreelistType: bolt.FreelistMapType,
			InitialMmapSize: openMap, MaxSize: int(o.MaxSize), NoStatistics: true, OpenFile: remember})
		return err
	})
	if err != nil {
		return nil, openError(path, err)
	}
	err = guarded(func() error { return errors.Join(stillThere(path, file), db.View(checkFormat)) })
	if err != nil {
		return nil, errors.Join(fmt.Errorf("opening %s: %w", path, err), db.Close())
	}
	return db, nil
}

// stillThere returns [ErrInUse] if path got another file while we waited for the
// lock of this one: it was replaced (see [Replace]).
func stillThere(path string, file *os.File) error {
	mine, err := file.Stat()
	if err != nil {
		return err
	}
	if there, err := os.Stat(path); err != nil || !os.SameFile(mine, there) {
		return ErrInUse
	}
	return nil
}

func checkFormat(tx *bolt.Tx) error {
	for _, name := range [][]byte{metaBucket, entriesBucket, dueBucket, expiresBucket} {
		if tx.Bucket(name) == nil {
			return ErrForeign
		}
	}
	if !bytes.Equal(tx.Bucket(metaBucket).Get(formatKey), format) {
		return ErrForeign
	}
	return nil
}

// Close implements store.KV: it lets the puts that wait finish, and ends claims and watches.
func (kv *KV) Close() error { return kv.close() }

func (kv *KV) shut() error {
	kv.watchers.mu.Lock()
	close(kv.done)
	kv.watchers.mu.Unlock()
	kv.puts.shut()
	kv.leases.rouse()
	kv.finished.Wait()
	if err := kv.db.Close(); err != nil {
		return fmt.Errorf("closing the store: %w", err)
	}
	return nil
}

func (kv *KV) closed() bool {
	select {
	case <-kv.done:
		return true
	default:
		return false
	}
}

// view runs a read transaction.
func (kv *KV) view(ctx context.Context, read func(*bolt.Tx) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	err := guarded(func() error { return kv.db.View(read) })
	if errors.Is(err, berrors.ErrDatabaseNotOpen) {
		return ErrClosed
	}
	return err
}

// Get implements store.KV.
func (kv *KV) Get(ctx context.Context, key string) (e store.Entry, err error) {
	err = kv.view(ctx, func(tx *bolt.Tx) error {
		e, err = decodeEntry(key, tx.Bucket(entriesBucket).Get([]byte(key)))
		return err
	})
	if err == nil && e.Rev == 0 {
		err = store.ErrNotFound
	}
	return e, err
}

// List implements store.KV.
func (kv *KV) List(ctx context.Context, prefix, after string, n int) (list []store.Entry, err error) {
	from := []byte(prefix)
	if after >= prefix && after != "" {
		from = append([]byte(after), 0)
	}
	err = kv.view(ctx, func(tx *bolt.Tx) error {
		c := tx.Bucket(entriesBucket).Cursor()
		for k, v := c.Seek(from); len(list) < n && k != nil && bytes.HasPrefix(k, []byte(prefix)); k, v = c.Next() {
			e, err := decodeEntry(string(k), v)
			if err != nil {
				return err
			}
			list = append(list, e)
		}
		return nil
	})
	return list, err
}

// Backup writes a consistent copy of the whole store as it is now, while the
// store works (RULES: data.backup). It ends with the error of ctx if that ends first.
func (kv *KV) Backup(ctx context.Context, w io.Writer) error {
	err := kv.view(ctx, func(tx *bolt.Tx) error {
		_, err := tx.WriteTo(stopper{ctx, w})
		return err
	})
	if err != nil {
		err = errors.Join(ctx.Err(), err) // bbolt keeps only the words of a writer's error
		return fmt.Errorf("backing up the store: %w", err)
	}
	return nil
}

// stopper is a writer that ends with its ctx.
type stopper struct {
	ctx context.Context
	w   io.Writer
}

func (s stopper) Write(b []byte) (int, error) {
	if err := s.ctx.Err(); err != nil {
		return 0, err
	}
	return s.w.Write(b)
}
