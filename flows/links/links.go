// Package links tells where something else is that the organisation has, such as
// its bulletin. It asks nothing and proves nothing: the addresses are public.
package links

import (
	"context"
	"embed"
	"io/fs"
	"strings"

	"ventanilla/backend/portal"
	"ventanilla/flows"
	"ventanilla/flows/intent"
)

//go:embed texts/*.yaml
var texts embed.FS

// New returns the flow of one organisation. The sentence with which the errand
// begins may name one of its links; otherwise all of them are told.
func New(p portal.Profile) flows.Flow {
	k := links{p.Links, Words(p)}
	dir, _ := fs.Sub(texts, "texts") // a constant name: cannot fail
	return flows.Flow{Name: "links", Texts: dir, Steps: []flows.Step{{Name: "tell", Solves: true, Do: k.tell, On: flows.On{"next": flows.End}}}}
}

// Words finds a link by its label or the other words for it: its id, "" if none is named.
func Words(p portal.Profile) *intent.Phrases {
	lists := map[string][]string{}
	for _, l := range p.Links {
		lists[l.ID] = append([]string{l.Label}, l.Words...)
	}
	return intent.List(lists)
}

type links struct {
	all  []portal.Link
	find *intent.Phrases
}

// longest leaves room for the sentence before the addresses (RULES: talk.size).
const longest = 420

// tell says the address that was asked for, or all of them, in as many messages as they need.
func (k links) tell(_ context.Context, t *flows.Turn) (string, error) {
	wanted := ""
	switch {
	case len(k.all) == 1:
		wanted = k.all[0].ID
	case t.Input.Choice == "":
		wanted = k.find.Find(t.Input.Text)
	}
	var list strings.Builder
	for _, l := range k.all {
		line := "\n• " + l.Label + ": " + l.URL
		switch {
		case l.ID == wanted:
			t.Say("one", "label", l.Label, "link", l.URL)
			return "", nil
		case list.Len()+len(line) > longest:
			t.Say("all", "lines", list.String())
			list.Reset()
		}
		list.WriteString(line)
	}
	t.Say("all", "lines", list.String())
	return "", nil
}
