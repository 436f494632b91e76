package flows

import "strings"

// Move is where an event leads from a step, as the table of a flow says.
type Move struct {
	From  string // a step of the flow
	Event string
	To    string // "flow/step"; "flow/" is the first step of another flow, and [End] and [Return] are themselves
}

// Moves are all moves of the table, from top to bottom: what a picture of the flow is drawn from.
func (f Flow) Moves() (all []Move) {
	for _, e := range compile(f).events {
		_, src, _ := strings.Cut(e.Src[0], "/")
		m := Move{From: src, Event: e.Name, To: e.Dst}
		if _, dst, _ := strings.Cut(e.Dst, "/"); dst == End || dst == Return {
			m.To = dst
		}
		all = append(all, m)
	}
	return all
}

// Flows are the tables that the engine walks, by name.
func (e *Engine) Flows() map[string]Flow {
	all := map[string]Flow{}
	for name, m := range e.flows {
		all[name] = m.flow
	}
	return all
}
