package portal

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"time"

	"go.yaml.in/yaml/v3"
)

// Support is the office where people help.
type Support struct {
	Place string `yaml:"place"`
	Phone string `yaml:"phone"`
	Email string `yaml:"email"`
	Hours Hours  `yaml:"hours"`
}

// Hours is when somebody is there, in the organisation's time zone.
type Hours struct {
	Week     map[Weekday][]Span `yaml:"week"`
	Holidays []Day              `yaml:"holidays"` // closed whatever the weekday
}

// Span is a part of a day, such as 08:00-16:00. It opens at From and is closed at To.
type Span struct{ From, To Minute }

// Minute is a time of the day, counted from midnight: 0 to 1440.
type Minute int

// Weekday is a day of the week as profiles write it: mon tue wed thu fri sat sun.
type Weekday time.Weekday

// Day is a day of the calendar, "2006-01-02".
type Day string

var weekdays = map[string]time.Weekday{
	"mon": time.Monday, "tue": time.Tuesday, "wed": time.Wednesday, "thu": time.Thursday,
	"fri": time.Friday, "sat": time.Saturday, "sun": time.Sunday,
}

// UnmarshalYAML reads a weekday; an unknown one is an error with its line.
func (d *Weekday) UnmarshalYAML(n *yaml.Node) error {
	w, ok := weekdays[n.Value]
	if !ok {
		return wrong(n, "unknown day %q: mon, tue, wed, thu, fri, sat or sun", n.Value)
	}
	*d = Weekday(w)
	return nil
}

var span = regexp.MustCompile(`^([01]?\d|2[0-4]):([0-5]\d) ?- ?([01]?\d|2[0-4]):([0-5]\d)$`)

// UnmarshalYAML reads "08:00-16:00"; one that ends before it begins is an error with its line.
func (s *Span) UnmarshalYAML(n *yaml.Node) error {
	m := span.FindStringSubmatch(n.Value)
	if m == nil {
		return wrong(n, "hours %q are not like 08:00-16:00", n.Value)
	}
	s.From, s.To = minute(m[1], m[2]), minute(m[3], m[4])
	if s.From >= s.To || s.To > 24*60 {
		return wrong(n, "hours %q end before they begin", n.Value)
	}
	return nil
}

func minute(hour, minutes string) Minute {
	h, _ := strconv.Atoi(hour) // digits, says the pattern
	m, _ := strconv.Atoi(minutes)
	return Minute(60*h + m)
}

// UnmarshalYAML reads a day of the calendar; one that does not exist is an error with its line.
func (d *Day) UnmarshalYAML(n *yaml.Node) error {
	if _, err := time.Parse(time.DateOnly, n.Value); err != nil {
		return wrong(n, "day %q is not like 2026-12-25", n.Value)
	}
	*d = Day(n.Value)
	return nil
}

// wrong is an error that yaml collects with the others instead of stopping.
func wrong(n *yaml.Node, format string, args ...any) error {
	return &yaml.TypeError{Errors: []string{fmt.Sprintf("line %d: ", n.Line) + fmt.Sprintf(format, args...)}}
}

// Open tells whether the office is open at a moment, and when that next changes:
// until when it is open, or when it opens. next is zero if it does not change in the following year.
func (p Profile) Open(at time.Time) (open bool, next time.Time) {
	return Open(p.Support.Hours, at.In(p.Location()))
}

// Open is [Profile.Open] for hours by themselves, in the time zone of at.
func Open(h Hours, at time.Time) (open bool, next time.Time) {
	for i := range days {
		day := noon(at, i)
		for _, s := range h.on(day) {
			from, to := s.From.of(day), s.To.of(day)
			if at.Before(from) {
				return false, from
			}
			if at.Before(to) {
				return true, h.until(day, s.To)
			}
		}
	}
	return false, time.Time{}
}

// days is how far ahead an opening is looked for.
const days = 366

// noon stands for the day that is i days after at: midnight does not exist on every one.
func noon(at time.Time, i int) time.Time {
	y, m, d := at.Date()
	return time.Date(y, m, d+i, 12, 0, 0, 0, at.Location())
}

// until goes on from a closing at midnight to the one after it, where the office just stays open;
// zero if it does so for a year.
func (h Hours) until(day time.Time, closing Minute) time.Time {
	for range days {
		next := h.on(noon(day, 1))
		if closing < 24*60 || len(next) == 0 || next[0].From > 0 {
			return closing.of(day)
		}
		day, closing = noon(day, 1), next[0].To
	}
	return time.Time{}
}

// on returns the spans of a day, which are in order.
func (h Hours) on(day time.Time) []Span {
	if slices.Contains(h.Holidays, Day(day.Format(time.DateOnly))) {
		return nil
	}
	return h.Week[Weekday(day.Weekday())]
}

// of is the minute on a day by the clock on the wall, also when that day has 23 or 25 hours.
func (m Minute) of(day time.Time) time.Time {
	y, mo, d := day.Date()
	return time.Date(y, mo, d, 0, int(m), 0, 0, day.Location())
}
