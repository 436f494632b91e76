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
	Began     uint64 // conversations
	Solved    uint64 // errands that nobody helped with
	Helped    uint64
	Lost      uint64
	Share     string // of the errands that ended, how many were solved with nobody's help
	Median    string // until then
	Ninety    string
	Wait      string // median, until an agent came
	Taken     uint64
	Returned  uint64
	Closed    uint64
	Cases     uint64
	Good, Bad uint64
	Liked     string
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

func (c *Console) figures(w words, s span, f store.Figures, days map[string]store.Figures) (v figures) {
	v = figures{Began: f.Sum("began"), Solved: f.Sum("solved", "", "", "alone"), Helped: f.Sum("solved", "", "", "helped"), Taken: f.Sum("taken"),
		Returned: f.Sum("returned"), Closed: f.Sum("closed"), Cases: f.Sum("case"), Good: f.Sum("opined", "", "", flows.Good), Bad: f.Sum("opined", "", "", flows.Bad)}
	for has, n := range f.Each("lost") {
		if has[4] != flows.ForMenu && has[4] != flows.ForOther {
			v.Lost += n
		}
	}
	v.Share = w.Percent(v.Solved, v.Solved+v.Helped+v.Lost)
	v.Liked = w.Percent(v.Good, v.Good+v.Bad)
	if d, of := f.Quantile(0.5, "took"); of > 0 {
		v.Median = w.Length(d)
		d, _ = f.Quantile(0.9, "took")
		v.Ninety = w.Length(d)
	}
	if d, of := f.Quantile(0.5, "waited"); of > 0 {
		v.Wait = w.Length(d)
	}
	v.Funnels, v.Reasons, v.Delivery = c.funnels(w, s, f), reasons(w, f), deliveries(w, f)
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
		d := dayView{Day: at, Began: days[day].Sum("began"), Solved: days[day].Sum("solved", "", "", "alone")}
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
	for has, n := range f.Each("arrived") {
		errand, step := has[2], has[3]
		if errand == "menu" || errand == human {
			continue
		}
		if arrived[errand] == nil {
			arrived[errand] = map[string]uint64{}
		}
		arrived[errand][step] += n
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
	one := funnel{Flow: errand, Name: w.FlowName(errand), Solved: f.Sum("solved", "", errand, "alone"), Helped: f.Sum("solved", "", errand, "helped")}
	for _, step := range c.order(s, errand, arrived) {
		flow, name, _ := strings.Cut(step, "/")
		x := funnelStep{Name: w.Where(flow, name), Arrived: arrived[step], Lost: f.Sum("lost", "", errand, step)}
		if flow == errand {
			x.Name = w.StepName(flow, name)
		}
		why := map[string]uint64{}
		for has, n := range f.Each("lost", "", errand, step) {
			why[has[4]] += n
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

// reasons are what went wrong, the most frequent first.
func reasons(w words, f store.Figures) []bar {
	n := map[string]uint64{"wrong": f.Sum("refused"), "core_down": f.Sum("outage"), "broken": f.Sum("broken"), "mail_failed": f.Sum("reply", "email", "failed")}
	for has, count := range f.Each("arrived") {
		_, step, _ := strings.Cut(has[3], "/")
		if has[2] == human {
			continue
		}
		if t := cmp.Or(troubles[has[3]], troubles[step]); t != "" {
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
	for has := range f.Each("reply") {
		if has[1] != flows.Later { // that goes to nobody
			channels[has[1]] = true
		}
	}
	for _, ch := range slices.Sorted(maps.Keys(channels)) {
		name := channelName(ch)
		if s, ok := w.text["channel_"+ch]; ok {
			name = s
		}
		d := delivery{Channel: name, Sent: f.Sum("reply", ch, "sent"), Delivered: f.Sum("reply", ch, "delivered"), Retried: f.Sum("reply", ch, "retried"),
			Failed: f.Sum("reply", ch, "failed"), Reports: ch == "whatsapp"}
		why := map[string]uint64{}
		for has, n := range f.Each("reply", ch, "failed") {
			why[has[3]] += n
		}
		d.Why = bars(why, func(k string) string { return cmp.Or(w.text["undelivered_"+k], k) })
		all = append(all, d)
	}
	return all
}
