package console_test

import (
	"testing"
	"time"

	"ventanilla/flows"
	"ventanilla/store"
)

// away takes the focus off whatever has it, so that keys go to the page.
const away = `document.activeElement.blur(); ""`

func TestTwoAgentsFilterLabelAssignAndTransferByKeyboard(t *testing.T) {
	w := newWorld(t)
	w.crowd()
	w.hire("Laura", store.Supervises)
	w.hire("Pedro", store.Answers)
	laura, pedro := newWindow(t, 1280, false), newWindow(t, 1280, true)
	laura.open(w.console.Ticket("Laura"))
	pedro.open(w.console.Ticket("Pedro"))
	laura.reads(".group.waiting", "Ana Gómez")
	laura.eval(watchful + `; ""`)
	laura.press("f")
	laura.until(`document.activeElement.id === "portal"`)
	laura.keys("#channel", "W")
	laura.until(`location.search === "?channel=whatsapp" && !document.querySelector("#list").innerText.includes("Ana Gómez")`)
	laura.eval(away)
	w.writes(flows.Key{Portal: "iess", Channel: "whatsapp", Person: "3002"}, "Otra de WhatsApp", "hola", "persona")
	w.writes(flows.Key{Portal: "mseg", Channel: "telegram", Person: "3003"}, "Otro de Telegram", "hola", "persona")
	laura.reads("#list", "Otra de WhatsApp")
	laura.until(`!document.querySelector("#list").innerText.includes("Otro de Telegram")`)
	laura.pictures("filtered")
	laura.press("j")
	laura.press("\r")
	laura.until(`document.body.dataset.page === "talk" && location.search === "?channel=whatsapp"`)
	laura.reads("#list", "Otra de WhatsApp")
	laura.press("\x1b")
	laura.until(`document.body.dataset.page === "list" && location.search === "?channel=whatsapp"`)
	w.passes(laura, pedro)
	laura.clean()
}

// passes lets one agent label Ana's conversation and assign it to the other, who takes it and transfers it back.
func (w *world) passes(laura, pedro window) {
	laura.open(w.url + w.talk(ana, ""))
	laura.eval(watchful + `; ""`)
	laura.press("l")
	laura.eval(`document.querySelector("#label").value = ""; ""`) // the key itself is typed, too, by a driver and not by a keyboard
	laura.keys("#label", "Sin mail\r")
	laura.reads("#state .labels", "Sin mail")
	laura.until(`!document.querySelector("#label-box").open && document.querySelector("#label").value === ""`)
	laura.eval(away)
	laura.press("p")
	laura.until(`[...document.querySelector("#to").options].some(o => o.value === "Pedro")`)
	laura.pictures("assign")
	laura.keys("#assign-note", "es de tu zona\r")
	laura.reads("#state", "Usted se la asignó a Pedro")
	laura.reads("#lines", "es de tu zona")
	pedro.reads("#list", "para usted, de Laura")
	pedro.pictures("list-assigned")
	pedro.open(w.url + w.talk(ana, ""))
	pedro.reads("#state", "Laura se la asignó")
	pedro.pictures("assigned")
	pedro.press("t")
	pedro.reads("#state", "La atiende usted")
	laura.reads("#state", "La atiende Pedro")
	pedro.press("p")
	pedro.until(`[...document.querySelector("#to").options].some(o => o.value === "Laura")`)
	pedro.keys("#assign-note", "seguí vos\r")
	pedro.reads("#state", "La atiende Laura")
	laura.reads("#state", "Pedro se la pasó")
	laura.eval(away)
	laura.pictures("passed")
	laura.press("t")
	laura.until(`!document.querySelector("#state").innerText.includes("se la pasó")`)
	laura.press("v")
	laura.reads("#status", "No disponible")
	pedro.open(w.url + "/console/team")
	pedro.reads(".team", "No disponible")
	pedro.pictures("team")
}

func TestAListWhoseConnectionIsOpenShowsWhatCameBackUnanswered(t *testing.T) {
	w := newWorld(t)
	w.writes(ana, "Ana Gómez", "hola", "persona")
	w.hire("Laura", store.Answers)
	w.hire("Pedro", store.Answers)
	laura, pedro := newWindow(t, 1280, false), newWindow(t, 1280, false)
	laura.open(w.console.Ticket("Laura"))
	pedro.open(w.console.Ticket("Pedro"))
	laura.open(w.url + w.talk(ana, ""))
	laura.press("p")
	laura.until(`[...document.querySelector("#to").options].some(o => o.value === "Pedro")`)
	laura.keys("#assign-note", "\r")
	pedro.reads("#list", "para usted, de Laura")
	w.clock.Advance(4 * time.Minute)
	pedro.reads("#list", "Pedro no respondió")
	laura.reads("#state", "Pedro no respondió a Laura")
	laura.eval(away)
	laura.press("a")
	laura.reads("#state", "Laura se la asignó")
}

func TestASearchFillsItsPageAndLeadsToTheLine(t *testing.T) {
	w := newWorld(t)
	w.crowd()
	for range 160 {
		w.writes(ana, "Ana Gómez", "sigo acá")
	}
	w.hire("Laura", store.Supervises)
	v := newWindow(t, 1280, false)
	v.open(w.console.Ticket("Laura"))
	v.eval(watchful + `; ""`)
	v.press("/")
	v.keys("#case", "V4 10017\r")
	v.until(`location.search.startsWith("?find=")`)
	v.reads("main", "No hay ninguna conversación")
	v.open(w.url + "/console/search/text")
	v.keys("#said", "mi recibo\r")
	v.reads(".finding", "Listo. Encontradas: 1.")
	v.until(`document.querySelectorAll(".progress").length > 0 && [...document.querySelectorAll(".progress")].filter(p => p.checkVisibility()).length === 1`)
	v.pictures("found")
	v.press("j")
	v.press("\r")
	v.until(`location.hash.startsWith("#l-") && Boolean(document.querySelector(location.hash))`)
	v.until(`(() => { const l = document.querySelector(location.hash).getBoundingClientRect(), box = document.querySelector("#lines").getBoundingClientRect(); return l.top >= box.top - 1 && l.bottom <= box.bottom + 1 })()`)
	v.until(`document.querySelectorAll("#lines li.line").length > 300`)
	v.clean()
}
