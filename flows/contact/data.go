package contact

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"ventanilla/backend"
	"ventanilla/backend/mailaddr"
	"ventanilla/backend/portal"
	"ventanilla/flows"
	"ventanilla/flows/account"
)

// entry is an address or a phone that the core knows: which one is replaced is chosen by its mask.
type entry struct {
	Thing string `json:"t"`
	ID    string `json:"i"`
	Mask  string `json:"m"`

	Account string `json:"c,omitempty"` // whose address Email is
	Email   string `json:"e,omitempty"` // to be told when it is replaced
}

func setKnown(t *flows.Turn, a backend.Account, maskPhone func(string) string) error {
	all := []entry{}
	for _, x := range a.Addresses {
		all = append(all, entry{Thing: email, ID: x.ID, Mask: mailaddr.Mask(x.Email), Account: a.ID, Email: x.Email})
	}
	for _, x := range a.Phones {
		all = append(all, entry{Thing: phone, ID: x.ID, Mask: maskPhone(x.Number)})
	}
	b, err := json.Marshal(all)
	if err != nil {
		return err
	}
	t.Values["known"] = string(b)
	return nil
}

// entries are those of the chosen thing.
func entries(t *flows.Turn) (mine []entry) {
	var all []entry
	if json.Unmarshal([]byte(t.Values["known"]), &all) != nil {
		return nil // written by look; without it there is nothing to choose among
	}
	for _, e := range all {
		if e.Thing == t.Values["what"] {
			mine = append(mine, e)
		}
	}
	return mine
}

// before are the addresses to be told of a change: those of now, and those that an earlier turn saw. A turn that
// could not be saved runs again, and finds at the core what it wrote there itself.
func before(t *flows.Turn, id string, now []account.Hit) (all []account.Hit) {
	for _, e := range seen(t, id) {
		h := account.Hit{Account: id}
		if len(now) > 0 {
			h = now[0]
		}
		h.Address = e.Email
		all = append(all, h)
	}
	return append(all, now...)
}

// seen are the addresses of an account as an earlier turn saw them.
func seen(t *flows.Turn, id string) (all []entry) {
	if json.Unmarshal([]byte(t.Values["known"]), &all) != nil {
		return nil // nothing was looked at
	}
	return slices.DeleteFunc(all, func(e entry) bool { return e.Email == "" || e.Account != id })
}

// single tells that there is no choice of what to replace.
func (c contact) single(t *flows.Turn) bool { return len(entries(t)) < 2 }

// known offers what can be replaced. The ids on buttons are places in the list: the core's may be long.
func known(t *flows.Turn) (all []flows.Option) {
	for i, e := range entries(t) {
		all = append(all, flows.Option{ID: fmt.Sprintf("old-%d", i), Label: e.Mask})
	}
	return all
}

// old is the id of what is replaced, "" if the new one is added.
func old(t *flows.Turn) string {
	mine := entries(t)
	switch chosen := t.Values["which"]; {
	case chosen == "" && len(mine) == 1:
		return mine[0].ID
	case chosen == "":
		return ""
	default:
		for i, e := range mine {
			if chosen == fmt.Sprintf("old-%d", i) {
				return e.ID
			}
		}
		return ""
	}
}

// change is what the core is asked for.
func (c contact) change(ctx context.Context, t *flows.Turn) (k backend.Contact, err error) {
	k.Evidence = account.Evidence(t)
	switch t.Values["what"] {
	case email:
		at, err := time.Parse(time.RFC3339Nano, t.Values["proven_at"])
		if err != nil {
			return k, fmt.Errorf("reading when the code was typed: %w", err)
		}
		address := t.Values["address"]
		k.Email = &backend.NewEmail{Email: address, Replaces: old(t),
			Evidence: backend.Evidence{Account: t.Values["account"], Method: backend.MethodCode, Address: address, At: at}}
	case phone:
		k.Phone = &backend.NewPhone{Number: c.typed(t, portal.SavesPhone), Replaces: old(t)}
	case name:
		k.FullName = c.typed(t, portal.SavesName)
	default:
		a, err := c.Core.Account(ctx, c.Profile.ID, t.Values["account"])
		if err != nil {
			return k, fmt.Errorf("reading the account: %w", err)
		}
		k.Postal = c.postal(t, a.Postal)
	}
	return k, nil
}

// postal is the address as it will be: what the organisation does not ask stays.
func (c contact) postal(t *flows.Turn, p backend.Postal) *backend.Postal {
	for _, f := range c.Profile.Given(portal.Contact) {
		switch v := t.Values[f.ID]; {
		case v == "":
		case f.Saves == portal.SavesStreet:
			p.Street = v
		case f.Saves == portal.SavesCity:
			p.City = v
		case f.Saves == portal.SavesRegion:
			p.Region = v
		case f.Saves == portal.SavesPostcode:
			p.Postcode = v
		}
	}
	return &p
}

// summary fills what is about to be changed, as the person typed it.
func (c contact) summary(t *flows.Turn) []string {
	lines := []string{}
	for _, f := range c.Profile.Given(portal.Contact) {
		if v := t.Values[f.ID]; v != "" && t.Values["what"] == thing(f.Saves) {
			lines = append(lines, "• "+account.Title(f.For(t.Values).Label)+": "+f.Display(v, t.Values))
		}
	}
	if e := c.replaced(t); e != "" {
		lines = append(lines, t.Text("instead", "old", e))
	}
	return []string{"summary", strings.Join(lines, "\n")}
}

// replaced is the mask of what the new one replaces.
func (c contact) replaced(t *flows.Turn) string {
	id := old(t)
	for _, e := range entries(t) {
		if id != "" && e.ID == id {
			return e.Mask
		}
	}
	return ""
}

// labelled is what a question is called, by a text.
func (c contact) labelled(key string) func(*flows.Turn) string {
	return func(t *flows.Turn) string { return t.Text(key) }
}

func (c contact) label(t *flows.Turn) string { return t.Text("offer_" + t.Values["what"]) }
