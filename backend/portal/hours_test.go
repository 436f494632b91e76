package portal_test

import (
	"testing"
	"time"

	"ventanilla/backend/portal"
)

// RULES: talk.human
func TestTheOfficeSaysWhenSomebodyIsThere(t *testing.T) {
	day := func(from, to portal.Minute) []portal.Span { return []portal.Span{{From: from * 60, To: to * 60}} }
	office := portal.Hours{
		Week: map[portal.Weekday][]portal.Span{
			portal.Weekday(time.Monday):   {{From: 9 * 60, To: 13 * 60}, {From: 14 * 60, To: 18*60 + 30}},
			portal.Weekday(time.Thursday): day(8, 16),
			portal.Weekday(time.Saturday): day(20, 24),
			portal.Weekday(time.Sunday):   day(0, 4),
		},
		Holidays: []portal.Day{"2026-11-23"},
	}
	always := portal.Hours{Week: map[portal.Weekday][]portal.Span{}}
	for d := range 7 {
		always.Week[portal.Weekday(d)] = day(0, 24)
	}
	for _, c := range []struct {
		name, zone string
		hours      portal.Hours
		at         string
		open       bool
		next       string
	}{
		{"before", "America/Argentina/Buenos_Aires", office, "2026-11-16 08:59", false, "2026-11-16 09:00"},
		{"the first minute", "America/Argentina/Buenos_Aires", office, "2026-11-16 09:00", true, "2026-11-16 13:00"},
		{"at lunch", "America/Argentina/Buenos_Aires", office, "2026-11-16 13:00", false, "2026-11-16 14:00"},
		{"the last minute", "America/Argentina/Buenos_Aires", office, "2026-11-16 18:29", true, "2026-11-16 18:30"},
		{"closed until another day", "America/Argentina/Buenos_Aires", office, "2026-11-16 18:30", false, "2026-11-19 08:00"},
		{"through midnight", "America/Argentina/Buenos_Aires", office, "2026-11-21 21:00", true, "2026-11-22 04:00"},
		{"a holiday", "America/Argentina/Buenos_Aires", office, "2026-11-23 10:00", false, "2026-11-26 08:00"},
		{"always", "America/Argentina/Buenos_Aires", always, "2026-11-23 10:00", true, ""},
		{"never", "America/Argentina/Buenos_Aires", portal.Hours{}, "2026-11-23 10:00", false, ""},
		{"the day when clocks go forward", "America/Santiago", portal.Hours{Week: map[portal.Weekday][]portal.Span{portal.Weekday(time.Sunday): day(9, 12)}}, "2026-09-06 08:30", false, "2026-09-06 09:00"},
		{"the day when clocks go back", "America/Santiago", portal.Hours{Week: map[portal.Weekday][]portal.Span{portal.Weekday(time.Sunday): day(9, 12)}}, "2026-04-05 11:30", true, "2026-04-05 12:00"},
	} {
		zone, err := time.LoadLocation(c.zone)
		if err != nil {
			t.Fatal(err)
		}
		at, err := time.ParseInLocation("2006-01-02 15:04", c.at, zone)
		if err != nil {
			t.Fatal(err)
		}
		open, next := portal.Open(c.hours, at)
		shown := ""
		if !next.IsZero() {
			shown = next.Format("2006-01-02 15:04")
		}
		if open != c.open || shown != c.next {
			t.Errorf("%s: open %v, next %s; want %v, %s", c.name, open, shown, c.open, c.next)
		}
	}
}

func TestOpeningHoursAreThoseOfTheOrganisationsOwnClock(t *testing.T) {
	p := profile(t, "profiles/mseg.yaml")
	at := time.Date(2026, 11, 24, 11, 30, 0, 0, time.UTC) // 8:30 in Buenos Aires
	open, next := p.Open(at)
	if !open || !next.Equal(time.Date(2026, 11, 24, 19, 0, 0, 0, time.UTC)) || next.Location().String() != "America/Argentina/Buenos_Aires" {
		t.Errorf("open %v until %v", open, next)
	}
}
