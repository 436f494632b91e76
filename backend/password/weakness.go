package password

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// decoration is how many characters around known words do not make them a password: "Primavera" and "Primavera1!" alike.
const decoration = 4

// longestRun is how far a run of neighbours is one thing to guess; in a longer one, its length is to be guessed too.
const longestRun = 20

// mostWords is how many common words, decorated or not, are still among the first that others try.
const mostWords = 2

// weakness says why a candidate would be guessed early, or "".
//
// A candidate is refused when it is, but for some decoration, one or two common words or names, words of the
// organisation, things known of the person, runs of neighbours on a keyboard, or one piece over and over
// (RULES: pw.blocklist; NIST SP 800-63B-4 3.1.1.2). Upper and lower case, accents and the usual
// disguises (0 for o, @ for a) make no difference.
func (p Policy) weakness(s string, personal []string) Code {
	known := owned(personal)
	if contains(s, known) {
		return Owner
	}
	if over(fold(s)) {
		return Repeated
	}
	portal := vocabulary(p.Words)
	for _, spelling := range spellings(s) {
		if code := made(spelling, known, portal); code != "" {
			return code
		}
	}
	return ""
}

// made says of what a spelling is made, but for its decoration.
func made(s string, known, portal map[string]bool) Code {
	r := []rune(s)
	var rest, owner, org, run int
	words := map[string]bool{}
	for i := 0; i < len(r); {
		n, code := piece(r[i:], known, portal)
		switch code {
		case Owner:
			owner += n
		case Portal:
			org += n
		case Common:
			words[string(r[i:i+n])] = true
		case Sequence:
			run += n
			rest += max(0, n-longestRun)
		default:
			rest += n
		}
		i += n
	}
	switch {
	case rest > decoration || len(words) > mostWords:
		return ""
	case owner > 0:
		return Owner
	case org > 0:
		return Portal
	case len(words) > 0:
		return Common
	case run > 0:
		return Sequence
	}
	return ""
}

// piece is the longest known thing that r begins with, or one character of nothing known.
func piece(r []rune, known, portal map[string]bool) (n int, code Code) {
	n, code = 1, ""
	if run := neighbours(r); run >= 4 {
		n, code = run, Sequence
	}
	for end := min(len(r), longestWord); end >= 3 && end >= n; end-- {
		w := string(r[:end])
		switch {
		case known[w]:
			return end, Owner
		case portal[w]:
			return end, Portal
		case weak().common[w]:
			return end, Common
		}
	}
	if len(r) >= 4 && year(r[:4]) && n < 4 {
		return 4, Sequence
	}
	return n, code
}

func year(r []rune) bool {
	s := string(r)
	return strings.IndexFunc(s, func(r rune) bool { return !isDigit(r) }) < 0 && (s[:2] == "19" || s[:2] == "20")
}

// rows are keys and letters in the order in which fingers find them; either direction counts.
var rows = []string{"qwertyuiop", "asdfghjklñ", "zxcvbnm", "01234567890", "abcdefghijklmnopqrstuvwxyz", "qazwsxedcrfvtgb", "1qaz2wsx3edc4rfv"}

// neighbours is how many characters at the beginning go on along a row or stay on one key.
func neighbours(r []rune) int {
	longest := 1
	for _, step := range []func(a, b rune) bool{
		func(a, b rune) bool { return a == b },
		func(a, b rune) bool { return beside(a, b) },
		func(a, b rune) bool { return beside(b, a) },
	} {
		n := 1
		for n < len(r) && step(r[n-1], r[n]) {
			n++
		}
		longest = max(longest, n)
	}
	return longest
}

func beside(a, b rune) bool {
	pair := string([]rune{a, b})
	for _, row := range rows {
		if strings.Contains(row, pair) {
			return true
		}
	}
	return false
}

// over tells whether s is one piece over and over, such as claveclaveclave; the last may be cut short.
func over(s string) bool {
	r := []rune(s)
	for size := 1; size <= len(r)/2; size++ {
		same := true
		for i := size; i < len(r) && same; i++ {
			same = r[i] == r[i-size]
		}
		if same && (size <= 4 || len(r) >= 3*size || weak().common[string(r[:size])]) {
			return true
		}
	}
	return false
}

// fold takes case, accents, width and spaces away; ñ stays a letter of its own.
func fold(s string) string {
	s = strings.ReplaceAll(strings.ToLower(norm.NFKC.String(s)), "ñ", "\x00")
	s = strings.Map(func(r rune) rune {
		switch {
		case unicode.Is(unicode.Mn, r) || unicode.IsSpace(r):
			return -1
		case r == 0:
			return 'ñ'
		}
		return r
	}, norm.NFD.String(s))
	return norm.NFC.String(s)
}

var disguises = []*strings.Replacer{
	strings.NewReplacer("0", "o", "1", "i", "3", "e", "4", "a", "5", "s", "7", "t", "8", "b", "@", "a", "$", "s", "!", "i", "€", "e"),
	strings.NewReplacer("0", "o", "1", "l", "3", "e", "4", "a", "5", "s", "7", "t", "9", "g", "@", "a", "$", "s", "!", "l", "|", "l", "+", "t"),
	strings.NewReplacer("ñ", "n"),
	strings.NewReplacer("0", "o", "1", "i", "3", "e", "4", "a", "5", "s", "7", "t", "@", "a", "$", "s", "!", "i", "ñ", "n"),
}

// spellings are the folded candidate, as it is and with its disguises taken off.
func spellings(s string) []string {
	s = fold(s)
	all := []string{s}
	for _, d := range disguises {
		if plain := d.Replace(s); plain != s {
			all = append(all, plain)
		}
	}
	return all
}

// contains tells whether a number, user name or address of the person is within the candidate, however long that is.
func contains(s string, known map[string]bool) bool {
	folded := alphanumeric(fold(s))
	for k := range known {
		if len(k) >= 6 && strings.ContainsFunc(k, isDigit) && strings.Contains(folded, k) {
			return true
		}
	}
	return false
}

// owned is what is known of a person in the spellings that end up in passwords: whole, in parts, a date in any order.
func owned(personal []string) map[string]bool {
	known := map[string]bool{}
	for _, p := range personal {
		p, _, _ = strings.Cut(fold(strings.ReplaceAll(p, " ", "-")), "@")
		parts := strings.FieldsFunc(p, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
		parts = append(parts, strings.FieldsFunc(p, func(r rune) bool { return !isDigit(r) })...)
		whole := alphanumeric(p)
		parts = append(parts, whole, strings.Map(func(r rune) rune {
			if isDigit(r) {
				return r
			}
			return -1
		}, whole))
		if len(whole) == 11 { // a CUIT holds the document
			parts = append(parts, whole[2:10])
		}
		for _, part := range append(parts, dates(p)...) {
			if utf8.RuneCountInString(part) >= 3 {
				known[part] = true
			}
		}
	}
	return known
}

// dates are the spellings of an ISO date without separators.
func dates(p string) []string {
	if len(p) != 10 || p[4] != '-' || p[7] != '-' {
		return nil
	}
	y, m, d := p[:4], p[5:7], p[8:]
	return []string{d + m + y, d + m + y[2:], y + m + d, m + d + y, d + m}
}

// vocabulary is words and the parts of them that have at least four letters.
func vocabulary(words []string) map[string]bool {
	all := map[string]bool{}
	for _, w := range words {
		f := fold(strings.ReplaceAll(w, " ", "-"))
		for _, part := range append(strings.FieldsFunc(f, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }), alphanumeric(f)) {
			if utf8.RuneCountInString(part) >= 4 {
				all[part] = true
			}
		}
	}
	return all
}

func alphanumeric(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return r
		}
		return -1
	}, s)
}
