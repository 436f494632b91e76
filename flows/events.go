package flows

import (
	"cmp"
	"time"
)

// Happened says what an [Event] counts.
type Happened string

// What is counted.
const (
	Began   Happened = "began"   // the person started a conversation
	Arrived Happened = "arrived" // the dialog came to a step
	Refused Happened = "refused" // an answer did not do at a step
	Solved  Happened = "solved"  // an errand reached a step that [Step.Solves] it; Took since it began
	Lost    Happened = "lost"    // an errand was left before that, at the step where it last waited; Why says how
	Opined  Happened = "opined"  // the person said whether it helped; Why is [Good] or [Bad]
)

// How an errand is left; see [Lost].
const (
	ByWord    = "cancelled"  // "cancelar", "terminar"
	BySilence = "silence"    // it was closed
	ForMenu   = "menu"       // left for the menu, perhaps to go on later
	ForPerson = "person"     // to a person, asked for or by the table
	ForOther  = "other"      // for another errand that was asked for instead
	Nothing   = "unfinished" // the table ends it, with nothing done
)

// Event is something that happened in a turn and is worth counting. It says nothing of whose
// conversation it is, and nothing of what was written.
type Event struct {
	What   Happened
	Errand string // the flow whose errand it is: the one that called, in a sub-dialog
	Flow   string
	Step   string
	Why    string
	Took   time.Duration
	Helped bool // an agent had a part in the errand
}

// errand is the flow whose errand is going on, "" if none is: neither the menu nor the wait for a person is one.
func (r *run) errand() string {
	name := cmp.Or(r.d.Caller, r.d.Flow)
	if name == r.e.home || name == r.e.human {
		return ""
	}
	return name
}

func (r *run) count(e Event) { r.events = append(r.events, e) }

// arrive counts an arrival at the current step, coming from an errand, and what that step means for it.
func (r *run) arrive(from string) {
	to := r.errand()
	if from != to {
		switch {
		case r.d.Flow == r.e.home:
			r.lose(from, ForMenu)
		case r.d.Flow == r.e.human:
			r.lose(from, ForPerson)
		}
		if from == "" {
			r.d.Began, r.d.Helped = r.t.At, false
		}
		r.d.Solved = false
	}
	r.count(Event{What: Arrived, Errand: cmp.Or(to, r.d.Flow), Flow: r.d.Flow, Step: r.s.Name})
	if r.s.Waits() {
		r.stood = spot{r.d.Flow, r.s.Name}
	}
	if r.s.Solves && !r.d.Solved && to != "" {
		r.d.Solved = true
		e := Event{What: Solved, Errand: to, Flow: r.d.Flow, Step: r.s.Name, Helped: r.d.Helped}
		if !r.d.Began.IsZero() {
			e.Took = r.t.At.Sub(r.d.Began)
		}
		r.count(e)
	}
}

// lose counts that an errand was left before it was solved.
func (r *run) lose(errand, why string) {
	if errand == "" || r.d.Solved {
		return
	}
	r.count(Event{What: Lost, Errand: errand, Flow: r.stood.flow, Step: r.stood.step, Why: why, Helped: r.d.Helped})
}
