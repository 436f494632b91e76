package telegram_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"ventanilla/bot/telegram/emulator"
	"ventanilla/flows"
	"ventanilla/store"
)

// polling runs Poll until stop is called, which returns its result.
func (w *world) polling() (stop func() error) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- w.ch.Poll(ctx) }()
	stop = func() error {
		cancel()
		select {
		case err := <-done:
			return err
		case <-time.After(10 * time.Second):
			return fmt.Errorf("still polling")
		}
	}
	return stop
}

func TestPollingBringsEveryMessageOnce(t *testing.T) {
	w := newWorld(t)
	if err := w.ch.Setup(t.Context()); err != nil { // a webhook of earlier is in the way
		t.Fatal(err)
	}
	w.hook.Close()
	w.say("ana", "uno")
	stop := w.polling()
	for i := range 20 {
		w.say("beto", fmt.Sprint(i))
	}
	said := map[string][]string{}
	for _, a := range w.in.wait(t, 21) {
		said[a.in.Name] = append(said[a.in.Name], a.in.Input.Text)
	}
	if got := strings.Join(said["beto"], " "); len(said["ana"]) != 1 || got != "0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19" {
		t.Errorf("got %v, want each person's messages in order", said)
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
	if h, err := w.ch.Check(t.Context()); err != nil || h.Webhook != "" || h.Username != username {
		t.Errorf("got %+v, %v", h, err)
	}
	if got := w.net.Commands(username); len(got) != 3 || got[0] != "/menu Ver qué puedo hacer" {
		t.Errorf("got commands %q", got)
	}
}

// RULES: tg.dedupe
func TestPollingAcknowledgesOnlyWhatIsSafe(t *testing.T) {
	w := newWorld(t)
	w.in.refuse = 3
	w.net.Fail(emulator.Fault{Kind: "duplicate", Times: 2})
	w.net.Fail(emulator.Fault{Kind: "late", Delay: time.Minute})
	w.net.Fail(emulator.Fault{Kind: "reorder"})
	for i := range 6 {
		w.say("ana", fmt.Sprint(i))
	}
	stop := w.polling()
	if got := w.in.wait(t, 5); len(got) != 5 {
		t.Errorf("got %d messages", len(got))
	}
	w.clock.Advance(time.Minute)
	got := w.in.wait(t, 6)
	said := map[string]int{}
	for _, a := range got {
		said[a.in.Input.Text]++
	}
	for i := range 6 {
		if said[fmt.Sprint(i)] != 1 {
			t.Errorf("message %d arrived %d times", i, said[fmt.Sprint(i)])
		}
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
	again := w.polling() // a restart: nothing that was safe is lost, and what comes again has its old id
	w.say("ana", "después")
	if got := w.in.wait(t, 7)[6].in.Input.Text; got != "después" {
		t.Errorf("got %q", got)
	}
	if err := again(); err != nil {
		t.Error(err)
	}
}

// passing lets the pauses between polls go by until f returns.
func passing(c *flows.Clock, f func()) {
	done := make(chan struct{})
	go func() {
		for tick := time.NewTicker(time.Millisecond); ; c.Advance(time.Second) {
			select {
			case <-done:
				tick.Stop()
				return
			case <-tick.C:
			}
		}
	}()
	f()
	close(done)
}

func TestPollingDoesNotLetOnePersonsMessageHoldUpAnothers(t *testing.T) {
	release, w := make(chan struct{}), newWorld(t)
	w.in.before = func(ctx context.Context, in store.Inbound) error {
		if in.Name == "ana" {
			<-release
		}
		return nil
	}
	w.say("ana", "uno") // what waits when polling begins comes in one batch
	w.say("ana", "dos")
	w.say("beto", "hola")
	stop := w.polling()
	if got := w.in.wait(t, 1); got[0].in.Name != "beto" {
		t.Errorf("got %v first, want the one that nothing holds up", got)
	}
	close(release)
	if got := w.in.wait(t, 3); got[1].in.Input.Text != "uno" || got[2].in.Input.Text != "dos" {
		t.Errorf("got %v, want ana's in order", got)
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
}

// A record that cannot be read, as after a bad disk, is its person's trouble only.
func TestAMessageThatIsNeverAcceptedDoesNotStopTheBotForEverybody(t *testing.T) {
	w := newWorld(t)
	w.in.before = func(_ context.Context, in store.Inbound) error {
		if in.Name == "ana" {
			return errors.New("the record does not open")
		}
		return nil
	}
	stop := w.polling()
	w.say("ana", "uno")
	for i := range 150 { // more than the network gives out while the first is not acknowledged
		w.say(fmt.Sprint("p", i), "hola")
	}
	w.say("ana", "dos")
	passing(w.clock, func() { w.in.wait(t, 150) })
	if err := stop(); err != nil {
		t.Error(err)
	}
}

// RULES: tg.dedupe; no message is given up in an outage, however long it lasts.
func TestNothingIsGivenUpWhileNothingIsAccepted(t *testing.T) {
	w := newWorld(t)
	w.in.refuse = 60
	for i := range 10 {
		w.say(fmt.Sprint("p", i), "hola")
	}
	stop := w.polling()
	passing(w.clock, func() { w.in.wait(t, 10) })
	if err := stop(); err != nil {
		t.Error(err)
	}
}

func TestPollingOutlivesTheNetworksTroubles(t *testing.T) {
	w := newWorld(t)
	for _, kind := range []string{"500", "html502", "lost"} {
		w.net.Fail(emulator.Fault{Kind: kind, Method: "getUpdates"})
	}
	w.net.Fail(emulator.Fault{Kind: "500", Method: "deleteWebhook", Times: 3})
	w.net.Fail(emulator.Fault{Kind: "500", Method: "setMyCommands"})
	w.say("ana", "hola")
	stop := w.polling()
	w.in.wait(t, 1)
	if err := w.ch.Setup(t.Context()); err != nil { // somebody sets a webhook meanwhile
		t.Fatal(err)
	}
	w.hook.Close() // nothing comes that way
	w.say("ana", "sigo acá")
	w.in.wait(t, 2)
	if err := stop(); err != nil {
		t.Error(err)
	}
}

func TestTwoPollersTakeTurnsUntilOneStops(t *testing.T) {
	w := newWorld(t)
	first, second := w.polling(), w.polling()
	for i := range 3 {
		w.say("ana", fmt.Sprint(i))
		w.in.wait(t, i+1)
	}
	if err := first(); err != nil {
		t.Error(err)
	}
	w.say("ana", "fin")
	w.in.wait(t, 4)
	if err := second(); err != nil {
		t.Error(err)
	}
}

func TestPollingLeavesNothingRunning(t *testing.T) {
	w := newWorld(t)
	before := goleak.IgnoreCurrent()
	stop := w.polling()
	w.say("ana", "hola")
	w.in.wait(t, 1)
	if err := stop(); err != nil {
		t.Error(err)
	}
	w.api.CloseClientConnections()
	goleak.VerifyNone(t, before, goleak.IgnoreAnyFunction("net/http/httptest.(*Server).wrap.func1"))
}

func TestWebhookDeliveriesSurviveAStoreThatFails(t *testing.T) {
	w := withWebhook(t)
	w.in.refuse = 2
	w.net.Fail(emulator.Fault{Kind: "duplicate", Times: 3})
	for i := range 5 {
		w.say("ana", fmt.Sprint(i))
	}
	got := w.in.wait(t, 5)
	for i, a := range got {
		if a.in.Input.Text != fmt.Sprint(i) {
			t.Errorf("message %d is %q: order is lost", i, a.in.Input.Text)
		}
	}
	w.in.waitFor(t, func() bool { return w.in.calls == 5+2+3 })
}

func TestSetupTwiceChangesNothing(t *testing.T) {
	w := withWebhook(t)
	if err := w.ch.Setup(t.Context()); err != nil {
		t.Fatal(err)
	}
	h, err := w.ch.Check(t.Context())
	if err != nil || !strings.HasSuffix(h.Webhook, "/telegram/mseg") || h.Waiting != 0 || h.LastError != "" {
		t.Errorf("got %+v, %v", h, err)
	}
	w.in.refuse = 1000
	w.say("ana", "hola")
	w.until("the webhook's trouble is known", func() bool {
		h, err := w.ch.Check(t.Context())
		return err == nil && h.LastError != "" && h.Waiting == 1 && !h.FailedAt.IsZero()
	})
}
