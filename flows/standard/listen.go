package standard

import (
	"slices"
	"strings"

	"ventanilla/flows"
	"ventanilla/flows/intent"
	"ventanilla/flows/proof"
)

// flowOf is the flow that each errand of a sentence is done by.
var flowOf = map[string]string{
	intent.Recover: "recovery", intent.Unlock: "unlock", intent.Register: "register", intent.Change: "change", intent.Payslip: "payslip", intent.Contact: "contact",
	linksID: "links", usernameID: "username", sessionsID: "sessions", intent.Link: "notices", intent.Unlink: "mydata", intent.MyData: "mydata", intent.Erase: "mydata", intent.NotMe: "notme",
}

// sureInBetween is how certain a sentence must be that answers no question, to be
// taken for anything: most of them are wrong answers.
const sureInBetween = 0.8

// listen reads sentences that answer no question. What is not wanted is left alone.
func listen(u finder) func(text string) flows.Heard {
	return func(text string) flows.Heard {
		if s := plainOf(text); u.other(&s) {
			if u.ofSlips(s.String()) {
				return flows.Heard{Event: proof.Another, Errand: flowOf[intent.Payslip]}
			}
			if !locked.In(&s) {
				return flows.Heard{Event: proof.Another}
			}
		}
		r := u.Read(text)
		if r.Negated || len(r.Best) == 0 || r.Best[0].Confidence < sureInBetween {
			return flows.Heard{}
		}
		switch want := r.Best[0].Intent; {
		case want == "answer_time": // where a code is under way, that is known to the second
			return flows.Heard{Answer: want, Word: "estado"}
		case want == usernameID: // or what is asked for is the user name
			return flows.Heard{Errand: flowOf[want], What: true}
		case strings.HasPrefix(want, "answer_"):
			return flows.Heard{Answer: want}
		case slices.Contains(flows.Universal, want):
			return flows.Heard{Word: want}
		case want == intent.WhatIs, want == intent.Why:
			return flows.Heard{What: want == intent.WhatIs, Why: want == intent.Why}
		case want == intent.Complaint:
			return flows.Heard{Angry: true}
		default:
			return flows.Heard{Errand: flowOf[want]}
		}
	}
}

// missed tells what was not understood, masked; messages of nothing but numbers and
// unknown words are answers gone wrong and say nothing to whoever keeps the lists.
func missed(u *intent.Understanding, tell func(portal, flow, step, masked string)) func(k flows.Key, flow, step, text string) {
	if tell == nil {
		return nil
	}
	return func(k flows.Key, flow, step, text string) {
		if masked, says := u.Masked(text); says {
			tell(k.Portal, flow, step, masked)
		}
	}
}
