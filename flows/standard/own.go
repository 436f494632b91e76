package standard

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"ventanilla/backend/portal"
	"ventanilla/flows"
	"ventanilla/flows/account"
	"ventanilla/flows/intent"
	"ventanilla/flows/links"
	"ventanilla/flows/menu"
)

// finder understands sentences as everybody does, and an organisation's own words
// for its links and its payslips.
type finder struct {
	menu.Understanding
	links, payslips, places *intent.Phrases
	closed                  bool // nobody registers here
}

func newFinder(p portal.Profile, all menu.Understanding) finder {
	places := []string{}
	for _, l := range p.Payslips.Elsewhere {
		places = append(append(places, l.Label), l.Words...)
	}
	words := append([]string{p.Payslips.One, p.Payslips.Many}, p.Payslips.Words...)
	if !p.Offers(portal.Payslip) {
		places, words = nil, nil
	}
	return finder{all, links.Words(p), intent.List(map[string][]string{"payslip": append(words, places...)}), intent.List(map[string][]string{"payslip": places}), !p.Offers(portal.Register)}
}

// Read implements [menu.Understanding]. A link is found by its words, unless they stand in
// a sentence that asks for an errand; "boletín" is no payslip.
func (f finder) Read(sentence string) intent.Reading {
	read := f.Understanding.Read(sentence)
	want, own := read.Sure(), f.payslips.Find(sentence)
	switch {
	case (!intent.Acts(want) || want == intent.Register && f.closed) && (want == "ayuda" || !slices.Contains(flows.Universal, want)) && account.NoMail.Find(sentence) != "": // who that is comes first, then a person
		return intent.Certain(intent.Recover)
	case intent.Acts(want) && (want != intent.Payslip || own != ""), read.Negated:
		return read
	case own != "" && (want != intent.Elsewhere || f.places.Find(sentence) != "" || strings.Contains(flows.Plain(sentence), "mis dos cuentas")): // the errand knows where those are
		return intent.Certain(own)
	case f.links.Find(sentence) != "":
		return intent.Certain(linksID)
	}
	return read
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

// Understanding is what an organisation's bot understands of sentences: what everybody understands, and
// the organisation's own words for its services. It refuses words that work everywhere already.
func Understanding(p portal.Profile) (*intent.Understanding, error) {
	if len(p.Words) == 0 {
		return intent.Builtin()
	}
	everywhere, err := flows.Words()
	if err != nil {
		return nil, err
	}
	var extra []intent.Extra
	for _, s := range slices.Sorted(maps.Keys(p.Words)) {
		for _, phrase := range p.Words[s] {
			if word := everywhere[flows.Plain(phrase)]; word != "" {
				return nil, fmt.Errorf("words of %s: %q means %s in every conversation", s, phrase, word)
			}
		}
		extra = append(extra, intent.Extra{Intent: string(s), Phrases: p.Words[s]})
	}
	return intent.New(extra...)
}
