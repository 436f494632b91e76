package console

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// zoneOf is the time zone in which what concerns an organisation is shown.
func (c *Console) zoneOf(portal string) *time.Location {
	if zone := c.zones[portal]; zone != nil {
		return zone
	}
	return time.UTC
}

// zoneCookie holds the zone that the visitor's browser is in; the pages' script writes it.
const zoneCookie = "ventanilla-zone"

// localZone is the zone of the visitor's browser, nil if it said none that is known.
func localZone(r *http.Request) *time.Location {
	cookie, err := r.Cookie(zoneCookie)
	if err != nil || cookie.Value == "" || cookie.Value == "Local" || len(cookie.Value) > 64 {
		return nil
	}
	zone, err := time.LoadLocation(cookie.Value)
	if err != nil {
		return nil
	}
	return zone
}

// homeZone is the zone of what concerns no organisation: where the visitor is, or that of the first one that they see.
func (c *Console) homeZone(v visit) *time.Location {
	if v.local != nil {
		return v.local
	}
	for _, o := range c.Organisations {
		if v.agent.Sees(o.ID) {
			return c.zoneOf(o.ID)
		}
	}
	return time.UTC
}

// in is the words with times of an organisation.
func (w words) in(zone *time.Location) words {
	w.zone = zone
	return w
}

func (w words) at(t time.Time) time.Time {
	if w.zone == nil {
		return t.UTC()
	}
	return t.In(w.zone)
}

// Clock is a moment as the pages show it.
func (w words) Clock(t time.Time) string { return w.at(t).Format("2006-01-02 15:04:05") }

// Stamp is a moment for machines (RFC 3339), as HTML wants it.
func (w words) Stamp(t time.Time) string { return w.at(t).Format(time.RFC3339) }

// Day is a day as people say it: "domingo 22 de noviembre".
func (w words) Day(t time.Time) string {
	t = w.at(t)
	return w.T("day", "weekday", w.T("weekday_"+strconv.Itoa(int(t.Weekday()))), "day", t.Day(), "month", w.T("month_"+t.Format("1")))
}

// ZoneName says whose time it is: "Buenos Aires (UTC-3)".
func (w words) ZoneName() string {
	if w.zone == nil || w.zone == time.UTC {
		return "UTC"
	}
	name := w.zone.String()
	return strings.ReplaceAll(name[strings.LastIndex(name, "/")+1:], "_", " ")
}
