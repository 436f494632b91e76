package recovery_test

import (
	"testing"

	"ventanilla/backend/portal"
	"ventanilla/flows/flowtest"
	village "ventanilla/flows/flowtest/town"
)

func TestConversationsWithAMailedLink(t *testing.T) {
	flowtest.RunIn(t, "testdata/link", func(t *testing.T) *flowtest.World {
		return village.New(t, "miportal", "telegram").Offer(t, portal.Recover).World
	})
	flowtest.RunIn(t, "testdata/link/metlife", func(t *testing.T) *flowtest.World {
		return village.New(t, "metlife", "whatsapp").Offer(t, portal.Recover).World
	})
}
