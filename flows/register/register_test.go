package register_test

import (
	"testing"

	"ventanilla/flows/flowtest"
	"ventanilla/flows/flowtest/town"
)

func TestConversations(t *testing.T) {
	for _, id := range []string{"mseg", "segurometal", "metlife", "miportal"} {
		flowtest.RunIn(t, "testdata/"+id, func(t *testing.T) *flowtest.World { return town.New(t, id, "telegram").World })
	}
}
