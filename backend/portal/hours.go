package portal

import (
	"fmt"
	"regexp"
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
	for i := range 366 {
		y, m, d := at.Date()
		midnight := time.Date(y, m, d+i, 0, 0, 0, 0, at.Location())
		for _, s := range h.on(midnight) {
			from, to := s.From.of(midnight), s.To.of(midnight)
			if at.Before(from) {
				return false, from
			}
			if at.Before(to) {
				return true, h.until(to)
			}
		}
	}
	return false, time.Time{}
}

// until goes on from a closing at midnight to the one after it, where the office just stays open;
// zero if it does so for a year.
func (h Hours) until(closing time.Time) time.Time {
	for range 366 {
		y, m, d := closing.Date()
		midnight := time.Date(y, m, d, 0, 0, 0, 0, closing.Location())
		spans := h.on(midnight)
		if !closing.Equal(midnight) || len(spans) == 0 || spans[0].From != 0 {
			return closing
		}
		closing = spans[0].To.of(midnight)
	}
	return time.Time{}
}

// on returns the spans of a day; the loader has put them in order.
func (h Hours) on(midnight time.Time) []Span {
	for _, d := range h.Holidays {
		if string(d) == midnight.Format(time.DateOnly) {
			return nil
		}
	}
	return h.Week[Weekday(midnight.Weekday())]
}

// of is the minute on a day by the clock on the wall, also when that day has 23 or 25 hours.
func (m Minute) of(midnight time.Time) time.Time {
	y, mo, d := midnight.Date()
	return time.Date(y, mo, d, 0, int(m), 0, 0, midnight.Location())
}
