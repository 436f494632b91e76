package emulator

import (
	"cmp"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"ventanilla/backend"
	"ventanilla/backend/secret"
)

// rules are the portal's password rules as the contract has them.
func (p *portal) rules() backend.PasswordRules {
	r := p.Password
	return backend.PasswordRules{MinLength: cmp.Or(r.MinLength, 1), MaxLength: cmp.Or(r.MaxLength, 256),
		Upper: r.Upper, Lower: r.Lower, Digit: r.Digit, Symbol: r.Symbol, Forbidden: r.Forbidden}
}

// broken lists the rules that a password breaks, in the order of the contract.
// Lengths count code points after NFC (RULES: pw.length).
func broken(r backend.PasswordRules, password secret.Text, username string) (list []backend.Rule) {
	text := norm.NFC.String(password.Reveal())
	n := utf8.RuneCountInString(text)
	has := func(is func(rune) bool) bool { return strings.ContainsFunc(text, is) }
	symbol := func(c rune) bool { return !unicode.IsLetter(c) && !unicode.IsDigit(c) }
	for _, rule := range []struct {
		name   backend.Rule
		broken bool
	}{
		{backend.MinLength, n < r.MinLength},
		{backend.MaxLength, n > r.MaxLength},
		{backend.Upper, r.Upper && !has(unicode.IsUpper)},
		{backend.Lower, r.Lower && !has(unicode.IsLower)},
		{backend.Digit, r.Digit && !has(unicode.IsDigit)},
		{backend.Symbol, r.Symbol && !has(symbol)},
		{backend.Forbidden, strings.ContainsAny(text, r.Forbidden)},
		{backend.Username, username != "" && fold(text) == fold(username)},
	} {
		if rule.broken {
			list = append(list, rule.name)
		}
	}
	return list
}
