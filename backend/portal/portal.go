// Package portal describes each organisation that people sign in to: how it calls
// itself, which fields tell who somebody is, which services it offers, when
// somebody is at its office. One YAML file is one organisation.
//
// It holds what an organisation may decide, never what a conversation does, and it
// never holds a secret: settings do.
package portal

import (
	"slices"
	"time"
	_ "time/tzdata" // profiles name their zone; the machine may not know it

	"ventanilla/backend/password"
)

// Profile is one organisation as its YAML file describes it.
// Get one from [Load] or [Builtin], which judge it whole.
type Profile struct {
	ID        string    `yaml:"id"`    // short, lower case; part of addresses: /telegram/{id}
	Name      string    `yaml:"name"`  // official, as mails are signed
	Short     string    `yaml:"short"` // as people call the portal
	Locale    string    `yaml:"locale"`
	Zone      string    `yaml:"zone"` // IANA time zone
	URL       string    `yaml:"url"`  // where people sign in; https
	Support   Support   `yaml:"support"`
	Identity  []Field   `yaml:"identity"` // in the order asked
	Services  []Service `yaml:"services"`
	Recovery  Mode      `yaml:"recovery"`
	LinkHours int       `yaml:"link_hours"` // life of a mailed link; 0 means the 15 minutes of RULES link.token
	Password  Password  `yaml:"password"`
	Trust     Trust     `yaml:"trust"`
	Mail      Mail      `yaml:"mail"`
	Username  Naming    `yaml:"username"`  // of an account that is opened; empty means the core makes it
	Terms     Consent   `yaml:"terms"`     // what is accepted before an account is opened
	Agreement Consent   `yaml:"agreement"` // what is accepted on the page where a password is changed
	Links     []Link    `yaml:"links"`     // what else the portal has
	Payslips  Payslips  `yaml:"payslips"`
	// Words are an organisation's own ways to ask for a service, beside those that everybody
	// understands: "unlock: [me figura en rojo]". All words of one must stand in a sentence, in order.
	Words map[Service][]string `yaml:"words"`
	// Accounts are what people call the accounts that one of them may have here: "flota", "empresa".
	Accounts []string `yaml:"accounts"`
	// Texts replaces sentences, by flow and key; what is not here is said as the locale says it.
	Texts map[string]map[string]string `yaml:"texts"`
	// Answers are what agents have ready to say, of the organisation's own.
	Answers []Answer `yaml:"answers"`

	location *time.Location
}

// Service is something people can do through Ventanilla.
type Service string

// The services that a profile may offer.
const (
	Recover  Service = "recover"  // a forgotten password
	Unlock   Service = "unlock"   // a locked account
	Register Service = "register" // open an account
	Change   Service = "change"   // choose another password, knowing the current one
	Payslip  Service = "payslip"  // read a payslip
	Contact  Service = "contact"  // change name, address, phone, e-mail
)

var services = []Service{Recover, Unlock, Register, Change, Payslip, Contact}

// Mode is how a forgotten password is replaced.
type Mode string

// The modes of recovery.
const (
	ByCode      Mode = "code"      // a code by mail, then the one-time page
	ByLink      Mode = "link"      // a mailed link to the one-time page
	ByTemporary Mode = "temporary" // the core makes a temporary password that the mail carries
)

var modes = []Mode{ByCode, ByLink, ByTemporary}

// Trust is what suffices to open an account (RULES: reg.proof).
type Trust string

// The kinds of trust, from the strictest.
const (
	TrustInvitation Trust = "invitation" // a key that the organisation sent
	TrustContact    Trust = "contact"    // a code to an address that the core already knew
	TrustData       Trust = "data"       // personal data and a new address: 72 h after every known contact was told (see limits, trust.wait)
)

var trusts = []Trust{TrustInvitation, TrustContact, TrustData}

// Password is what the organisation says about passwords. What its core imposes comes from the core.
type Password struct {
	SecondFactor bool     `yaml:"second_factor"` // the portal asks for a second factor: 8 characters suffice (RULES: pw.length)
	Words        []string `yaml:"words"`         // the organisation's own words, which no password may consist of
}

// Mail is the voice in which the organisation's mails speak.
type Mail struct {
	From      string `yaml:"from"`      // the sender's name, not an address
	Signature string `yaml:"signature"` // the last lines of each mail
}

// Offers tells whether the organisation offers a service.
func (p Profile) Offers(s Service) bool { return slices.Contains(p.Services, s) }

// Location is the organisation's time zone.
func (p Profile) Location() *time.Location {
	if p.location == nil {
		return time.UTC
	}
	return p.location
}

// Field returns the identity field called id.
func (p Profile) Field(id string) (Field, bool) {
	i := slices.IndexFunc(p.Identity, func(f Field) bool { return f.ID == id })
	if i < 0 {
		return Field{}, false
	}
	return p.Identity[i], true
}

// Fields are the fields by which a service finds out who somebody is, in their
// order. What becomes contact data is in [Profile.Given].
func (p Profile) Fields(s Service) []Field {
	return p.fields(func(f Field) bool { return f.Identifies(s) })
}

func (p Profile) fields(wanted func(Field) bool) []Field {
	list := make([]Field, 0, len(p.Identity))
	for _, f := range p.Identity {
		if wanted(f) {
			list = append(list, f)
		}
	}
	return list
}

// Policy is how a new password is judged here, with the rules that the core imposes (zero: none).
func (p Profile) Policy(imposed password.Imposed) password.Policy {
	words := append([]string{p.ID, p.Name, p.Short, p.Mail.From}, p.Password.Words...)
	return password.Policy{SecondFactor: p.Password.SecondFactor, Words: words, Imposed: imposed}
}
