package standard

import (
	"slices"
	"strings"

	"ventanilla/backend/portal"
	"ventanilla/flows"
	"ventanilla/flows/account"
	"ventanilla/flows/links"
)

// where tells whoever asks at the menu about something that an organisation will ask for where that is found: "¿dónde viene el
// número de póliza?".
func where(p portal.Profile, listen func(text string) flows.Heard) func(text string) flows.Heard {
	words := links.Words(p)
	return func(text string) flows.Heard {
		h := listen(text)
		if h.Errand == flowOf[linksID] { // an address is told beside whatever is going on
			h.Where = linkOf(p, words.Find(text))
			return h
		}
		first, _, _ := strings.Cut(flows.Plain(text), " ")
		if h.What && h.Errand == "" || h == (flows.Heard{}) && slices.Contains(asksWhere, first) {
			h.Where = found(p, text)
		}
		return h
	}
}

// linkOf is one of an organisation's links, "" if it is not said which of several.
func linkOf(p portal.Profile, id string) string {
	for _, l := range p.Links {
		if l.ID == id || len(p.Links) == 1 {
			return l.Label + ": " + l.URL
		}
	}
	return ""
}

// found is where the one datum is found that a sentence names; "" if it names none, or several.
func found(p portal.Profile, text string) (says string) {
	said := strings.Fields(flows.Plain(text))
	for _, f := range p.Identity {
		named := slices.ContainsFunc(strings.Fields(flows.Plain(f.Label)), func(w string) bool {
			return len(w) > 2 && !slices.Contains(general, w) && slices.Contains(said, w)
		})
		switch {
		case !named || f.Where == "":
			continue
		case says != "":
			return ""
		}
		says = account.UpperFirst(account.Title(f.Label)) + ": " + f.Where
	}
	return says
}

// general are words of the names of data that name none of them.
var general = strings.Fields("numero tipo dato cuenta nombre clave fecha que los las del tus sus donde esta cual cobras cobra pagan sueldo")

// asksWhere are the words that such questions begin with.
var asksWhere = strings.Fields("que q donde cual como de where what")
