// Package text loads what the bot says. The sentences live in each flow's
// folder, one YAML file per locale; an organisation's profile may replace any of
// them. The package never decides which sentence is said.
package text

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"sort"
	"strconv"
	"strings"
	"sync"

	"github.com/nicksnyder/go-i18n/v2/i18n"
	"github.com/nicksnyder/go-i18n/v2/i18n/template"
	"go.yaml.in/yaml/v3"
	"golang.org/x/text/language"

	"ventanilla/flows"
)

var _ flows.Texts = (*Catalogue)(nil)

// Catalogue is everything one organisation's bot can say, in its locale.
type Catalogue struct {
	plain  map[name]string         // sentences as they are said of most numbers
	counts *i18n.Localizer         // sentences whose form depends on {n}
	plural map[name]*[small]string // their forms for the first numbers, of which nearly all are
	values map[string]string
}

// small is where the numbers end of which forms are kept.
const small = 16

// name is what a sentence is called.
type name struct{ flow, key string }

// named is the name of a sentence of a flow, "" for the engine's own.
func named(flow, key string) name {
	if flow == "" {
		flow = "common"
	}
	return name{flow, key}
}

func (n name) String() string { return n.flow + "." + n.key }

// Config says in which language and voice to speak.
type Config struct {
	Locale    string
	Values    map[string]string            // known to every sentence: {org}, {portal}
	Overrides map[string]map[string]string // by flow ("common" for the engine's own) and key
}

// New loads the sentences of the flows and of the engine itself. It returns
// every mistake at once: a file that does not parse, an override of a sentence
// that does not exist.
func New(c Config, all ...flows.Flow) (*Catalogue, error) {
	tag, err := language.Parse(c.Locale)
	if err != nil {
		return nil, fmt.Errorf("locale %q: %w", c.Locale, err)
	}
	bundle := i18n.NewBundle(tag)
	cat := &Catalogue{plain: map[name]string{}, plural: map[name]*[small]string{}, values: c.Values}
	var errs []error
	add := func(id name, m i18n.Message) {
		cat.plain[id] = m.Other
		delete(cat.plural, id)
		if m.One != "" {
			m.ID, cat.plural[id] = id.String(), new([small]string)
			errs = append(errs, bundle.AddMessages(tag, &m))
		}
	}
	all = append(all, flows.Flow{Texts: flows.Common()})
	for _, f := range all {
		errs = append(errs, load(f, c.Locale, add))
	}
	errs = append(errs, override(c.Overrides, cat.plain, add))
	cat.counts = i18n.NewLocalizer(bundle, c.Locale)
	for id, forms := range cat.plural {
		for n := range forms {
			forms[n] = cat.form(id, n)
		}
	}
	return cat, errors.Join(errs...)
}

// load reads a flow's files from the base language to the region.
func load(f flows.Flow, locale string, add func(name, i18n.Message)) error {
	base, _, regional := strings.Cut(locale, "-")
	files := []string{base + ".yaml"}
	if regional {
		files = append(files, locale+".yaml")
	}
	for i, name := range files {
		b, err := fs.ReadFile(f.Texts, name)
		if i > 0 && errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return fmt.Errorf("sentences of %q: %w", f.Name, err)
		}
		sentences, err := parse(b)
		if err != nil {
			return fmt.Errorf("sentences of %q: %s: %w", f.Name, name, err)
		}
		for key, s := range sentences {
			add(named(f.Name, key), i18n.Message(s))
		}
	}
	return nil
}

// parsed are the sentences of files by the hash of their content: the catalogues of all organisations
// read the same ones, which are part of the program.
var parsed sync.Map

func parse(file []byte) (map[string]sentence, error) {
	sum := sha256.Sum256(file)
	if known, ok := parsed.Load(sum); ok {
		return known.(map[string]sentence), nil
	}
	var sentences map[string]sentence
	if err := yaml.Unmarshal(file, &sentences); err != nil {
		return nil, err
	}
	parsed.Store(sum, sentences)
	return sentences, nil
}

func override(all map[string]map[string]string, known map[name]string, add func(name, i18n.Message)) error {
	var errs []error
	for flow, sentences := range all {
		for key, s := range sentences {
			if _, ok := known[name{flow, key}]; !ok {
				errs = append(errs, fmt.Errorf("the profile replaces sentence %q of flow %q, which does not exist", key, flow))
				continue
			}
			add(name{flow, key}, i18n.Message{Other: s})
		}
	}
	return errors.Join(errs...)
}

// sentence is a string, or its forms by number: {one: …, other: …} (CLDR plural categories).
type sentence i18n.Message

func (s *sentence) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind == yaml.ScalarNode {
		return n.Decode(&s.Other)
	}
	var forms struct{ One, Other string }
	if err := n.Decode(&forms); err != nil {
		return err
	}
	s.One, s.Other = forms.One, forms.Other
	s.Many = forms.Other // CLDR's Spanish "many" is for millions
	return nil
}

// Text implements [flows.Texts]. A sentence with forms by number takes the form for {n}.
func (c *Catalogue) Text(flow, key string, values map[string]string, pairs ...string) (string, bool) {
	id := named(flow, key)
	s, ok := c.plain[id]
	if !ok {
		return "", false
	}
	if forms := c.plural[id]; forms != nil {
		said, _ := c.value("n", values, pairs)
		switch n, err := strconv.Atoi(said); {
		case err != nil: // as it is said of most numbers
		case n >= 0 && n < small:
			s = forms[n]
		default:
			s = c.form(id, n)
		}
	}
	return c.fill(s, values, pairs), true
}

// form is a sentence in the form for a number.
func (c *Catalogue) form(id name, n int) string {
	s, err := c.counts.Localize(&i18n.LocalizeConfig{MessageID: id.String(), PluralCount: n, TemplateParser: template.IdentityParser{}})
	if err != nil {
		return c.plain[id]
	}
	return s
}

// fill replaces {name} by its value. What has no value stays: {code} and {pin}
// are filled while sending. A brace inside a value never becomes a placeholder.
func (c *Catalogue) fill(s string, values map[string]string, pairs []string) string {
	if !strings.Contains(s, "{") {
		return s
	}
	var b strings.Builder
	b.Grow(len(s) + 64)
	for {
		before, rest, ok := strings.Cut(s, "{")
		b.WriteString(before)
		if !ok {
			return b.String()
		}
		name, after, ok := strings.Cut(rest, "}")
		v, known := c.value(name, values, pairs)
		if !ok || !known {
			b.WriteByte('{')
			s = rest
			continue
		}
		b.WriteString(strings.ReplaceAll(v, "{", "("))
		s = after
	}
}

// value is what a placeholder stands for: of pairs with the same name the last.
func (c *Catalogue) value(name string, values map[string]string, pairs []string) (string, bool) {
	for i := len(pairs)&^1 - 2; i >= 0; i -= 2 {
		if pairs[i] == name {
			return pairs[i+1], true
		}
	}
	if v, ok := values[name]; ok {
		return v, true
	}
	v, ok := c.values[name]
	return v, ok
}

// Keys lists the sentences as "flow.key", sorted, for checks.
func (c *Catalogue) Keys() []string {
	keys := make([]string, 0, len(c.plain))
	for k := range c.plain {
		keys = append(keys, k.String())
	}
	sort.Strings(keys)
	return keys
}
