package console

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"ventanilla/store"
)

// actsView is what agents did on a day, for its page.
type actsView struct {
	Day     string // as HTML writes it
	Agent   string
	What    string
	Rows    []actView
	More    int // rows that are not shown
	Agents  []string
	Whats   []choice
	Signed  bool   // the day has its checkpoint
	Checked bool   // it was verified just now
	Trails  int    // so many trails are as they were written
	Broken  string // what is wrong with them
}

// actView is a line of some trail.
type actView struct {
	store.Act
	Org    string
	Title  string   // the act in words
	Detail []string // each "name: value", in words
}

const mostActs = 300

// actsOf reads which day, whose and which acts are wanted.
func (c *Console) actsOf(q url.Values, v visit) (a actsView, day time.Time, ok bool) {
	a = actsView{Day: q.Get("day"), Agent: q.Get("agent"), What: q.Get("what")}
	zone := c.homeZone(v)
	if a.Day == "" {
		a.Day = c.Now().In(zone).Format(time.DateOnly)
	}
	day, err := time.ParseInLocation(time.DateOnly, a.Day, zone)
	return a, day, err == nil
}

// eachAct calls visit for what agents did on a day of the visitor's, where the visitor may know of it:
// at the organisations that they see, and of agents who see no others.
func (c *Console) eachAct(ctx context.Context, v visit, day time.Time, visit func(store.Act) error) error {
	known := map[string]bool{}
	agents, err := c.agents.All(ctx)
	if err != nil {
		return err
	}
	for _, a := range agents {
		known[a.Name] = within(a, v.agent)
	}
	end := day.AddDate(0, 0, 1)
	for at := day.UTC().Truncate(24 * time.Hour); at.Before(end); at = at.Add(24 * time.Hour) {
		err := c.Store.Acts(ctx, at, func(a store.Act) error {
			switch {
			case a.Who == "", a.At.Before(day), !a.At.Before(end), a.Name == "" && !known[a.Who], a.Name != "" && !v.agent.Sees(a.Portal):
				return nil
			}
			return visit(a)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// actsPage shows what agents did on a day.
func (c *Console) actsPage(w http.ResponseWriter, r *http.Request, v visit) {
	a, day, ok := c.actsOf(r.URL.Query(), v)
	if !ok {
		c.refuse(w, v.words, http.StatusBadRequest, "bad_span")
		return
	}
	v.words = v.words.in(c.homeZone(v))
	who, what := map[string]bool{}, map[string]bool{}
	err := c.eachAct(r.Context(), v, day, func(x store.Act) error {
		who[x.Who], what[x.What] = true, true
		if a.Agent != "" && x.Who != a.Agent || a.What != "" && x.What != a.What {
			return nil
		}
		a.add(c.actView(v.words, x))
		return nil
	})
	broken := err
	if err != nil && !errors.Is(err, store.ErrTampered) {
		c.fail(w, err)
		return
	}
	a.finish(v.words, who, what)
	if a.Signed, err = c.Store.Signed(r.Context(), day); err != nil {
		c.fail(w, err)
		return
	}
	if r.URL.Query().Get("verify") != "" || broken != nil {
		a.verify(r.Context(), c.Store, day, broken)
	}
	f := c.frame(v, "acts_title")
	f.Watch = supervision{Part: "acts", Acts: a, Leads: v.may(store.Supervises)}
	c.show(w, http.StatusOK, "acts", f)
}

// verify notes whether the trails of a day are what was written.
func (a *actsView) verify(ctx context.Context, s *store.Store, day time.Time, broken error) {
	var err error
	a.Checked = true
	if a.Trails, err = s.VerifyDay(ctx, day); err == nil {
		err = broken
	}
	if err != nil {
		a.Broken = err.Error()
	}
}

// add keeps a row, if it is among the latest.
func (a *actsView) add(x actView) {
	a.Rows = append(a.Rows, x)
	if len(a.Rows) >= 2*mostActs {
		a.cut()
	}
}

func (a *actsView) cut() {
	slices.SortFunc(a.Rows, func(x, y actView) int { return cmp.Or(y.At.Compare(x.At), cmp.Compare(y.N, x.N)) })
	a.More += max(len(a.Rows)-mostActs, 0)
	a.Rows = a.Rows[:min(len(a.Rows), mostActs)]
}

func (a *actsView) finish(w words, who, what map[string]bool) {
	a.cut()
	if a.Agent != "" {
		who[a.Agent] = true
	}
	a.Agents = slices.Sorted(maps.Keys(who))
	for x := range what {
		a.Whats = append(a.Whats, choice{x, w.ActName(x), x == a.What})
	}
	slices.SortFunc(a.Whats, func(x, y choice) int {
		return cmp.Or(strings.Compare(x.Name, y.Name), strings.Compare(x.Value, y.Value))
	})
}

// ActName is an act in the agent's words.
func (w words) ActName(what string) string { return cmp.Or(w.text["act_"+what], what) }

func (c *Console) actView(w words, x store.Act) actView {
	v := actView{Title: w.ActName(x.What), Act: x}
	if v.Portal != "" {
		v.Org = c.organisation(v.Portal).Short
	}
	for _, k := range slices.Sorted(maps.Keys(v.AuditLine.Detail)) {
		value := v.AuditLine.Detail[k]
		if value == "" {
			continue
		}
		v.Detail = append(v.Detail, cmp.Or(w.text["detail_"+k], k)+": "+w.detail(k, value))
	}
	return v
}

// detailWords are the words of details whose values are names in the code, by what those words begin with; of all others, those that
// begin with "detail_" and the detail's name.
var detailWords = map[string][]string{"act": {"aid_"}, "outcome": {"outcome_", "aid_was_"}, "reason": {"dismiss_", "undelivered_"}}

// detail is the value of a detail in the agent's words, or as it is.
func (w words) detail(name, value string) string {
	for _, begins := range append(detailWords[name], "detail_"+name+"_") {
		if s := w.text[begins+value]; s != "" {
			return s
		}
	}
	return value
}

// Recorded tells whether there are words for something that stands in trails.
func Recorded(what string) bool {
	for _, w := range languages {
		if w.text["act_"+what] == "" {
			return false
		}
	}
	return true
}

// Details are what is told of the act, in one line.
func (v actView) Details() string { return strings.Join(v.Detail, " · ") }
