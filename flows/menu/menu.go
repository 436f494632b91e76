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

// Entry is a service on the menu, and the flow that does it.
type Entry struct {
	ID, Flow string
	Hidden   bool // found by words and by buttons elsewhere, and not on the menu
}

// New returns the flow with the entries in the order given. Human is the flow that leads to a person.
func New(u Understanding, human string, entries ...Entry) flows.Flow {
	dir, _ := fs.Sub(texts, "texts") // a constant name: cannot fail
	on := flows.On{"persona": human + "/", "thanks": "thanks", "elsewhere": "elsewhere", "hello": "hello", "complaint": "sorry", "ask": "ask"}
	r := reader{Understanding: u, on: on, flows: map[string]string{}}
	offer, accepts := []string{}, []string{}
	for _, e := range entries {
		on[begin+e.ID], r.flows[e.ID] = e.Flow+"/", e.Flow
		if e.Hidden {
			accepts = append(accepts, e.ID)
		} else {
			offer, accepts = append(offer, e.ID), append(accepts, e.ID)
		}
	}
	offer = append(offer, "persona")
	at := func(name string) flows.Step {
		return flows.Step{Name: name, Say: name, Help: "help", Offer: offer, Accepts: accepts, Take: r.take, On: on}
	}
	ask := flows.Step{Name: "ask", Say: "ask", Help: "help", Offers: r.offers, Offer: []string{"word/menu"}, Accepts: append(accepts, "persona"), Take: r.take, On: on}
	return flows.Flow{Name: "menu", Texts: dir, Steps: []flows.Step{at("menu"), at("elsewhere"), at("hello"), at("sorry"), ask,
		{Name: "thanks", Say: "thanks", On: flows.On{"next": flows.End}},
	}}
}
