package demo

import (
	"cmp"
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"ventanilla/backend"
	core "ventanilla/backend/emulator"
	"ventanilla/backend/portal"
	"ventanilla/backend/secret"
)

// Person is one of the seeded people, with all that is needed to play their part.
type Person struct {
	ID          string       `json:"id"`
	Portal      string       `json:"portal"`
	Name        string       `json:"name"`
	Phone       string       `json:"phone"` // {person} of their phone; any other name works too
	Story       string       `json:"story"`
	Identifiers []Identifier `json:"identifiers"`
	Addresses   []string     `json:"addresses"`
	Bounces     []string     `json:"bounces"` // those of the addresses that do not exist
	Returns     []string     `json:"returns"` // those of them whose mails are taken first and come back later
	Accounts    []Account    `json:"accounts"`
	State       []string     `json:"state"` // of all accounts together
}

// Identifier is something that the bot may ask the person for.
type Identifier struct {
	Field   string `json:"field"` // of the organisation's profile; "" for other numbers
	Label   string `json:"label"`
	Value   string `json:"value"`
	Account string `json:"account,omitempty"` // the account it belongs to, if not to the person
}

// Account is one of a person's accounts in the core, as it stands now.
type Account struct {
	ID       string   `json:"id"`
	Label    string   `json:"label"`
	Username string   `json:"username"`
	Password string   `json:"password"` // the one before the story begins
	State    []string `json:"state"`    // "ok", or what stands in the way: "locked", "must_change", "expired", "disabled", "unregistered", "opens_later"
	Emails   []string `json:"addresses"`
}

// people returns everybody, with labels in the words of the organisations' profiles.
func (w *World) people() ([]Person, error) {
	seeded, err := w.core.People()
	if err != nil {
		return nil, fmt.Errorf("asking the core for its people: %w", err)
	}
	list := []Person{}
	for _, s := range seeded {
		if i := slices.IndexFunc(w.profiles, func(p portal.Profile) bool { return p.ID == s.Portal }); i >= 0 {
			list = append(list, person(s, w.profiles[i]))
		}
	}
	return list, nil
}

func person(s core.Person, profile portal.Profile) Person {
	p := Person{ID: s.ID, Portal: s.Portal, Name: s.Name, Phone: s.Name, Story: strings.TrimSpace(s.Story),
		Identifiers: []Identifier{}, Addresses: []string{}, Bounces: append(append([]string{}, s.Bounces...), s.Returns...), Returns: append([]string{}, s.Returns...), Accounts: []Account{}, State: []string{}}
	for _, a := range s.Accounts {
		account := Account{ID: a.ID, Label: a.Label, Username: a.Username, Password: a.Password, State: state(a.State), Emails: a.Addresses}
		p.Accounts = append(p.Accounts, account)
		p.Addresses = union(p.Addresses, a.Addresses)
		p.State = union(p.State, account.State)
		p.Identifiers = append(p.Identifiers, fields(a, profile)...)
	}
	p.Identifiers = shared(p.Identifiers, len(s.Accounts))
	for _, name := range slices.Sorted(maps.Keys(s.KnownAs)) {
		p.Identifiers = append(p.Identifiers, Identifier{Label: name, Value: s.KnownAs[name]})
	}
	if s.Invitation != "" {
		p.Identifiers = append(p.Identifiers, Identifier{Label: "invitación", Value: s.Invitation})
	}
	return p
}

// my is what a label begins with when a person is spoken to.
var my = regexp.MustCompile(`^(tu|su) (número de )?`)

// fields lists what the profile asks of an account's owner, in the order asked.
func fields(a core.PersonAccount, profile portal.Profile) (list []Identifier) {
	for _, f := range profile.Identity {
		value, ok := a.Fields[f.ID]
		if !ok {
			continue
		}
		q := f.For(a.Fields)
		if q.Kind == portal.KindChoice || q.Kind == "date" {
			value = q.Display(value)
		}
		list = append(list, Identifier{Field: f.ID, Label: my.ReplaceAllString(q.Label, ""), Value: value, Account: a.ID})
	}
	return list
}

// shared joins what all of a person's accounts have in common, so that it is not shown twice.
func shared(list []Identifier, accounts int) []Identifier {
	out := []Identifier{}
	for _, id := range list {
		same := func(o Identifier) bool { return o.Field == id.Field && o.Value == id.Value }
		if n := count(list, same); n == accounts {
			id.Account = ""
		}
		if id.Account != "" || !slices.ContainsFunc(out, same) {
			out = append(out, id)
		}
	}
	slices.SortStableFunc(out, func(a, b Identifier) int { return cmp.Compare(a.Account, b.Account) })
	return out
}

func count[T any](list []T, is func(T) bool) (n int) {
	for _, v := range list {
		if is(v) {
			n++
		}
	}
	return n
}

func union(to, more []string) []string {
	for _, v := range more {
		if !slices.Contains(to, v) {
			to = append(to, v)
		}
	}
	return to
}

// state names what stands between a person and signing in.
func state(s backend.State) (words []string) {
	for _, one := range []struct {
		is   bool
		word string
	}{{!s.Registered, "unregistered"}, {s.Locked, "locked"}, {s.MustChange, "must_change"}, {s.Expired, "expired"}, {s.Disabled, "disabled"}, {!s.OpensAt.IsZero(), "opens_later"}} {
		if one.is {
			words = append(words, one.word)
		}
	}
	if words == nil {
		return []string{"ok"}
	}
	return words
}

func (a *api) people(*http.Request) (any, error) { return a.world.people() }

// signin tries a password as the portal's own page would.
func (a *api) signin(r *http.Request) (any, error) {
	body, err := read[struct {
		Username string `json:"username"`
		Password string `json:"password"`
	}](r)
	if err != nil {
		return nil, err
	}
	id := r.PathValue("portal")
	if !slices.ContainsFunc(a.world.profiles, func(p portal.Profile) bool { return p.ID == id }) {
		return nil, notFound("there is no portal %q", id)
	}
	result, err := a.world.core.SignIn(r.Context(), id, body.Username, secret.Text(body.Password))
	if err != nil {
		return nil, fmt.Errorf("signing in: %w", err)
	}
	return map[string]core.Result{"result": result}, nil
}
