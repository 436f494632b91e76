package standard_test

import (
	"slices"

	"ventanilla/flows"
)

// outside are the acts that change what is not of the dialog: the story could not go on after them.
var outside = []string{"unlock", "unlink", "unlink_others"}

// aided: each act of an agent ends as its entry says, and what was not proven here is not done by one agent
// alone. What is refused leaves the dialog as it is and says nothing. RULES: agent.never
func (p probe) aided() (done int) {
	d, e := p.w.Dialog, p.w.Engine
	chances, err := e.Chances(p.Context(), p.w.Key, d)
	if err != nil {
		p.Errorf("%s: %v", p.at, err)
		return 0
	}
	for i, a := range e.Acts() {
		c := chances[i]
		if c.Act != a.Name || c.Why != "" && !slices.Contains(a.Refuses, c.Why) {
			p.Errorf("%s: %s cannot be done because of %q, which is not among %q", p.at, a.Name, c.Why, a.Refuses)
		}
		if alone := a.Who == flows.Two || a.Who == flows.OneIfProven && d.Proof == nil; c.Why == "" && alone && !c.Second {
			p.Errorf("%s: one agent alone can do %s", p.at, a.Name)
		}
		if c.Why == "" && slices.Contains(outside, a.Name) {
			continue
		}
		forget := p.w.Guard.Mark()
		done += p.aid(a, c)
		forget()
	}
	return done
}

// aid asks for one act, alone and with another agent's word, and returns how often it was done.
func (p probe) aid(a flows.ActEntry, c flows.Chance) (done int) {
	d, now := p.w.Dialog, p.w.Clock.Now()
	values := map[string]string{flows.AidReason: "lo pidió por teléfono", flows.AidChecked: "vino con su documento"}
	if len(c.Accounts) > 0 {
		values[flows.AidAccount] = c.Accounts[0].ID
	}
	for _, second := range []string{"", "Pedro"} {
		if second != "" {
			values[flows.AidSecond] = second
		}
		r := p.say(d, now, flows.Input{From: flows.Agent, Event: flows.AidEvent + a.Name, Values: values})
		switch refused := r.Outcome != flows.AidDone; {
		case refused && !slices.Contains(a.Refuses, r.Outcome), c.Why != "" && r.Outcome != c.Why, c.Why == "" && c.Second && second == "" && r.Outcome != "unproven":
			p.Errorf("%s: %s, allowed by %q, ended with %q; it could not be done because of %q, its entry has %q", p.at, a.Name, second, r.Outcome, c.Why, a.Refuses)
		case r.Outcome == c.Why && refused && (len(r.Replies) > 0 || r.Dialog.Flow != d.Flow || r.Dialog.Step != d.Step):
			p.Errorf("%s: %s was refused (%s), and the dialog is at %s/%s, saying %q", p.at, a.Name, r.Outcome, r.Dialog.Flow, r.Dialog.Step, heard(r))
		case !refused:
			done++
		}
	}
	return done
}
