package menu_test

import (
	"testing"

	"ventanilla/flows/flowtest"
	"ventanilla/flows/flowtest/town"
)

func TestConversations(t *testing.T) {
	flowtest.Run(t, func(t *testing.T) *flowtest.World { return town.New(t, "mseg", "telegram").World })
}
