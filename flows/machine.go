package flows

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/looplab/fsm"
)

// move is an event at a step.
type move struct{ step, event string }

// machine is a flow made ready to walk. Its states are "flow/step".
type machine struct {
	flow   Flow
	steps  map[string]*Step
	events fsm.Events
	leads  map[move]string // where the state machine goes, for each move of the table
}

func compile(f Flow) *machine {
	m := &machine{flow: f, steps: map[string]*Step{}}
	for i := range f.Steps {
		s := &f.Steps[i]
		m.steps[s.Name] = s
		if _, ok := s.On["next"]; !ok {
			m.add(s.Name, "next", f.following(i))
		}
		for _, event := range slices.Sorted(maps.Keys(s.On)) {
			m.add(s.Name, event, s.On[event])
		}
	}
	m.leads = m.walked()
	return m
}

// walked asks the state machine once for all moves: asking it in each turn took longer than all the rest of going to
// a step. It carries no callbacks: looplab/fsm runs them under its lock and cannot undo a state they
// fail to enter, so actions run before, in Engine.act.
func (m *machine) walked() map[move]string {
	leads, f := map[move]string{}, fsm.NewFSM(m.flow.Name+"/"+m.flow.Steps[0].Name, m.events, nil)
	for _, e := range m.events {
		f.SetState(e.Src[0])
		err := f.Event(context.Background(), e.Name)
		if _, stays := errors.AsType[fsm.NoTransitionError](err); err == nil || stays {
			_, step, _ := strings.Cut(e.Src[0], "/")
			leads[move{step, e.Name}] = f.Current()
		}
	}
	return leads
}

func (m *machine) add(src, event, dst string) {
	m.events = append(m.events, fsm.EventDesc{Name: event, Src: []string{m.flow.Name + "/" + src}, Dst: m.whole(dst)})
}

// whole spells a destination as "flow/step"; "flow/" is another flow's first step.
func (m *machine) whole(dst string) string {
	if strings.Contains(dst, "/") {
		return dst
	}
	return m.flow.Name + "/" + dst
}

// next is where event leads from step, "flow/step"; an error if the table does not say.
func (m *machine) next(step, event string) (string, error) {
	dst, ok := m.leads[move{step, event}]
	if !ok {
		return "", fmt.Errorf("%s/%s: event %q leads nowhere", m.flow.Name, step, event)
	}
	return dst, nil
}

// at returns a step by name, under the name it has today; the first one for "".
func (m *machine) at(name string) *Step {
	if name == "" {
		return &m.flow.Steps[0]
	}
	return m.steps[m.moved(name)]
}

// moved is the name that a step has today; "flow/step" if it went to another flow.
func (m *machine) moved(name string) string {
	for range len(m.flow.Moved) {
		if _, ok := m.steps[name]; ok || m.flow.Moved[name] == "" {
			break
		}
		name = m.flow.Moved[name]
	}
	return name
}

// calledBy is who a dialog in this flow returns to, when it comes from another flow
// with the caller it had there: in a sub-dialog the other flow, unless that is the sub-dialog itself.
func (m *machine) calledBy(from, caller string) string {
	switch {
	case !m.flow.Sub:
		return ""
	case from == m.flow.Name || caller != "":
		return caller
	}
	return from
}

// place is where a step stands in the table; behind all for one that does not exist.
func (m *machine) place(name string) int {
	s := m.at(name)
	for i := range m.flow.Steps {
		if &m.flow.Steps[i] == s {
			return i
		}
	}
	return len(m.flow.Steps)
}

func (f Flow) following(i int) string {
	if i+1 < len(f.Steps) {
		return f.Steps[i+1].Name
	}
	return End
}

// Waits tells whether a dialog can stand at the step: somebody or something is waited for.
func (s *Step) Waits() bool { return s.Take != nil || s.Form != nil || s.Wait > 0 }

// Graph draws the flow as a Mermaid state diagram, from its table.
func (f Flow) Graph() string {
	var b strings.Builder
	fmt.Fprintf(&b, "stateDiagram-v2\n    [*] --> %s\n", node(f.Steps[0].Name))
	for _, e := range compile(f).events {
		_, src, _ := strings.Cut(e.Src[0], "/")
		flow, dst, _ := strings.Cut(e.Dst, "/")
		switch {
		case dst == End, dst == Return:
			dst = "[*]"
		case flow != f.Name:
			dst = node(flow + " flow")
		default:
			dst = node(dst)
		}
		fmt.Fprintf(&b, "    %s --> %s: %s\n", node(src), dst, e.Name)
	}
	return b.String()
}

func node(name string) string { return strings.NewReplacer("-", "_", " ", "_", ".", "_").Replace(name) }
