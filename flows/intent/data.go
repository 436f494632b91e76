package intent

import (
	"embed"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

//go:embed data
var files embed.FS

// data is what a Spanish speaker writes: see the head of each file.
type data struct {
	words   map[string][]string            // data/words.yaml
	short   map[string]string              // data/short.yaml
	slots   map[string][]string            // data/slots.yaml
	around  map[string][]string            // data/around.yaml
	common  map[string][]string            // data/common.yaml
	phrases map[string]map[string][]string // data/phrases/<intent>.yaml, by region
}

// load reads the lists from a folder like data.
func load(dir fs.FS) (data, error) {
	d := data{phrases: map[string]map[string][]string{}}
	for name, into := range map[string]any{"words.yaml": &d.words, "short.yaml": &d.short, "slots.yaml": &d.slots, "around.yaml": &d.around, "common.yaml": &d.common} {
		if err := read(dir, name, into); err != nil {
			return data{}, err
		}
	}
	names, err := fs.Glob(dir, "phrases/*.yaml")
	if err != nil {
		return data{}, fmt.Errorf("listing phrases: %w", err)
	}
	for _, name := range names {
		var lists map[string][]string
		if err := read(dir, name, &lists); err != nil {
			return data{}, err
		}
		d.phrases[strings.TrimSuffix(path.Base(name), ".yaml")] = lists
	}
	return d, nil
}

func read(dir fs.FS, name string, into any) error {
	b, err := fs.ReadFile(dir, name)
	if err != nil {
		return fmt.Errorf("reading %s: %w", name, err)
	}
	if err := yaml.Unmarshal(b, into); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

// of returns all phrases of an intent, of all regions.
func (d data) of(intent string) (all []string) {
	lists := d.phrases[intent]
	for _, region := range slices.Sorted(maps.Keys(lists)) {
		all = append(all, lists[region]...)
	}
	return all
}

// texts are all that stands in phrases, slots and the company of phrases.
func (d data) texts() (all []string) {
	for intent := range d.phrases {
		all = append(all, d.of(intent)...)
	}
	for _, lists := range []map[string][]string{d.slots, d.around, d.common} {
		for _, list := range lists {
			all = append(all, list...)
		}
	}
	slices.Sort(all)
	return all
}

// meanings are the ideas of words; what the slot "otro" lists is foreign.
func (d data) meanings() map[string][]string {
	all := maps.Clone(d.words)
	for _, s := range d.slots["otro"] {
		for _, article := range []string{"el ", "la ", "los ", "mi ", ""} {
			if thing, ok := strings.CutPrefix(s, article); ok {
				all["foreign"] = append(slices.Clip(all["foreign"]), thing)
				break
			}
		}
	}
	return all
}
