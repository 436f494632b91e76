package flows

import (
	"cmp"
	"slices"
	"strings"
)

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
	if len(r.t.Values) == 0 || len(r.t.says) == 0 {
		return
	}
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
			if shown = r.masking(s, shown); shown != reply.Text {
				reply.Shown = shown
			}
			reply.Offer = r.veilOffer(s, reply.Offer)
		}
	}
}

// veilOffer does the same for options: "Dejar: 22.841.307". Who else has the slice keeps it as it is.
func (r *run) veilOffer(s *Step, offer []Option) []Option {
	for i, o := range offer {
		seen := cmp.Or(o.Shown, o.Label)
		if shown := r.masking(s, seen); shown != seen {
			offer = slices.Clone(offer)
			offer[i].Shown = shown
		}
	}
	return offer
}

// masking is a text without the answer to a sensitive question.
func (r *run) masking(s *Step, text string) string {
	for _, full := range []string{s.told(r.t), r.t.Values[s.Name]} {
		text = strings.ReplaceAll(text, full, s.Mask(r.t))
	}
	return text
}
