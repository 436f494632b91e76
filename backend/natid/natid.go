// Package natid reads the identifiers that people are known by: national ones
// such as Argentina's CUIT or Mexico's CURP, one file per country, and the plain
// ones that organisations hand out, such as a staff number.
//
// It accepts what people really write ("mi cuit es 20-26756539-3"), gives the one
// canonical form, and says in a word why not. It never asks anybody whether an
// identifier belongs to someone: a valid one may have no owner.
package natid

import "slices"

// Reason says why an identifier was refused; "" means that it was accepted.
// The words are part of text keys, so they never change.
type Reason string

// The reasons that Parse gives.
const (
	Empty    Reason = "empty"    // nothing of the kind in what was written
	Many     Reason = "many"     // more than one, and which was meant is unclear
	Length   Reason = "length"   // too few or too many characters
	Format   Reason = "format"   // a character where it cannot be
	Prefix   Reason = "prefix"   // it begins as none does (type, province)
	Part     Reason = "part"     // a part in the middle that none has (sex, state, establishment)
	Date     Reason = "date"     // a date that is not in the calendar
	Year     Reason = "year"     // a date whose year is missing, short or out of reach
	Checksum Reason = "checksum" // the check digit does not match: a mistyped digit
	Unknown  Reason = "unknown"  // none of the answers that a choice has
)

// Kind is one scheme of identifiers. Get one from [Lookup].
type Kind struct {
	Name     string // as profiles write it, such as "ar.cuit"
	Min, Max int    // characters; 0 where the scheme itself fixes them
	// Sensitive tells that the whole number may not be asked in a WhatsApp chat (RULES: wa.policy).
	Sensitive bool

	parse  func(k Kind, s string) (string, Reason)
	format func(string) string
	doubt  func(string) Reason
	mask   func(string) string
}

// Lookup returns the kind that profiles call name.
func Lookup(name string) (Kind, bool) {
	i := slices.IndexFunc(kinds, func(k Kind) bool { return k.Name == name })
	if i < 0 {
		return Kind{}, false
	}
	return kinds[i], true
}

// Names returns the name of every kind, in the order of the countries.
func Names() []string {
	names := make([]string, len(kinds))
	for i, k := range kinds {
		names[i] = k.Name
	}
	return names
}

// Bounded returns the kind with the fewest and most characters it accepts; 0 keeps what it had.
// Only kinds for which Lookup gives a Max can be bounded; ok is false for others
// and for bounds that leave nothing.
func (k Kind) Bounded(fewest, most int) (bounded Kind, ok bool) {
	if fewest == 0 && most == 0 {
		return k, true
	}
	if fewest != 0 {
		k.Min = fewest
	}
	if most != 0 {
		k.Max = most
	}
	return k, bounds[k.Name] > 0 && k.Min >= 1 && k.Max >= k.Min && k.Max <= bounds[k.Name]
}

// Parse returns the canonical form of s as a person wrote it, or why it is none.
// Parse of a canonical form, or of what [Kind.Format] gives, returns that canonical form.
func (k Kind) Parse(s string) (string, Reason) {
	if k.parse == nil {
		return "", Format
	}
	if len(s) > longest {
		return "", Length
	}
	s = fold(s)
	if s == "" {
		return "", Empty
	}
	return k.parse(k, s)
}

// Format writes a canonical form as people of the country write it.
func (k Kind) Format(canonical string) string {
	if k.format == nil {
		return canonical
	}
	return k.format(canonical)
}

// Doubt says what is unusual about a canonical form although some people really have such a one:
// [Checksum] for RFC (about 1.5 % of those in use) and for newer Ecuadorian RUCs; "" otherwise.
func (k Kind) Doubt(canonical string) Reason {
	if k.doubt == nil {
		return ""
	}
	return k.doubt(canonical)
}

// Mask shows only so much of a canonical form that its owner knows it again: "••••539".
// Short ones show less, the shortest nothing, and the dots do not tell the length.
func (k Kind) Mask(canonical string) string {
	if k.mask != nil {
		return k.mask(canonical)
	}
	return dots + tail(canonical)
}

const dots = "••••"

// longest is how many bytes an answer may have: more is a story, not an identifier.
const longest = 1024

func tail(s string) string {
	r := []rune(s)
	switch {
	case len(r) >= 7:
		return string(r[len(r)-3:])
	case len(r) >= 5:
		return string(r[len(r)-2:])
	default:
		return ""
	}
}

var kinds = slices.Concat(argentina, ecuador, mexico, phones, generic)

// bounds are the kinds whose length a profile may choose, and the most it may choose.
var bounds = map[string]int{"digits": 40, "code": 40, "passport": 20, "text": 200, "name": 200}
