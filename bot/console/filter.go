package console

import (
	"cmp"
	"maps"
	"net/url"
	"slices"
	"strings"

	"ventanilla/flows"
	"ventanilla/store"
)

// filter is what an agent wants to see in the list. It stands in the address, so that it can be kept as a bookmark.
type filter struct {
	Portal, Channel string
	Flow            string
	Step            string // "flow/step"
	Who             string // "mine", "free"; "": everybody's
	Label           string
}

// fields are the parts of a filter by their names in an address.
func (f *filter) fields() map[string]*string {
	return map[string]*string{"portal": &f.Portal, "channel": &f.Channel, "flow": &f.Flow, "step": &f.Step, "who": &f.Who, "label": &f.Label}
}

func filterOf(q url.Values) (f filter) {
	for name, to := range f.fields() {
		*to = strings.TrimSpace(q.Get(name))
	}
	return f
}

// Query is the filter as it stands in an address.
func (f filter) Query() string {
	q := url.Values{}
	for name, v := range f.fields() {
		if *v != "" {
			q.Set(name, *v)
		}
	}
	return q.Encode()
}

// Address is the list with the filter.
func (f filter) Address() string { return withQuery(Path, f.Query()) }

func withQuery(path, query string) string {
	if query == "" {
		return path
	}
	return path + "?" + query
}

func (f filter) wants(r row, a store.Agent) bool {
	switch {
	case !a.Sees(r.Portal), f.Portal != "" && r.Portal != f.Portal, f.Channel != "" && r.Channel != f.Channel:
		return false
	case f.Flow != "" && r.Flow != f.Flow, f.Step != "" && r.Flow+"/"+r.Step != f.Step, f.Label != "" && !r.labelled(f.Label):
		return false
	case f.Who == "mine":
		return holds(a, r.Holder) || r.Care.Asked != nil && r.Care.Asked.To == a.Name
	case f.Who == "free":
		return r.Holder == "" && r.Care.Asked == nil && !r.idle()
	}
	return true
}

func (r row) labelled(label string) bool {
	return slices.ContainsFunc(r.Care.Labels, func(s string) bool { return flows.Plain(s) == flows.Plain(label) })
}

// choices are what the list can be narrowed to: what there is now, and what was chosen.
type choices struct {
	Flows, Labels []choice
	Steps         []choiceGroup
}

// choice is an option of a filter.
type choice struct {
	Value, Name string
	Chosen      bool
}

// choiceGroup is options under a heading.
type choiceGroup struct {
	Name string
	All  []choice
}

func (c *Console) choices(v visit, f filter) (all choices) {
	steps, labels := map[string]map[string]bool{}, map[string]bool{}
	add := func(flow, step string) {
		if flow != "" && steps[flow] == nil {
			steps[flow] = map[string]bool{}
		}
		if step != "" {
			steps[flow][step] = true
		}
	}
	for _, r := range c.live.all(func(r row) bool { return v.agent.Sees(r.Portal) }) {
		add(r.Flow, r.Step)
		for _, s := range r.Care.Labels {
			labels[s] = true
		}
	}
	add(f.Flow, "")
	if flow, step, ok := strings.Cut(f.Step, "/"); ok {
		add(flow, step)
	}
	if f.Label != "" && !slices.ContainsFunc(slices.Collect(maps.Keys(labels)), func(s string) bool { return flows.Plain(s) == flows.Plain(f.Label) }) {
		labels[f.Label] = true
	}
	for flow, of := range steps {
		all.Flows = append(all.Flows, choice{flow, v.words.FlowName(flow), flow == f.Flow})
		if f.Flow == "" || f.Flow == flow || strings.HasPrefix(f.Step, flow+"/") {
			all.Steps = append(all.Steps, v.words.stepsOf(flow, of, f.Step))
		}
	}
	for s := range labels {
		all.Labels = append(all.Labels, choice{s, s, flows.Plain(s) == flows.Plain(f.Label)})
	}
	byName(all.Flows)
	byName(all.Labels)
	slices.SortFunc(all.Steps, func(a, b choiceGroup) int { return strings.Compare(a.Name, b.Name) })
	return all
}

// stepsOf are the steps of a flow to choose from.
func (w words) stepsOf(flow string, steps map[string]bool, chosen string) choiceGroup {
	g := choiceGroup{Name: w.FlowName(flow)}
	for step := range steps {
		value := flow + "/" + step
		g.All = append(g.All, choice{value, w.Where(flow, step), value == chosen})
	}
	byName(g.All)
	return g
}

func byName(all []choice) {
	slices.SortFunc(all, func(a, b choice) int {
		return cmp.Or(strings.Compare(flows.Plain(a.Name), flows.Plain(b.Name)), strings.Compare(a.Value, b.Value))
	})
}
