package telegram_test

import (
	"slices"
	"testing"

	"ventanilla/flows"
)

// RULES: link.chat. The button stands where the person writes, sends their own contact and goes with the next text.
func TestAPersonSharesTheirOwnNumber(t *testing.T) {
	w := withWebhook(t, unlimited)
	if err := w.net.Number("ana", "5492215550107"); err != nil {
		t.Fatal(err)
	}
	ana := w.greet("ana")
	d := reply(ana, "1", "")
	d.Reply = flows.Reply{Text: "Tocá «Compartir mi número».", Share: "Compartir mi número"}
	w.send(d)
	if got := w.last("ana"); !slices.Equal(got.Keys, []string{"Compartir mi número"}) || len(got.Options) != 0 {
		t.Fatalf("the phone shows %+v", got)
	}
	if err := w.net.Tap(username, "ana", "Compartir mi número"); err != nil {
		t.Fatal(err)
	}
	if got := w.in.wait(t, 2)[1].in.Input; got.Kind != flows.Contact || got.Phone != "+5492215550107" {
		t.Errorf("got %+v, want their own number", got)
	}
	d.ID = "2" // asked once more, and not answered so
	w.send(d)
	if got := w.last("ana"); len(got.Keys) != 1 {
		t.Fatalf("the phone shows %+v", got)
	}
	d = reply(ana, "3", "Listo, ya no hace falta.")
	d.Reply.Unshare = true
	w.send(d)
	if err := w.net.Tap(username, "ana", "Compartir mi número"); err == nil {
		t.Error("the button is still there")
	}
	if got := w.net.Refusals(); len(got) != 0 {
		t.Errorf("refused: %q", got)
	}
}

// RULES: link.chat. Whatever contact comes otherwise than from the person and about the person has no number.
func TestNoOtherContactHasANumber(t *testing.T) {
	w := withWebhook(t, unlimited)
	w.greet("ana")
	for i, kind := range []string{"friend", "stranger", "forwarded", "relayed"} {
		if _, err := w.net.Send(username, "ana", kind); err != nil {
			t.Fatal(err)
		}
		if got := w.in.wait(t, i+2)[i+1].in.Input; got.Kind != flows.Contact || got.Phone != "" {
			t.Errorf("%s: got %+v, want a contact without a number", kind, got)
		}
	}
}

// The network takes one kind of keyboard in a message: options go before the button.
func TestOptionsGoBeforeTheButton(t *testing.T) {
	w := withWebhook(t, unlimited)
	ana := w.greet("ana")
	d := offer(ana, "1", "¿Sos vos?", yesNo...)
	d.Reply.Share = "Compartir mi número"
	w.send(d)
	if got := w.last("ana"); len(got.Options) != 2 || len(got.Keys) != 0 {
		t.Errorf("the phone shows %+v", got)
	}
	if got := w.net.Refusals(); len(got) != 0 {
		t.Errorf("refused: %q", got)
	}
}
