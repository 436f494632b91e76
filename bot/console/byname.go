package console

import (
	"context"
	"slices"
	"strings"
	"unicode/utf8"

	"ventanilla/flows"
	"ventanilla/store"
)

const (
	// mostNamed is to how many conversations a name leads, those that changed last.
	mostNamed = 50
	// leastName is how many letters of a name are looked for.
	leastName = 3
)

// isName tells whether something may be what a person calls themselves.
func isName(typed string) bool {
	letters := utf8.RuneCountInString(strings.ReplaceAll(flows.Plain(typed), " ", ""))
	return letters >= leastName && !strings.ContainsAny(typed, "0123456789@")
}

// named are the conversations of those who call themselves so in their chat, of those that the visitor may see,
// and whether there are more of them. The lists show these names to the same eyes.
func (c *Console) named(ctx context.Context, v visit, typed string) (leads []store.Other, more bool, err error) {
	if !isName(typed) {
		return nil, false, nil
	}
	ctx, leave := c.searches.begin(ctx, v.agent.Name)
	defer leave()
	sought := strings.Fields(flows.Plain(typed))
	var all []store.Summary
	for after := ""; ; {
		some, err := c.Store.Summaries(ctx, after, 512)
		if err != nil {
			return nil, false, err
		}
		if len(some) == 0 {
			break
		}
		for _, s := range some {
			if s.Portal != "" && v.agent.Sees(s.Portal) && goesBy(s.Person, sought) {
				all = append(all, s)
			}
		}
		after = some[len(some)-1].Name
	}
	slices.SortStableFunc(all, func(a, b store.Summary) int { return b.Since.Compare(a.Since) })
	for _, s := range all[:min(len(all), mostNamed)] {
		leads = append(leads, store.Other{Name: s.Name, Kind: "name"})
	}
	return leads, len(all) > mostNamed, nil
}

// goesBy tells whether each of the words that are sought begins a word of a name.
func goesBy(name string, sought []string) bool {
	has := strings.Fields(flows.Plain(name))
	for _, word := range sought {
		if !slices.ContainsFunc(has, func(s string) bool { return strings.HasPrefix(s, word) }) {
			return false
		}
	}
	return true
}
