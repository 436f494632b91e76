package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"ventanilla/flows"
)

// Options are what a [Store] needs besides its driver.
type Options struct {
	Keys   *Keyring
	Clock  *flows.Clock // nil: the wall clock
	Random io.Reader    // of nonces; safe for concurrent use, such as crypto/rand.Reader
	Limits flows.Limits // Chat and Inbox are enforced here (RULES: flood.chat)
	// Screen takes what must not be stored, such as a password, out of a person's
	// message before anything is written (RULES: pw.chat). It may run more than
	// once for one message. nil: nothing is taken out.
	Screen func(flows.Key, flows.Dialog, flows.Input) flows.Input
	// Flooded is the one notice for who writes too fast. nil: there is none.
	Flooded func(flows.Key) flows.Reply
	// Opted confirms to a person that nothing more will be said (out), or that it
	// will again. nil: nothing confirms it.
	Opted func(k flows.Key, out bool) flows.Reply
	// Fell hears of each reply to elsewhere that [Store.Claim] ended because nobody
	// got to it before its Until. nil: nobody hears.
	Fell func(Away)
	Log  *slog.Logger // nil: slog.Default()
}

// Store saves conversations, mails under way, budgets, grants and the audit
// trail in a KV, sealed. It is safe for concurrent use.
type Store struct {
	kv      KV
	clock   *flows.Clock
	limits  flows.Limits
	screen  func(flows.Key, flows.Dialog, flows.Input) flows.Input
	flooded func(flows.Key) flows.Reply
	opted   func(flows.Key, bool) flows.Reply
	fell    func(Away)
	log     *slog.Logger
	random  io.Reader
	names   *namer
	sealer  atomic.Pointer[sealer]
	trail   trailKey
	busy    queues     // who conflicted on a key waits here for its turn
	hand    *hand      // is told of each write of a conversation by [Store.Save], which makes all of them but those that seal anew what is there
	looking sync.Mutex // held while some pages of transcripts are looked through
}

// New returns a store on kv, the one that writes there: for another see [Store.Beside]. An
// empty kv remembers the keys' fingerprint; with other keys than it remembers New
// returns [ErrWrongKeys] (RULES: data.sealed).
func New(ctx context.Context, kv KV, o Options) (*Store, error) { return open(ctx, kv, &hand{}, o) }

// Beside returns another store on the same entries, such as one with another clock. They know of each other what
// they write: two that [New] made on one KV would not, and might show what was there before.
func (s *Store) Beside(ctx context.Context, o Options) (*Store, error) {
	return open(ctx, s.kv, s.hand, o)
}

func open(ctx context.Context, kv KV, hand *hand, o Options) (*Store, error) {
	if o.Keys == nil || o.Random == nil {
		return nil, errors.New("store: Keys and Random are required")
	}
	if o.Clock == nil {
		o.Clock = &flows.Clock{}
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	s := &Store{kv: kv, clock: o.Clock, limits: o.Limits, screen: o.Screen, flooded: o.Flooded, opted: o.Opted, fell: o.Fell,
		log: o.Log, random: o.Random, names: newNamer(o.Keys), trail: newTrailKey(o.Keys), hand: hand}
	if err := remember(ctx, kv, o.Keys); err != nil {
		return nil, err
	}
	return s, s.use(o.Keys)
}

// Load returns the conversation under k; a new one if there is none.
func (s *Store) Load(ctx context.Context, k flows.Key) (*Conversation, error) {
	name := s.Name(k)
	c, err := s.Find(ctx, name)
	if errors.Is(err, ErrNotFound) {
		return &Conversation{Schema: Schema, Key: k, name: name, hand: s.hand}, nil
	}
	if err == nil {
		c.Key, c.name = k, name // a tombstone has forgotten the key
	}
	return c, err
}

// Find returns the conversation of a [Store.Name], such as a link carries, or ErrNotFound.
func (s *Store) Find(ctx context.Context, name string) (*Conversation, error) {
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("loading a conversation: %w", err)
	}
	if c := s.hand.take(name); c != nil {
		return c, nil
	}
	e, err := s.kv.Get(ctx, conversations+name)
	if err != nil {
		return nil, fmt.Errorf("loading a conversation: %w", err)
	}
	if c := s.hand.takeAt(name, e.Rev); c != nil {
		return c, nil
	}
	c, err := s.conversation(e)
	if err != nil {
		return nil, err
	}
	c.name, c.hand, c.due = name, s.hand, e.Due
	s.hand.tell(c)
	return c, nil
}

// Name returns a keyed hash of k in 32 hex digits, for logs and links: it says nothing of the person.
func (s *Store) Name(k flows.Key) string {
	return s.names.name("conversation", k.Portal, k.Channel, k.Person)
}

// ID is the [Store.Name] of the conversation's key.
func (c *Conversation) ID() string { return c.name }

// Save replaces the conversation and writes what was queued on it, all or
// nothing. It returns [ErrConflict] if the record changed since it was loaded:
// then load it again and do again what was done to it.
func (s *Store) Save(ctx context.Context, c *Conversation) error {
	w := s.write(c)
	defer w.free()
	if w.err != nil {
		return w.err
	}
	name := w.entry.Key[len(conversations):]
	s.hand.saving(name)
	rev, err := s.kv.Put(ctx, w.entry, w.with...)
	s.hand.saved(name, rev, err)
	if err != nil {
		return fmt.Errorf("saving a conversation: %w", err)
	}
	c.rev, c.queue, c.shown, c.cared, c.waiting = rev, queue{}, w.shown, w.cared, w.waiting
	c.due, c.attended = w.entry.Due, time.Time{}
	s.hand.known(c)
	return nil
}

// ErrUnchanged may be returned by the function given to [Store.Update] to leave
// the conversation as it is; Update then returns nil.
var ErrUnchanged = errors.New("store: unchanged")

// Update loads the conversation, lets change work on it and saves it, again if
// somebody else wrote in between. change may run several times.
func (s *Store) Update(ctx context.Context, k flows.Key, change func(*Conversation) error) error {
	err := s.retry(ctx, s.Name(k), func() error {
		c, err := s.Load(ctx, k)
		if err != nil {
			return err
		}
		if err := change(c); err != nil {
			return err
		}
		return s.Save(ctx, c)
	})
	if errors.Is(err, ErrUnchanged) {
		return nil
	}
	return err
}

// retry runs try again as long as it ends in ErrConflict. After the first
// conflict it queues behind others in this process who conflict on the same
// name, so that a thousand of them make a thousand writes and not a million.
func (s *Store) retry(ctx context.Context, name string, try func() error) error {
	err := try()
	if !errors.Is(err, ErrConflict) {
		return err
	}
	leave, err := s.busy.enter(ctx, name)
	if err != nil {
		return err
	}
	defer leave()
	for {
		if err = try(); !errors.Is(err, ErrConflict) {
			return err
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
}
