package emulator

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"go.yaml.in/yaml/v3"
	"golang.org/x/text/unicode/norm"

	"ventanilla/backend"
)

// portal is one organisation as its seed file says: its rules and its people.
type portal struct {
	ID              string          `yaml:"portal"`
	Name            string          `yaml:"name"`
	Employer        string          `yaml:"employer"`
	EmployerID      string          `yaml:"employer_id"`
	EmployerAddress string          `yaml:"employer_address"`
	Country         string          `yaml:"country"` // AR, MX or EC: how people are paid
	Place           string          `yaml:"place"`   // where they are paid
	Match           []match         `yaml:"match"`   // the first of which all fields were typed counts
	Password        passwordRules   `yaml:"password"`
	SecondFactor    bool            `yaml:"second_factor"`
	People          []*seedPerson   `yaml:"people"`
	byDocument      map[string]*who // by a match and the normalised values of its All
}

// match is a way to find a person: all of these fields must match, and any one of those if there are any.
type match struct {
	All []string `yaml:"all"`
	Any []string `yaml:"any"`
}

// passwordRules are the rules that a portal imposes, as its seed file has them.
type passwordRules struct {
	MinLength int    `yaml:"min_length"`
	MaxLength int    `yaml:"max_length"`
	Upper     bool   `yaml:"upper"`
	Lower     bool   `yaml:"lower"`
	Digit     bool   `yaml:"digit"`
	Symbol    bool   `yaml:"symbol"`
	Forbidden string `yaml:"forbidden"`
}

type seedPerson struct {
	ID         string              `yaml:"id"`
	GivenName  string              `yaml:"given_name"`
	FullName   string              `yaml:"full_name"`
	Story      string              `yaml:"story"`
	Documents  []map[string]string `yaml:"documents"`
	CUIL       string              `yaml:"cuil"`
	Also       map[string][]string `yaml:"also"`      // more values that fields may have
	IDNumber   string              `yaml:"id_number"` // on payslips: RFC, cédula
	KnownAs    map[string]string   `yaml:"known_as"`  // numbers that are told in the demo
	Phones     []string            `yaml:"phones"`
	Postal     backend.Postal      `yaml:"postal"`
	Bounces    []string            `yaml:"bounces"` // addresses that the mail server refuses at once
	Returns    []string            `yaml:"returns"` // addresses that it takes and whose mails come back
	Invitation string              `yaml:"invitation"`
	Late       bool                `yaml:"late"` // the invitation ended already
	Accounts   []*seedAccount      `yaml:"accounts"`
}

type seedAccount struct {
	ID           string            `yaml:"id"`
	Label        string            `yaml:"label"`
	Fields       map[string]string `yaml:"fields"`
	Username     string            `yaml:"username"`
	Password     string            `yaml:"password"`
	Unregistered bool              `yaml:"unregistered"`
	Locked       bool              `yaml:"locked"`
	MustChange   bool              `yaml:"must_change"`
	Expired      bool              `yaml:"expired"`
	Disabled     bool              `yaml:"disabled"`
	Becomes      string            `yaml:"becomes"` // the user name once it is registered, if the person has no wish
	Wrong        int               `yaml:"wrong"`
	Emails       []string          `yaml:"emails"`
	Products     []seedProduct     `yaml:"products"`
	Pay          *pay              `yaml:"pay"`
}

type seedProduct struct {
	ID, Kind, Title, Number, Email string
}

// who is a person as the directory finds them.
type who struct {
	accounts []backend.Candidate
	numbers  map[string]bool // normalised values of the fields in Any of a match
}

// loadSeeds reads every *.yaml of dir strictly.
func loadSeeds(dir fs.FS) (map[string]*portal, error) {
	portals := map[string]*portal{}
	err := fs.WalkDir(dir, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".yaml") {
			return err
		}
		text, err := fs.ReadFile(dir, path)
		if err != nil {
			return fmt.Errorf("reading %s: %w", path, err)
		}
		p, err := readPortal(text)
		if err != nil {
			return fmt.Errorf("reading %s: %w", path, err)
		}
		if portals[p.ID] != nil {
			return fmt.Errorf("reading %s: the portal %s is there already", path, p.ID)
		}
		portals[p.ID] = p
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("loading the people: %w", err)
	}
	if len(portals) == 0 {
		return nil, errors.New("loading the people: there is no *.yaml")
	}
	return portals, nil
}

func readPortal(text []byte) (*portal, error) {
	p := &portal{byDocument: map[string]*who{}}
	dec := yaml.NewDecoder(bytes.NewReader(text))
	dec.KnownFields(true)
	if err := dec.Decode(p); err != nil {
		return nil, fmt.Errorf("decoding: %w", err)
	}
	ids := map[string]bool{}
	for _, person := range p.People {
		for _, a := range person.Accounts {
			if a.ID == "" || ids[a.ID] {
				return nil, fmt.Errorf("the account id %q of %s is empty or taken", a.ID, person.ID)
			}
			ids[a.ID] = true
		}
		p.index(person)
	}
	return p, nil
}

// index makes a person findable by each of their documents, in each way that the document suffices for.
func (p *portal) index(person *seedPerson) {
	w := &who{numbers: map[string]bool{}}
	for _, a := range person.Accounts {
		w.accounts = append(w.accounts, backend.Candidate{ID: a.ID, Label: a.Label})
	}
	for i, m := range p.Match {
		for _, f := range m.Any {
			for _, v := range person.values(f) {
				w.numbers[normal(v)] = true
			}
		}
		for _, v := range person.Phones {
			w.numbers[ofPhone+normal(v)] = len(m.Any) > 0
		}
		for _, d := range person.Documents {
			p.byDocument[m.key(i, d)] = w
		}
		if len(m.All) == 1 {
			for _, v := range person.values(m.All[0]) {
				p.byDocument[m.key(i, map[string]string{m.All[0]: v})] = w
			}
		}
	}
	delete(w.numbers, "")
	delete(p.byDocument, "")
}

// values are all that a person may type into a field.
func (s *seedPerson) values(field string) []string {
	list := slices.Clone(s.Also[field])
	for _, d := range s.Documents {
		list = append(list, d[field])
	}
	for _, a := range s.Accounts {
		list = append(list, a.Fields[field])
	}
	return list
}

// key is under what typed fields stand in the index; "" if one of them is missing.
func (m match) key(i int, fields map[string]string) string {
	key := strconv.Itoa(i)
	for _, f := range m.All {
		v := normal(fields[f])
		if v == "" {
			return ""
		}
		key += "\x00" + v
	}
	return key
}

// ofPhone marks a telephone among the numbers: typed as another number it finds nobody.
const ofPhone = "+"

// identify finds a person whose document matches whole and of whose other numbers,
// if the portal asks for any, at least one was typed, in whichever field: who mixes up two legajos is still found.
func (p *portal) identify(fields map[string]string) []backend.Candidate {
	for i, m := range p.Match {
		key := m.key(i, fields)
		if key == "" {
			continue
		}
		w := p.byDocument[key]
		matched := w != nil && len(m.Any) == 0
		for _, f := range m.Any {
			matched = matched || w != nil && w.numbers[normal(fields[f])]
		}
		matched = matched || w != nil && w.numbers[ofPhone+normal(fields["phone"])] // in place of one of them
		if matched {
			return slices.Clone(w.accounts)
		}
	}
	return []backend.Candidate{}
}

// normal reduces what a person typed to what counts: letters in upper case and
// digits, without accents of width, and without the zeros before a number.
func normal(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToUpper(r)
		}
		return -1
	}, norm.NFKC.String(s))
	if strings.Trim(s, "0123456789") == "" {
		return strings.TrimLeft(s, "0")
	}
	return s
}
