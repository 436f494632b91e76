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
var apart = map[string]string{}
