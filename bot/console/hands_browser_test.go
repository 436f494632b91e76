package console_test

import (
	"strings"
	"testing"

	"ventanilla/store"
)

// focused is what has the focus.
const focused = `(e => e.id || e.className || e.tagName)(document.activeElement)`

func TestBesideAConversationTheListIsOneStopOfTheTabKey(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.crowd()
	w.hire("Laura", store.Answers)
	v := newWindow(t, 1280, false)
	v.open(w.console.Ticket("Laura"))
	v.open(w.url + w.talk(ana, ""))
	stops := `[...document.querySelectorAll(".aside a.row")].filter(a => a.tabIndex === 0).map(a => a.id).join()`
	want := "r-" + w.store.Name(ana)
	if got := v.eval(stops); got != want {
		t.Errorf("the Tab key stops at %s, want %s", got, want)
	}
	v.press("j")
	if got := v.eval(focused); !strings.HasPrefix(got, "r-") || got == want {
		t.Errorf("J leads from one's own row to %s", got)
	}
	v.press("k")
	v.until(`document.activeElement.id === "` + want + `"`)
	w.writes(ana, "Ana Gómez", "¿hay alguien?") // the list is drawn anew
	v.reads("#lines", "¿hay alguien?")
	v.eval(`htmx.trigger("#list", "refresh"); ""`)
	v.until(`(` + stops + `) === "` + want + `"`)
	v.press("p")
	v.until(`document.querySelector("#assign-box").open`)
	v.press("\x1b")
	v.until(`!document.querySelector("#assign-box").open && document.activeElement.tagName === "SUMMARY"`)
}

func TestOnAPhoneTheListComesBeforeItsFilter(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.crowd()
	w.hire("Laura", store.Answers)
	v := newWindow(t, 320, true)
	v.open(w.console.Ticket("Laura"))
	v.until(`!document.querySelector("#filter-box").open`)
	v.pictures("folded")
	v.press("f")
	v.until(`document.querySelector("#filter-box").open && document.activeElement.id === "portal" && document.querySelector("#filter-off").hidden`)
	v.eval(`(e => { e.value = "mseg"; e.dispatchEvent(new Event("change", { bubbles: true })) })(document.querySelector("#portal")); ""`)
	v.until(`location.search === "?portal=mseg" && !document.querySelector("#filter-off").hidden`)
	v.open(w.url + "/console/?channel=telegram")
	v.until(`document.querySelector("#filter-box").open`)
}

func TestTheSoundStaysChosenFromPageToPage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.writes(ana, "Ana", "hola")
	w.hire("Laura", store.Answers)
	v := newWindow(t, 1280, false)
	v.open(w.console.Ticket("Laura"))
	v.tap(".own summary")
	v.tap("#sound")
	v.open(w.url + w.talk(ana, ""))
	v.until(`document.querySelector("#sound").getAttribute("aria-pressed") === "true"`)
	v.tap(".own summary")
	v.tap("#sound")
	v.open(w.url + "/console/")
	v.until(`document.querySelector("#sound").getAttribute("aria-pressed") === "false"`)
}
