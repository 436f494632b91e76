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
type Entry struct {
	ID, Flow string
	Hidden   bool // found by words and by buttons elsewhere, and not on the menu
}

// New returns the flow with the entries in the order given. Human is the flow that leads to a person.
func New(find Finder, human string, entries ...Entry) flows.Flow {
	dir, _ := fs.Sub(texts, "texts") // a constant name: cannot fail
	on := flows.On{"persona": human + "/", "thanks": "thanks", "elsewhere": "elsewhere", "hello": "hello"}
	offer, accepts := []string{}, []string{}
	for _, e := range entries {
		on[begin+e.ID] = e.Flow + "/"
		if e.Hidden {
			accepts = append(accepts, e.ID)
		} else {
			offer, accepts = append(offer, e.ID), append(accepts, e.ID)
		}
	}
	take := func(_ *flows.Turn, in flows.Input) (string, string) { return read(find, on, in) }
	offer = append(offer, "persona")
	return flows.Flow{Name: "menu", Texts: dir, Steps: []flows.Step{
		{Name: "menu", Say: "menu", Help: "help", Offer: offer, Accepts: accepts, Take: take, On: on},
		{Name: "elsewhere", Say: "elsewhere", Help: "help", Offer: offer, Accepts: accepts, Take: take, On: on},
		{Name: "hello", Say: "hello", Help: "help", Offer: offer, Accepts: accepts, Take: take, On: on},
		{Name: "thanks", Say: "thanks", On: flows.On{"next": flows.End}},
	}}
}

// begin marks the events that begin an errand: what it is called may be an event elsewhere.
const begin = "begin "

func read(find Finder, on flows.On, in flows.Input) (value, problem string) {
	for _, want := range []string{in.Choice, find.Find(in.Text)} {
		for _, event := range []string{begin + want, want} {
			if _, ok := on[event]; ok {
				return event, ""
			}
		}
	}
	return "", "not_understood"
}
