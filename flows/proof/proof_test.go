package proof_test

import (
	"cmp"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"

	"ventanilla/flows"
	"ventanilla/flows/flowtest/town"
)

func TestConversations(t *testing.T) {
	town.Run(t, "testdata", "mseg", map[string]string{"otra-cuenta": "it goes back among questions that are one page there"})
}

// What the bot quotes of a document or a bank account stands masked where
// transcripts and agents read it; the person reads it whole. RULES: data.canary
func TestTranscriptsQuoteNoIdentifier(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := town.New(t, "mseg", "telegram")
		var dialog flows.Dialog
		quoted := 0
		for i, line := range []string{"no puedo entrar", "retirado", "16-5-0123456-0", "dni", "14567890", "5034-51234/5", "corregir", "numero de documento", "14567890", "si"} {
			in := w.Engine.Screen(w.Key, dialog, flows.Input{From: flows.Person, Text: line})
			r, err := w.Engine.Handle(t.Context(), flows.Call{ID: strconv.Itoa(i), At: w.Clock.Now(), Key: w.Key, Dialog: dialog, Input: in})
			if err != nil {
				t.Fatal(err)
			}
			dialog = r.Dialog
			for _, reply := range r.Replies {
				kept := cmp.Or(reply.Shown, reply.Text)
				for _, secret := range []string{"14.567.890", "14567890", "5034512345"} {
					if strings.Contains(reply.Text, secret) {
						quoted++
					}
					if strings.Contains(kept, secret) {
						t.Errorf("after %q a transcript keeps %s: %q", line, secret, kept)
					}
				}
			}
		}
		if quoted < 4 {
			t.Errorf("the person was shown what they typed %d times, want it to be read back", quoted)
		}
	})
}
