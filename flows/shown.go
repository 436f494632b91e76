package flows

import (
	"context"
	"slices"
	"strings"
)

// remain notes what stays on the screen to be chosen from when the turn is over and is none of the
// question's own options: those of the line an errand ended with, or of a notice. Whether it
// helped is asked with options of its own, which its answers know.
func (r *run) remain() {
	var last []Option
	for _, reply := range r.t.says {
		if reply.To == "" && len(reply.Offer) > 0 && !strings.HasPrefix(reply.Offer[0].ID, opinion) {
			last = reply.Offer
		}
	}
	switch {
	case last == nil, len(r.d.Shown) > 0 && !slices.ContainsFunc(last, func(o Option) bool { return !strings.HasPrefix(o.ID, "word/") }):
		// what a notice said before stays there until the person says something, also when silence closed the dialog meanwhile
	default:
		r.d.Shown = nil
		offered := r.offers()
		if slices.ContainsFunc(last, func(o Option) bool { return !slices.Contains(offered, o) }) {
			r.d.Shown = last
		}
	}
}

// outside finds the option that was chosen of those (RULES: talk.size): by a tap, a number, an ordinal, its words, or,
// of a single one, a yes. What is offered beside the menu may be tapped at any time.
func (r *run) outside(in Input, offered []Option) (o Option, ok bool) {
	shown := r.d.Shown
	r.d.Shown = nil
	home, id := r.e.flows[r.e.home].flow.Steps[0], in.Choice
	beside := slices.Contains(home.Accepts, id) && !slices.Contains(home.Offer, id)
	switch {
	case id == "":
		id = r.e.match(in.Text, shown)
		if id == "" && len(shown) == 1 && r.d.Flow == r.e.home && r.e.agrees(Plain(in.Text), shown[0]) {
			id = shown[0].ID
		}
	case !hasID(shown, id) && (!beside || has(offered, id) || slices.Contains(r.s.Accepts, id)):
		return o, false
	}
	if !strings.HasPrefix(id, "word/") && !slices.Contains(home.Accepts, id) && !slices.Contains(home.Offer, id) {
		return o, false
	}
	for _, o := range shown {
		if o.ID == id {
			return o, true
		}
	}
	return Option{ID: id}, true
}

// take begins what was chosen so. An errand in hand waits meanwhile.
func (r *run) take(ctx context.Context, o Option) error {
	r.t.Input.Choice = o.ID
	if done, err := r.chosen(ctx, o.ID); done || err != nil {
		return err
	}
	if r.d.Flow != r.e.home {
		r.farewell()
		r.shelve()
		r.clear()
		r.place(r.e.home, "")
	}
	if o.Wish != "" {
		r.remember([]Given{{Kind: GivenWish, Text: o.Wish}})
	}
	return r.judge(ctx)
}

// agrees tells whether words say yes to the only option there is, in other words or in its own: "sí, quiero verlo". To one that
// denies something nobody says yes: "sí" to "your password was changed" is the opposite of "No fui yo".
func (e *Engine) agrees(s string, o Option) bool {
	if label := " " + Plain(o.Label) + " "; strings.Contains(label, " no ") || strings.Contains(label, " not ") {
		return false
	}
	if e.yesOrNo(s) == "yes" {
		return true
	}
	first, rest, _ := strings.Cut(s, " ")
	said := bared(rest)
	return e.words[first] == "yes" && said != "" && strings.Contains(" "+Plain(o.Label)+" ", " "+said+" ")
}
