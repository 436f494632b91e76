package console

import (
	"cmp"
	"io/fs"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"ventanilla/store"
)

// Canned is an answer that is ready, with {variables}.
type Canned struct {
	Key  string // by which agents find it: "hello"
	Text string
}

// cannedKeys are the answers that every organisation has, in the order in which they are offered.
var cannedKeys = []string{"hello", "wait", "page", "code", "never", "office", "hours", "case", "site", "bye"}

// cannedVoices are their texts, by language and region.
var cannedVoices = mustCanned()

func mustCanned() map[string]map[string]string {
	all := map[string]map[string]string{}
	names, _ := fs.Glob(files, "canned/*.yaml") // a constant pattern: cannot fail
	for _, name := range names {
		text := map[string]string{}
		if b, err := files.ReadFile(name); err == nil {
			_ = yaml.Unmarshal(b, &text) // judged by a test
		}
		all[strings.TrimSuffix(path.Base(name), ".yaml")] = text
	}
	return all
}

// cannedTexts are those answers in the voice of an organisation's people, with the organisation's own
// behind them or in their place.
func cannedTexts(o Organisation) (all []Canned) {
	text := map[string]string{}
	base, _, _ := strings.Cut(o.Locale, "-")
	maps.Copy(text, cannedVoices[base])
	maps.Copy(text, cannedVoices[o.Locale])
	for _, key := range cannedKeys {
		if own := slices.IndexFunc(o.Canned, func(x Canned) bool { return x.Key == key }); own >= 0 {
			text[key] = o.Canned[own].Text
		}
		all = append(all, Canned{key, text[key]})
	}
	for _, x := range o.Canned {
		if !slices.Contains(cannedKeys, x.Key) {
			all = append(all, x)
		}
	}
	return all
}

// cannedFor are the ready answers for a conversation, filled. One that speaks of something that
// there is not, such as a case, is left out.
func (c *Console) cannedFor(v visit, o Organisation, conv *store.Conversation) (all []Canned) {
	first, _, _ := strings.Cut(strings.TrimSpace(conv.Name), " ")
	values := map[string]string{"portal": o.Short, "name": first, "case": conv.Dialog.Values["case"], "hours": o.Hours, "place": o.Place, "site": o.Site, "agent": v.agent.Name}
	for _, x := range cannedTexts(o) {
		if text, ok := fillIn(x.Text, values); ok {
			all = append(all, Canned{Key: x.Key, Text: text})
		}
	}
	return all
}

var (
	variable = regexp.MustCompile(`\{(\w+)\}`)
	optional = regexp.MustCompile(`\[([^\[\]]*)\]`)
)

// fillIn fills the variables of an answer; false if one has no value. What stands in [brackets] is left
// out where its variable has none: "Hola[ {name}]".
func fillIn(text string, values map[string]string) (string, bool) {
	fill := func(s string) (string, bool) {
		whole := true
		s = variable.ReplaceAllStringFunc(s, func(v string) string {
			value := values[v[1:len(v)-1]]
			whole = whole && value != ""
			return value
		})
		return s, whole
	}
	text = optional.ReplaceAllStringFunc(text, func(s string) string {
		if s, whole := fill(s[1 : len(s)-1]); whole {
			return s
		}
		return ""
	})
	text, ok := fill(text)
	return text, ok && text != ""
}

// CannedName is what the pages call a ready answer.
func (w words) CannedName(key string) string { return cmp.Or(w.text["canned_"+key], key) }

func isCanned(all []Canned, text string) bool {
	return slices.ContainsFunc(all, func(x Canned) bool { return x.Text == text })
}
