package portal

import (
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// Consent is something that a person must accept before going on. Who accepted
// which version, and when, is kept; a new text is a new version.
type Consent struct {
	Version string `yaml:"version"` // "2026-03", at most 20 characters; none: nothing to accept
	URL     string `yaml:"url"`     // where all of it stands; https
	Text    string `yaml:"text"`    // what is accepted, in a sentence or two
}

// Asked tells whether there is something to accept.
func (c Consent) Asked() bool { return c.Version != "" }

// Link is something else that the portal has, which a person finds by its label or another word for it.
type Link struct {
	ID    string   `yaml:"id"`
	Label string   `yaml:"label"` // on a button: "Boletín informativo"
	URL   string   `yaml:"url"`   // https
	Words []string `yaml:"words"` // other ways to say it
}

// Payslips is what an organisation calls them, and where they are.
type Payslips struct {
	One  string `yaml:"one"`  // within a sentence: "recibo de sueldo"
	Many string `yaml:"many"` // "recibos de sueldo"
	// Words are other ways to say it, such as "haberes".
	Words []string `yaml:"words"`
	// Password is the field whose answer, in canonical form, opens the PDF; none: it opens for everybody.
	Password string `yaml:"password"`
	// Elsewhere are payslips that people look for here and that are kept in another place.
	Elsewhere []Link `yaml:"elsewhere"`
}

// Naming is who chooses the user name when an account is opened.
type Naming string

// The ways to a user name.
const (
	NamedByCore   Naming = "core"   // the core makes it
	NamedByEmail  Naming = "email"  // it is the e-mail address that the person chooses
	NamedByPerson Naming = "person" // the person makes it up
)

var namings = []Naming{NamedByCore, NamedByEmail, NamedByPerson}

// Part is the part of a person's contact data that an answer becomes, instead of telling who somebody is.
type Part string

// The parts of contact data.
const (
	SavesEmail    Part = "email"
	SavesPhone    Part = "phone"
	SavesName     Part = "name" // the whole name
	SavesStreet   Part = "street"
	SavesCity     Part = "city"
	SavesRegion   Part = "region"
	SavesPostcode Part = "postcode"
)

var parts = []Part{SavesEmail, SavesPhone, SavesName, SavesStreet, SavesCity, SavesRegion, SavesPostcode}

// kindsOf are the kinds that an answer may have that becomes a part.
var kindsOf = map[Part]*regexp.Regexp{
	SavesEmail: regexp.MustCompile(`^email$`), SavesPhone: regexp.MustCompile(`\.phone$`), SavesName: regexp.MustCompile(`^(name|text)$`),
	SavesStreet: regexp.MustCompile(`^text$`), SavesCity: regexp.MustCompile(`^(name|text)$`), SavesRegion: regexp.MustCompile(`^(name|text|choice)$`),
	SavesPostcode: regexp.MustCompile(`^(code|digits|text)$`),
}

// Given are the fields of a service whose answers become contact data: what a
// registration asks beside who somebody is, and what people may change. In their order.
func (p Profile) Given(s Service) []Field {
	return p.fields(func(f Field) bool { return f.Saves != "" && f.serves(s) })
}

// checkOffers judges what an organisation offers beside its fields.
func (d *document) checkOffers(p *Profile) {
	d.checkConsent(p.Terms, "terms")
	d.checkConsent(p.Agreement, "agreement")
	d.checkLinks(p.Links, "links")
	if p.Username != "" {
		oneOf(d, p.Username, namings, "username")
	}
	if p.Offers(Payslip) {
		d.checkName(p.Payslips.One, "payslips", "one")
		d.checkName(p.Payslips.Many, "payslips", "many")
	}
	if by := p.Payslips.Password; by != "" {
		if f, ok := p.Field(by); !ok || f.Saves != "" {
			d.add(d.line("payslips", "password"), "payslips open with %s, which is no field that tells who somebody is", by)
		}
	}
	d.checkLinks(p.Payslips.Elsewhere, "payslips", "elsewhere")
	if p.Offers(Contact) && len(p.Identity) > 0 && len(p.Given(Contact)) == 0 {
		d.add(d.line("identity"), "no field saves what contact changes")
	}
	invited := slices.ContainsFunc(p.Fields(Register), func(f Field) bool { return f.Kind == KindInvitation })
	if p.Trust == TrustInvitation && !invited {
		d.add(d.line("trust"), "trust is invitation, and no field has the kind invitation")
	}
}

// checkName wants what stands within a sentence.
func (d *document) checkName(name string, group, key string) {
	if n := utf8.RuneCountInString(name); n < 1 || n > 40 || strings.ContainsRune(name, '\n') {
		d.add(d.line(group, key), "%s %s has not 1 to 40 characters on one line", group, key)
	}
}

func (d *document) checkConsent(c Consent, key string) {
	if c == (Consent{}) {
		return
	}
	if n := utf8.RuneCountInString(c.Version); n < 1 || n > 20 || strings.ContainsAny(c.Version, " \n") {
		d.add(d.line(key, "version"), "version %q has not 1 to 20 characters without spaces", c.Version)
	}
	if c.URL != "" {
		d.checkHTTPS(c.URL, key, "url")
	}
	if c.URL == "" || c.Text != "" {
		d.checkSentence(c.Text, key, "text")
	}
}

func (d *document) checkLinks(links []Link, at ...any) {
	for i, l := range links {
		under := func(steps ...any) []any { return slices.Concat(at, []any{i}, steps) }
		if !fieldID.MatchString(l.ID) || slices.ContainsFunc(links[:i], func(o Link) bool { return o.ID == l.ID }) {
			d.add(d.line(under("id")...), "link id %q is not like bulletin, or there twice", l.ID)
		}
		if n := utf8.RuneCountInString(l.Label); n < 1 || n > 60 {
			d.add(d.line(under("label")...), "label of link %s has not 1 to 60 characters", l.ID)
		}
		d.checkHTTPS(l.URL, under("url")...)
	}
}

func (d *document) checkHTTPS(address string, at ...any) {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "https" || u.Host == "" || u.User != nil {
		d.add(d.line(at...), "url %q is not like https://portal.example.org", address)
	}
}

// checkSaves judges a field whose answer becomes contact data.
func (d *document) checkSaves(f Field, at ...any) {
	if f.Saves == "" {
		return
	}
	under := func(step string) []any { return append(slices.Clone(at), step) }
	oneOf(d, f.Saves, parts, under("saves")...)
	if kind := kindsOf[f.Saves]; kind != nil && !kind.MatchString(f.Kind) {
		d.add(d.line(under("kind")...), "%s saves the %s, which is never of kind %s", f.ID, f.Saves, f.Kind)
	}
	other := func(s Service) bool { return s != Register && s != Contact }
	if len(f.Services) == 0 || slices.ContainsFunc(f.Services, other) {
		d.add(d.line(under("for")...), "%s saves the %s: it is asked for register or contact alone", f.ID, f.Saves)
	}
}
