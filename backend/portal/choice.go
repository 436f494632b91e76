package portal

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"ventanilla/backend/natid"
)

// choose finds the option that an answer means: its id, label or another word for it, its number or
// ordinal, a part of it that no other has, or any of these with a small slip of the fingers. What could
// mean two of them is [natid.Unknown].
func choose(options []Option, answer string) (id string, reason natid.Reason) {
	said := words(answer)
	if len(said) == 0 {
		return "", natid.Empty
	}
	all := make([]candidate, len(options))
	for i := range options {
		all[i] = candidate{options[i].ID, options[i].phrases()}
	}
	for _, by := range []func([]candidate, []string) []candidate{exact, byNumber, mentioned, partly, mistyped} {
		if found := by(all, said); len(found) > 0 {
			if len(found) > 1 {
				break // unclear which: asking again is better than a guess
			}
			return found[0].id, ""
		}
	}
	return "", natid.Unknown
}

// candidate is an option and all the ways to say it.
type candidate struct {
	id      string
	phrases []phrase
}

// words are those of a sentence in lower case, without accents and punctuation; "10.430" is one.
func words(s string) []string {
	if len(s) > 1000 { // more is a story, not an answer
		return nil
	}
	s = norm.NFKD.String(s)
	var b strings.Builder
	b.Grow(len(s))
	before := ' '
	for i, c := range s {
		next, _ := utf8.DecodeRuneInString(s[i+1:]) // of a point's; no other character's is looked at
		switch {
		case unicode.IsLetter(c) || unicode.IsDigit(c):
			b.WriteRune(unicode.ToLower(c))
		case unicode.Is(unicode.M, c) || c == '.' && unicode.IsDigit(before) && unicode.IsDigit(next):
		default:
			b.WriteByte(' ')
		}
		before = c
	}
	return spelled(strings.Fields(b.String()))
}

// spelled joins letters that stand alone, as in D.N.I., to one word.
func spelled(words []string) []string {
	joined, alone := make([]string, 0, len(words)), false
	for _, w := range words {
		r, size := utf8.DecodeRuneInString(w)
		single := size == len(w) && unicode.IsLetter(r)
		if single && alone {
			joined[len(joined)-1] += w
		} else {
			joined = append(joined, w)
		}
		alone = single
	}
	return joined
}

// phrase is a way to say an option, as [words] reads it.
type phrase struct {
	text    string // its words, with a space between
	letters []rune // of text
	spaced  string // text between spaces
}

// phrases are all the ways to say an option.
func (o Option) phrases() []phrase {
	if o.ways != nil {
		return o.ways
	}
	all := make([]phrase, 0, 2+len(o.Words))
	for _, said := range append([]string{o.ID, o.Label}, o.Words...) {
		text := strings.Join(words(said), " ")
		all = append(all, phrase{text, []rune(text), " " + text + " "})
	}
	return all
}

// Ready returns the field with all ways to say its options read once, for who asks it of many people.
func (f Field) Ready() Field {
	f.Options = ready(f.Options)
	f.Cases = maps.Clone(f.Cases)
	for answer, q := range f.Cases {
		q.Options = ready(q.Options)
		f.Cases[answer] = q
	}
	return f
}

func ready(options []Option) []Option {
	all := slices.Clone(options)
	for i := range all {
		all[i].ways = all[i].phrases()
	}
	return all
}

func filter(options []candidate, match func(*phrase) bool) []candidate {
	var found []candidate
	for _, o := range options {
		for i := range o.phrases {
			if p := &o.phrases[i]; p.text != "" && match(p) {
				found = append(found, o)
				break
			}
		}
	}
	return found
}

func exact(options []candidate, said []string) []candidate {
	answer := strings.Join(said, " ")
	return filter(options, func(p *phrase) bool { return p.text == answer })
}

// around are the words that people put around a number or an ordinal.
const around = " la el lo opcion numero nro n numeral elijo quiero es seria la de soy por favor porfa "

var ordinals = map[string]int{
	"uno": 1, "una": 1, "dos": 2, "tres": 3, "cuatro": 4, "cinco": 5, "seis": 6, "siete": 7, "ocho": 8, "nueve": 9, "diez": 10,
	"primer": 1, "primero": 1, "primera": 1, "segundo": 2, "segunda": 2, "tercer": 3, "tercero": 3, "tercera": 3, "cuarto": 4, "cuarta": 4,
	"quinto": 5, "quinta": 5, "sexto": 6, "sexta": 6, "septimo": 7, "septima": 7, "octavo": 8, "octava": 8, "noveno": 9, "novena": 9,
	"decimo": 10, "decima": 10, "first": 1, "second": 2, "third": 3, "one": 1, "two": 2, "three": 3,
}

func byNumber(options []candidate, said []string) []candidate {
	at := 0
	for _, w := range said {
		n := ordinal(w, len(options))
		switch {
		case n == 0 && !strings.Contains(around, " "+w+" "):
			return nil
		case n != 0 && at != 0:
			return nil
		case n != 0:
			at = n
		}
	}
	if at < 1 || at > len(options) {
		return nil
	}
	return options[at-1 : at]
}

func ordinal(w string, last int) int {
	if n := ordinals[w]; n != 0 {
		return n
	}
	if w == "ultimo" || w == "ultima" || w == "last" {
		return last
	}
	n, err := strconv.Atoi(strings.TrimRight(w, "adeimnorstv"))
	if err != nil || n < 1 {
		return 0
	}
	return n
}

// mentioned finds the options that are said whole within a sentence; a longer phrase outdoes a
// shorter one that lies within it.
func mentioned(options []candidate, said []string) []candidate {
	sentence, longest := " "+strings.Join(said, " ")+" ", ""
	denied := strings.Contains(sentence, " no ") // "no soy docente"; what denies by itself, "no tengo clave", is meant
	inside := func(p *phrase) bool {
		return strings.Contains(sentence, p.spaced) && (!denied || strings.Contains(p.spaced[:len(p.spaced)-1], " no ") && strings.Count(p.text, " ") > 1)
	}
	found := filter(options, inside)
	for _, o := range found {
		for i := range o.phrases {
			if p := &o.phrases[i]; inside(p) && len(p.text) > len(longest) {
				longest = p.text
			}
		}
	}
	rest := strings.ReplaceAll(sentence, " "+longest+" ", "  ")
	if len(found) > 1 && len(filter(options, func(p *phrase) bool { return strings.Contains(rest, p.spaced) })) == 0 {
		return filter(found, func(p *phrase) bool { return p.text == longest })
	}
	return found
}

// small are words too common to choose by.
const small = " de del la el los las y o en un una por con mi soy es ley tipo personal "

// partly finds the options whose phrases hold every word of the answer.
func partly(options []candidate, said []string) []candidate {
	var telling []string
	for _, w := range said {
		if w = " " + w + " "; !strings.Contains(small, w) {
			telling = append(telling, w)
		}
	}
	if len(telling) == 0 {
		return nil
	}
	return filter(options, func(p *phrase) bool {
		for _, w := range telling {
			if !strings.Contains(p.spaced, w) {
				return false
			}
		}
		return true
	})
}

// maxMistyped is how long an answer may be, in letters, that is looked at for slips.
const maxMistyped = 60

// mistyped finds the options that an answer is nearest to: one slip in four letters or more, two in eight or more.
func mistyped(options []candidate, said []string) []candidate {
	answer := []rune(strings.Join(said, " "))
	if len(answer) < 4 || len(answer) > maxMistyped || !strings.ContainsFunc(string(answer), unicode.IsLetter) {
		return nil
	}
	var once, twice []candidate
	for _, o := range options {
		switch o.slips(answer, min(2, len(answer)/4)) {
		case 1:
			once = append(once, o)
		case 2:
			twice = append(twice, o)
		}
	}
	if len(once) > 0 {
		return once
	}
	return twice
}

// slips are how many there are in an answer that is nearest to a way to say the option; 0 if none is that near.
func (o candidate) slips(answer []rune, most int) (least int) {
	for i := range o.phrases {
		n := slipsBetween(answer, o.phrases[i].letters, most)
		if n > 0 && n <= most && (least == 0 || n < least) {
			least = n
		}
	}
	return least
}

// slipsBetween is how many letters were added, left out, changed or swapped with their
// neighbour (optimal string alignment, a restricted Damerau-Levenshtein distance); more than most if that many.
func slipsBetween(a, b []rune, most int) int {
	if len(a)-len(b) > most || len(b)-len(a) > most {
		return most + 1
	}
	var room [3][maxMistyped + 4]int8 // a row has one place more than b, which is two longer than a at most
	before, last, row := room[0][:len(b)+1], room[1][:len(b)+1], room[2][:len(b)+1]
	for j := range row {
		last[j] = int8(j)
	}
	for i := range a {
		row[0] = int8(i + 1)
		least := row[0]
		for j := range b {
			cost := int8(1)
			if a[i] == b[j] {
				cost = 0
			}
			row[j+1] = min(last[j]+cost, last[j+1]+1, row[j]+1)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
			least = min(least, row[j+1])
		}
		if before, last, row = last, row, before; int(least) > most+1 { // a swap may take one back
			return most + 1
		}
	}
	return int(last[len(b)])
}
