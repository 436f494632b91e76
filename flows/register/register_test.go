package register_test

import (
	"testing"

	"ventanilla/flows/flowtest/town"
)

func TestConversations(t *testing.T) {
	for _, id := range []string{"mseg", "segurometal", "metlife", "miportal"} {
		t.Run(id, func(t *testing.T) { town.Run(t, "testdata/"+id, id, apart) })
	}
}

// apart are scripts that come to another end where a page asks for identifiers, and why.
var apart = map[string]string{"lucia": "a choice and its number in one message are two fields of the page", "sin-clave": "what is no key there is no policy on the page"}
