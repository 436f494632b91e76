package intent

import (
	"maps"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
)

// example is a sentence of which it is known what it asks for.
type example struct{ text, intent string }

var slotForm = regexp.MustCompile(`\{([a-z_]+)\}`)

// How often a phrase with {slots} is learnt, with different words in them.
const timesOneSlot, timesMore, timesOpen = 5, 9, 10

// examples makes sentences of the phrases: with words in their slots, alone and in
// the company of words that ask for nothing. The draw is the same each time.
func (d data) examples(draw *rand.Rand) (all []example) {
	for _, intent := range slices.Sorted(maps.Keys(d.phrases)) {
		for _, phrase := range d.of(intent) {
			for _, s := range d.filled(phrase, draw) {
				all = append(all, example{s, intent})
				all = append(all, d.inCompany(s, intent, draw)...)
			}
		}
	}
	return all
}

// filled puts words into the slots of a phrase, in several ways.
func (d data) filled(phrase string, draw *rand.Rand) (all []string) {
	n := len(slotForm.FindAllString(phrase, -1))
	times := 1
	switch {
	case n == 1:
		times = timesOneSlot
	case n > 1:
		times = timesMore
	}
	if slices.ContainsFunc(open, func(slot string) bool { return strings.Contains(phrase, slot) }) {
		times = timesOpen
	}
	for range times {
		s := slotForm.ReplaceAllStringFunc(phrase, func(slot string) string {
			words := d.slots[slot[1:len(slot)-1]]
			switch {
			case len(words) == 0:
				return ""
			case slices.Contains(open, slot) && draw.IntN(4) == 0:
				return article[draw.IntN(len(article))] + invented(draw)
			}
			return words[draw.IntN(len(words))]
		})
		all = append(all, s)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// open are the slots for things that no list can hold; some of their words are invented.
var open = []string{"{cosa}", "{otro}"}

var (
	article   = strings.Split("el |la |los |las |mi |un |una |", "|")
	syllables = strings.Fields("ba be bi bo bu ca co cu cha che da de di do du fa fe fi fo ga go gue ja je ju la le li lo lu lla ma me mi mo mu na ne ni no ña pa pe pi po pu que qui ra re ri ro ru sa se si so su ta te ti to tu va ve vi za zo bra cre dro fla gri plo tran cion mien ter lan gar pes")
)

// invented is a word that is none.
func invented(draw *rand.Rand) string {
	var b strings.Builder
	for range 2 + draw.IntN(3) {
		b.WriteString(syllables[draw.IntN(len(syllables))])
	}
	return b.String()
}

// stays are intents whose phrases are whole answers: company would make them something else.
var stays = []string{Yes, No, Hello, Thanks, "menu", "cancelar", "volver", "repetir", "seguir", "terminar", "corregir"}

func (d data) inCompany(s, intent string, draw *rand.Rand) (all []example) {
	if slices.Contains(stays, intent) {
		return nil
	}
	one := func(where string) string { return d.around[where][draw.IntN(len(d.around[where]))] }
	put := func(parts ...string) { all = append(all, example{strings.Join(parts, " "), intent}) }
	if draw.IntN(3) == 0 {
		put(one("before"), s)
	}
	if draw.IntN(3) == 0 {
		put(s, one("behind"))
	}
	if intent == Elsewhere || intent == Complaint {
		return all
	}
	if draw.IntN(4) == 0 {
		put(one("beside")+",", s)
	}
	if draw.IntN(5) == 0 {
		put(one("before"), one("beside"), "y", s, one("behind"))
	}
	if draw.IntN(6) == 0 {
		put(s, one("beside"), "y", one("beside"))
	}
	return all
}
