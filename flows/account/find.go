package account

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sync/errgroup"

	"ventanilla/backend"
	"ventanilla/backend/mailaddr"
	"ventanilla/backend/portal"
	"ventanilla/flows"
)

// Hit is an account that may be the person's, and one address for it.
type Hit struct {
	Account string `json:"a"`
	Label   string `json:"l,omitempty"`
	Address string `json:"m"`
	Code    bool   `json:"c,omitempty"` // a code was sent there
	New     bool   `json:"w,omitempty"` // the core does not know the address: it is being proven

	Username string `json:"u,omitempty"` // for the mail of a temporary password
	Unopened bool   `json:"n,omitempty"` // no temporary password can be made: it was never registered
	Closed   bool   `json:"d,omitempty"` // likewise: the organisation closed it
}

// maxHits bounds what a dialog remembers, and how many mails one turn sends.
const maxHits = 8

// Find asks the core whose account it may be, and where mails about it go. It asks as much for nobody
// as for somebody: how long that takes must not tell them apart (RULES: enum.same).
func (d Desk) Find(ctx context.Context, t *flows.Turn) ([]Hit, error) {
	accounts, err := d.Accounts(ctx, t)
	if err != nil {
		return nil, err
	}
	hits := []Hit{}
	for _, a := range accounts {
		hits = append(hits, addresses(a)...)
	}
	return hits[:min(len(hits), maxHits)], nil
}

// Accounts are those that the person claims to own, at most a few. Like [Desk.Find] it
// asks as much for nobody as for somebody.
func (d Desk) Accounts(ctx context.Context, t *flows.Turn) ([]backend.Account, error) {
	fields := map[string]string{}
	for _, f := range d.Fields(t) {
		v := t.Values[f.ID]
		if own, ok := strings.CutPrefix(v, byPhone); ok {
			fields[portal.PhoneField] = own
		} else if v != "" && f.Kind != portal.KindInvitation { // that is checked apart
			fields[f.ID] = v
		}
	}
	candidates, err := d.Core.Identify(ctx, d.Profile.ID, fields)
	if err != nil {
		return nil, fmt.Errorf("identifying: %w", err)
	}
	if len(candidates) == 0 {
		return nil, d.nobody(ctx)
	}
	found := make([]backend.Account, min(len(candidates), maxHits))
	var group errgroup.Group
	for i := range found {
		group.Go(func() (err error) {
			found[i], err = d.Core.Account(ctx, d.Profile.ID, candidates[i].ID)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, fmt.Errorf("reading an account: %w", err)
	}
	return found, nil
}

func (d Desk) nobody(ctx context.Context) error {
	_, err := d.Core.Account(ctx, d.Profile.ID, "nobody")
	if backend.CodeOf(err) == backend.NotFound {
		return nil
	}
	return err
}

// Addresses are where a mail about an account can go.
func (d Desk) Addresses(ctx context.Context, account string) ([]Hit, error) {
	a, err := d.Core.Account(ctx, d.Profile.ID, account)
	if err != nil {
		return nil, fmt.Errorf("reading an account: %w", err)
	}
	return addresses(a), nil
}

// AddressesOf are the addresses that an account had when it was read.
func AddressesOf(a backend.Account) []Hit { return addresses(a) }

func addresses(a backend.Account) (hits []Hit) {
	for _, address := range a.Addresses {
		to, err := mailaddr.Parse(address.Email)
		h := Hit{Account: a.ID, Label: Shortened(a.Label, 60), Address: to.String(), Username: a.Username, Unopened: !a.State.Registered, Closed: a.State.Disabled}
		if err == nil && !slices.Contains(hits, h) {
			hits = append(hits, h)
		}
	}
	return hits
}

// Shortened is a text of at most n characters, with a sign that it goes on.
func Shortened(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n-1]) + "…"
	}
	return s
}

// SetHits remembers the accounts found, or the one address to be proven ([Address]).
func SetHits(t *flows.Turn, hits []Hit) error {
	b, err := json.Marshal(hits)
	if err != nil {
		return err
	}
	t.Values["hits"] = string(b)
	return nil
}

// Hits are what SetHits remembered.
func Hits(t *flows.Turn) (hits []Hit, err error) {
	if t.Values["hits"] == "" {
		return nil, nil
	}
	if err := json.Unmarshal([]byte(t.Values["hits"]), &hits); err != nil {
		return nil, fmt.Errorf("reading the accounts found: %w", err)
	}
	return hits, nil
}

// AllMine tells whether a proof that the dialog holds covers each of the accounts found: only then may
// the person go from one to another without proving anew.
func AllMine(t *flows.Turn, hits []Hit) bool {
	p := t.Dialog.Proof
	return p != nil && !slices.ContainsFunc(hits, func(h Hit) bool { return h.Account != p.Account && !slices.Contains(p.Also, h.Account) })
}

// HitOptions offer the accounts found, for a step that takes one with [TakeHit].
func HitOptions(t *flows.Turn) (all []flows.Option) {
	hits, _ := Hits(t) // ChosenHit reports what cannot be read
	for i, h := range hits {
		all = append(all, flows.Option{ID: hitOption + strconv.Itoa(i), Label: h.Label})
	}
	return all
}

// hitOption begins the ids of [HitOptions].
const hitOption = "acc-"

// TakeHit takes a tap on one of [HitOptions], or words of one label: "la de docente".
func TakeHit(t *flows.Turn, in flows.Input) (answer, problem string) {
	if in.Choice != "" {
		return in.Choice, ""
	}
	if id := Labelled(in.Text, HitOptions(t)); id != "" {
		return id, ""
	}
	return "", "tap_option"
}

// ChosenHit is the account that the answer means.
func ChosenHit(t *flows.Turn) (Hit, error) {
	hits, err := Hits(t)
	if err != nil {
		return Hit{}, err
	}
	i, err := strconv.Atoi(strings.TrimPrefix(t.Answer, hitOption))
	if err != nil || i < 0 || i >= len(hits) {
		return Hit{}, fmt.Errorf("choosing account %q of %d", t.Answer, len(hits))
	}
	return hits[i], nil
}
