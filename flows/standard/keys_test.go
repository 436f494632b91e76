package standard_test

import (
	"testing"

	"ventanilla/flows"
	"ventanilla/flows/flowtest/town"
)

// A key that is told before it is asked for is read, and shown to nobody.
func TestTheKeyOfAnInvitationIsReadButNotShown(t *testing.T) {
	w := town.New(t, "metlife", "telegram")
	for text, want := range map[string]string{
		"clave MET-4H7Q-9XRA para registrarme":                    "clave •••-••••-•XRA para registrarme",
		"quiero registrarme con MET-4H7Q-9XRA, póliza GM-0481527": "quiero registrarme con •••-••••-•XRA, póliza GM-0481527",
	} {
		in := w.Engine.Screen(w.Key, flows.Dialog{}, flows.Input{From: flows.Person, Text: text})
		if in.Text != text || in.Shown != want || in.Hidden {
			t.Errorf("%q is kept as %q and shown as %q, want %q", text, in.Text, in.Shown, want)
		}
	}
}
