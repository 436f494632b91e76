package natid

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
	"golang.org/x/text/width"
)

// fold brings what a keyboard may produce to one spelling: composed letters, narrow
// digits and letters, plain spaces and hyphens, nothing invisible, no space around.
// Digits of other scripts stay as they are and are refused later.
func fold(s string) string {
	if !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r > '~' }) { // as nearly all numbers are typed
		return strings.TrimSpace(s)
	}
	if !utf8.ValidString(s) {
		s = strings.ToValidUTF8(s, "\uFFFD")
	}
	s = width.Narrow.String(norm.NFC.String(s))
	s = strings.Map(foldRune, s)
	return norm.NFC.String(strings.TrimSpace(s))
}

func foldRune(r rune) rune {
	switch {
	case unicode.IsSpace(r) || unicode.Is(unicode.Z, r):
		return ' '
	case unicode.Is(unicode.Pd, r) || r == '\u2212': // minus sign
		return '-'
	case unicode.Is(unicode.Cf, r) || r == '\uFE0F':
		return -1
	}
	return r
}

// plain is a word in lower case without accents and punctuation around, for comparing with known words.
func plain(word string) string {
	word = strings.TrimFunc(word, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	return accents.Replace(strings.ToLower(word))
}

var accents = strings.NewReplacer("á", "a", "é", "e", "í", "i", "ó", "o", "ú", "u", "ü", "u")

// labels are the words that people glue to a number, as in "DNI12345678" or "legajo:123".
var labels = []string{
	"numero", "número", "legajo", "cuenta", "cedula", "cédula", "cuit", "cuil", "nro", "num", "dni", "cbu", "cvu",
	"ruc", "doc", "leg", "cta", "lc", "le", "ci", "nº", "n°", "n", "#",
}

// number takes the words away that stand around a number, and the separators within it.
func number(s, separators string) (string, Reason) {
	s, reason := numeral(s)
	if reason != "" {
		return "", reason
	}
	return onlyDigits(s, separators)
}

// numeral takes the words away that stand around a number.
// Words between two numbers make it unclear which one was meant.
func numeral(s string) (string, Reason) {
	first, last := -1, -1
	words := strings.Fields(s)
	for i, w := range words {
		if strings.ContainsFunc(w, isDigit) {
			if first < 0 {
				first = i
			}
			last = i
		}
	}
	if first < 0 {
		return "", noDigits(s)
	}
	if !leadIn(words[:first]) {
		return "", Format
	}
	for _, w := range words[first : last+1] {
		if strings.Trim(w, "-") != "" && !strings.ContainsFunc(w, isDigit) {
			return "", Many
		}
	}
	words[first] = unlabel(words[first])
	return strings.TrimRight(strings.Join(words[first:last+1], " "), ".,;:!?)\"'»"), ""
}

// noDigits tells digits of another script, which the person can write otherwise, from no number at all.
func noDigits(s string) Reason {
	if strings.ContainsFunc(s, unicode.IsDigit) {
		return Format
	}
	return Empty
}

// leadIn tells whether words can stand before a number. One letter alone, as in "M 1234567", belongs to it.
func leadIn(words []string) bool {
	for i, w := range words {
		p := plain(w)
		if i == 0 && strings.Trim(w, "-+") == "" {
			return false // a sign
		}
		if utf8.RuneCountInString(p) == 1 && !strings.Contains("aenoy", p) {
			return false
		}
	}
	return true
}

func unlabel(w string) string {
	w = strings.TrimLeft(w, "(\"'«¿¡")
	for _, label := range labels {
		rest, ok := cutFold(w, label)
		if !ok {
			continue
		}
		if rest = strings.TrimLeft(rest, ".:°º=#-"); rest != "" && isDigit(rune(rest[0])) {
			return rest
		}
	}
	return w
}

func cutFold(s, prefix string) (rest string, ok bool) {
	if len(s) < len(prefix) || !strings.EqualFold(s[:len(prefix)], prefix) {
		return s, false
	}
	return s[len(prefix):], true
}

func onlyDigits(s, separators string) (string, Reason) {
	if s == "" || !isDigit(rune(s[0])) {
		return "", Format
	}
	var b strings.Builder
	for _, r := range s {
		switch {
		case isDigit(r):
			b.WriteRune(r)
		case !strings.ContainsRune(separators, r):
			return "", Format
		}
	}
	return b.String(), ""
}

// fillers are the words that may stand around an identifier made of letters and digits.
var fillers = map[string]bool{
	"mi": true, "el": true, "la": true, "es": true, "curp": true, "rfc": true, "clave": true, "numero": true,
	"nro": true, "num": true, "no": true, "n": true, "de": true, "pasaporte": true, "poliza": true, "codigo": true, "invitacion": true,
	"registro": true, "gracias": true, "por": true, "favor": true, "hola": true, "este": true, "esta": true, "su": true,
	"usuario": true, "mio": true, "y": true, "buenas": true, "buenos": true, "dias": true, "tardes": true, "tengo": true, "con": true,
}

// letters takes filler words and separators away and returns the rest in upper case.
func letters(s, separators string) string {
	if i := strings.LastIndexByte(s, ':'); i >= 0 {
		s = s[i+1:]
	}
	words := strings.Fields(s)
	for len(words) > 1 && filler(words[0]) {
		words = words[1:]
	}
	for len(words) > 1 && filler(words[len(words)-1]) {
		words = words[:len(words)-1]
	}
	s = strings.Trim(strings.Join(words, " "), ".,;!?()\"'«»¿¡ ")
	return strings.ToUpper(strings.Map(func(r rune) rune {
		if strings.ContainsRune(separators, r) {
			return -1
		}
		return r
	}, s))
}

func filler(word string) bool { p := plain(word); return p == "" || fillers[p] }

func isDigit(r rune) bool { return '0' <= r && r <= '9' }

func allDigits(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return !isDigit(r) })
}

// weighted is the sum of each digit of s times its weight.
func weighted(s string, weights ...int) int {
	sum := 0
	for i, w := range weights {
		sum += w * int(s[i]-'0')
	}
	return sum
}
