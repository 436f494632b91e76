package standard_test

import (
	"testing"

	"ventanilla/flows/flowtest/town"
)

// What no errand has alone.
func TestConversations(t *testing.T) {
	for _, id := range []string{"mseg", "iess"} {
		town.Run(t, "testdata/"+id, id, nil)
	}
}
