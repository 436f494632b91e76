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
		"quiero registrarme con MET-4H7Q-9XRA, póliza GM-0481527": "quiero registrarme con •••-••••-•XRA, póliza ••-••••527",
		"me quiero registrar, mi clave es met4h7q9xra":            "me quiero registrar, mi clave es ••••••••xra",
		"quiero registrarme, mi clave es Met 4h7q 9xra":           "quiero registrarme, mi clave es ••• •••• •xra",
	} {
		in := w.Engine.Screen(w.Key, flows.Dialog{}, flows.Input{From: flows.Person, Text: text})
		if in.Text != text || in.Shown != want || in.Hidden {
			t.Errorf("%q is kept as %q and shown as %q, want %q", text, in.Text, in.Shown, want)
		}
	}
}
