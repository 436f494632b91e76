package payslip_test

import (
	"testing"

	"ventanilla/flows/flowtest"
	"ventanilla/flows/flowtest/town"
)

func TestConversations(t *testing.T) {
	for folder, portal := range map[string]string{"testdata/mseg": "mseg", "testdata/miportal": "miportal", "testdata/iess": "iess"} {
		flowtest.RunIn(t, folder, func(t *testing.T) *flowtest.World { return town.New(t, portal, "telegram").World })
		flowtest.RunIn(t, folder+"/whatsapp", func(t *testing.T) *flowtest.World { return town.New(t, portal, "whatsapp").World })
	}
}
