package intent

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// mostWords is how many words of a message are read; nobody needs more to say what they want.
const mostWords = 160

// word is one word of a sentence.
type word struct {
	text  string   // plain: lower case, no accents, short forms and misspellings undone
	typed string   // plain, as it was typed
	stem  string   // what is left without endings
	ideas []string // what it means here, see data/words.yaml
	known bool     // it stands in the lists
	pause bool     // a comma, a full stop or a new line stands before it
	not   bool     // "no", "ni", "nunca" speaks of it
}

var (
	mailForm = regexp.MustCompile(`[\w.+\-]+@[\w\-]+\.[\w.\-]+`)
	siteForm = regexp.MustCompile(`(https?://|www\.)\S+`)
	codeSign = regexp.MustCompile(`[<>{}\[\]=*\\|]+`)
	pieces   = regexp.MustCompile(`\pL+|\d[\d.\-/]*\d|\d+|[,.;:!\n]+|[?¿]|@\w+|\p{So}|[\x{1F3FB}-\x{1F3FF}]`)
)

// read cuts a sentence into words, and tells whether it asks.
func (l *lexicon) read(sentence string) (words []word, asks bool) {
	s := bare(sentence)
	if strings.ContainsAny(s, "@/.") { // neither a mail's nor a site's name is without
		s = mailForm.ReplaceAllString(s, " @mail ")
		s = siteForm.ReplaceAllString(s, " @site ")
	}
	if strings.ContainsAny(s, "<>{}[]=*\\|") {
		s = codeSign.ReplaceAllString(s, " @sign ")
	}
	pause := false
	for _, p := range pieces.FindAllString(s, -1) {
		r, _ := utf8.DecodeRuneInString(p)
		switch {
		case strings.ContainsRune(",.;:!\n", r):
			pause = len(words) > 0
			continue
		case r == '?' || r == '¿':
			asks, pause = true, pause || r == '?' && len(words) > 0
			continue
		case unicode.Is(unicode.Sk, r):
			continue
		}
		n := len(words)
		if words = l.words(words, p); len(words) > n {
			words[n].pause, pause = pause, false
		}
		if len(words) >= mostWords {
			break
		}
	}
	l.join(words)
	negate(words)
	return words, asks
}

// bare lowers a text and takes its accents off.
func bare(text string) string {
	if !strings.ContainsFunc(text, func(r rune) bool { return r >= utf8.RuneSelf }) {
		return strings.ToLower(text)
	}
	var b strings.Builder
	b.Grow(len(text))
	for _, r := range norm.NFKD.String(text) {
		switch {
		case unicode.Is(unicode.Mn, r), unicode.Is(unicode.Cf, r), r == '\uFE0F':
		default:
			b.WriteRune(unicode.ToLower(r))
		}
	}
	return b.String()
}

// words adds the words of one piece of a sentence; short forms can stand for several.
func (l *lexicon) words(words []word, piece string) []word {
	switch r, _ := utf8.DecodeRuneInString(piece); {
	case unicode.IsDigit(r):
		return append(words, l.number(piece))
	case r == '@' || !unicode.IsLetter(r):
		return append(words, word{text: piece, typed: piece, stem: piece, known: true, ideas: l.ideas[piece]})
	}
	if long, ok := l.short[piece]; ok {
		for w := range strings.FieldsSeq(long) {
			words = append(words, l.look(w, piece))
		}
		return words
	}
	return append(words, l.look(piece, piece))
}

func (l *lexicon) number(piece string) word {
	s := "@number"
	if len(piece) >= 6 {
		s = "@long"
	}
	return word{text: s, typed: piece, stem: s, known: true}
}

// join gives words the ideas of the expressions that they make together.
func (l *lexicon) join(words []word) {
	room := make([]byte, 0, 128)
	for i := range words {
		room = append(room[:0], words[i].text...)
		for j := i + 1; j < len(words) && j < i+l.longest && !words[j].pause; j++ {
			room = append(append(room, ' '), words[j].text...)
			for _, idea := range l.ideas[string(room)] {
				words[i].ideas = add(words[i].ideas, idea)
			}
		}
	}
}

func add(list []string, s string) []string {
	for _, have := range list {
		if have == s {
			return list
		}
	}
	return append(list[:len(list):len(list)], s)
}

// negate marks the word that a "no" speaks of: the next one that is not a pronoun.
func negate(words []word) {
	for i := range words {
		if !isNo(words[i].text) {
			continue
		}
		for j := i + 1; j < len(words) && j <= i+4 && !words[j].pause; j++ {
			if !light[words[j].text] {
				words[j].not = true
				break
			}
		}
	}
}

func isNo(s string) bool {
	return s == "no" || s == "ni" || s == "nunca" || s == "tampoco" || s == "sin" || s == "jamas"
}

func set(words string) map[string]bool {
	all := map[string]bool{}
	for w := range strings.FieldsSeq(words) {
		all[w] = true
	}
	return all
}

// light are words that carry little of what is asked for.
var light = set("me te se lo la le los las les nos el un una unos unas de del al a en y e o que es por para con mi mis su sus tu tus ya muy mas asi pero si eso esto esta este ese esa " +
	"he ha han yo vos usted ustedes porque como cuando donde")
