// Package password judges a new password before the core sees it: long enough, not one that
// others would try first, and within what the organisation's core imposes.
//
// It has no composition rules of its own (RULES: pw.composition), never asks for a change by date, and
// never keeps, logs or shortens a candidate.
package password

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"ventanilla/backend/secret"
)

// Lengths in code points after NFC (RULES: pw.length).
const (
	Shortest           = 15  // where the password is all that protects an account
	ShortestWithSecond = 8   // where the core also asks for a second factor
	Longest            = 256 // a bound on work, far beyond the 64 that must be accepted
)

// Code names a rule and the problem of not keeping it. The words are part of text keys, so they never change.
type Code string

// The codes of rules and problems. N is the number that goes with them.
const (
	Short      Code = "short"      // fewer than N characters
	Long       Code = "long"       // more than N characters
	Unreadable Code = "unreadable" // characters that cannot be typed again: invisible, control, broken
	Blank      Code = "blank"      // nothing but spaces
	Common     Code = "common"     // among the first that others try, or little more than one
	Repeated   Code = "repeated"   // the same few characters over and over
	Sequence   Code = "sequence"   // neighbours on the keyboard or in the alphabet
	Owner      Code = "owner"      // made of the person's own name, numbers or addresses
	Portal     Code = "portal"     // made of the organisation's own words
	NoUpper    Code = "upper"      // imposed: at least N capitals
	NoLower    Code = "lower"      // imposed: at least N small letters
	NoDigit    Code = "digit"      // imposed: at least N digits
	NoSymbol   Code = "symbol"     // imposed: at least N characters that are neither letter, digit nor space
	Forbidden  Code = "forbidden"  // imposed: none of certain characters
	NotASCII   Code = "ascii"      // imposed: only letters without accents, digits and common symbols
	Username   Code = "username"   // imposed: not the user name within it
)

// Imposed is what a core demands of passwords beyond what Ventanilla does; the zero value demands nothing.
// It is shown before typing as the organisation's rules, never as Ventanilla's (RULES: pw.composition).
type Imposed struct {
	Min, Max                    int    // characters; 0 leaves Ventanilla's
	Upper, Lower, Digit, Symbol int    // at least so many of each
	Forbidden                   string // none of these characters
	ASCII                       bool   // nothing beyond ASCII
	NoUsername                  bool   // not containing the user name
}

// Policy is how one organisation's passwords are judged.
type Policy struct {
	SecondFactor bool
	Words        []string // the organisation's own
	Imposed      Imposed
}

// Problem is one reason to refuse a candidate. It never holds any of it.
type Problem struct {
	Code  Code
	N     int    // the number in the rule, where it has one
	Chars string // for Forbidden: the characters that are not allowed
}

// Verdict is the judgement of one candidate.
type Verdict struct {
	Problems []Problem // none: it may be set
	Strength int       // 0 (guessed at once) to 4 (safe); shown, never demanded
}

// OK tells whether the candidate may be set.
func (v Verdict) OK() bool { return len(v.Problems) == 0 }

// Has tells whether a rule was not kept.
func (v Verdict) Has(c Code) bool {
	for _, p := range v.Problems {
		if p.Code == c {
			return true
		}
	}
	return false
}

// Normalize gives the one spelling in which a candidate is judged and must go to the core: NFC
// (NIST SP 800-63B-4), so that the same keys on another phone give the same password. Nothing is trimmed.
func Normalize(candidate secret.Text) secret.Text {
	return secret.Text(norm.NFC.String(candidate.Reveal()))
}

// Check judges a candidate. personal is what is known of the person: names, identifiers, addresses,
// in any spelling, the user name first. The order of problems is that of [Policy.Rules].
func (p Policy) Check(candidate secret.Text, personal []string) Verdict {
	if len(candidate) > 16*Longest { // refused before any work on it
		return Verdict{Problems: []Problem{{Code: Long, N: p.longest()}}}
	}
	s := Normalize(candidate).Reveal()
	var v Verdict
	for _, r := range p.Rules() {
		if !r.keeps(s, personal) {
			v.Problems = append(v.Problems, Problem{Code: r.Code, N: r.N, Chars: r.Chars})
		}
	}
	if v.Has(Unreadable) || v.Has(Blank) {
		return v
	}
	if code := p.weakness(s, personal); code != "" {
		v.Problems = append(v.Problems, Problem{Code: code})
		return v
	}
	v.Strength = p.strength(s, personal)
	if !v.OK() && !v.onlyImposed() {
		v.Strength = min(v.Strength, 1) // a meter that praises what is refused would confuse
	}
	return v
}

func (v Verdict) onlyImposed() bool {
	for _, p := range v.Problems {
		switch p.Code {
		case NoUpper, NoLower, NoDigit, NoSymbol, Forbidden, NotASCII:
		default:
			return false
		}
	}
	return true
}

// Rule is one thing that a password must keep, to be shown before and while it is typed.
type Rule struct {
	Code    Code
	N       int    // the number in it, where it has one
	Chars   string // for Forbidden
	Imposed bool   // by the organisation's core, not by Ventanilla
	test    func(s string, personal []string) bool
}

func (r Rule) keeps(s string, personal []string) bool { return r.test(s, personal) }

// Rules lists what a page shows and which hold while typing can be told by [Verdict.Has].
// What is judged of every candidate whatever its form (common, repeated, sequence, owner, portal) is no rule
// that one can tick off, and comes as a problem only.
func (p Policy) Rules() []Rule {
	i := p.Imposed
	rules := []Rule{
		{Code: Short, N: p.shortest(), Imposed: i.Min > p.own() || p.shortest() < p.own(), test: atLeast(p.shortest(), func(rune) bool { return true })},
		{Code: Long, N: p.longest(), Imposed: p.longest() < Longest, test: func(s string, _ []string) bool { return utf8.RuneCountInString(s) <= p.longest() }},
		{Code: Unreadable, test: func(s string, _ []string) bool { return readable(s) }},
		{Code: Blank, test: func(s string, _ []string) bool { return s == "" || strings.TrimSpace(s) != "" }},
	}
	for _, c := range []struct {
		code  Code
		n     int
		class func(rune) bool
	}{
		{NoUpper, i.Upper, unicode.IsUpper}, {NoLower, i.Lower, unicode.IsLower}, {NoDigit, i.Digit, isDigit}, {NoSymbol, i.Symbol, isSymbol},
	} {
		if c.n > 0 {
			rules = append(rules, Rule{Code: c.code, N: c.n, Imposed: true, test: atLeast(c.n, c.class)})
		}
	}
	if i.Forbidden != "" {
		rules = append(rules, Rule{Code: Forbidden, Chars: i.Forbidden, Imposed: true, test: func(s string, _ []string) bool { return !strings.ContainsAny(s, i.Forbidden) }})
	}
	if i.ASCII {
		rules = append(rules, Rule{Code: NotASCII, Imposed: true, test: func(s string, _ []string) bool {
			return !strings.ContainsFunc(s, func(r rune) bool { return r >= utf8.RuneSelf })
		}})
	}
	if i.NoUsername {
		rules = append(rules, Rule{Code: Username, Imposed: true, test: withoutUsername})
	}
	return rules
}

func (p Policy) own() int {
	if p.SecondFactor {
		return ShortestWithSecond
	}
	return Shortest
}

// shortest is Ventanilla's own minimum unless the core demands more, or cannot take as many.
func (p Policy) shortest() int { return min(max(p.own(), p.Imposed.Min), p.longest()) }

func (p Policy) longest() int {
	if p.Imposed.Max > 0 {
		return min(p.Imposed.Max, Longest)
	}
	return Longest
}

func atLeast(n int, class func(rune) bool) func(string, []string) bool {
	return func(s string, _ []string) bool {
		have := 0
		for _, r := range s {
			if class(r) {
				have++
			}
		}
		return have >= n
	}
}

func withoutUsername(s string, personal []string) bool {
	return len(personal) == 0 || personal[0] == "" || !strings.Contains(strings.ToLower(s), strings.ToLower(personal[0]))
}

// isDigit means 0 to 9 only: a core that demands digits rarely counts those of other scripts.
func isDigit(r rune) bool { return '0' <= r && r <= '9' }

func isSymbol(r rune) bool {
	return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsSpace(r) && !unicode.Is(unicode.M, r)
}

// readable tells that every character can be seen and typed again. The joiner within an emoji is part of one key.
func readable(s string) bool {
	if !utf8.ValidString(s) {
		return false
	}
	var last rune
	for _, r := range s {
		joiner := r == '\u200d' && (unicode.Is(unicode.So, last) || unicode.Is(unicode.Sk, last) || last == '\ufe0f')
		tag := r >= 0xE0020 && r <= 0xE007F // flags of regions
		if !unicode.IsGraphic(r) && !joiner && !tag || r == utf8.RuneError || r == '\u3164' || r == '\uffa0' {
			return false
		}
		last = r
	}
	return true
}
