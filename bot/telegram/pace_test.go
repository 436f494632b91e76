package telegram_test

import (
	"fmt"
	"testing"
	"time"

	"ventanilla/bot"
	"ventanilla/bot/telegram/emulator"
)

// RULES: tg.rate
func TestAChatGetsOneMessageASecondAndOthersGoOn(t *testing.T) {
	w := withWebhook(t)
	ana, beto := w.greet("ana"), w.greet("beto")
	w.send(reply(ana, "1", "uno"))
	_, err := w.ch.Send(t.Context(), reply(ana, "2", "dos"))
	se := bot.AsSendError(err)
	if err == nil || se.Never || se.Whole || se.After <= 0 || se.After > time.Second {
		t.Fatalf("got %+v, want a pause of this chat", se)
	}
	w.send(reply(beto, "3", "otro"))
	w.clock.Advance(se.After)
	w.send(reply(ana, "2", "dos"))
	if got := w.net.Refusals(); len(got) != 0 {
		t.Errorf("the network refused %q", got)
	}
}

// RULES: tg.rate
func TestABotSendsThirtyMessagesASecond(t *testing.T) {
	w := withWebhook(t)
	w.net.SetLimits(false)
	var chats []string
	for i := range 100 {
		chats = append(chats, w.greet(fmt.Sprintf("persona%d", i)))
	}
	start := w.clock.Now()
	var sent []time.Time
	for i, chat := range chats {
		for {
			_, err := w.ch.Send(t.Context(), reply(chat, fmt.Sprint(i), "hola"))
			if err == nil {
				sent = append(sent, w.clock.Now())
				break
			}
			se := bot.AsSendError(err)
			if !se.Whole || se.After <= 0 {
				t.Fatalf("got %+v, want a pause of the whole bot", se)
			}
			w.clock.Advance(se.After)
		}
	}
	for i := 30; i < len(sent); i++ {
		if d := sent[i].Sub(sent[i-30]); d < time.Second {
			t.Errorf("31 messages within %v", d)
		}
	}
	if d := w.clock.Now().Sub(start); d > 6*time.Second {
		t.Errorf("100 messages took %v", d)
	}
}

// RULES: tg.rate
func TestARefusalForTooManyMessagesIsObeyed(t *testing.T) {
	w := withWebhook(t, unlimited)
	ana, beto, carla := w.greet("ana"), w.greet("beto"), w.greet("carla")
	fault := emulator.Fault{Kind: "429", Delay: 7 * time.Second}
	w.net.Fail(fault)
	_, err := w.ch.Send(t.Context(), reply(ana, "1", "hola"))
	if se := bot.AsSendError(err); err == nil || se.Never || se.Whole || se.After != 7*time.Second {
		t.Fatalf("got %+v, want 7 s of this chat", se)
	}
	_, err = w.ch.Send(t.Context(), reply(ana, "2", "hola")) // too early: the network is not even asked
	if se := bot.AsSendError(err); err == nil || se.After <= 0 || se.After > 7*time.Second {
		t.Fatalf("got %+v, want the rest of 7 s", se)
	}
	w.send(reply(beto, "3", "hola"))
	w.net.Fail(fault)
	_, err = w.ch.Send(t.Context(), reply(beto, "4", "hola"))
	if se := bot.AsSendError(err); err == nil || !se.Whole {
		t.Fatalf("a second chat refused: got %+v, want the whole bot to pause", se)
	}
	_, err = w.ch.Send(t.Context(), reply(carla, "5", "hola"))
	if se := bot.AsSendError(err); err == nil || !se.Whole || se.After > 7*time.Second {
		t.Fatalf("got %+v, want the whole bot to pause", se)
	}
	w.clock.Advance(7 * time.Second)
	for i, chat := range []string{ana, beto, carla} {
		w.send(reply(chat, fmt.Sprint("later", i), "hola"))
	}
}

// RULES: tg.rate
func TestWithoutLimitsOfItsOwnTheNetworksAreMet(t *testing.T) {
	w := withWebhook(t, unlimited)
	w.net.SetLimits(true)
	ana := w.greet("ana")
	for i := range 10 {
		_, err := w.ch.Send(t.Context(), reply(ana, fmt.Sprint(i), "hola"))
		if se := bot.AsSendError(err); err != nil {
			if se.Never || se.After < time.Second {
				t.Errorf("got %+v", se)
			}
			return
		}
	}
	t.Error("the emulated network took ten messages at once")
}
