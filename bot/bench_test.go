package bot_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"

	"ventanilla/bot"
	"ventanilla/flows"
)

// A turn with the engine faked: the message is accepted, answered and delivered
// over the real store on a synced file. "queue" goes through the runner, "quick" through Receive.
func BenchmarkTurn(b *testing.B) {
	for _, chats := range []int{1, 32, 256} {
		b.Run(fmt.Sprintf("quick-%d", chats), func(b *testing.B) { benchmarkTurn(b, chats, true) })
		b.Run(fmt.Sprintf("queue-%d", chats), func(b *testing.B) { benchmarkTurn(b, chats, false) })
	}
}

func benchmarkTurn(b *testing.B, chats int, quick bool) {
	w := newWorld(b)
	p := &dumb{answered: map[string]chan struct{}{}}
	w.worker.Channels["telegram"] = p
	for i := range chats {
		p.answered[fmt.Sprint(i)] = make(chan struct{}, 8)
	}
	accept := w.worker.Receive
	if !quick {
		accept = w.store.Accept
	}
	stop := w.run()
	w.worker.Engine = plain{}
	var left atomic.Int64
	left.Store(int64(b.N))
	b.ReportAllocs()
	b.ResetTimer()
	done := make(chan struct{})
	for i := range chats {
		go func() {
			defer func() { done <- struct{}{} }()
			k := flows.Key{Portal: "mseg", Channel: "telegram", Person: fmt.Sprint(i)}
			for n := 0; left.Add(-1) >= 0; n++ {
				if err := accept(b.Context(), k, said(fmt.Sprint(n), "hola")); err != nil {
					b.Error(err)
					return
				}
				<-p.answered[k.Person]
			}
		}()
	}
	for range chats {
		<-done
	}
	b.StopTimer()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "turns/s")
	stop()
}

// plain is an engine that remembers nothing.
type plain struct{}

func (plain) Handle(_ context.Context, c flows.Call) (flows.Result, error) {
	return flows.Result{Dialog: c.Dialog, Replies: []flows.Reply{{Text: "eco: " + c.Input.Text}}}, nil
}

func (plain) Notice(flows.Key, string, ...string) flows.Reply { return flows.Reply{} }

// dumb is a network that only tells the sender of a message that the answer came.
type dumb struct{ answered map[string]chan struct{} }

func (d *dumb) Send(_ context.Context, x bot.Delivery) (string, error) {
	d.answered[x.To] <- struct{}{}
	return "", nil
}
