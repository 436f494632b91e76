package change_test

import (
	"testing"

	"ventanilla/flows/flowtest"
	"ventanilla/flows/flowtest/town"
)

func TestConversations(t *testing.T) {
	for _, portal := range []string{"iess", "mseg", "segurometal"} {
		t.Run(portal, func(t *testing.T) {
			flowtest.RunIn(t, "testdata/"+portal, func(t *testing.T) *flowtest.World { return town.New(t, portal, "telegram").World })
		})
	}
	t.Run("whatsapp", func(t *testing.T) {
		flowtest.RunIn(t, "testdata/whatsapp", func(t *testing.T) *flowtest.World { return town.New(t, "iess", "whatsapp").World })
	})
}
