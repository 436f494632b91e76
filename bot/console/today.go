package console

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"time"

	"ventanilla/bot"
	"ventanilla/store"
)

// Figures are what was counted of an organisation's days. *bot.Figures is one.
type Figures interface {
	Each(ctx context.Context, portal, from, to string, visit func(day string, counts store.Figures) error) error
}

var _ Figures = (*bot.Figures)(nil)

// span is the days that a supervisor looks at, each organisation's own.
type span struct {
	Portal   string // "": all that the visitor sees
	From, To string // as HTML writes a day; "": today
	portals  []string
}

// longestSpan is how many days can be looked at together: as long as figures are kept.
const longestSpan = int(store.FiguresFor / (24 * time.Hour))

// spanOf reads the days from a form or an address; ok is false for what makes no sense.
func (c *Console) spanOf(q url.Values, v visit) (s span, ok bool) {
	s = span{Portal: q.Get("portal"), From: q.Get("from"), To: q.Get("to")}
	for _, o := range c.Organisations {
		if v.agent.Sees(o.ID) && (s.Portal == "" || s.Portal == o.ID) {
			s.portals = append(s.portals, o.ID)
		}
	}
	if s.From == "" {
		s.From = s.To
	}
	if s.To == "" {
		s.To = s.From
	}
	if s.From == "" {
		return s, len(s.portals) > 0
	}
	from, err := time.Parse(time.DateOnly, s.From)
	to, err2 := time.Parse(time.DateOnly, s.To)
	return s, err == nil && err2 == nil && !to.Before(from) && to.Sub(from) < time.Duration(longestSpan)*24*time.Hour && len(s.portals) > 0
}

// Today tells whether only the day that goes on is looked at.
func (s span) Today() bool { return s.From == "" }

// Query is the span as it stands in an address.
func (s span) Query() string {
	return url.Values{"portal": {s.Portal}, "from": {s.From}, "to": {s.To}}.Encode()
}

// of are the first and the last day at an organisation.
func (s span) of(c *Console, portal string) (from, to time.Time) {
	zone := c.zoneOf(portal)
	if s.Today() {
		now := c.Now().In(zone)
		from = time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, zone)
		return from, from
	}
	from, _ = time.ParseInLocation(time.DateOnly, s.From, zone) // judged in spanOf
	to, _ = time.ParseInLocation(time.DateOnly, s.To, zone)
	return from, to
}

// supervision is what the pages of supervisors are drawn from.
type supervision struct {
	Done    string // what was just done, in words
	Span    span
	Now     nowView
	Figures figures
	Aside   []asideView
	Acts    actsView
	Part    string // which of the pages is open
	Leads   bool   // may change something
	AsideN  int
}

// counted is what was counted, together and by the day.
func (c *Console) counted(ctx context.Context, s span) (total store.Figures, days map[string]store.Figures, err error) {
	total, days = store.Figures{}, map[string]store.Figures{}
	if c.Figures == nil {
		return total, days, nil
	}
	for _, portal := range s.portals {
		from, to := s.of(c, portal)
		err := c.Figures.Each(ctx, portal, from.Format(store.FiguresDay), to.Format(store.FiguresDay), func(day string, f store.Figures) error {
			if days[day] == nil {
				days[day] = store.Figures{}
			}
			days[day].Merge(f)
			total.Merge(f)
			return nil
		})
		if err != nil {
			return total, days, err
		}
	}
	return total, days, nil
}

// today shows what is so now, and what was counted on the days that were chosen.
func (c *Console) today(w http.ResponseWriter, r *http.Request, v visit) {
	s, ok := c.spanOf(r.URL.Query(), v)
	if !ok {
		c.refuse(w, v.words, http.StatusBadRequest, "bad_span")
		return
	}
	v.words = v.words.in(c.spanZone(v, s))
	total, days, err := c.counted(r.Context(), s)
	if err == nil {
		f := c.frame(v, "today_title")
		f.Page = "today"
		f.Watch = supervision{Span: s, Part: "today", Figures: c.figures(v.words, s, total, days), Now: c.now(v, s), Leads: v.may(store.Supervises)}
		f.Watch.AsideN, err = c.asideCount(r.Context(), v)
		if err == nil {
			c.show(w, http.StatusOK, "today", f)
			return
		}
	}
	c.fail(w, err)
}

// spanZone is the zone whose time a page of supervisors shows.
func (c *Console) spanZone(v visit, s span) *time.Location {
	if s.Portal != "" {
		return c.zoneOf(s.Portal)
	}
	return c.homeZone(v)
}

// todayNow is what is so now, for a page that is open.
func (c *Console) todayNow(w http.ResponseWriter, r *http.Request, v visit) {
	s, ok := c.spanOf(r.URL.Query(), v)
	if !ok {
		c.refuse(w, v.words, http.StatusBadRequest, "bad_span")
		return
	}
	f := frame{words: v.words}
	f.Watch.Span, f.Watch.Now = s, c.now(v, s)
	c.show(w, http.StatusOK, "now", f)
}

// todayFigures is what was counted, for a page that is open.
func (c *Console) todayFigures(w http.ResponseWriter, r *http.Request, v visit) {
	s, ok := c.spanOf(r.URL.Query(), v)
	if !ok {
		c.refuse(w, v.words, http.StatusBadRequest, "bad_span")
		return
	}
	total, days, err := c.counted(r.Context(), s)
	if err != nil {
		c.fail(w, err)
		return
	}
	f := frame{words: v.words.in(c.spanZone(v, s))}
	f.Watch.Span, f.Watch.Figures = s, c.figures(f.words, s, total, days)
	c.show(w, http.StatusOK, "figures", f)
}

// seen tells whether a span is about an organisation.
func (s span) seen(portal string) bool { return slices.Contains(s.portals, portal) }
