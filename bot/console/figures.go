package console

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"

	"ventanilla/flows"
	"ventanilla/store"
)

// figures are what was counted on some days, ready to be drawn.
type figures struct {
	Headlines []headlineView
	Funnels   []funnel
	Reasons   []bar
	Delivery  []delivery
	Days      []dayView // if there are several
}

// bar is a count with a name, as long as it is much.
type bar struct {
	Name  string
	N     uint64
	Width int // of 100
}

// funnel is where people are lost in an errand.
type funnel struct {
	Flow, Name string
	Solved     uint64
	Helped     uint64
	SolvedW    int
	Steps      []funnelStep
}

// funnelStep is a step at which people wait to answer: how many came, and how many went no further.
type funnelStep struct {
	Name          string
	Arrived, Lost uint64
	Width, Gone   int // of 100: all that came, and the part of it that went
	Share         string
	Why           string
}

// delivery is what became of what was sent on a channel.
type delivery struct {
	Channel                          string
	Sent, Delivered, Retried, Failed uint64
	Reports                          bool // the channel says what was delivered
	Why                              []bar
}

// dayView is a day among several.
type dayView struct {
	Day           time.Time
	Began, Solved uint64
	Width         int
}

func (c *Console) figures(w words, s span, f store.Figures, days map[string]store.Figures) figures {
	v := figures{Headlines: headlinesOf(w, f), Funnels: c.funnels(w, s, f), Reasons: reasons(w, f), Delivery: deliveries(w, f)}
	if !s.Today() && s.From != s.To {
		v.Days = byDay(days)
	}
	return v
}

func byDay(days map[string]store.Figures) (all []dayView) {
	most := uint64(1)
	for _, day := range slices.Sorted(maps.Keys(days)) {
		at, err := time.Parse(store.FiguresDay, day)
		if err != nil {
			continue
		}
		d := dayView{Day: at, Began: days[day].Sum(began), Solved: days[day].Sum(alone)}
		most = max(most, d.Began)
		all = append(all, d)
	}
	for i := range all {
		all[i].Width = int(100 * all[i].Began / most)
	}
	return all
}

// funnels are those of the errands that people came with, the most wanted first.
func (c *Console) funnels(w words, s span, f store.Figures) (all []funnel) {
	arrived := map[string]map[string]uint64{}
	for x, n := range f.Each(store.Figure{What: store.CountArrived}) {
		if x.Errand == "menu" || x.Errand == human {
			continue
		}
		if arrived[x.Errand] == nil {
			arrived[x.Errand] = map[string]uint64{}
		}
		arrived[x.Errand][x.Step] += n
	}
	for errand, steps := range arrived {
		all = append(all, c.funnel(w, s, f, errand, steps))
	}
	slices.SortFunc(all, func(a, b funnel) int {
		return cmp.Or(cmp.Compare(b.first(), a.first()), strings.Compare(a.Flow, b.Flow))
	})
	return all
}

func (f funnel) first() (n uint64) {
	for _, s := range f.Steps {
		n = max(n, s.Arrived)
	}
	return max(n, f.Solved+f.Helped)
}

func (c *Console) funnel(w words, s span, f store.Figures, errand string, arrived map[string]uint64) funnel {
	one := funnel{Flow: errand, Name: w.FlowName(errand), Solved: f.Sum(store.Figure{What: store.CountSolved, Errand: errand, Outcome: store.SolvedAlone}),
		Helped: f.Sum(store.Figure{What: store.CountSolved, Errand: errand, Outcome: store.SolvedHelped})}
	for _, step := range c.order(s, errand, arrived) {
		flow, name, _ := strings.Cut(step, "/")
		lost := store.Figure{What: store.CountLost, Errand: errand, Step: step}
		x := funnelStep{Name: w.Where(flow, name), Arrived: arrived[step], Lost: f.Sum(lost)}
		if flow == errand {
			x.Name = w.StepName(flow, name)
		}
		why := map[string]uint64{}
		for x, n := range f.Each(lost) {
			why[x.Detail] += n
		}
		for _, b := range bars(why, func(k string) string { return w.T("lost_" + k) }) {
			if x.Why != "" {
				x.Why += ", "
			}
			x.Why += b.Name + ": " + w.Decimal(float64(b.N), 0)
		}
		x.Share = w.Percent(x.Lost, max(x.Arrived, x.Lost))
		one.Steps = append(one.Steps, x)
	}
	most := max(one.first(), 1)
	for i := range one.Steps {
		x := &one.Steps[i]
		x.Width = int(100 * max(x.Arrived, x.Lost) / most)
		x.Gone = int(100 * x.Lost / most)
	}
	one.SolvedW = int(100 * (one.Solved + one.Helped) / most)
	return one
}

// order puts the steps of an errand at which people wait into the order of the tables: first how they
// prove who they are, then the errand itself. Where organisations ask differently, a step stands where it
// comes last. Without tables, where more came stands first.
func (c *Console) order(s span, errand string, arrived map[string]uint64) (steps []string) {
	place := map[string]float64{}
	for _, portal := range s.portals {
		if c.Flows == nil {
			break
		}
		for part, name := range []string{"proof", errand} {
			table := c.Flows(portal)[name].Steps
			for i := range table {
				if table[i].Waits() {
					key := name + "/" + table[i].Name
					place[key] = max(place[key], float64(part)+float64(i+1)/float64(len(table)+1))
				}
			}
		}
	}
	for step := range arrived {
		if place[step] > 0 || len(place) == 0 {
			steps = append(steps, step)
		}
	}
	slices.SortFunc(steps, func(a, b string) int {
		return cmp.Or(cmp.Compare(place[a], place[b]), cmp.Compare(arrived[b], arrived[a]), strings.Compare(a, b))
	})
	return steps
}

// troubles is which trouble people have who come to a step, by the step's name or "flow/step".
var troubles = map[string]string{
	"code_spent": "spent", "day_spent": "spent", "resend_spent": "spent", "too_many": "spent", "link_spent": "spent", "temp_spent": "spent", "keys_spent": "spent", "used_up": "spent", "unlock/spent": "spent", "change/spent": "spent",
	"code_expired": "late", "late": "late", "part_late": "late",
	"missing": "no_mail", "link_missing": "no_mail", "temp_missing": "no_mail",
	"gone": "no_address", "no_mail": "no_address",
	"frozen": "frozen", "closed": "closed", "shut": "closed", "unlock/ask": "locked", "unregistered": "unregistered", "stopped": "stopped",
	"failed": "refused", "refused": "refused", "data_refused": "refused", "part": "refused", "part_again": "refused", "unlock/again": "refused", "lost": "document",
	"proof/wrong": "wrong", "wrong_key": "wrong", "change/missed": "wrong",
}

// countedTroubles are those that are counted by themselves.
var countedTroubles = []struct {
	name string
	of   store.Figure
}{
	{"wrong", store.Figure{What: store.CountRefused}},
	{"core_down", store.Figure{What: store.CountOutage}},
	{"broken", store.Figure{What: store.CountBroken}},
	{"mail_failed", store.Figure{What: store.CountReply, Channel: "email", Outcome: store.ReplyFailed}},
}

// reasons are what went wrong, the most frequent first.
func reasons(w words, f store.Figures) []bar {
	n := map[string]uint64{}
	for _, x := range countedTroubles {
		n[x.name] += f.Sum(x.of)
	}
	for x, count := range f.Each(store.Figure{What: store.CountArrived}) {
		_, step, _ := strings.Cut(x.Step, "/")
		if x.Errand == human {
			continue
		}
		if t := cmp.Or(troubles[x.Step], troubles[step]); t != "" {
			n[t] += count
		}
	}
	return bars(n, func(k string) string { return w.T("trouble_" + k) })
}

// bars are counts by their names, the greatest first, without those of nothing.
func bars(counts map[string]uint64, name func(string) string) (all []bar) {
	most := uint64(1)
	for key, n := range counts {
		if n > 0 {
			all = append(all, bar{Name: name(key), N: n})
			most = max(most, n)
		}
	}
	for i := range all {
		all[i].Width = int(100 * all[i].N / most)
	}
	slices.SortFunc(all, func(a, b bar) int { return cmp.Or(cmp.Compare(b.N, a.N), strings.Compare(a.Name, b.Name)) })
	return all
}

// deliveries are what became of what was sent, by channel.
func deliveries(w words, f store.Figures) (all []delivery) {
	channels := map[string]bool{}
	for x := range f.Each(store.Figure{What: store.CountReply}) {
		if x.Channel != flows.Later { // that goes to nobody
			channels[x.Channel] = true
		}
	}
	for _, ch := range slices.Sorted(maps.Keys(channels)) {
		of := func(outcome string) store.Figure {
			return store.Figure{What: store.CountReply, Channel: ch, Outcome: outcome}
		}
		d := delivery{Channel: cmp.Or(w.text["channel_"+ch], channelName(ch)), Sent: f.Sum(of(store.ReplySent)), Delivered: f.Sum(of(store.ReplyDelivered)),
			Retried: f.Sum(of(store.ReplyRetried)), Failed: f.Sum(of(store.ReplyFailed)), Reports: ch == "whatsapp"}
		why := map[string]uint64{}
		for x, n := range f.Each(of(store.ReplyFailed)) {
			why[x.Detail] += n
		}
		d.Why = bars(why, func(k string) string { return cmp.Or(w.text["undelivered_"+k], k) })
		all = append(all, d)
	}
	return all
}
