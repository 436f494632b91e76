package flows

import (
	"slices"
	"strings"
	"time"
)

// Opinion is what is remembered of asking a person whether it helped: once a day at most, a quiet
// minute after what they came for was done, or when they say thanks. It stands in nobody's way:
// whatever else they do goes on as if nothing had been asked, and silence is an answer, too.
type Opinion struct {
	Errand string    `json:"errand,omitempty"` // the flow of what was done
	Ask    time.Time `json:"ask,omitzero"`     // when to ask; zero: not now
	Asked  time.Time `json:"asked,omitzero"`   // when it was asked last
	Open   bool      `json:"open,omitempty"`   // nothing was said since, so that a typed "bien" answers it
	Given  bool      `json:"given,omitempty"`  // it was answered
}

const (
	// quietFor is how long after the end of an errand somebody is asked who says nothing more.
	quietFor = time.Minute
	// asksEvery is how often one chat is asked at most.
	asksEvery = 24 * time.Hour
	// asksUntil is until how long after its time the question is still asked, should the program have been away.
	asksUntil = 15 * time.Minute
)

// What the person thinks of it: the Why of [Opined].
const (
	Good = "good"
	Bad  = "bad"
)

// opinion begins the ids of the two answers.
const opinion = "opinion/"

var (
	likes    = strings.Fields("1 uno si bien buenisimo buena bueno excelente genial perfecto barbaro joya good yes")
	dislikes = strings.Fields("2 dos no mal malo mala malisimo pesimo horrible bad")
)

// opines reads an answer to the question whether it helped; false if the input is none.
func (r *run) opines() bool {
	o := &r.d.Memory.Opinion
	open := o.Open && r.s == nil
	r.thanks, o.Open = !o.Ask.IsZero(), false
	o.Ask = time.Time{}
	answer, tapped := strings.CutPrefix(r.t.Input.Choice, opinion)
	if !tapped && open && r.t.Input.Choice == "" {
		switch word := Plain(r.t.Input.Text); {
		case slices.Contains(likes, word) || strings.HasPrefix(word, "muy bien"):
			answer = Good
		case slices.Contains(dislikes, word) || strings.HasPrefix(word, "muy mal"):
			answer = Bad
		}
	}
	if answer != Good && answer != Bad {
		return false
	}
	if o.Given || o.Asked.IsZero() { // a second tap, or one on a button of long ago
		return true
	}
	o.Given = true
	r.count(Event{What: Opined, Errand: o.Errand, Why: answer})
	r.common("opinion_" + answer)
	return true
}

// wonder plans to ask whether what was done helped, unless that was asked today already.
func (r *run) wonder(errand string) {
	o := &r.d.Memory.Opinion
	if r.d.Memory.Forget || r.t.Input.Event == "tick" || !o.Asked.IsZero() && r.t.Now.Sub(o.Asked) < asksEvery {
		return
	}
	*o = Opinion{Errand: errand, Ask: r.t.Now.Add(quietFor), Asked: o.Asked}
}

// ask asks, if it is time and the person is not at something else.
func (r *run) ask() {
	o := &r.d.Memory.Opinion
	if o.Ask.IsZero() || r.s != nil || r.t.At.Before(o.Ask) {
		return
	}
	late := r.t.At.After(o.Ask.Add(asksUntil))
	if o.Ask = (time.Time{}); late {
		return
	}
	r.wanted()
}

func (r *run) wanted() {
	o := &r.d.Memory.Opinion
	o.Ask, o.Asked, o.Open, o.Given = time.Time{}, r.t.Now, true, false
	r.t.Send(Reply{Text: r.e.own("opinion"), Offer: []Option{{ID: opinion + Good, Label: r.e.own("offer_opinion_good")}, {ID: opinion + Bad, Label: r.e.own("offer_opinion_bad")}}})
}
