package period

import (
	_ "embed"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"go.yaml.in/yaml/v3"
	"golang.org/x/text/unicode/norm"

	"ventanilla/flows/spelling"
)

//go:embed words.yaml
var listed []byte

// token is a word of the sentence: a meaning of words.yaml, a number, a date
// written in digits, or something that says nothing of a period.
type token struct {
	is     string // a meaning, "number", "digits" (several numbers with what joins them), "" for anything else
	n      int    // of a number; of a month, 1 to 12
	digits []int  // of "digits"
	wide   []int  // how many figures each of them has
	sep    string // what joins them: "/", "-", "."
	text   string
	at     when // of "date"
}

// lexicon are the spellings by how many words they have.
type lexicon struct {
	meaning map[string]string
	most    int
	not     []string
}

var words = must(parse(listed))

// must is for the list that is part of the program: a test reads it, so it cannot be wrong where it runs.
func must(l lexicon, err error) lexicon {
	if err != nil {
		return lexicon{meaning: map[string]string{}, most: 1}
	}
	return l
}

func parse(b []byte) (lexicon, error) {
	var lists map[string][]string
	if err := yaml.Unmarshal(b, &lists); err != nil {
		return lexicon{}, fmt.Errorf("words of periods: %w", err)
	}
	l := lexicon{meaning: map[string]string{}, not: lists["not_months"]}
	for is, spellings := range lists {
		for _, s := range spellings {
			if old, twice := l.meaning[s]; twice && is != "not_months" && old != is {
				return lexicon{}, fmt.Errorf("words of periods: %q stands under %s and %s", s, old, is)
			}
			if is != "not_months" {
				l.meaning[s] = is
			}
			l.most = max(l.most, len(strings.Fields(s)))
		}
	}
	return l, nil
}

var (
	joined = regexp.MustCompile(`\b[0-9]{1,2}(?:er|ero|era|ra|ro|do|da|to|ta|mo|ma|vo|va|no|na|avo|a|o)\b|[0-9]+(?:[/.\-][0-9]+)+|[0-9]+|[a-z]+|[,/\-]`)
	glued  = regexp.MustCompile(`\b([a-z]{3,})([0-9]{2,4})\b`)
	dotted = regexp.MustCompile(`\b([12])\.([0-9]{3})\b`) // "2.025"
	echoed = regexp.MustCompile(`\([0-9]{1,2}\)`)         // "octubre (10)"
	shortQ = regexp.MustCompile(`\b([12]) ?q\b`)
)

// lex reduces a sentence to tokens.
func lex(text string) []token {
	s := bare(text)
	if strings.ContainsAny(s, "0123456789") {
		s = shortQ.ReplaceAllString(glued.ReplaceAllString(echoed.ReplaceAllString(dotted.ReplaceAllString(s, "$1$2"), ""), "$1 $2"), "${1}a quincena")
	}
	var parts []string
	for s != "" {
		at := joined.FindStringIndex(s)
		if at == nil {
			break
		}
		parts = append(parts, s[at[0]:at[1]])
		s = s[at[1]:]
	}
	return words.tokens(parts)
}

// bare lowers a text and takes its accents off; "ñ" becomes "n".
func bare(text string) string {
	var b strings.Builder
	for _, r := range norm.NFKD.String(text) {
		switch {
		case unicode.Is(unicode.Mn, r), unicode.Is(unicode.Cf, r):
		case r == '°':
			b.WriteByte('o')
		case r == '–' || r == '—':
			b.WriteByte('-')
		default:
			b.WriteRune(unicode.ToLower(r))
		}
	}
	return b.String()
}

func (l lexicon) tokens(parts []string) (all []token) {
	for i := 0; i < len(parts); {
		if t, n := l.longest(parts[i:]); n > 0 {
			all = append(all, t)
			i += n
			continue
		}
		if v, n := spelled(parts[i:]); n > 0 {
			all = append(all, token{is: "number", n: v, text: strings.Join(parts[i:i+n], " ")})
			i += n
			continue
		}
		all = append(all, l.single(parts[i]))
		i++
	}
	return all
}

// longest finds the longest listed spelling at the beginning of parts.
func (l lexicon) longest(parts []string) (token, int) {
	for n := min(l.most, len(parts)); n > 0; n-- {
		s := strings.Join(parts[:n], " ")
		if is, ok := l.meaning[s]; ok {
			return meant(is, s), n
		}
	}
	return token{}, 0
}

func meant(is, s string) token {
	t := token{is: is, text: s}
	if is == "short" {
		return token{is: "short", n: map[string]int{"mar": 3, "may": 5}[s], text: s}
	}
	if n, err := strconv.Atoi(is[1:]); err == nil && is[0] == 'm' {
		return token{is: "m", n: n, text: s}
	} else if err == nil && is[0] == 'n' {
		return token{is: "nth", n: n, text: s}
	}
	return t
}

// single reads one word or figure that is not listed.
func (l lexicon) single(s string) token {
	switch {
	case s[0] >= '0' && s[0] <= '9':
		return figures(s)
	case s == "," || s == "/":
		return token{is: "and", text: s}
	case s == "-":
		return token{is: "to", text: s}
	}
	if m := l.month(s); m > 0 {
		return token{is: "m", n: m, text: s}
	}
	return token{text: s}
}

// figures reads a number, or several joined by what dates are joined by.
func figures(s string) token {
	parts := strings.FieldsFunc(s, func(r rune) bool { return r < '0' || r > '9' })
	t := token{is: "digits", text: s}
	for _, p := range parts {
		n, err := strconv.Atoi(p)
		if err != nil || len(p) > 8 {
			return token{text: s}
		}
		t.digits, t.wide = append(t.digits, n), append(t.wide, len(p))
	}
	if i := strings.IndexAny(s, "/-."); i >= 0 {
		t.sep = s[i : i+1]
	}
	if len(parts) == 1 {
		t.is, t.n = "number", t.digits[0]
		if len(s) == 4 && !year4(t.n) && t.n/100 >= 1 && t.n/100 <= 12 { // "1025"
			t.is, t.digits, t.wide, t.sep = "digits", []int{t.n / 100, t.n % 100}, []int{2, 2}, "/"
		}
		if len(s) == 6 || len(s) == 8 {
			return compact(t, s)
		}
	}
	return t
}

// compact reads "202510", "102025" and "20251015" as dates.
func compact(t token, s string) token {
	at := func(a, b int) int { n, _ := strconv.Atoi(s[a:b]); return n }
	switch {
	case len(s) == 6 && year4(at(0, 4)) && at(4, 6) <= 12:
		t.is, t.digits, t.wide = "digits", []int{at(0, 4), at(4, 6)}, []int{4, 2}
	case len(s) == 6 && year4(at(2, 6)) && at(0, 2) <= 12:
		t.is, t.digits, t.wide = "digits", []int{at(0, 2), at(2, 6)}, []int{2, 4}
	case len(s) == 8 && year4(at(0, 4)) && at(4, 6) <= 12:
		t.is, t.digits, t.wide = "digits", []int{at(0, 4), at(4, 6), at(6, 8)}, []int{4, 2, 2}
	case len(s) == 8 && year4(at(4, 8)) && at(2, 4) <= 12:
		t.is, t.digits, t.wide = "digits", []int{at(0, 2), at(2, 4), at(4, 8)}, []int{2, 2, 4}
	default:
		return token{text: s}
	}
	t.sep = "/"
	return t
}

func year4(n int) bool { return n >= 1900 && n <= 2099 }

// month forgives misspelt names of months.
func (l lexicon) month(s string) int {
	if len(s) < 4 || slices.Contains(l.not, s) {
		return 0
	}
	best, at := 6, 0
	heard := spelling.Sound(s)
	for i, name := range months {
		most := 1
		if len(name) >= 7 {
			most = 2
		}
		if len(name) <= 4 {
			most = 0
		}
		written, spoken := spelling.Distance(s, name), spelling.Distance(heard, spelling.Sound(name))
		if d := written + spoken; min(written, spoken) <= most && d < best {
			best, at = d, i%12+1
		}
	}
	return at
}

var months = strings.Fields("enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre " +
	"enero febrero marzo abril mayo junio julio agosto setiembre octubre noviembre diciembre")
