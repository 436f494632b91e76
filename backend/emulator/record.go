package emulator

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"ventanilla/backend"
)

// record is an account as the file keeps it.
type record struct {
	ID         string            `json:"id"`
	Portal     string            `json:"portal"`
	Username   string            `json:"username,omitempty"`
	GivenName  string            `json:"given_name"`
	FullName   string            `json:"full_name"`
	Label      string            `json:"label"`
	Registered bool              `json:"registered"`
	Locked     bool              `json:"locked"`
	MustChange bool              `json:"must_change"`
	Expired    bool              `json:"expired"`
	Disabled   bool              `json:"disabled,omitempty"`
	OpensAt    time.Time         `json:"opens_at,omitzero"`
	Becomes    string            `json:"becomes,omitempty"`  // the user name when nobody wishes another
	Accepted   []accepted        `json:"accepted,omitempty"` // terms, newest last
	Wrong      int               `json:"wrong"`              // sign-ins with a wrong password since the last right one
	Hash       string            `json:"hash,omitempty"`     // of the password, in PHC format; "" if none works
	Temporary  *temporary        `json:"temporary,omitempty"`
	Misses     []time.Time       `json:"misses,omitempty"` // changes with a wrong current password
	Sessions   int               `json:"sessions"`
	Addresses  []backend.Address `json:"addresses"`
	Phones     []backend.Phone   `json:"phones,omitempty"`
	Postal     backend.Postal    `json:"postal,omitzero"`
	Products   []backend.Product `json:"products,omitempty"`
}

// temporary is a temporary password. Once it signed in it serves only as the
// current password of the change that is demanded.
type temporary struct {
	Hash      string    `json:"hash"`
	ExpiresAt time.Time `json:"expires_at"`
	Used      bool      `json:"used"`
}

// accepted is a version of the terms that the person agreed to.
type accepted struct {
	Version string    `json:"version"`
	At      time.Time `json:"at"`
}

// live returns the temporary password if its time is not over.
func (r *record) live(now time.Time) *temporary {
	if r.Temporary == nil || !now.Before(r.Temporary.ExpiresAt) {
		return nil
	}
	return r.Temporary
}

// setPassword makes a password the person chose the only one.
func (r *record) setPassword(hash string) {
	r.Hash, r.Temporary = hash, nil
	r.MustChange, r.Expired = false, false
	r.Misses = nil
}

// unlock reports whether there was something to unlock.
func (r *record) unlock() bool {
	was := r.Locked
	r.Locked, r.Wrong = false, 0
	return was
}

// miss counts a wrong current password in a change, which never locks sign-in, and
// forgets the old ones.
func (r *record) miss(now time.Time) { r.Misses = append(r.recent(now), now) }

// Changes with a wrong current password: so many in so long, then a pause.
const (
	maxMisses  = 5
	missWindow = 15 * time.Minute
)

func (r *record) recent(now time.Time) []time.Time {
	return slices.DeleteFunc(slices.Clone(r.Misses), func(t time.Time) bool { return now.Sub(t) >= missWindow })
}

// paused returns how long a change must wait, 0 if it need not.
func (r *record) paused(now time.Time) time.Duration {
	m := r.recent(now)
	if len(m) < maxMisses {
		return 0
	}
	return missWindow - now.Sub(m[0])
}

// knows tells whether a hash is that of one of the addresses (see [backend.AddressHash]).
func (r *record) knows(hash string) bool {
	return slices.ContainsFunc(r.Addresses, func(a backend.Address) bool { return backend.AddressHash(a.Email) == hash })
}

// account is what the contract says of a record.
func (r *record) account() backend.Account {
	return backend.Account{
		ID: r.ID, Username: r.Username, GivenName: r.GivenName, FullName: r.FullName, Label: r.Label,
		State:     r.state(),
		Addresses: append([]backend.Address{}, r.Addresses...), Phones: r.Phones, Postal: r.Postal,
	}
}

func (r *record) state() backend.State {
	return backend.State{Registered: r.Registered, Locked: r.Locked, MustChange: r.MustChange, Expired: r.Expired, OpensAt: r.OpensAt, Disabled: r.Disabled}
}

// putAddress adds an address or puts it in place of another; it reports whether that one was there.
func (r *record) putAddress(email, replaces string) bool {
	if replaces == "" && r.knows(backend.AddressHash(email)) {
		return true
	}
	if replaces == "" {
		r.Addresses = append(r.Addresses, backend.Address{ID: freeID("e", len(r.Addresses), r.addressIDs()), Email: email})
		return true
	}
	i := slices.Index(r.addressIDs(), replaces)
	if i >= 0 {
		r.Addresses[i].Email = email
	}
	return i >= 0
}

// putPhone does the same for a phone.
func (r *record) putPhone(number, replaces string) bool {
	if replaces == "" {
		r.Phones = append(r.Phones, backend.Phone{ID: freeID("t", len(r.Phones), r.phoneIDs()), Number: number})
		return true
	}
	i := slices.Index(r.phoneIDs(), replaces)
	if i >= 0 {
		r.Phones[i].Number = number
	}
	return i >= 0
}

func (r *record) addressIDs() (ids []string) {
	for _, a := range r.Addresses {
		ids = append(ids, a.ID)
	}
	return ids
}

func (r *record) phoneIDs() (ids []string) {
	for _, p := range r.Phones {
		ids = append(ids, p.ID)
	}
	return ids
}

// freeID returns prefix and the first number after n that is not taken.
func freeID(prefix string, n int, taken []string) string {
	for i := n + 1; ; i++ {
		if id := prefix + strconv.Itoa(i); !slices.Contains(taken, id) {
			return id
		}
	}
}

// fold is how usernames compare.
func fold(username string) string { return strings.ToLower(strings.TrimSpace(username)) }
