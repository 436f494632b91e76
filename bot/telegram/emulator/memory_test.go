package emulator_test

import (
	"bytes"
	"reflect"
	"strings"
	"testing"

	"ventanilla/bot/telegram/emulator"
)

func TestPhonesAreBroughtBack(t *testing.T) {
	const token, bot = "5000000001:abc", "some_bot"
	before := emulator.New(emulator.Options{})
	defer before.Close()
	before.AddBot(token, bot)
	for _, text := range []string{"hola", "¿hay alguien?"} {
		if _, err := before.Say(bot, "Ana <b>", text); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := before.Send(bot, "Luis", "document"); err != nil {
		t.Fatal(err)
	}
	var kept bytes.Buffer
	if err := before.Save(&kept); err != nil {
		t.Fatal(err)
	}
	after := emulator.New(emulator.Options{})
	defer after.Close()
	after.AddBot(token, bot)
	if err := after.Load(bytes.NewReader(kept.Bytes())); err != nil {
		t.Fatal(err)
	}
	for _, person := range []string{"Ana <b>", "Luis"} {
		if got, want := after.Screen(bot, person, 0), before.Screen(bot, person, 0); !reflect.DeepEqual(got, want) || len(got) == 0 {
			t.Errorf("%s sees %+v, want %+v", person, got, want)
		}
		if got, want := after.ChatID(person), before.ChatID(person); got != want {
			t.Errorf("%s has the id %d, want %d", person, got, want)
		}
	}
	n, err := after.Say(bot, "Ana <b>", "sigo")
	if seen := before.Screen(bot, "Luis", 0); err != nil || n <= seen[0].N {
		t.Errorf("the next line is %d, %v; want it after %d", n, err, seen[0].N)
	}
	if err := after.Load(strings.NewReader("{")); err == nil {
		t.Error("half a memory was taken")
	}
}
