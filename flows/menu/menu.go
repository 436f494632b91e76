// Package menu is where a conversation starts: it greets, offers what the
// organisation's bot can do, and understands a free sentence that asks for it.
package menu

import (
	"embed"
	"io/fs"

	"ventanilla/flows"
)

//go:embed texts/*.yaml
var texts embed.FS

// Finder tells what a free sentence asks for: the id of a service, "thanks",
// "hello", "elsewhere", or "" for what it does not understand.
type Finder interface{ Find(sentence string) string }

// Entry is a service on the menu, and the flow that does it.
type Entry struct{ ID, Flow string }

// New returns the flow with the entries in the order given. Human is the flow that leads to a person.
func New(find Finder, human string, entries ...Entry) flows.Flow {
	dir, _ := fs.Sub(texts, "texts") // a constant name: cannot fail
	on := flows.On{"persona": human + "/", "thanks": "thanks", "elsewhere": "elsewhere", "hello": "hello"}
	offer := []string{}
	for _, e := range entries {
		on[e.ID] = e.Flow + "/"
		offer = append(offer, e.ID)
	}
	take := func(_ *flows.Turn, in flows.Input) (string, string) { return read(find, on, in) }
	offer = append(offer, "persona")
	return flows.Flow{Name: "menu", Texts: dir, Steps: []flows.Step{
		{Name: "menu", Say: "menu", Help: "help", Offer: offer, Take: take, On: on},
		{Name: "elsewhere", Say: "elsewhere", Help: "help", Offer: offer, Take: take, On: on},
		{Name: "hello", Say: "hello", Help: "help", Offer: offer, Take: take, On: on},
		{Name: "thanks", Say: "thanks", On: flows.On{"next": flows.End}},
	}}
}

func read(find Finder, on flows.On, in flows.Input) (value, problem string) {
	if _, ok := on[in.Choice]; ok {
		return in.Choice, ""
	}
	if want := find.Find(in.Text); want != "" {
		if _, ok := on[want]; ok {
			return want, ""
		}
	}
	return "", "not_understood"
}
