package console

import (
	"cmp"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"ventanilla/flows"
	"ventanilla/store"
)

// Reading is what the bot understands of a sentence; see Config.Understand.
type Reading struct {
	Sure    string  // the errand or wish that counts as certain, "" if none does
	Negated bool    // it says that something is not wanted
	Guesses []Guess // the likeliest first
}

// Guess is one thing that a sentence may mean.
type Guess struct {
	Wish       string   // as the intents are called: "unlock", "persona"
	Confidence float64  // 0 to 1
	Why        []string // what in the sentence speaks for it
}

// readView is a reading as the page shows it.
type readView struct {
	words
	Reading
	Sentence string // in short
	Sureness string // of that, in percent
}

// Wish is what somebody may want, in the agent's words.
func (w words) Wish(id string) string {
	return cmp.Or(w.text["wish_"+id], id)
}

// Percent is a confidence as a number of a hundred.
func (g Guess) Percent() string { return strconv.Itoa(int(math.Round(g.Confidence*100))) + " %" }

// Signs are what in the sentence speaks for a guess, in the agent's words: pieces of it as they were typed, and why a
// whole sentence counts. The names of ideas that the program counts by say nothing to an agent.
func (w words) Signs(g Guess) string {
	var signs []string
	for _, why := range g.Why {
		if s, ok := w.text["sign_"+why]; ok {
			signs = append(signs, s)
		} else if piece := strings.Trim(why, `"`); piece != why {
			signs = append(signs, "«"+piece+"…»")
		}
	}
	return strings.Join(signs, ", ")
}

// least is from how much confidence on a guess is worth showing.
const least = 0.25

// read reads a line of the person again, as it was kept: what was taken out of it is not understood
// either. Answers without a word, and what was tapped, ask for nothing.
func (c *Console) read(w words, portal string, l store.Line) *readView {
	if c.Understand == nil || l.From != flows.Person || l.Text == "" || l.Choice != "" || l.Hidden || l.Kind != flows.Text || !wordy(l.Text) {
		return nil
	}
	v := &readView{words: w, Reading: c.Understand(portal, l.Text)}
	v.Guesses = slices.DeleteFunc(slices.Clone(v.Guesses), func(g Guess) bool { return g.Confidence < least })
	switch {
	case v.Negated && len(v.Guesses) > 0:
		v.Sentence = w.T("read_not", "wish", w.Wish(v.Guesses[0].Wish))
	case v.Sure != "" && v.Sure != "elsewhere" && len(v.Guesses) > 0:
		v.Sentence = w.T("read_sure", "wish", w.Wish(v.Sure))
	case len(v.Guesses) > 0 && v.Guesses[0].Wish != "elsewhere":
		v.Sentence = w.T("read_maybe", "wish", w.Wish(v.Guesses[0].Wish))
	default:
		v.Sentence = w.T("read_nothing")
		return v
	}
	v.Sureness = v.Guesses[0].Percent()
	return v
}

// wordy tells whether a text holds a word of three letters.
func wordy(text string) bool {
	run := 0
	for _, r := range text {
		if run++; !unicode.IsLetter(r) {
			run = 0
		}
		if run == 3 {
			return true
		}
	}
	return false
}

// Wishes tells whether there are words for something that people may want.
func Wishes(id string) bool {
	for _, w := range languages {
		if _, ok := w.text["wish_"+id]; !ok {
			return false
		}
	}
	return true
}
