package flows

import (
	"regexp"
	"strings"
	"unicode"
)

// tellsWho is what may be an identifier in what an agent writes: an address, or letters and digits of any kind
// with at most a sign between them.
var tellsWho = regexp.MustCompile(`[^\s@<>,;()]+@[^\s@<>,;()]+|\p{L}*[-./_]?\p{Nd}(?:[\p{L}\p{Nd}]|[ .,/_·'’‐-—-]\p{Nd})*`)

// longestNumber is how many digits a word may have and stay as it is: a year, and no identifier.
const longestNumber = 4

// Concealed masks what may be an identifier or an address in the words of an agent: words that outlive the person's
// data say nothing of who somebody is. Case numbers stay.
func Concealed(text string) string {
	return tellsWho.ReplaceAllStringFunc(text, func(s string) string {
		if local, domain, mail := strings.Cut(s, "@"); mail {
			return string([]rune(local)[:1]) + "•••@" + domain
		}
		digits := 0
		for _, r := range s {
			if unicode.IsDigit(r) {
				digits++
			}
		}
		if digits <= longestNumber || caseNumber.MatchString(s) {
			return s
		}
		return concealed(s)
	})
}

var caseNumber = regexp.MustCompile(`^[Vv]\d{6}$`)
