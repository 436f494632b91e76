package emulator

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"go.etcd.io/bbolt"

	"ventanilla/backend"
)

// The buckets of the file.
var (
	bucketAccounts  = []byte("accounts")  // portal \0 id → record
	bucketUsernames = []byte("usernames") // portal \0 username → id
	bucketInvites   = []byte("invites")   // portal \0 key → invite
	bucketAnswers   = []byte("answers")   // idempotency key → kept answer
	bucketEffects   = []byte("effects")   // sequence → Effect
)

// Effect is one change that was made to an account.
type Effect struct {
	Op      string    `json:"op"` // the idempotency key, or "signin"
	Kind    string    `json:"kind"`
	Portal  string    `json:"portal"`
	Account string    `json:"account"`
	At      time.Time `json:"at"`
}

// The kinds of effects.
const (
	PasswordSet    = "password_set"
	PasswordEnded  = "password_ended" // by signing in with a temporary one
	Unlocked       = "unlocked"
	LockedOut      = "locked" // after wrong sign-ins
	TemporaryMade  = "temporary_made"
	SessionsEnded  = "sessions_ended"
	ContactChanged = "contact_changed"
	Opened         = "registered"
)

// book is the file within one transaction.
type book struct {
	tx  *bbolt.Tx
	now time.Time
	op  string
}

// update runs f in a transaction that is written whole, or not at all if f fails.
func (e *Emulator) update(op string, f func(b *book) error) error {
	err := e.db.Update(func(tx *bbolt.Tx) error { return f(&book{tx: tx, now: e.opt.Now(), op: op}) })
	if err != nil {
		return fmt.Errorf("writing: %w", err)
	}
	return nil
}

// view runs f on the file as it is.
func (e *Emulator) view(f func(b *book) error) error {
	err := e.db.View(func(tx *bbolt.Tx) error { return f(&book{tx: tx, now: e.opt.Now()}) })
	if err != nil {
		return fmt.Errorf("reading: %w", err)
	}
	return nil
}

func makeBuckets(tx *bbolt.Tx) error {
	for _, name := range [][]byte{bucketAccounts, bucketUsernames, bucketInvites, bucketAnswers, bucketEffects} {
		if _, err := tx.CreateBucketIfNotExists(name); err != nil {
			return fmt.Errorf("making the bucket %s: %w", name, err)
		}
	}
	return nil
}

func key(portal, name string) []byte { return []byte(portal + "\x00" + name) }

// account returns a record ([backend.NotFound]).
func (b *book) account(portal, id string) (*record, error) {
	var r record
	if err := b.get(bucketAccounts, key(portal, id), &r); err != nil {
		return nil, err
	}
	return &r, nil
}

// byUsername returns the record that signs in with a username ([backend.NotFound]).
func (b *book) byUsername(portal, username string) (*record, error) {
	id := b.tx.Bucket(bucketUsernames).Get(key(portal, fold(username)))
	if id == nil {
		return nil, &backend.Error{Code: backend.NotFound}
	}
	return b.account(portal, string(id))
}

// save writes a record and makes its username findable.
func (b *book) save(r *record) error {
	if r.Username != "" {
		if err := b.tx.Bucket(bucketUsernames).Put(key(r.Portal, fold(r.Username)), []byte(r.ID)); err != nil {
			return fmt.Errorf("saving a username: %w", err)
		}
	}
	return b.put(bucketAccounts, key(r.Portal, r.ID), r)
}

// effect writes a line of the journal.
func (b *book) effect(kind string, r *record) error {
	n, err := b.tx.Bucket(bucketEffects).NextSequence()
	if err != nil {
		return fmt.Errorf("numbering an effect: %w", err)
	}
	return b.put(bucketEffects, binary.BigEndian.AppendUint64(nil, n),
		Effect{Op: b.op, Kind: kind, Portal: r.Portal, Account: r.ID, At: b.now})
}

// change saves a record with its effects.
func (b *book) change(r *record, kinds ...string) error {
	for _, k := range kinds {
		if err := b.effect(k, r); err != nil {
			return err
		}
	}
	return b.save(r)
}

func (b *book) get(bucket, k []byte, v any) error {
	text := b.tx.Bucket(bucket).Get(k)
	if text == nil {
		return &backend.Error{Code: backend.NotFound}
	}
	if err := json.Unmarshal(text, v); err != nil {
		return fmt.Errorf("reading from %s: %w", bucket, err)
	}
	return nil
}

func (b *book) put(bucket, k []byte, v any) error {
	text, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("writing to %s: %w", bucket, err)
	}
	if err := b.tx.Bucket(bucket).Put(k, text); err != nil {
		return fmt.Errorf("writing to %s: %w", bucket, err)
	}
	return nil
}

// Effects returns every change made so far, oldest first, so that a test can show
// that nothing was done twice.
func (e *Emulator) Effects() ([]Effect, error) {
	list := []Effect{}
	err := e.view(func(b *book) error {
		return b.tx.Bucket(bucketEffects).ForEach(func(_, text []byte) error {
			var f Effect
			if err := json.Unmarshal(text, &f); err != nil {
				return fmt.Errorf("reading an effect: %w", err)
			}
			list = append(list, f)
			return nil
		})
	})
	return list, err
}

// refusal returns the error of the contract within err, nil if it is none of those.
func refusal(err error) *backend.Error {
	if e, ok := errors.AsType[*backend.Error](err); ok {
		return e
	}
	return nil
}
