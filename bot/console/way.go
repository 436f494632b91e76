package console

import (
	"cmp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"ventanilla/flows"
	"ventanilla/store"
)

// wayView is the picture of the errand that a conversation is at, drawn from the tables that the engine walks.
type wayView struct {
	words
	Flow   string // what the errand is called
	Paused bool   // it was left for a person
	Stops  []stop // along which it leads if all goes well
	Out    []string
}

// stop is a step in the picture.
type stop struct {
	words
	Name  string
	State string // "here", "passed", "next", ""
	Inner []stop // of the sub-dialog that goes on here
	Sides []stop // where it leads if not all goes well: those that matter now
	More  []stop // and the others
	End   bool
}

// Here tells that the conversation stands at the stop itself.
func (s stop) Here() bool { return s.State == "here" && len(s.Inner) == 0 }

// MoreWords says how many others there are.
func (s stop) MoreWords() string { return s.Some("way_more", len(s.More)) }

// Word is the state of the stop, for who does not see the picture.
func (s stop) Word() string {
	if s.State == "" || !s.Here() && s.State == "here" {
		return ""
	}
	return s.T("stop_" + s.State)
}

// mainSteps are the steps of ways.yaml, by flow.
var mainSteps = mustWays()

func mustWays() map[string][]string {
	ways := map[string][]string{}
	b, err := files.ReadFile("ways.yaml")
	if err == nil {
		err = yaml.Unmarshal(b, &ways)
	}
	if err != nil {
		return nil // a test sees the picture
	}
	return ways
}

// drawing draws one conversation's way.
type drawing struct {
	words
	tables map[string]flows.Flow
	flow   string // where it stands
	step   string
	passed map[string]bool // "flow/step"
	next   map[string]bool // to where the table leads from here
}

// way draws where a conversation stands; false where nothing goes on that could be drawn.
func (c *Console) way(w words, conv *store.Conversation, lines []store.Line) (v wayView, ok bool) {
	if c.Flows == nil {
		return v, false
	}
	flow, step, caller, paused := standing(conv.Dialog)
	g := drawing{words: w, tables: c.Flows(conv.Key.Portal), flow: flow, step: step, passed: passed(conv.Dialog, lines)}
	errand, ok := g.tables[cmp.Or(caller, flow)]
	if !ok || len(errand.Steps) == 0 {
		return v, false
	}
	v = wayView{words: w, Flow: w.FlowName(errand.Name), Paused: paused}
	g.next, v.Out = g.leads()
	v.Stops = g.stops(errand)
	return v, true
}

// standing is the place that a dialog stands at, or stood at before it was left for a person.
func standing(d flows.Dialog) (flow, step, caller string, paused bool) {
	if p := d.Parked; d.Flow == human && p != nil {
		return p.Flow, p.Step, p.Caller, true
	}
	return d.Flow, d.Step, d.Caller, false
}

// passed are the places where the dialog was, by the marks on its lines and the answers it keeps.
func passed(d flows.Dialog, lines []store.Line) map[string]bool {
	been := map[string]bool{}
	for _, l := range lines {
		switch {
		case l.Step == "/":
			clear(been) // another errand began
		case l.Step != "":
			been[l.Step] = true
		}
	}
	for _, step := range d.Path {
		been[d.Flow+"/"+step] = true
	}
	return been
}

// leads is where the table leads from the place: to which steps of the flow, and out of it.
func (g drawing) leads() (next map[string]bool, out []string) {
	next = map[string]bool{}
	f := g.tables[g.flow]
	waits := map[string]bool{}
	for i := range f.Steps {
		waits[f.Steps[i].Name] = f.Steps[i].Waits()
	}
	moves := f.Moves()
	seen, open := map[string]bool{g.step: true}, []string{g.step}
	for len(open) > 0 {
		at := open[0]
		open = open[1:]
		for _, m := range moves {
			flow, step, inside := strings.Cut(m.To, "/")
			switch {
			case m.From != at:
			case !inside:
				out = append(out, g.T("way_"+m.To))
			case flow != f.Name:
				out = append(out, g.FlowName(flow))
			case waits[step]:
				next[step] = true
			case !seen[step]:
				seen[step], open = true, append(open, step)
			}
		}
	}
	slices.Sort(out)
	return next, slices.Compact(out)
}

// stops are the main steps of a flow with the others beside them, and before them the sub-dialog that it calls.
func (g drawing) stops(f flows.Flow) (all []stop) {
	if sub, ok := g.sub(f); ok {
		all = append(all, sub)
	}
	for i := range f.Steps {
		s := &f.Steps[i]
		if !s.Waits() {
			continue
		}
		x := stop{words: g.words, Name: g.StepName(f.Name, s.Name), State: g.state(f.Name, s.Name)}
		switch {
		case s.Keep || s.Form != nil || slices.Contains(mainSteps[f.Name], s.Name):
			all = append(all, x)
		case len(all) == 0: // before the first one
			all = append(all, stop{words: g.words, Name: g.T("way_start"), State: "passed", Sides: []stop{x}})
		case x.State == "":
			all[len(all)-1].More = append(all[len(all)-1].More, x)
		default:
			all[len(all)-1].Sides = append(all[len(all)-1].Sides, x)
		}
	}
	return append(all, stop{words: g.words, Name: g.ending(f), End: true})
}

// ending is what the last stop of a flow is called.
func (g drawing) ending(f flows.Flow) string {
	if f.Sub {
		return g.T("way_return")
	}
	return g.T("way_end")
}

// sub is the sub-dialog that a flow calls before anything else, with its own stops while it goes on.
func (g drawing) sub(f flows.Flow) (stop, bool) {
	for _, m := range f.Moves() {
		name, step, _ := strings.Cut(m.To, "/")
		sub := g.tables[name]
		if !sub.Sub || name == f.Name || step != "" {
			continue
		}
		x := stop{words: g.words, Name: g.FlowName(name)}
		switch {
		case g.flow == name:
			x.State, x.Inner = "here", g.stops(sub)
		case g.been(name):
			x.State = "passed"
		}
		return x, true
	}
	return stop{}, false
}

func (g drawing) been(flow string) bool {
	for place := range g.passed {
		if strings.HasPrefix(place, flow+"/") {
			return true
		}
	}
	return false
}

func (g drawing) state(flow, step string) string {
	switch {
	case flow == g.flow && step == g.step:
		return "here"
	case g.passed[flow+"/"+step]:
		return "passed"
	case flow == g.flow && g.next[step]:
		return "next"
	}
	return ""
}
