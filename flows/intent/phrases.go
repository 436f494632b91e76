package intent

import (
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"ventanilla/flows"
)

// Phrases finds intents by the words of phrases: all words of a phrase must
// stand in the sentence, in order. Of several phrases the one with most letters wins.
type Phrases struct {
	list  []phrase
	first []uint32 // how the first word of each begins, side by side: most sentences hold hardly any of them
}

type phrase struct {
	intent string
	words  []pattern
	weight int
}

// pattern is a word, or the beginning of all that it stands for: "olvid*".
type pattern struct {
	text string
	open bool
}

// Parse reads phrases from YAML: a list of phrases under the name of each intent.
func Parse(b []byte) (*Phrases, error) {
	var lists map[string][]string
	if err := yaml.Unmarshal(b, &lists); err != nil {
		return nil, fmt.Errorf("phrases: %w", err)
	}
	return List(lists), nil
}

// List makes phrases from lists of them, by intent.
func List(lists map[string][]string) *Phrases {
	p := &Phrases{}
	for intent, phrases := range lists {
		for _, s := range phrases {
			var words []pattern
			for w := range strings.FieldsSeq(s) {
				stem, open := strings.CutSuffix(w, "*")
				words = append(words, pattern{flows.Plain(stem), open})
			}
			p.list = append(p.list, phrase{intent, words, len(s)})
		}
	}
	p.sort()
	return p
}

func (p *Phrases) sort() {
	slices.SortFunc(p.list, func(a, b phrase) int {
		if a.weight != b.weight {
			return b.weight - a.weight
		}
		return strings.Compare(a.intent+a.text(), b.intent+b.text())
	})
	for i := range p.list {
		begins := uint32(anyWord)
		if words := p.list[i].words; len(words) > 0 && (!words[0].open || len(words[0].text) >= 3) {
			begins = beginningOf(words[0].text)
		}
		p.first = append(p.first, begins)
	}
}

// anyWord stands for the beginning of what may begin in several ways.
const anyWord = 0

// beginningOf is how a word begins: its first three letters, or all of a shorter one.
func beginningOf(word string) uint32 {
	n := uint32(1)
	for i := range min(3, len(word)) {
		n = n<<8 | uint32(word[i])
	}
	return n
}

func (p phrase) text() string {
	words := make([]string, len(p.words))
	for i, w := range p.words {
		if words[i] = w.text; w.open {
			words[i] += "*"
		}
	}
	return strings.Join(words, " ")
}

// Find returns the intent of a sentence, "" if no phrase stands in it.
func (p *Phrases) Find(sentence string) string {
	plain := flows.Plain(sentence)
	said := make([]uint32, 0, 32)
	for w := range strings.SplitSeq(plain, " ") {
		said = append(said, beginningOf(w))
	}
	for i, begins := range p.first {
		if begins != anyWord && !slices.Contains(said, begins) {
			continue
		}
		if ph := &p.list[i]; len(ph.words) <= len(said) && ph.in(plain) {
			return ph.intent
		}
	}
	return ""
}

// in tells whether the words of the phrase stand in a sentence that [flows.Plain] made plain, in their order.
func (p *phrase) in(plain string) bool {
	if len(p.words) == 0 {
		return false
	}
	left := p.words
	for len(left) > 0 {
		word, rest, more := strings.Cut(plain, " ")
		if left[0].text == word || left[0].open && strings.HasPrefix(word, left[0].text) {
			left = left[1:]
		}
		if plain = rest; !more {
			break
		}
	}
	return len(left) == 0
}
