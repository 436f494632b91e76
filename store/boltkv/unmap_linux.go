package boltkv

import (
	"context"
	"syscall"

	bolt "go.etcd.io/bbolt"
)

// letGo takes the file's pages out of this process's resident memory; they stay in the
// system's page cache, where the next look finds them at once. bbolt reads through a
// map of the whole file, and every page once looked at would count as ours until the
// system is short of memory: the process would seem to grow as its file does.
func (kv *KV) letGo() {
	_ = kv.view(context.Background(), func(tx *bolt.Tx) error { // a reader keeps the map where it is
		_, _, errno := syscall.Syscall(syscall.SYS_MADVISE, kv.db.Info().Data, uintptr(tx.Size()), syscall.MADV_DONTNEED)
		if errno != 0 {
			return errno
		}
		return nil
	})
}
