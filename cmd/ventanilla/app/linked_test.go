package app

import (
	"net/http/httptest"
	"strings"
	"testing"

	"ventanilla/flows"
)

// onBoth is a program whose people write on Telegram, and on WhatsApp, too.
func onBoth(t *testing.T) (w *world, other network) {
	t.Helper()
	w = newWorld(t, way{channel: "telegram", portal: "mseg"})
	other = newWhatsApp(w)
	api := httptest.NewServer(other.Handler())
	t.Cleanup(func() {
		w.end()
		other.Close()
		api.Close()
	})
	w.configure(w.settings.Core.URL, strings.TrimPrefix(w.settings.Mail.URL.Reveal(), "smtp://"), w.net.Settings(w.settings.Bots[0].Telegram.API)+", "+other.Settings(api.URL))
	w.run()
	w.until("it runs", func() bool { return w.running() != nil })
	return w, other
}

// RULES: notify.all. A password chosen over Telegram is told in the linked chat on WhatsApp,
// with «No fui yo», and in no other.
func TestAChangeInOneChatIsHeardInTheLinkedChatsOfTheAccount(t *testing.T) {
	const neighbour = "vecina"
	w, other := onBoth(t)
	for _, who := range []string{person, neighbour} {
		_, err := other.Say(who, "hola")
		w.must(err)
		w.until("the menu is there on WhatsApp", func() bool { return len(other.Lines(who)) > 2 && other.Settled() })
	}
	links, until := w.running().store, w.clock.Now().AddDate(1, 0, 0)
	w.must(links.Link(t.Context(), w.key(), "mseg", "acc-ana", until))
	w.must(links.Link(t.Context(), flows.Key{Portal: "mseg", Channel: "whatsapp", Person: other.Known(person)}, "mseg", "acc-ana", until))
	w.must(links.Link(t.Context(), flows.Key{Portal: "mseg", Channel: "whatsapp", Person: other.Known(neighbour)}, "mseg", "acc-vecina", until))
	before, beside := len(other.Lines(person)), len(other.Lines(neighbour))

	identify(w)
	w.say("si", w.mailed())
	w.byCode()

	w.until("the linked chat hears", func() bool { return len(other.Lines(person)) > before && other.Settled() })
	w.quiet()
	lines := other.Lines(person)[before:]
	if len(lines) != 1 || !lines[0].offered || !strings.Contains(lines[0].text, "No fui yo") {
		t.Fatalf("the linked chat hears %+v", lines)
	}
	for _, part := range []string{"cambió la clave de tu cuenta", "Docente", "por Telegram", w.clock.Now().Format("/2006")} {
		if !strings.Contains(lines[0].text, part) {
			t.Errorf("%q does not say %q", lines[0].text, part)
		}
	}
	if strings.Contains(lines[0].text, chosen) {
		t.Errorf("it tells the password: %q", lines[0].text)
	}
	if got := other.Lines(neighbour)[beside:]; len(got) != 0 {
		t.Errorf("a chat of another account hears %+v", got)
	}
	if w.told("desde otro chat") != 0 {
		t.Errorf("the chat in which it was done hears of it; it says\n%s", w.screen())
	}
}
