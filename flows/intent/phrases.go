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
type Phrases struct{ list []phrase }

type phrase struct {
	intent string
	words  []string // a word that ends in * stands for all that begin so
	weight int
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
			words := strings.Fields(s)
			for i, w := range words {
				stem, open := strings.CutSuffix(w, "*")
				words[i] = flows.Plain(stem)
				if open {
					words[i] += "*"
				}
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
		return strings.Compare(a.intent+strings.Join(a.words, " "), b.intent+strings.Join(b.words, " "))
	})
}

// Find returns the intent of a sentence, "" if no phrase stands in it.
func (p *Phrases) Find(sentence string) string {
	words := strings.Fields(flows.Plain(sentence))
	for _, ph := range p.list {
		if ph.in(words) {
			return ph.intent
		}
	}
	return ""
}

func (p phrase) in(words []string) bool {
	i := 0
	for _, w := range words {
		if i < len(p.words) && same(p.words[i], w) {
			i++
		}
	}
	return i == len(p.words) && i > 0
}

func same(pattern, word string) bool {
	if stem, open := strings.CutSuffix(pattern, "*"); open {
		return strings.HasPrefix(word, stem)
	}
	return pattern == word
}
