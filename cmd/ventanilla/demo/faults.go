package demo

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	core "ventanilla/backend/emulator"
	mail "ventanilla/bot/email/emulator"
	telegram "ventanilla/bot/telegram/emulator"
	whatsapp "ventanilla/bot/whatsapp/emulator"
)

// Fault is what should go wrong.
type Fault struct {
	Where string `json:"where"` // "whatsapp", "telegram", "mail" or "core"
	Kind  string `json:"kind"`  // see README.md; "down" until "up", "heal" ends all of them
	Times int    `json:"times"` // 1 if absent; below 0: until "heal"
}

// always is how often a fault happens that has no end.
const always = 1 << 30

// fail asks one of the emulators to fail, or to stop failing.
func (w *World) fail(f Fault) error {
	times := cmp.Or(f.Times, 1)
	switch f.Where {
	case "telegram":
		return w.failTelegram(f.Kind, times)
	case "whatsapp":
		return w.failWhatsApp(f.Kind, times)
	case "mail":
		return w.failMail(f.Kind, times)
	case "core":
		return w.failCore(f.Kind, times)
	}
	return badRequest("where must be whatsapp, telegram, mail or core")
}

func (w *World) failTelegram(kind string, times int) error {
	if times < 0 {
		times = always
	}
	switch kind {
	case "heal", "up":
		w.telegram.Heal()
	case "down":
		w.telegram.Fail(telegram.Fault{Kind: "500", Method: "*", Times: always})
	default:
		if !w.telegram.Fail(telegram.Fault{Kind: kind, Times: times}) {
			return badRequest("telegram has no fault %q; it has 429, 403, 500, html502, timeout, lost, slow, duplicate, late, reorder, down and heal", kind)
		}
	}
	return nil
}

func (w *World) failWhatsApp(kind string, times int) error {
	if times < 0 {
		times = always
	}
	code, err := strconv.Atoi(strings.TrimPrefix(kind, "undelivered "))
	switch {
	case kind == "heal" || kind == "up":
		w.whatsapp.Heal()
	case kind == "down":
		w.whatsapp.Fail(whatsapp.Fault{Kind: "500", Times: always})
	case strings.HasPrefix(kind, "undelivered ") && err == nil:
		w.whatsapp.Fail(whatsapp.Fault{Kind: "undelivered", Code: code, Times: times})
	case !w.whatsapp.Fail(whatsapp.Fault{Kind: kind, Times: times}):
		return badRequest("whatsapp has no fault %q; it has 429, 63018, 21211, 21610, 63016, 401, 500, html503, timeout, lost, slow, failed, undelivered, undelivered CODE, "+
			"status_lost, status_duplicate, status_reorder, duplicate, late, reorder, down and heal", kind)
	}
	return nil
}

func (w *World) failMail(kind string, times int) error {
	switch kind {
	case "down":
		w.mail.Down()
	case "up", "heal":
		w.mail.Clear()
		return w.mail.Up()
	default:
		if err := w.mail.Fail(mail.Fault{Kind: kind, Times: max(times, 0)}); err != nil {
			return badRequest("%v; it has 4xx, 5xx, silence, drop, slow, down, up and heal", err)
		}
	}
	return nil
}

func (w *World) failCore(kind string, times int) error {
	switch {
	case kind == "up" || kind == "heal":
		w.core.Heal()
		return nil
	case !slices.Contains(core.FaultKinds(), kind):
		return badRequest("the core has no fault %q; it has %s, up and heal", kind, strings.Join(core.FaultKinds(), ", "))
	case kind == core.FaultDown && times == 1:
		times = -1 // "down" lasts until "up", as with the others
	}
	return w.core.Fail(core.Fault{Kind: kind, Times: times})
}

// faultGroup is a column of the page's panel.
type faultGroup struct {
	Where  string        `json:"where"`
	Label  string        `json:"label"`
	Faults []faultChoice `json:"faults"`
}

type faultChoice struct {
	Kind  string `json:"kind"`
	Label string `json:"label"`
	Times int    `json:"times"`
	Heals bool   `json:"heals,omitempty"`
}

// faultMenu is what the page offers; the API takes more.
var faultMenu = []faultGroup{
	{"mail", "El correo", []faultChoice{
		{Kind: "down", Label: "Servidor caído"},
		{Kind: "4xx", Label: "«Más tarde», dos veces", Times: 2},
		{Kind: "5xx", Label: "Rechaza el próximo", Times: 1},
		{Kind: "silence", Label: "Se queda mudo", Times: 1},
		{Kind: "heal", Label: "Que vuelva a andar", Heals: true},
	}},
	{"core", "El sistema central", []faultChoice{
		{Kind: "down", Label: "Caído", Times: -1},
		{Kind: "slow", Label: "Lento, tres veces", Times: 3},
		{Kind: "lost", Label: "Se pierde la respuesta", Times: 1},
		{Kind: "partial_unlock", Label: "No puede desbloquear", Times: 1},
		{Kind: "heal", Label: "Que vuelva a andar", Heals: true},
	}},
	{"telegram", "Telegram", []faultChoice{
		{Kind: "429", Label: "«Demasiados mensajes»", Times: 1},
		{Kind: "500", Label: "Falla tres veces", Times: 3},
		{Kind: "lost", Label: "Se pierde la respuesta", Times: 1},
		{Kind: "duplicate", Label: "Entrega todo dos veces", Times: 5},
		{Kind: "reorder", Label: "Entrega desordenado", Times: 1},
		{Kind: "heal", Label: "Que vuelva a andar", Heals: true},
	}},
	{"whatsapp", "WhatsApp", []faultChoice{
		{Kind: "63018", Label: "«Demasiado rápido»", Times: 2},
		{Kind: "500", Label: "Falla tres veces", Times: 3},
		{Kind: "undelivered 63016", Label: "Pasaron las 24 horas", Times: 1},
		{Kind: "undelivered 63014", Label: "La persona bloqueó", Times: 1},
		{Kind: "lost", Label: "Se pierde la respuesta", Times: 1},
		{Kind: "duplicate", Label: "Entrega todo dos veces", Times: 5},
		{Kind: "heal", Label: "Que vuelva a andar", Heals: true},
	}},
}
