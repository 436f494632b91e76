package flows

import (
	"embed"
	"fmt"
	"io/fs"

	"go.yaml.in/yaml/v3"
)

//go:embed texts/*.yaml
var texts embed.FS

// Common is the folder of the engine's own sentences.
func Common() fs.FS {
	dir, err := fs.Sub(texts, "texts")
	if err != nil {
		return texts
	}
	return dir
}

// Words reads what people write for each universal word, and for yes and no:
// spelling as [Plain] leaves it, to the word. A spelling of two words is an error.
func Words() (map[string]string, error) {
	b, err := texts.ReadFile("texts/words.yaml")
	if err != nil {
		return nil, err
	}
	var list map[string][]string
	if err := yaml.Unmarshal(b, &list); err != nil {
		return nil, fmt.Errorf("words.yaml: %w", err)
	}
	words := map[string]string{}
	for word, spellings := range list {
		for _, s := range spellings {
			if other, ok := words[Plain(s)]; ok && other != word {
				return nil, fmt.Errorf("words.yaml: %q means both %q and %q", s, other, word)
			}
			words[Plain(s)] = word
		}
	}
	return words, nil
}
