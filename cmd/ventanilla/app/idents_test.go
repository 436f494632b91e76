package app

import (
	"slices"
	"testing"

	"ventanilla/store"
)

// Whoever got back in is found by everything they used, in the spelling of an agent, whether they typed it in the
// chat or on the page, and not by a part of it; once they are erased, by none of it.
func TestAConversationIsFoundByWhatThePersonUsed(t *testing.T) {
	for _, channel := range []string{"telegram", "whatsapp"} {
		t.Run(channel, func(t *testing.T) {
			w := newWorld(t, way{channel: channel, portal: "mseg"}).run()
			identify(w)
			w.say("si", w.mailed())
			w.byCode()
			w.quiet()
			kept := w.running().store
			known := func(identifier string) []store.Other {
				all, err := kept.Known(t.Context(), "mseg", identifier)
				w.must(err)
				return all
			}
			name := kept.Name(w.key())
			for typed, kind := range map[string]string{"70 4417": "legajo", "30.555.777": "doc_number", "Ana-Paz": "username", "ANA@correo.example": "email"} {
				if got := known(typed); !slices.Equal(got, []store.Other{{Name: name, Kind: kind}}) {
					t.Errorf("%s: got %+v, want the conversation by %s", typed, got, kind)
				}
			}
			for _, typed := range []string{"3055577", "docente", "dni", "acc-ana"} {
				if got := known(typed); len(got) != 0 {
					t.Errorf("%q leads to %+v", typed, got)
				}
			}
			w.must(kept.Erase(t.Context(), w.key()))
			if got := known("704417"); len(got) != 0 {
				t.Errorf("after erasing: %+v", got)
			}
		})
	}
}
