package change_test

import (
	"testing"

	"ventanilla/backend/portal"
	"ventanilla/flows/flowtest"
	"ventanilla/flows/flowtest/town"
)

func TestConversations(t *testing.T) {
	for _, id := range []string{"iess", "mseg", "segurometal"} {
		t.Run(id, func(t *testing.T) {
			flowtest.RunIn(t, "testdata/"+id, func(t *testing.T) *flowtest.World {
				return town.New(t, id, "telegram").Offer(t, portal.Recover, portal.Change).World
			})
		})
	}
	t.Run("whatsapp", func(t *testing.T) {
		flowtest.RunIn(t, "testdata/whatsapp", func(t *testing.T) *flowtest.World {
			return town.New(t, "iess", "whatsapp").Offer(t, portal.Recover, portal.Change).World
		})
	})
}
