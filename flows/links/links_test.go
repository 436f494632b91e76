package links_test

import (
	"strings"
	"testing"

	"ventanilla/backend/portal"
	"ventanilla/flows"
	"ventanilla/flows/flowtest"
	"ventanilla/flows/flowtest/town"
	"ventanilla/flows/standard"
)

func TestConversations(t *testing.T) {
	for _, p := range []string{"mseg", "miportal"} {
		for _, channel := range []string{"telegram", "whatsapp"} {
			flowtest.RunIn(t, "testdata/"+p, func(t *testing.T) *flowtest.World { return town.New(t, p, channel).World })
		}
	}
}

// RULES: talk.size
func TestManyLinksAreSeveralMessages(t *testing.T) {
	w := town.New(t, "mseg", "telegram")
	w.Profile.Links = nil
	for id := range strings.FieldsSeq("a b c d e f g h i j k l") {
		w.Profile.Links = append(w.Profile.Links, portal.Link{ID: id, Label: "Enlace " + id, URL: "https://portal.example.org/" + strings.Repeat(id, 60)})
	}
	e, err := standard.New(w.Profile, w.Deps)
	if err != nil {
		t.Fatal(err)
	}
	call := flows.Call{ID: "1", At: w.Clock.Now(), Key: w.Key, Input: flows.Input{From: flows.Person, Choice: "links"}}
	r, err := e.Handle(t.Context(), call)
	if err != nil {
		t.Fatal(err)
	}
	told := 0
	for _, reply := range r.Replies {
		told += strings.Count(reply.Text, "https://portal.example.org/")
		if n := len([]rune(reply.Text)); n == 0 || n > 500 {
			t.Errorf("a message of %d characters", n)
		}
	}
	if told != 12 || len(r.Replies) < 3 {
		t.Errorf("%d links in %d messages, want 12 in a few", told, len(r.Replies))
	}
}
