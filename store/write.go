package store

import (
	"bytes"
	"encoding/json"
	"fmt"
	"sync"
	"time"

	"ventanilla/flows"
)

// How long entries are kept (RULES: tg.dedupe, wa.dedupe, data.retention).
const (
	SeenFor       = 24 * time.Hour
	TranscriptFor = 90 * 24 * time.Hour
	grantsFor     = 7 * 24 * time.Hour // after their end, to say "expired" and not "unknown"
)

// queue is what one Save writes beside the record, in the same transaction.
type queue struct {
	blocks []block // marks of messages
	lines  []Line
	away   []Outbound
	grants []flows.Grant
	audit  []AuditLine
	broken []Broken
	idents []flows.Ident
	pleas  []Plea
	taken  []Away   // what a network took that may come back
	drop   []string // keys of entries to delete
}

// write is one transaction: a record and what goes with it.
type write struct {
	entry Entry
	with  []Entry
	shown []byte
	cared []byte
	seal  *sealer

	waiting string // as Conversation.waiting will be
	err     error

	open []byte // room for what is sealed next
	key  []byte // room for its key
	room []byte // sealed values, until the driver has them
}

// writes are those of [Store.Save], of which each turn needs one.
var writes = sync.Pool{New: func() any { return new(write) }}

// maxWrite bounds what is kept of the room of one, in bytes.
const maxWrite = 64 << 10

// free ends a write: nobody looks at its entries any more.
func (w *write) free() {
	if cap(w.open)+cap(w.room) > maxWrite {
		return
	}
	clear(w.with)
	*w = write{with: w.with[:0], open: w.open[:0], key: w.key[:0], room: w.room[:0]}
	writes.Put(w)
}

// write seals a conversation and what is queued on it. The result must be freed.
func (s *Store) write(c *Conversation) *write {
	name, now := c.name, s.clock.Now()
	if name == "" {
		name = s.Name(c.Key)
	}
	w := writes.Get().(*write)
	w.seal, w.shown, w.cared = s.sealer.Load(), c.summary(), c.careEntry()
	w.addPage(c, name, now)
	s.addIdents(w, c, name, now)
	c.Schema = Schema
	w.entry = w.encoded(Entry{Key: conversations + name, Rev: c.rev, Due: c.dueAt(now)}, c)
	for _, b := range c.queue.blocks {
		w.with = append(w.with, Entry{Key: numbered(seen, name, b.n), Value: b.marks, Expires: c.Marks.Left})
	}
	for _, out := range c.queue.away {
		w.add(s.awayEntry(name, out), Away{Key: c.Key, Out: out})
	}
	for _, key := range c.queue.drop {
		w.with = append(w.with, Entry{Key: key})
	}
	s.writeRare(w, c, name)
	s.addWaiting(w, c, name)
	w.beside(summaries, name, c.shown, w.shown)
	w.beside(cares, name, c.cared, w.cared)
	return w
}

// beside writes an entry of which the list is made, if it changed; nil is none.
func (w *write) beside(kind, name string, old, now []byte) {
	switch {
	case bytes.Equal(old, now):
	case now == nil:
		w.with = append(w.with, Entry{Key: kind + name})
	default:
		w.with = append(w.with, w.sealed(Entry{Key: kind + name}, now))
	}
}

// writeRare adds what few answers bring.
func (s *Store) writeRare(w *write, c *Conversation, name string) {
	for _, g := range c.queue.grants {
		e := Entry{Key: s.grantKey(g.ID), Expires: g.Until.Add(grantsFor)}
		g.ID = ""
		w.add(e, GrantRecord{Key: c.Key, Grant: g})
	}
	for _, x := range c.queue.broken {
		w.add(Entry{Key: s.setAsideKey(x, name), Expires: x.At.Add(TranscriptFor)}, x)
	}
	for _, l := range c.queue.audit {
		w.with = append(w.with, w.sealed(Entry{Key: numbered(trail, name, l.N)}, l.canonical()))
	}
	for _, a := range c.queue.taken {
		s.addReturnable(w, name, a)
	}
	s.caseEntries(w, c, name)
	s.addPleas(w, c, name)
	if len(c.queue.audit) > 0 {
		w.add(Entry{Key: trailDays + dayOf(s.clock.Now()) + "." + name}, c.Chain)
	}
}

// add seals the JSON of v as the value of e.
func (w *write) add(e Entry, v any) {
	b, err := json.Marshal(v)
	if err != nil {
		w.err = fmt.Errorf("encoding %s: %w", kindOf(e.Key), err)
		return
	}
	w.with = append(w.with, w.sealed(e, b))
}

// encoded seals the JSON of *v, which every turn writes, as the value of e; see [appendJSON].
func (w *write) encoded(e Entry, v any) Entry {
	b, err := appendJSON(w.open[:0], v)
	if err != nil {
		w.err = err
		return e
	}
	w.open = b
	return w.sealed(e, b)
}

func (w *write) sealed(e Entry, plain []byte) Entry {
	from := len(w.room)
	w.key = append(w.key[:0], e.Key...)
	b, err := w.seal.seal(w.room, w.key, plain)
	if err != nil {
		w.err = err
		return e
	}
	w.room, e.Value = b, b[from:len(b):len(b)]
	return e
}

// unseal opens the JSON of an entry into v.
func (s *Store) unseal(e Entry, v any) error {
	b, err := s.sealer.Load().open(e.Key, e.Value)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(b, v); err != nil {
		return fmt.Errorf("decoding %s: %w", kindOf(e.Key), err)
	}
	return nil
}

// setAsideKey differs for two messages even if their cases were given the same number.
func (s *Store) setAsideKey(x Broken, name string) string {
	return setAside + x.Case + "." + s.names.name("set aside", name, x.In.ID)
}
