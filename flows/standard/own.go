package standard

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"ventanilla/backend/portal"
	"ventanilla/flows"
	"ventanilla/flows/account"
	"ventanilla/flows/intent"
	"ventanilla/flows/links"
	"ventanilla/flows/menu"
	"ventanilla/flows/sieve"
)

// finder understands sentences as everybody does, and an organisation's own words
// for its links and its payslips.
type finder struct {
	menu.Understanding
	links, payslips, places *intent.Phrases
	closed                  bool   // nobody registers here
	data, slips             bool   // contact data can be changed, payslips be had
	locked                  string // the errand of who may be locked out or have forgotten the password
	factor                  bool   // the portal asks for a second factor
	ours                    func(sentence string) string
	wishes                  []sieve.Form // for another account
}

func newFinder(p portal.Profile, all menu.Understanding) finder {
	places := []string{}
	for _, l := range p.Payslips.Elsewhere {
		places = append(append(places, l.Label), l.Words...)
	}
	locked := intent.Unlock
	if p.Recovery == portal.ByCode || !p.Offers(portal.Unlock) {
		locked = intent.Recover
	}
	words := append([]string{p.Payslips.One, p.Payslips.Many}, p.Payslips.Words...)
	if !p.Offers(portal.Payslip) {
		places, words = nil, nil
	}
	return finder{all, links.Words(p), intent.List(map[string][]string{"payslip": append(words, places...)}), intent.List(map[string][]string{"payslip": places}), !p.Offers(portal.Register),
		p.Offers(portal.Contact), p.Offers(portal.Payslip), locked, p.Password.SecondFactor, ours(p), another(p)}
}

// Read implements [menu.Understanding]. A link is found by its words, unless they stand in
// a sentence that asks for an errand; "boletín" is no payslip.
func (f finder) Read(sentence string) intent.Reading {
	said := plainOf(sentence)
	s := &said
	if answer := f.asked(s); answer != "" {
		return intent.Certain(answer)
	}
	if strings.ContainsAny(sentence, "._") && lone.MatchString(sentence) {
		return intent.Reading{}
	}
	read := f.Understanding.Read(sentence)
	if len(read.Best) > 0 && (read.Best[0].Intent == intent.Elsewhere || read.Sure() == "") {
		if own := f.ours(sentence); own != "" {
			read = f.Understanding.Read(own)
		}
	}
	if two := read.Ask(); slices.Contains(two, intent.Recover) && slices.Contains(two, intent.Unlock) { // each asks about the other
		read = intent.Certain(f.locked)
	}
	if certain, found := f.named(s, read); found {
		return certain
	}
	plain := s.String()
	want, own := read.Sure(), f.payslips.Find(plain)
	switch {
	case (!intent.Acts(want) || want == intent.Register && f.closed) && (want == "ayuda" || !slices.Contains(flows.Universal, want)) && account.NoMail.Find(plain) != "": // who that is comes first, then a person
		return intent.Certain(intent.Recover)
	case intent.Acts(want) && (want != intent.Payslip || own != ""), read.Negated:
		return read
	case own != "" && (want != intent.Elsewhere || f.places.Find(plain) != "" || strings.Contains(plain, "mis dos cuentas")): // the errand knows where those are
		return intent.Certain(own)
	case f.links.Find(plain) != "":
		return intent.Certain(linksID)
	}
	return read
}

// named reads plain sentences that a few words decide, whatever else is likely.
func (f finder) named(s *sieve.Text, read intent.Reading) (intent.Reading, bool) {
	plain := s.String()
	switch {
	case len(read.Best) > 0 && read.Best[0].Intent == "terminar" && ofTerms.In(s): // nobody ends who asks for the terms
		return intent.Reading{}, true
	case read.Negated:
		return read, false
	case wantsUsername(s):
		return intent.Certain(usernameID), true
	case f.data && more.In(s):
		return intent.Certain(intent.Contact), true
	case telephone.In(s):
		why := []string{"a telephone number, or a call"}
		return intent.Reading{Best: []intent.Guess{{Intent: intent.Contact, Confidence: 0.5, Why: why}, {Intent: "persona", Confidence: 0.4, Why: why}}}, true
	case f.slips && (bereaved.In(s) || newest.In(s)): // the accounts of others are nobody's errand here
		why := []string{"somebody who died, or the last of what there is"}
		return intent.Reading{Best: []intent.Guess{{Intent: intent.Payslip, Confidence: 0.5, Why: why}, {Intent: "persona", Confidence: 0.4, Why: why}}}, true
	case f.slips && f.other(s) && f.ofSlips(plain): // of another account than the one they were just busy with: whose it is, the errand finds out
		return intent.Certain(intent.Payslip), true
	case ofOthers.In(s): // nobody's errand but theirs
		return intent.Certain(intent.Elsewhere), true
	case locked.In(s):
		return intent.Certain(f.locked), true
	case myKey.In(s):
		return intent.Certain(intent.Recover), true
	case f.slips && month.In(s):
		return intent.Certain(intent.Payslip), true
	case f.slips && bonus.In(s):
		return intent.Certain(intent.Payslip), true
	case signedIn.In(s):
		return intent.Certain(sessionsID), true
	case shut.In(s), f.closed && first.In(s):
		return intent.Certain(intent.Recover), true
	case !f.closed && (keyless.In(s) || opening.In(s) && account.NoMail.Find(plain) != ""):
		return intent.Certain(intent.Register), true
	case f.links.Find(plain) != "" && ofKeys.In(s):
		for _, g := range read.Best {
			if intent.Acts(g.Intent) && g.Confidence > 0.2 {
				return intent.Certain(g.Intent), true
			}
		}
	}
	return read, false
}

// ofSlips tells whether a plain sentence speaks of payslips that are to be had here.
func (f finder) ofSlips(plain string) bool {
	return f.slips && f.payslips.Find(plain) != "" && f.places.Find(plain) == ""
}

// lone tells of a message that is a user name and nothing else: "ximena.robles" asks for nothing.
var lone = regexp.MustCompile(`^\s*\pL{2,}(?:[._]\pL+)+\d*\s*$`)

// ofTerms is what people call what they accept.
var ofTerms = sieve.Must(`\b(terminos|condiciones)\b`)

// sessionsID is what the errand is called that signs a person out elsewhere.
const sessionsID = "end_sessions"

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
