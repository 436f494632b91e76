package telegram_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"ventanilla/bot"
	"ventanilla/bot/telegram"
	"ventanilla/bot/telegram/emulator"
	"ventanilla/flows"
)

// offer is a reply with a visit and options.
func offer(to, id, text string, options ...flows.Option) bot.Delivery {
	d := reply(to, id, text)
	d.Reply.Entered, d.Reply.Offer = "0011223344556677", options
	return d
}

var yesNo = []flows.Option{{ID: "yes", Label: "Sí"}, {ID: "no", Label: "No"}}

// RULES: tg.dedupe
func TestAPersonTapsAndTheKeyboardGoes(t *testing.T) {
	w := withWebhook(t)
	ana := w.greet("ana")
	receipt := w.send(offer(ana, "1", "¿Sos vos?", append(yesNo, flows.Option{ID: "recovery/long_one", Label: "Quiero corregir mis datos"})...))
	bubble := w.last("ana")
	if got := bubble.Options; !slices.Equal(got, []string{"Sí", "No", "Quiero corregir mis datos"}) {
		t.Errorf("got options %q", got)
	}
	if err := w.net.Tap(username, "ana", "Sí"); err != nil {
		t.Fatal(err)
	}
	got := w.in.wait(t, 2)[1]
	if got.in.Input.Choice != "yes" || got.in.Input.Ref != "0011223344556677" || got.in.Origin != receipt {
		t.Errorf("got %+v, want the choice and its visit", got.in)
	}
	w.until("the keyboard is gone", func() bool { return len(w.last("ana").Options) == 0 })
	if got, want := w.last("ana").Text, "¿Sos vos?\n\n☑ Sí"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	w.until("the tap is answered", func() bool { return w.net.Unanswered(username) == 0 })
	if got := w.net.Refusals(); len(got) != 0 {
		t.Errorf("refused: %q", got)
	}
}

// RULES: tg.dedupe
func TestNewOptionsTakeTheOldOnesAway(t *testing.T) {
	w := withWebhook(t, unlimited)
	ana := w.greet("ana")
	w.send(offer(ana, "1", "¿Primera?", yesNo...))
	first := w.last("ana").N
	w.send(reply(ana, "2", "Un momento."))
	if got := w.net.Screen(username, "ana", first-1)[0].Options; len(got) != 2 {
		t.Errorf("a text without options took them away: %q", got)
	}
	w.send(offer(ana, "3", "¿Segunda?", yesNo...))
	w.until("the old keyboard is gone", func() bool { return len(w.net.Screen(username, "ana", first-1)[0].Options) == 0 })
	if got := w.last("ana").Options; len(got) != 2 {
		t.Errorf("the new keyboard shows %q", got)
	}
	if err := w.net.TapOn(username, "ana", first, "Sí"); err != nil { // a phone that has not heard of it yet
		t.Fatal(err)
	}
	if got := w.in.wait(t, 2)[1].in.Input; got.Choice != "yes" || got.Ref == "" {
		t.Errorf("a stale tap says %+v, want its visit", got)
	}
}

func unlimited(c *telegram.Config) { c.PerChat, c.Overall = 0, 0 }

func TestALinkIsAButtonAndTheLastLine(t *testing.T) {
	w := withWebhook(t, unlimited)
	ana := w.greet("ana")
	d := reply(ana, "1", "Abrí la página y elegí tu contraseña. PIN: 1234")
	d.URL, d.Reply.Button, d.Reply.Form, d.Reply.Private = "https://bot.example.org/f/abc", "Elegir contraseña", "password", true
	w.send(d)
	got := w.last("ana")
	if want := []emulator.Link{{Label: "Elegir contraseña", URL: d.URL}}; !slices.Equal(got.Links, want) {
		t.Errorf("got %v, want %v", got.Links, want)
	}
	if lines := strings.Split(got.Text, "\n"); lines[len(lines)-1] != d.URL || !got.Protected {
		t.Errorf("got %q, protected %t; want the link at the end, protected", got.Text, got.Protected)
	}
	d.ID, d.URL = "2", "http://localhost:8080/f/abc" // the network takes no such address on a button
	w.send(d)
	if got := w.last("ana"); len(got.Links) != 0 || !strings.HasSuffix(got.Text, "\n"+d.URL) {
		t.Errorf("got %+v, want the link in the text only", got)
	}
	d.ID, d.Reply.Text, d.URL = "3", "Acá: https://bot.example.org/g", "https://bot.example.org/g"
	w.send(d)
	if got := w.last("ana").Text; strings.Count(got, d.URL) != 1 {
		t.Errorf("got %q, want the link once", got)
	}
	d.ID, d.Reply.Text, d.Links = "4", "Hola", []bot.Link{{Label: "No fui yo", URL: "https://bot.example.org/n"}}
	w.send(d)
	if got := w.last("ana"); len(got.Links) != 2 || !strings.HasSuffix(got.Text, "No fui yo:\nhttps://bot.example.org/n") {
		t.Errorf("got %+v, want both links", got)
	}
}

// RULES: tg.limits
func TestADocumentIsUploadedUnderItsNameAndProtected(t *testing.T) {
	w := withWebhook(t, unlimited)
	ana := w.greet("ana")
	d := reply(ana, "1", "Tu recibo de octubre.")
	d.Reply.File = &flows.File{Name: "../Recibo\n \"octubre\" ñ.pdf"}
	d.URL = "https://bot.example.org/m/secret" // for channels that need one
	busy := false
	d.Open = func(context.Context) ([]byte, error) {
		busy = w.net.Phone(username, "ana").Typing
		return []byte("%PDF-1.7 bytes"), nil
	}
	w.send(d)
	got := w.last("ana")
	if got.Document == nil || got.Document.Name != "Recibo octubre ñ.pdf" || string(got.Document.Data) != "%PDF-1.7 bytes" {
		t.Errorf("got %+v", got.Document)
	}
	if got.Text != "Tu recibo de octubre." || !got.Protected || !busy {
		t.Errorf("got %q, protected %t, busy %t", got.Text, got.Protected, busy)
	}
	d.ID, d.Reply.Text = "2", strings.Repeat("a", 1025)
	w.send(d)
	screen := w.net.Screen(username, "ana", got.N)
	if len(screen) != 2 || screen[0].Text != d.Reply.Text || screen[1].Document == nil || screen[1].Text != "" {
		t.Errorf("got %d bubbles, want a text too long for a caption before the document", len(screen))
	}
}

// RULES: tg.limits
func TestADocumentThatCannotBeSentIsSaidSo(t *testing.T) {
	w := withWebhook(t, unlimited)
	d := reply(w.greet("ana"), "1", "")
	d.Reply.File = &flows.File{Name: "a.pdf"}
	gone := &bot.SendError{Never: true, Why: bot.Missing, Err: errors.New("gone")}
	for name, tt := range map[string]struct {
		data []byte
		err  error
		why  string
	}{"empty": {nil, nil, bot.Missing}, "over 50 MB": {make([]byte, 50<<20+1), nil, bot.TooLarge}, "gone": {nil, gone, bot.Missing}} {
		d.Open = func(context.Context) ([]byte, error) { return tt.data, tt.err }
		_, err := w.ch.Send(t.Context(), d)
		if se := bot.AsSendError(err); err == nil || !se.Never || se.Gone || se.Why != tt.why {
			t.Errorf("%s: got %+v, want never, for %q", name, se, tt.why)
		}
	}
	if got := w.net.Refusals(); len(got) != 0 {
		t.Errorf("the network was bothered: %q", got)
	}
	d.Open = func(context.Context) ([]byte, error) { return nil, errors.New("the core is down") }
	if _, err := w.ch.Send(t.Context(), d); err == nil || bot.AsSendError(err).Never {
		t.Errorf("got %v, want another try", err)
	}
}

// RULES: tg.limits
func TestALongTextIsCutWhereItReadsWell(t *testing.T) {
	w := withWebhook(t, unlimited)
	ana := w.greet("ana")
	start := w.last("ana").N
	words := strings.TrimSpace(strings.Repeat("palabra 😀 ", 1200))
	for id, text := range map[string]string{
		"words": words, "paragraphs": strings.Repeat(strings.Repeat("línea. ", 40)+"\n\n", 40), "no gap": strings.Repeat("😀", 5000),
	} {
		d := offer(ana, id, text, yesNo...)
		d.URL, d.Reply.Button = "https://bot.example.org/f/"+id, "Abrir"
		w.send(d)
		bubbles := w.net.Screen(username, "ana", start)
		start = bubbles[len(bubbles)-1].N
		all := ""
		for i, b := range bubbles {
			if n := len(utf16.Encode([]rune(b.Text))); n > 4096 || n == 0 {
				t.Errorf("%s: a message of %d", id, n)
			}
			if last := i == len(bubbles)-1; last != (len(b.Options) > 0) {
				t.Errorf("%s: message %d of %d has options %q", id, i+1, len(bubbles), b.Options)
			}
			all += b.Text
		}
		if strip(strings.ReplaceAll(all, d.URL, "")) != strip(text) {
			t.Errorf("%s: something was lost", id)
		}
		if !strings.HasSuffix(all, d.URL) || len(bubbles) < 2 {
			t.Errorf("%s: the link is not at the end of %d messages", id, len(bubbles))
		}
	}
}

func TestADeliveryCutShortGoesOnWhereItStopped(t *testing.T) {
	w := withWebhook(t, unlimited)
	ana := w.greet("ana")
	start := w.last("ana").N
	d := reply(ana, "1", strings.Repeat("palabra ", 1000))
	w.net.Fail(emulator.Fault{Kind: "slow", Delay: time.Nanosecond})
	w.net.Fail(emulator.Fault{Kind: "500"})
	if _, err := w.ch.Send(t.Context(), d); err == nil {
		t.Fatal("got no error")
	}
	first := w.send(d)
	if again := w.send(d); again != first {
		t.Errorf("sent again: got receipt %q, want %q", again, first)
	}
	if got := len(w.net.Screen(username, "ana", start)); got != 2 {
		t.Errorf("got %d messages, want 2", got)
	}
	w.clock.Advance(time.Hour)
	w.send(d)
	if got := len(w.net.Screen(username, "ana", start)); got != 4 {
		t.Errorf("got %d messages, want the same id sent anew after an hour", got)
	}
}

// RULES: pw.chat, tg.limits
func TestASecretIsTakenOffTheScreenWhereThatIsPossible(t *testing.T) {
	w := withWebhook(t, unlimited)
	ana := w.greet("ana")
	n := w.say("ana", "mi clave es Hunter2")
	d := reply(ana, "1", "Borré tu mensaje.")
	d.Reply.Delete, d.Origin = true, w.in.wait(t, 2)[1].in.Origin
	w.net.Fail(emulator.Fault{Kind: "500", Method: "deleteMessage"})
	w.send(d)
	if got := w.net.Screen(username, "ana", n-1); !got[0].Deleted || got[0].Text != "" || got[1].Text != "Borré tu mensaje." {
		t.Errorf("got %+v", got)
	}
	n = w.say("ana", "otra clave")
	d.ID, d.Origin = "2", w.in.wait(t, 3)[2].in.Origin
	w.clock.Advance(49 * time.Hour)
	w.send(d)
	if got := w.net.Screen(username, "ana", n-1); got[0].Deleted || len(got) != 2 {
		t.Errorf("after 49 hours: got %+v, want the reply nevertheless", got)
	}
	w.send(bot.Delivery{ID: "3", To: ana, Origin: "1", Reply: flows.Reply{Delete: true}})
	if got := w.last("ana").Text; got != "Borré tu mensaje." {
		t.Errorf("an empty reply said %q", got)
	}
}

func TestNamesAndTextsWithMarkupComeOutAsText(t *testing.T) {
	w := withWebhook(t, unlimited)
	ana := w.greet("ana")
	f, err := os.ReadFile("testdata/telegram_markup.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(bytes.NewReader(f))
	lines.Buffer(nil, 1<<20)
	seen := 0
	for lines.Scan() {
		var v struct{ Text string }
		if err := json.Unmarshal(lines.Bytes(), &v); err != nil {
			t.Fatal(err)
		}
		before := w.last("ana").N
		d := offer(ana, fmt.Sprint(seen), "Hola, "+v.Text+" fin", yesNo...)
		if l := len([]rune(strings.TrimSpace(v.Text))); l > 0 && l <= 64 {
			d.Reply.Offer = []flows.Option{{ID: "x", Label: v.Text}}
		}
		w.send(d)
		got, all := w.last("ana"), ""
		for _, b := range w.net.Screen(username, "ana", before) {
			all += b.Text
		}
		if strip(all) != strip(d.Reply.Text) {
			t.Errorf("got %q, want %q", all, d.Reply.Text)
		}
		if want := strings.TrimSpace(d.Reply.Offer[0].Label); got.Options[0] != want {
			t.Errorf("got label %q, want %q", got.Options[0], want)
		}
		seen++
	}
	if seen < 100 {
		t.Errorf("%d texts, want them all", seen)
	}
}

// strip removes what may differ where a text was cut.
func strip(s string) string { return strings.Join(strings.Fields(s), "") }

// RULES: tg.limits
func TestAReplyThatNoMessageCanHoldIsRefusedForGood(t *testing.T) {
	w := withWebhook(t, unlimited)
	ana := w.greet("ana")
	for name, d := range map[string]bot.Delivery{
		"option without label": offer(ana, "1", "a", flows.Option{ID: "x"}),
		"option id too long":   offer(ana, "1", "a", flows.Option{ID: strings.Repeat("x", 33), Label: "X"}),
		"option id odd":        offer(ana, "1", "a", flows.Option{ID: "a:b", Label: "X"}),
		"options without text": offer(ana, "1", " ", yesNo...),
		"no chat id":           reply("ana", "1", "a"),
		"somebody unknown":     reply("99", "1", "a"),
	} {
		_, err := w.ch.Send(t.Context(), d)
		if err == nil || !bot.AsSendError(err).Never {
			t.Errorf("%s: got %v, want never", name, err)
		}
	}
	longest := offer(ana, "1", "a", flows.Option{ID: strings.Repeat("x", 32), Label: strings.Repeat("ñ", 200)})
	w.send(longest)
	if got := []rune(w.last("ana").Options[0]); len(got) != 64 {
		t.Errorf("a label of %d, want 64", len(got))
	}
}
