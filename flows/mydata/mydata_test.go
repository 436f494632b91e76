package mydata_test

import (
	"testing"

	"ventanilla/flows/flowtest/town"
)

func TestConversations(t *testing.T) { town.Run(t, "testdata", "mseg", nil) }
