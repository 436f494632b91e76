// Package intent tells what a free sentence asks for. It reads lists of phrases
// that a Spanish speaker can extend without Go; it never acts, and it says how
// sure it is, so that nobody else acts on a guess.
package intent

// Extra are an organisation's own words for something: phrases that mean an intent there.
type Extra struct {
	Intent  string
	Phrases []string
}

// Reading is what a sentence seems to ask for. What it tells besides is [Tell]'s.
type Reading struct {
	Best    []Guess  // the likeliest first; empty: nothing was understood
	Negated bool     // it says that something is not wanted: "no quiero bloquear nada"
	Several []string // two or more errands asked for in one sentence, in their order
}

// Guess is one intent and how likely it is.
type Guess struct {
	Intent     string
	Confidence float64  // 0 to 1
	Why        []string // what in the sentence speaks for it, the weightiest first
}

// Slots are what a sentence already tells, so that it need not be asked again.
// They are candidates: whoever uses one judges it as if it had been typed as an answer.
type Slots struct {
	Emails  []string
	Numbers []Number
	Dates   []string // as ISO 8601, "1961-05-03"; only dates that exist
	Name    string   // after "soy" or "me llamo"
	Self    []string `json:",omitempty"` // what somebody says to be, or may be: "docente", "ley 10430"
	Born    string   `json:",omitempty"` // the one of Dates that is said to be of birth
	New     string   `json:",omitempty"` // the one of Emails that is to replace another: "cambiar mi correo a …"
	Have    string   `json:",omitempty"` // the one of Emails that somebody says to have: "mi correo es …"
}

// Number is something with digits, such as an identifier.
type Number struct {
	Text   string // as it was typed: "20.111.222"
	Digits string // without what separates: "20111222"
	Label  string // the word before it, plain: "dni", "legajo"; "" if none
}

// Certain is the reading of a sentence of which it is known what it asks for.
func Certain(intent string) Reading {
	return Reading{Best: []Guess{{intent, 1, []string{"an organisation's own words"}}}}
}

// Sure returns the intent that the sentence certainly has, "" if none is certain.
func (r Reading) Sure() string {
	if len(r.Best) == 0 || r.Best[0].Confidence < r.needed() {
		return ""
	}
	return r.Best[0].Intent
}

// How sure one must be to begin an errand, to do anything else, and how far the
// next guess must be. Below, people are asked (from askable on) or told that they
// were not understood. Measured on sentences that were not learnt: see TestIntents.
const (
	sureToAct = 0.58
	sure      = 0.45
	askable   = 0.25
)

func (r Reading) needed() float64 {
	if Acts(r.Best[0].Intent) {
		return sureToAct
	}
	return sure
}

// Ask returns the two intents between which the person should be asked to choose,
// nil if there is nothing to ask. One of them begins an errand; if nothing stands
// beside it, a person does.
func (r Reading) Ask() []string {
	if r.Sure() != "" {
		return nil
	}
	var two []string
	for _, g := range r.Best {
		if g.Intent != Elsewhere && len(two) < 2 && g.Confidence >= askable/float64(1+len(two)) {
			two = append(two, g.Intent)
		}
	}
	if len(two) == 1 {
		two = append(two, "persona")
	}
	if len(two) < 2 || two[0] == two[1] || !Acts(two[0]) && !Acts(two[1]) {
		return nil
	}
	return two
}

// Find returns the intent that a sentence certainly has, "" if none is certain.
func (u *Understanding) Find(sentence string) string { return u.Read(sentence).Sure() }
