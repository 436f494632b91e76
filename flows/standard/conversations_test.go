package standard_test

import (
	"testing"

	"ventanilla/flows/flowtest/town"
)

// What no errand has alone.
func TestConversations(t *testing.T) {
	for _, id := range []string{"mseg", "iess", "segurometal", "metlife", "miportal"} {
		town.Run(t, "testdata/"+id, id, map[string]string{"dato-de-mas": "a choice and its number in one message are two fields of the page", "de-entrada": "what is said there is no answer to a page", "telefono": "WhatsApp knows the number: flows/recovery/testdata/whatsapp/telefono.chat"})
	}
}
