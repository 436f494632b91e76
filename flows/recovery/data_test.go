package recovery_test

import (
	"testing"

	"ventanilla/backend"
	"ventanilla/backend/secret"
	"ventanilla/flows"
)

// A password that the core calls expired is replaced like a forgotten one;
// nothing here ever asks for a change by date. RULES: pw.rotation
func TestAnExpiredPasswordIsReplacedLikeAForgottenOne(t *testing.T) {
	in(t, func(w *bureau) {
		a := w.core.people["20111222"][0]
		a.State = backend.State{Registered: true, Expired: true}
		w.core.people["20111222"][0] = a
		p := w.phone("ana").say("me dice que la clave está vencida").identify("20111222")
		p.say(p.code()).wantStep("recovery/form")
		p.submit("siete gatos en la terraza 9")
		p.wantHeard("¡Listo!")
	})
}

// Knowing everything about a person selects an account and opens no page: a
// dialog that was brought to the page without a proof sets nothing. RULES: pw.questions
func TestIdentityDataAloneNeverSetAPassword(t *testing.T) {
	in(t, func(w *bureau) {
		p := w.phone("ana").identify("20111222")
		p.wantStep("proof/code")
		forged := p.dialog
		forged.Flow, forged.Step = "recovery", "form"
		forged.Values["account"] = "1"
		values := flows.FormValues{"password": secret.Text("siete gatos en la terraza 9"), "repeat": secret.Text("siete gatos en la terraza 9")}
		o, err := w.Engine.Submit(w.Context(), flows.Call{ID: "forged", At: w.Clock.Now(), Key: p.key, Dialog: forged}, values)
		if err != nil || o.State != "late" {
			t.Errorf("submitting without a proof: %+v, %v; want it refused", o, err)
		}
		if len(w.core.resets) > 0 {
			t.Errorf("the core was asked to reset: %v", w.core.resets)
		}
	})
}
