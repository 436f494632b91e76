package console

import (
	"regexp"
	"strings"

	"ventanilla/backend/mailaddr"
	"ventanilla/flows"
	"ventanilla/store"
)

// unfilled shows where a secret stood that was filled in while sending, and that is kept nowhere (RULES: code.stored).
var unfilled = strings.NewReplacer("{code}", "•••• ••••", "{pin}", "••••", "{temporary}", "••••••••••••", "{link}", "🔗")

// address is a mail address within a text.
var address = regexp.MustCompile(`[^\s@<>,;:()«»"]+@[^\s@<>,;:()«»"]*[\pL\pN]`)

// covered is what agents read of a line: nothing of what was filled in while sending, and of the addresses that the
// person wrote or was told so much that its owner knows them. Other identifiers are masked before a line is kept.
func covered(l store.Line) string {
	text := l.Text
	if l.From == flows.Agent || l.From == store.Note && l.Who != "" {
		return text
	}
	if l.From != flows.Person {
		text = unfilled.Replace(text)
	}
	return unaddressed(text)
}

// unaddressed is a text whose addresses are masked.
func unaddressed(text string) string {
	if !strings.Contains(text, "@") {
		return text
	}
	return address.ReplaceAllStringFunc(text, mailaddr.Mask)
}
