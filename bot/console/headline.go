package console

import (
	"strconv"

	"ventanilla/flows"
	"ventanilla/store"
)

// headline is one of the numbers that supervisors see first. One entry is all that it takes, beside its words:
// "fig_" and its name.
type headline struct {
	name     string
	of       store.Figure   // what is counted
	quantile float64        // of the lengths of time: that under which such a part of them stays; 0: how many there are
	against  []store.Figure // the share is told that of has of these and itself
	percent  bool           // the share is what is told first
	best     bool           // the one that matters most
}

var (
	began = store.Figure{What: store.CountBegan}
	alone = store.Figure{What: store.CountSolved, Outcome: store.SolvedAlone}
)

// headlines are all of them, in the order in which they are shown.
var headlines = []headline{
	{name: "began", of: began},
	{name: "solved", of: alone, best: true, against: []store.Figure{
		{What: store.CountSolved, Outcome: store.SolvedHelped}, // not who went to the menu or to another errand: that may go on
		{What: store.CountLost, Detail: flows.ByWord}, {What: store.CountLost, Detail: flows.BySilence},
		{What: store.CountLost, Detail: flows.ForPerson}, {What: store.CountLost, Detail: flows.Nothing}}},
	{name: "helped", of: store.Figure{What: store.CountSolved, Outcome: store.SolvedHelped}},
	{name: "median", of: store.Figure{What: store.CountTook}, quantile: 0.5},
	{name: "ninety", of: store.Figure{What: store.CountTook}, quantile: 0.9},
	{name: "wait", of: store.Figure{What: store.CountWaited}, quantile: 0.5},
	{name: "cases", of: store.Figure{What: store.CountCase}},
	{name: "taken", of: store.Figure{What: store.CountTaken}},
	{name: "returned", of: store.Figure{What: store.CountReturned}},
	{name: "closed", of: store.Figure{What: store.CountClosed}},
	{name: "liked", of: store.Figure{What: store.CountOpined, Outcome: flows.Good}, percent: true,
		against: []store.Figure{{What: store.CountOpined, Outcome: flows.Bad}}},
}

// headlineView is one of them, ready to be drawn.
type headlineView struct {
	Name, Value string
	Share       string // beside the value
	Counts      string // what a share that stands first is of
	Best        bool
}

// headlinesOf are those of some counts. A length of time of nothing is left out.
func headlinesOf(w words, f store.Figures) (all []headlineView) {
	for _, h := range headlines {
		if v := h.view(w, f); v.Value != "" {
			all = append(all, v)
		}
	}
	return all
}

func (h headline) view(w words, f store.Figures) headlineView {
	v := headlineView{Name: w.T("fig_" + h.name), Best: h.best}
	if h.quantile > 0 {
		if d, of := f.Quantile(h.quantile, h.of); of > 0 {
			v.Value = w.Length(d)
		}
		return v
	}
	n, rest := f.Sum(h.of), uint64(0)
	for _, x := range h.against {
		rest += f.Sum(x)
	}
	v.Value = strconv.FormatUint(n, 10)
	if h.against != nil {
		v.Share = w.Percent(n, n+rest)
	}
	if h.percent {
		v.Value, v.Share, v.Counts = v.Share, "", w.T("fig_opinions", "yes", n, "no", rest)
		if v.Value == "" {
			v.Value = "—"
		}
	}
	return v
}
