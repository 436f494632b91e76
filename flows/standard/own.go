package standard

import (
	"cmp"

	"ventanilla/backend/portal"
	"ventanilla/flows/intent"
	"ventanilla/flows/links"
	"ventanilla/flows/menu"
)

// finder understands sentences as everybody does, and an organisation's own words
// for its links and its payslips.
type finder struct {
	menu.Finder
	links, payslips *intent.Phrases
}

func newFinder(p portal.Profile, all menu.Finder) finder {
	places := []string{}
	for _, l := range p.Payslips.Elsewhere {
		places = append(append(places, l.Label), l.Words...)
	}
	words := append([]string{p.Payslips.One, p.Payslips.Many}, p.Payslips.Words...)
	if !p.Offers(portal.Payslip) {
		places, words = nil, nil
	}
	return finder{all, links.Words(p), intent.List(map[string][]string{"payslip": append(words, places...)})}
}

// Find implements [menu.Finder]. A link is found by its words, unless they stand in
// a sentence that asks for an errand; "boletín" is no payslip.
func (f finder) Find(sentence string) string {
	want := f.Finder.Find(sentence)
	own := f.payslips.Find(sentence)
	switch {
	case f.links.Find(sentence) == "", intent.Acts(want) && want != intent.Payslip, own != "":
		if intent.Acts(want) {
			return want
		}
		return cmp.Or(own, want)
	}
	return linksID
}

// linksID is the menu's entry of the links.
const linksID = "links"

// linksLabel is what that entry is called: the one link by its name.
func linksLabel(p portal.Profile) string {
	if len(p.Links) == 1 {
		return p.Links[0].Label
	}
	return "Enlaces de " + p.Short
}
