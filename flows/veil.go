package flows

import "strings"

// masks are the steps of all flows whose answers are sensitive: where a reply quotes
// one, transcripts and agents see it masked.
func masks(flows map[string]*machine) (all []*Step) {
	for _, m := range flows {
		for i := range m.flow.Steps {
			if s := &m.flow.Steps[i]; s.Masked && s.Keep && s.Mask != nil {
				all = append(all, s)
			}
		}
	}
	return all
}

// veil gives each reply so far the form in which transcripts may keep it. It runs
// before the answers are forgotten.
func (r *run) veil() {
	for _, s := range r.e.masked {
		value := r.t.Values[s.Name]
		if len(value) < 4 { // too short to tell from other text, or to say anything
			continue
		}
		for i := range r.t.says {
			reply := &r.t.says[i]
			shown := reply.Text
			if reply.Shown != "" {
				shown = reply.Shown
			}
			for _, full := range []string{s.told(r.t), value} {
				shown = strings.ReplaceAll(shown, full, s.Mask(r.t))
			}
			if shown != reply.Text {
				reply.Shown = shown
			}
		}
	}
}
