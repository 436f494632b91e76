package emulator

import (
	"cmp"
	"maps"
	"slices"

	"ventanilla/backend"
)

// Person is somebody invented, with everything that a newcomer to the demo needs to
// play their part.
type Person struct {
	Portal     string              `json:"portal"`
	ID         string              `json:"id"`
	Name       string              `json:"name"`
	Story      string              `json:"story"`
	Documents  []map[string]string `json:"documents"`            // by the profile's fields
	KnownAs    map[string]string   `json:"known_as,omitempty"`   // other numbers, by their name
	Invitation string              `json:"invitation,omitempty"` // the key of an invitation to register
	Bounces    []string            `json:"bounces,omitempty"`    // addresses whose mailbox does not exist, and that are refused at once
	Returns    []string            `json:"returns,omitempty"`    // likewise, but whose mails are taken first and come back
	Phones     []string            `json:"phones,omitempty"`     // telephone numbers that the core knew when the story began
	Accounts   []PersonAccount     `json:"accounts"`
}

// PersonAccount is one account of a [Person], as it stands now.
type PersonAccount struct {
	ID        string            `json:"id"`
	Label     string            `json:"label"`
	Fields    map[string]string `json:"fields"` // what the person types, by the profile's fields, the first document included
	Username  string            `json:"username"`
	Password  string            `json:"password,omitempty"` // the one before the story begins: invented, and shown in the demo
	Addresses []string          `json:"addresses"`
	State     backend.State     `json:"state"`
	Wrong     int               `json:"wrong"`              // wrong sign-ins since the last right one
	Accepted  []string          `json:"accepted,omitempty"` // versions of the terms that the person accepted
}

// People lists everybody, portal by portal in the order of the seed files, with
// the state of their accounts at this moment.
func (e *Emulator) People() ([]Person, error) {
	list := []Person{}
	err := e.view(func(b *book) error {
		for _, p := range e.sorted() {
			for _, s := range p.People {
				person, err := b.person(p, s)
				if err != nil {
					return err
				}
				list = append(list, person)
			}
		}
		return nil
	})
	return list, err
}

func (e *Emulator) sorted() (list []*portal) {
	for _, p := range e.portals {
		list = append(list, p)
	}
	slices.SortFunc(list, func(a, b *portal) int { return cmp.Compare(a.ID, b.ID) })
	return list
}

func (b *book) person(p *portal, s *seedPerson) (Person, error) {
	person := Person{Portal: p.ID, ID: s.ID, Name: s.FullName, Story: s.Story, Documents: s.Documents,
		KnownAs: s.KnownAs, Invitation: s.Invitation, Bounces: s.Bounces, Returns: s.Returns, Phones: s.Phones}
	for _, a := range s.Accounts {
		r, err := b.account(p.ID, a.ID)
		if err != nil {
			return Person{}, err
		}
		account := PersonAccount{ID: a.ID, Label: a.Label, Fields: s.identifiers(a), Username: r.Username,
			Password: a.Password, Addresses: []string{}, State: r.state(), Wrong: r.Wrong}
		for _, t := range r.Accepted {
			account.Accepted = append(account.Accepted, t.Version)
		}
		for _, known := range r.Addresses {
			account.Addresses = append(account.Addresses, known.Email)
		}
		person.Accounts = append(person.Accounts, account)
	}
	return person, nil
}

// identifiers are what a person's account is known by: the first document, and the account's own numbers.
func (s *seedPerson) identifiers(a *seedAccount) map[string]string {
	all := map[string]string{}
	if len(s.Documents) > 0 {
		maps.Copy(all, s.Documents[0])
	}
	maps.Copy(all, a.Fields)
	return all
}
