// Package mailaddr reads e-mail addresses as people type them: strictly enough
// that what it accepts can be mailed and shown.
//
// It never looks anything up on the network and never tells whether a mailbox exists.
package mailaddr

import (
	"errors"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/idna"
	"golang.org/x/text/unicode/norm"
)

// Address is an address that can be mailed. The zero value is none.
type Address struct {
	local  string // RFC 5321 dot-string, as typed
	domain string // lower-case ASCII; IDNs in their xn-- form
}

// What can be wrong with an address. Errors from [Parse] and [Find] are one of these.
var (
	ErrNone    = errors.New("no address")                          // nothing with an @
	ErrMany    = errors.New("more than one address")               // which was meant is unclear
	ErrLong    = errors.New("address too long")                    // RFC 5321 4.5.3.1: 64 before the @, 254 in all
	ErrLocal   = errors.New("wrong before the @")                  // not an RFC 5321 dot-string
	ErrDomain  = errors.New("wrong after the @")                   // not a domain name with a dot
	ErrLetters = errors.New("letters that an address cannot have") // look-alikes, invisible or full-width ones, ñ or accents before the @
)

const (
	mostLocal = 64
	mostTotal = 254 // RFC 5321 path of 256 without its angle brackets
)

// Parse reads one address and nothing else; spaces and invisible marks around it, which phones add, are dropped.
//
// It takes the RFC 5321 Mailbox whose local part is a Dot-string of ASCII and whose domain is a host name with a dot
// (STD 3, IDNA 2008). It refuses on purpose what RFC 5321 allows but mail servers here do not deliver:
// quoted local parts, address literals, letters beyond ASCII before the @ (they would need SMTPUTF8, RFC 6531).
// No accepted address holds a control character, so none can add a header or a command.
func Parse(s string) (Address, error) {
	s = strings.TrimFunc(s, func(r rune) bool { return r == ' ' || r == '\u00a0' || unicode.Is(unicode.Cf, r) })
	if len(s) > 7 && strings.EqualFold(s[:7], "mailto:") {
		s = s[7:]
	}
	at := strings.LastIndexByte(s, '@')
	if at < 0 {
		return Address{}, ErrNone
	}
	local, err := parseLocal(s[:at])
	if err != nil {
		return Address{}, err
	}
	domain, err := parseDomain(s[at+1:])
	if err != nil {
		return Address{}, err
	}
	if len(local)+1+len(domain) > mostTotal {
		return Address{}, ErrLong
	}
	return Address{local, domain}, nil
}

// atext is what RFC 5322 3.2.3 allows in an atom besides letters and digits.
const atext = "!#$%&'*+-/=?^_`{|}~"

func parseLocal(s string) (string, error) {
	if len(s) > mostLocal {
		return "", ErrLong
	}
	for _, r := range s {
		switch {
		case r >= utf8.RuneSelf:
			return "", ErrLetters
		case r != '.' && !alphanumeric(r) && !strings.ContainsRune(atext, r):
			return "", ErrLocal
		}
	}
	if s == "" || s[0] == '.' || s[len(s)-1] == '.' || strings.Contains(s, "..") {
		return "", ErrLocal
	}
	return s, nil
}

func alphanumeric(r rune) bool {
	return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9'
}

// names is IDNA 2008 for looking up, without the mapping that would turn full-width letters into others.
var names = idna.New(idna.MapForLookup(), idna.BidiRule(), idna.StrictDomainName(true), idna.VerifyDNSLength(true), idna.Transitional(false))

func parseDomain(s string) (string, error) {
	if len(s) > 4*mostTotal {
		return "", ErrLong
	}
	if !utf8.ValidString(s) || strings.HasSuffix(s, ".") {
		return "", ErrDomain
	}
	s = norm.NFC.String(s)
	if !norm.NFKC.IsNormalString(s) || mixed(s) || strings.ContainsFunc(s, func(r rune) bool { return r >= utf8.RuneSelf && !unicode.IsLetter(r) && !unicode.Is(unicode.M, r) }) {
		return "", ErrLetters
	}
	ascii, err := names.ToASCII(s)
	if err != nil {
		return "", ErrDomain
	}
	dot := strings.LastIndexByte(ascii, '.')
	if tld := ascii[dot+1:]; dot < 1 || len(tld) < 2 || !strings.ContainsFunc(tld, func(r rune) bool { return 'a' <= r && r <= 'z' }) {
		return "", ErrDomain
	}
	return ascii, nil
}

// scripts are those that real domains are written in together; others do not mix with any
// (Unicode TS 39, "highly restrictive", here for the whole name instead of each label).
var together = []*unicode.RangeTable{unicode.Latin, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul, unicode.Bopomofo}

// mixed tells a name whose letters are of scripts that only a look-alike would mix.
func mixed(s string) bool {
	known, other := false, ""
	for _, r := range s {
		if !unicode.IsLetter(r) {
			continue
		}
		if unicode.In(r, together...) {
			known = true
			continue
		}
		script := scriptOf(r)
		if other != "" && script != other {
			return true
		}
		other = script
	}
	return known && other != ""
}

func scriptOf(r rune) string {
	for name, table := range unicode.Scripts {
		if unicode.Is(table, r) {
			return name
		}
	}
	return "none"
}

// String is the address as a mail server takes it.
func (a Address) String() string {
	if a == (Address{}) {
		return ""
	}
	return a.local + "@" + a.domain
}

// Display is the address as it is shown: a domain with Spanish letters as it is written, any other as it is mailed,
// because what is shown must not look like another.
func (a Address) Display() string {
	shown, err := idna.Lookup.ToUnicode(a.domain)
	if err != nil || strings.ContainsFunc(shown, func(r rune) bool { return r >= utf8.RuneSelf && !strings.ContainsRune("áéíóúüñ", r) }) {
		return a.String()
	}
	return a.local + "@" + shown
}

// Find reads the one address within a sentence ("mi mail es ana@example.com, gracias"), also one that is
// spoken: "ana arroba gmail punto com".
func Find(s string) (Address, error) {
	if a, err := Parse(s); err == nil {
		return a, nil
	}
	if !strings.Contains(s, "@") {
		s = spoken.Replace(strings.ToLower(s))
	}
	var found string
	for _, w := range strings.Fields(s) {
		if !strings.Contains(w, "@") {
			continue
		}
		if found != "" || strings.Count(w, "@") > 1 {
			return Address{}, ErrMany
		}
		found = w
	}
	if found == "" {
		return Address{}, ErrNone
	}
	return Parse(strings.Trim(found, "<>()[]\"'«»“”.,;:!?¡¿"))
}

var spoken = strings.NewReplacer(" arroba ", "@", " punto ", ".", " guion bajo ", "_", " guión bajo ", "_", " guion ", "-", " guión ", "-")
