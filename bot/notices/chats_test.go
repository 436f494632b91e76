package notices_test

import (
	"errors"
	"maps"
	"testing"

	"ventanilla/bot"
	"ventanilla/bot/notices"
	"ventanilla/flows"
)

// chats is the channel on the world's store.
func (w *world) chats() notices.Chats {
	return notices.Chats{Linked: w.store, Accept: w.accept, Name: w.store.Name}
}

// done is what leaves when something was done in a chat to an account.
func (w *world) done(in flows.Key, id, account string) bot.Delivery {
	return bot.Delivery{ID: id, Portal: "mseg", To: account, Chat: w.store.Name(in), Reply: flows.Reply{To: "linked:" + account, Title: "changed", Text: "Cambió la clave"}}
}

// RULES: notify.all
func TestWhatWasDoneInOneChatIsHeardInTheOthersOfTheAccount(t *testing.T) {
	w := newWorld(t)
	if _, err := w.chats().Send(t.Context(), w.done(ana, "in/3", "mseg-1001")); err != nil {
		t.Fatal(err)
	}
	want := map[string]string{"text": "Cambió la clave", "account": "mseg-1001"}
	got := w.heard(home)
	if len(got) != 1 || got[0].From != flows.System || got[0].Event != "told" || !maps.Equal(got[0].Values, want) {
		t.Errorf("the other chat hears %+v", got)
	}
	if own, other := w.heard(ana), w.heard(beto); len(own)+len(other) != 0 {
		t.Errorf("the chat itself hears %+v, somebody else %+v", own, other)
	}
	w.must(w.store.Unlink(t.Context(), home, "mseg", "mseg-1001"))
	if _, err := w.chats().Send(t.Context(), w.done(ana, "in/4", "mseg-1001")); err != nil || len(w.heard(home)) != 1 {
		t.Errorf("once it is cut: %v, %+v", err, w.heard(home))
	}
}

func TestWhatIsSentAgainIsHeardOnceAndWhatIsDoneAgainTwice(t *testing.T) {
	w := newWorld(t)
	for _, d := range []bot.Delivery{w.done(ana, "in/3", "mseg-1001"), w.done(ana, "in/3", "mseg-1001"), w.done(ana, "in/4", "mseg-1001"), w.done(beto, "in/3", "mseg-1001")} {
		if _, err := w.chats().Send(t.Context(), d); err != nil {
			t.Fatal(err)
		}
	}
	if got := len(w.heard(home)); got != 3 {
		t.Errorf("heard %d times, want 3: twice of one chat and once of another", got)
	}
	if got := len(w.heard(ana)); got != 1 {
		t.Errorf("heard %d times, want 1: of the other chat", got)
	}
}

func TestWhatCouldNotBeHeardIsSentAgain(t *testing.T) {
	w := newWorld(t)
	d := w.done(beto, "in/3", "mseg-1001")
	w.fail[home] = errors.New("the disk is full")
	if _, err := w.chats().Send(t.Context(), d); err == nil || bot.AsSendError(err).Never {
		t.Errorf("got %v, want to be called again", err)
	}
	delete(w.fail, home)
	if _, err := w.chats().Send(t.Context(), d); err != nil {
		t.Error(err)
	}
	if a, b := len(w.heard(ana)), len(w.heard(home)); a != 1 || b != 1 {
		t.Errorf("heard %d and %d times", a, b)
	}
}
