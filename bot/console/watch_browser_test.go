package console_test

import (
	"testing"
	"time"

	"ventanilla/flows"
	"ventanilla/store"
)

// Supervision is drawn on a desk and on a phone, in the light and in the dark, and breaks no policy.
func TestSupervisionInABrowser(t *testing.T) {
	w := newWorld(t)
	w.crowd()
	w.day()
	w.hire("Laura", store.Supervises)
	w.setAside(ana, "Ana Gómez", "V100001")
	w.setAside(beto, "Beto", "V100002")
	k := flows.Key{Portal: "mseg", Channel: "telegram", Person: "8001"}
	w.figures.Turned(k, w.clock.Now().AddDate(0, 0, -1), false, flows.Result{Events: []flows.Event{{What: flows.Began}, {What: flows.Opined, Errand: "recovery", Why: flows.Bad}}})
	w.figures.Turned(k, w.clock.Now(), false, flows.Result{Events: []flows.Event{{What: flows.Opined, Errand: "recovery", Why: flows.Good}}})
	v := newWindow(t, 1280, false)
	v.open(w.console.Ticket("Laura"))
	v.open(w.url + "/console/today")
	v.eval(watchful + `; ""`)
	v.until(`document.querySelector("#now .spark path")?.getAttribute("d")?.length > 0`) // the part that refreshes itself did
	v.pictures("today")
	v.reads("#now", "respuestas por segundo")
	v.clean()
	today := w.clock.Now().In(time.FixedZone("-3", -3*3600))
	for page, path := range map[string]string{"days": "/console/today?from=" + today.AddDate(0, 0, -3).Format("2006-01-02") + "&to=" + today.Format("2006-01-02"),
		"aside": "/console/aside", "acts": "/console/acts?verify=1"} {
		v.open(w.url + path)
		v.eval(watchful + `; ""`)
		v.pictures(page)
		v.clean()
	}
	v.open(w.url + "/console/aside")
	v.tap(".asides li:first-child button.main")
	v.until(`document.querySelectorAll(".asides li").length === 1`)
}
