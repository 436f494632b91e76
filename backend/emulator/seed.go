package emulator

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"go.etcd.io/bbolt"
	"golang.org/x/sync/errgroup"

	"ventanilla/backend"
	"ventanilla/backend/secret"
)

// seed writes the accounts that the file does not hold yet. Passwords are hashed
// only for those, so that a second start is quick.
func (e *Emulator) seed() error {
	missing, err := e.missing()
	if err != nil {
		return err
	}
	if err := e.hashAll(missing); err != nil {
		return err
	}
	return e.update("seed", func(b *book) error {
		for _, m := range missing {
			if err := b.seed(m); err != nil {
				return err
			}
		}
		return forget(b.tx, b.now)
	})
}

// missed is an account to be made.
type missed struct {
	record   *record
	password secret.Text
	invited  string // by this key, "" if not
	life     time.Duration
}

// seed writes an account, and its invitation.
func (b *book) seed(m *missed) error {
	if err := b.save(m.record); err != nil || m.invited == "" {
		return err
	}
	return b.put(bucketInvites, key(m.record.Portal, normal(m.invited)),
		invite{Account: m.record.ID, Label: m.record.Label, ExpiresAt: b.now.Add(m.life)})
}

func (e *Emulator) missing() (list []*missed, err error) {
	err = e.update("seed", func(b *book) error {
		if err := makeBuckets(b.tx); err != nil {
			return err
		}
		for _, p := range e.portals {
			for _, person := range p.People {
				list = append(list, absent(b.tx, p, person)...)
			}
		}
		return nil
	})
	return list, err
}

func absent(tx *bbolt.Tx, p *portal, person *seedPerson) (list []*missed) {
	for _, a := range person.Accounts {
		if tx.Bucket(bucketAccounts).Get(key(p.ID, a.ID)) != nil {
			continue
		}
		m := &missed{record: newRecord(p, person, a), password: secret.Text(a.Password), life: inviteLife}
		if person.Late {
			m.life = -24 * time.Hour
		}
		if a.Unregistered {
			m.invited = person.Invitation
		}
		list = append(list, m)
	}
	return list
}

func newRecord(p *portal, person *seedPerson, a *seedAccount) *record {
	r := &record{
		ID: a.ID, Portal: p.ID, Username: a.Username, GivenName: person.GivenName, FullName: person.FullName, Label: a.Label,
		Registered: !a.Unregistered, Locked: a.Locked, MustChange: a.MustChange, Expired: a.Expired, Disabled: a.Disabled, Wrong: a.Wrong,
		Becomes: a.Becomes,
		Postal:  person.Postal,
	}
	for i, email := range a.Emails {
		r.Addresses = append(r.Addresses, backend.Address{ID: "e" + strconv.Itoa(i+1), Email: email})
	}
	for i, n := range person.Phones {
		r.Phones = append(r.Phones, backend.Phone{ID: "t" + strconv.Itoa(i+1), Number: n})
	}
	for _, s := range a.Products {
		r.Products = append(r.Products, backend.Product{ID: s.ID, Kind: s.Kind, Title: s.Title, Number: s.Number, Email: s.Email})
	}
	return r
}

func (e *Emulator) hashAll(list []*missed) error {
	group, ctx := errgroup.WithContext(context.Background())
	for _, m := range list {
		if m.password == "" {
			continue
		}
		group.Go(func() (err error) {
			m.record.Hash, err = e.hash.make(ctx, m.password)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return fmt.Errorf("hashing the seeded passwords: %w", err)
	}
	return nil
}
