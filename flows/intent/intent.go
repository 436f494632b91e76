// Package intent tells what a free sentence asks for. It reads lists of phrases
// that a Spanish speaker can extend without Go; it never acts, and it says how
// sure it is, so that nobody else acts on a guess.
package intent

import (
	_ "embed"
	"fmt"
	"slices"
)

//go:embed phrases.yaml
var builtin []byte

// What people ask for. The services and the universal words are called as the
// profiles and [ventanilla/flows.Universal] call them.
const (
	Recover   = "recover"   // a forgotten password
	Unlock    = "unlock"    // a locked account
	Register  = "register"  // open an account
	Change    = "change"    // another password, knowing the current one
	Payslip   = "payslip"   // read a payslip
	Contact   = "contact"   // change name, address, phone or e-mail
	Link      = "link"      // notices in this chat
	Unlink    = "unlink"    // no more of them
	MyData    = "my_data"   // what is kept about me
	Erase     = "erase"     // forget me
	NotMe     = "not_me"    // somebody else did this
	Yes       = "yes"       //
	No        = "no"        //
	Hello     = "hello"     //
	Thanks    = "thanks"    //
	Complaint = "complaint" // anger, with or without an errand
	Code      = "code"      // about a code or a mail that did not come, or expired
	WhatIs    = "what_is"   // "¿qué es el legajo?"
	Why       = "why"       // "¿para qué quieren mi DNI?"
	Elsewhere = "elsewhere" // what the bot is not for
)

// Acting are the intents that begin an errand. Nothing else may be taken for one of them.
var Acting = []string{Recover, Unlock, Register, Change, Payslip, Contact, Link, Unlink, MyData, Erase, NotMe}

// Acts tells whether an intent begins an errand.
func Acts(intent string) bool { return slices.Contains(Acting, intent) }

// Extra are an organisation's own words for something: phrases that mean an intent there.
type Extra struct {
	Intent  string
	Phrases []string
}

// Understanding reads sentences. It is safe for concurrent use.
type Understanding struct{ phrases *Phrases }

// Reading is what a sentence seems to say.
type Reading struct {
	Best    []Guess  // the likeliest first; empty: nothing was understood
	Negated bool     // it says that something is not wanted: "no quiero bloquear nada"
	Several []string // two or more errands asked for in one sentence, in their order
	Slots   Slots
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
}

// Number is something with digits, such as an identifier.
type Number struct {
	Text   string // as it was typed: "20.111.222"
	Digits string // without what separates: "20111222"
	Label  string // the word before it, plain: "dni", "legajo"; "" if none
}

// Sure is at least this; anything less is asked about or not understood.
const sure = 0.5

// Sure returns the intent that the sentence certainly has, "" if none is certain.
func (r Reading) Sure() string {
	if r.Negated || len(r.Best) == 0 || r.Best[0].Confidence < sure {
		return ""
	}
	return r.Best[0].Intent
}

// Ask returns the two intents between which the person should be asked to choose,
// nil if there is nothing to ask.
func (r Reading) Ask() []string { return nil }

// Builtin returns the understanding that ships with the bot.
func Builtin() (*Understanding, error) { return New() }

// New returns the understanding that ships with the bot, with an organisation's own words.
func New(extra ...Extra) (*Understanding, error) {
	p, err := Parse(builtin)
	if err != nil {
		return nil, fmt.Errorf("what people write: %w", err)
	}
	for _, x := range extra {
		p.list = append(p.list, List(map[string][]string{x.Intent: x.Phrases}).list...)
	}
	p.sort()
	return &Understanding{p}, nil
}

// Read tells what a sentence seems to say.
func (u *Understanding) Read(sentence string) Reading {
	want := u.phrases.Find(sentence)
	if want == "" {
		return Reading{}
	}
	return Reading{Best: []Guess{{Intent: want, Confidence: 0.9}}}
}

// Find returns the intent that a sentence certainly has, "" if none is certain.
func (u *Understanding) Find(sentence string) string { return u.Read(sentence).Sure() }
