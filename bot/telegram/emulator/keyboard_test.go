package emulator_test

import (
	"bytes"
	"slices"
	"strconv"
	"strings"
	"testing"

	"ventanilla/bot/telegram/emulator"
)

const shareKeys = `{"keyboard": [[{"text": "Compartir", "request_contact": true}], [{"text": "Otra cosa"}]], "one_time_keyboard": true, "resize_keyboard": true}`

func (w *world) keys(t *testing.T) (keys []string) {
	t.Helper()
	for _, m := range w.Screen(bot, "ana", 0) {
		keys = append(keys, m.Keys...)
	}
	return keys
}

func TestAReplyKeyboardStandsUntilItIsUsedOrRemoved(t *testing.T) {
	w := newWorld(t)
	if err := w.Number("ana", "5491100000001"); err != nil {
		t.Fatal(err)
	}
	n := w.call("sendMessage", `{"chat_id": $ana, "text": "¿?", "reply_markup": `+shareKeys+`}`).id(t)
	w.call("sendMessage", `{"chat_id": $ana, "text": "otra"}`).id(t)
	if got := w.keys(t); !slices.Equal(got, []string{"Compartir", "Otra cosa"}) {
		t.Fatalf("it shows %q", got)
	}
	if a := w.call("editMessageReplyMarkup", `{"chat_id": $ana, "message_id": `+strconv.Itoa(n)+`}`); a.OK {
		t.Error("a message with a reply keyboard was edited")
	}
	if err := w.Tap(bot, "ana", "Compartir"); err != nil {
		t.Fatal(err)
	}
	if a := w.call("getUpdates", `{"offset": -1}`); !strings.Contains(string(a.Result), `"phone_number":"5491100000001"`) || !strings.Contains(string(a.Result), `"user_id"`) {
		t.Errorf("the bot hears %s", a.Result)
	}
	if got := w.keys(t); len(got) != 0 {
		t.Errorf("used once, it shows %q", got)
	}
	w.call("sendMessage", `{"chat_id": $ana, "text": "¿?", "reply_markup": {"keyboard": [[{"text": "Otra cosa"}]]}}`).id(t)
	for range 2 {
		if err := w.Tap(bot, "ana", "Otra cosa"); err != nil {
			t.Fatal(err)
		}
	}
	if a := w.call("getUpdates", `{"offset": -1}`); !strings.Contains(string(a.Result), `"text":"Otra cosa"`) {
		t.Errorf("the bot hears %s", a.Result)
	}
	w.call("sendMessage", `{"chat_id": $ana, "text": "ya", "reply_markup": {"remove_keyboard": true}}`).id(t)
	if err := w.Tap(bot, "ana", "Otra cosa"); err == nil || len(w.keys(t)) != 0 {
		t.Error("a removed keyboard is still there")
	}
}

func TestABadReplyKeyboardIsRefused(t *testing.T) {
	w := newWorld(t)
	for name, markup := range map[string]string{
		"two kinds":    `{"keyboard": [[{"text": "a"}]], "inline_keyboard": [[{"text": "a", "callback_data": "a"}]]}`,
		"no button":    `{"keyboard": [[]]}`,
		"no text":      `{"keyboard": [[{"text": " ", "request_contact": true}]]}`,
		"two wishes":   `{"keyboard": [[{"text": "a", "request_contact": true, "request_location": true}]]}`,
		"not removed":  `{"remove_keyboard": false}`,
		"unknown part": `{"keyboard": [[{"text": "a", "callback_data": "a"}]]}`,
	} {
		if a := w.call("sendMessage", `{"chat_id": $ana, "text": "¿?", "reply_markup": `+markup+`}`); a.OK || a.Code != 400 {
			t.Errorf("%s: got %+v", name, a)
		}
	}
	if err := w.Number("ana", "12"); err == nil {
		t.Error("12 is a telephone number")
	}
}

func TestAReplyKeyboardIsBroughtBack(t *testing.T) {
	w := newWorld(t)
	w.call("sendMessage", `{"chat_id": $ana, "text": "¿?", "reply_markup": `+shareKeys+`}`).id(t)
	var kept bytes.Buffer
	if err := w.Save(&kept); err != nil {
		t.Fatal(err)
	}
	after := emulator.New(emulator.Options{})
	defer after.Close()
	after.AddBot(token, bot)
	if err := after.Load(&kept); err != nil {
		t.Fatal(err)
	}
	if err := after.Tap(bot, "ana", "Compartir"); err != nil {
		t.Error(err)
	}
}
