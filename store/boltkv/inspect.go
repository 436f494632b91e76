package boltkv

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/fnv"
	"io"
	"os"
	"time"
)

// bbolt trusts its file: on a truncated or changed one it panics, or faults in its memory
// map. So a file is looked at through plain reads before bbolt gets it: the meta
// pages, the list of free pages, and the tree from its root, as many pages as the
// budget allows. Values are sealed, so what is changed inside them is found when
// they are opened.

// quickLook is how many pages Open looks at; fullLook is all of them.
const (
	quickLook = 1024
	fullLook  = 1 << 40
)

// Layout of a bbolt file (go.etcd.io/bbolt/internal/common, version 2 of the format).
const (
	magic         = 0xED0CDAED
	version       = 2
	metaSize      = 64
	pageHead      = 16
	branchPage    = 0x01
	leafPage      = 0x02
	freelistPage  = 0x10
	elementSize   = 16
	bucketLeaf    = 0x01
	bucketHead    = 16
	noFreelist    = ^uint64(0)
	maxPageSize   = 1 << 20
	manyFreePages = 0xFFFF // the count of a free list then stands in its first element
)

var native = binary.NativeEndian

// meta is the root of one state of the file.
type meta struct {
	pageSize, root, freelist, pages, tx uint64
}

// inspector walks the pages of one file.
type inspector struct {
	f      io.ReaderAt
	m      meta
	budget int             // pages to look at, and at most as many to have in the queue
	seen   map[uint64]bool // pages of the tree
	queue  []uint64
}

func damaged(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrDamaged, fmt.Sprintf(format, args...))
}

// inspect looks at up to budget pages of a file of a size.
func inspect(f io.ReaderAt, size int64, budget int) error {
	m, err := newestMeta(f, size)
	if err != nil {
		return err
	}
	if m.pages > uint64(size)/m.pageSize {
		return damaged("it has %d bytes and should have %d: it was truncated", size, m.pages*m.pageSize)
	}
	i := &inspector{f: f, m: m, budget: budget, seen: map[uint64]bool{}}
	if err := i.child(m.root); err != nil {
		return err
	}
	for looked := 0; len(i.queue) > 0 && looked < i.budget; looked++ {
		id := i.queue[0]
		i.queue = i.queue[1:]
		if err := i.page(id); err != nil {
			return err
		}
	}
	return i.free()
}

// newestMeta returns the later of the two meta pages that are whole, as bbolt does.
func newestMeta(f io.ReaderAt, size int64) (best meta, err error) {
	head := make([]byte, pageHead+metaSize)
	found, magical := false, false
	for _, at := range append([]int64{0}, powers(1<<10, maxPageSize)...) {
		if _, err := f.ReadAt(head, at); err != nil {
			continue
		}
		magical = magical || native.Uint32(head[pageHead:]) == magic
		m, ok := parseMeta(head[pageHead:])
		if ok && (at == 0 || at == int64(m.pageSize)) && (!found || m.tx > best.tx) {
			best, found = m, true
		}
	}
	switch {
	case found:
		return best, nil
	case magical:
		return best, damaged("both of its first pages are broken")
	}
	return best, fmt.Errorf("%w (%d bytes)", ErrForeign, size)
}

func powers(from, to int64) (list []int64) {
	for ; from <= to; from *= 2 {
		list = append(list, from)
	}
	return list
}

func parseMeta(b []byte) (m meta, ok bool) {
	sum := fnv.New64a()
	sum.Write(b[:metaSize-8])
	m = meta{
		pageSize: uint64(native.Uint32(b[8:])),
		root:     native.Uint64(b[16:]),
		freelist: native.Uint64(b[32:]),
		pages:    native.Uint64(b[40:]),
		tx:       native.Uint64(b[48:]),
	}
	ok = native.Uint32(b) == magic && native.Uint32(b[4:]) == version && native.Uint64(b[56:]) == sum.Sum64() &&
		m.pageSize >= 1<<10 && m.pageSize <= maxPageSize && m.pageSize&(m.pageSize-1) == 0
	return m, ok
}

// read returns a page with its overflow, after looking at its head.
func (i *inspector) read(id uint64) (b []byte, flags, count uint16, err error) {
	head := make([]byte, pageHead)
	if _, err := i.f.ReadAt(head, int64(id*i.m.pageSize)); err != nil {
		return nil, 0, 0, damaged("page %d cannot be read: %v", id, err)
	}
	overflow := uint64(native.Uint32(head[12:]))
	if native.Uint64(head) != id || id+overflow >= i.m.pages {
		return nil, 0, 0, damaged("page %d is not itself", id)
	}
	b = make([]byte, (1+overflow)*i.m.pageSize)
	if _, err := i.f.ReadAt(b, int64(id*i.m.pageSize)); err != nil {
		return nil, 0, 0, damaged("page %d cannot be read: %v", id, err)
	}
	return b, native.Uint16(head[8:]), native.Uint16(head[10:]), nil
}

// page looks at one page of the tree.
func (i *inspector) page(id uint64) error {
	b, flags, count, err := i.read(id)
	if err != nil {
		return err
	}
	return i.elements(fmt.Sprintf("page %d", id), b, flags, count)
}

// elements looks at the elements of a page, which may lie inside another (an inline bucket).
func (i *inspector) elements(where string, b []byte, flags, count uint16) error {
	if flags != branchPage && flags != leafPage || pageHead+int(count)*elementSize > len(b) {
		return damaged("%s is not a page of the tree", where)
	}
	if flags == branchPage && count == 0 {
		return damaged("%s leads nowhere", where)
	}
	var before []byte
	for n := range int(count) {
		e := b[pageHead+n*elementSize:]
		key, err := i.element(where, e, flags)
		if err != nil {
			return err
		}
		if n > 0 && bytes.Compare(before, key) >= 0 {
			return damaged("%s is out of order", where)
		}
		before = key
	}
	return nil
}

// element looks at the element that e begins with and returns its key.
func (i *inspector) element(where string, e []byte, flags uint16) (key []byte, err error) {
	if flags == branchPage {
		key, ok := part(e, native.Uint32(e), native.Uint32(e[4:]))
		if !ok {
			return nil, damaged("%s points outside itself", where)
		}
		return key, i.child(native.Uint64(e[8:]))
	}
	pos, ksize, vsize := native.Uint32(e[4:]), native.Uint32(e[8:]), native.Uint32(e[12:])
	key, ok := part(e, pos, ksize)
	value, fits := part(e, pos, ksize+vsize)
	if !ok || !fits || ksize+vsize < ksize {
		return nil, damaged("%s points outside itself", where)
	}
	if native.Uint32(e)&bucketLeaf != 0 {
		return key, i.bucket(where, value[ksize:])
	}
	return key, nil
}

func part(e []byte, pos, size uint32) ([]byte, bool) {
	if uint64(pos)+uint64(size) > uint64(len(e)) {
		return nil, false
	}
	return e[pos : pos+size], true
}

// bucket looks at a bucket's value: the page of its root, or all of it inline.
func (i *inspector) bucket(where string, b []byte) error {
	if len(b) < bucketHead {
		return damaged("%s holds half a bucket", where)
	}
	if root := native.Uint64(b); root != 0 {
		return i.child(root)
	}
	b = b[bucketHead:]
	if len(b) < pageHead || native.Uint16(b[8:]) != leafPage {
		return damaged("%s holds half a bucket", where)
	}
	return i.elements(where, b, leafPage, native.Uint16(b[10:]))
}

// child queues a page of the tree; each belongs to one parent.
func (i *inspector) child(id uint64) error {
	if id < 2 || id >= i.m.pages {
		return damaged("a page leads to page %d of %d", id, i.m.pages)
	}
	if i.seen[id] {
		return damaged("page %d has two parents", id)
	}
	if len(i.queue) < i.budget {
		i.seen[id] = true
		i.queue = append(i.queue, id)
	}
	return nil
}

// free looks at the list of free pages: none may be part of the tree.
func (i *inspector) free() error {
	if i.m.freelist == noFreelist {
		return nil
	}
	if i.m.freelist < 2 || i.m.freelist >= i.m.pages {
		return damaged("its list of free pages is on page %d of %d", i.m.freelist, i.m.pages)
	}
	b, flags, small, err := i.read(i.m.freelist)
	if err != nil {
		return err
	}
	count, ids := uint64(small), b[pageHead:]
	if count == manyFreePages {
		count, ids = native.Uint64(ids), ids[8:]
	}
	if flags != freelistPage || count > uint64(len(ids))/8 {
		return damaged("its list of free pages is none")
	}
	for n := range count {
		id := native.Uint64(ids[8*n:])
		if id < 2 || id >= i.m.pages || i.seen[id] || id == i.m.freelist {
			return damaged("page %d cannot be free", id)
		}
	}
	return nil
}

// inspectLocked looks at the file while no other process writes it.
func inspectLocked(path string, timeout time.Duration, budget int) error {
	f, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("opening %s: %w", path, err)
	}
	defer func() { _ = f.Close() }()
	if err := lockFile(f, timeout); err != nil {
		return fmt.Errorf("opening %s: %w", path, err)
	}
	defer unlockFile(f)
	info, err := f.Stat()
	if err == nil {
		err = inspect(f, info.Size(), budget)
	}
	if err != nil {
		return fmt.Errorf("opening %s: %w", path, err)
	}
	return nil
}
