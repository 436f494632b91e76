package console_test

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"ventanilla/store"
)

// By keyboard alone: one agent says about which account and why, the other allows it. RULES: agent.never
func TestAnActForOneOfSeveralAccountsTakesTheChoiceAndASecondAgent(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.writes(several, "Nélida", "hola", "No puedo entrar")
	w.hire("Laura", store.Answers)
	w.hire("Pedro", store.Answers)
	laura, pedro := newWindow(t, 1280, false), newWindow(t, 1280, false)
	laura.open(w.console.Ticket("Laura"))
	laura.open(w.url + w.talk(several, ""))
	pedro.open(w.console.Ticket("Pedro"))
	pedro.open(w.url + w.talk(several, ""))
	laura.eval(watchful + `; ""`)

	laura.press("u")
	laura.until(`document.activeElement?.name === "act"`)
	choosing := func() string { return laura.eval(`String(document.querySelector(".whose").checkVisibility())`) }
	laura.eval(`document.querySelector("#aid-restart").focus(); ""`)
	laura.press(" ")
	if choosing() != "false" {
		t.Error("an act that is about no account asks for one")
	}
	laura.eval(`document.querySelector("#aid-unlock").focus(); ""`)
	laura.press(" ")
	laura.until(`document.querySelector(".whose").checkVisibility()`)
	laura.pictures("accounts")
	laura.keys("#reason", "vino con su DNI 25.310.774")
	laura.ok(chromedp.Do(laura.ctx, chromedp.KeyEvent("\r", chromedp.KeyModifiers(chromedp.ModifierCtrl))))
	laura.reads("#aids-problem", "Elija de cuál de las cuentas")
	laura.until(`document.activeElement.id === "account"`) // what is missing
	laura.press("A")
	laura.until(`document.querySelector("#account").value === "acc-2"`)
	laura.eval(`document.querySelector("#aid-do").focus(); ""`)
	laura.press("\r")
	laura.reads("#state .plea", "(Administrativa)")
	laura.until(`document.activeElement.id === "aids"`)

	pedro.reads("#state .plea", "«vino con su DNI ••.•••.774»")
	pedro.press("y")
	pedro.until(`document.activeElement.matches(".plea .allow")`)
	pedro.press("\r")
	pedro.until(`!document.querySelector(".plea") && document.activeElement.id === "state"`)
	w.until("it was done", func() bool { return strings.Contains(strings.Join(w.acts(several), "\n"), "aided Laura unlock done") })
	laura.reads("#lines", "Desbloquear la cuenta: hecho")
	lines, err := w.store.AuditTrail(t.Context(), several, 0, 1000)
	w.ok(err)
	for _, l := range lines {
		if l.What == "aided" && l.Account != "acc-2" || strings.Contains(l.Detail["reason"], "25.310") {
			t.Errorf("the trail says %+v", l)
		}
	}
	laura.clean()
}

func TestTheLatestLineStaysInSightAndTheFocusWhereItWas(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.writes(ana, "Ana", "hola", "persona", "uno", "dos", "tres", "cuatro", "cinco", "seis")
	w.hire("Laura", store.Answers)
	v := newWindow(t, 1280, false)
	v.look(1280, false)
	v.open(w.console.Ticket("Laura"))
	v.open(w.url + w.talk(ana, ""))
	low := `(() => { const l = document.querySelector("#lines"); return l.scrollHeight > l.clientHeight && l.scrollHeight - l.scrollTop - l.clientHeight < 2; })()`
	v.until(low)
	v.press("p")
	v.until(`document.querySelector("#assign-box").open`)
	v.until(low)
	v.press("\x1b")
	v.press("l")
	v.until(`document.activeElement.id === "label"`)
	v.keys("#label", "urgente")
	v.press("\r")
	v.reads("#state .labels", "urgente")
	v.until(`document.activeElement === document.querySelector("#label-box summary")`)
	v.eval(`document.querySelector("#take").focus(); ""`)
	v.press("\r")
	v.reads("#state", "La atiende usted")
	v.until(`document.activeElement.id === "state"`)
	v.press("c")
	v.until(`document.activeElement.id === "outcome"`)
	v.until(low)
}
