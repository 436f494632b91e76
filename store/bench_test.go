package store_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"ventanilla/flows"
	"ventanilla/store"
)

// BenchmarkAcceptAnswer measures an accepted message, its answer and the delivery of its
// reply, by so many conversations at once: as three writes, and with the answer in the accepting write.
func BenchmarkAcceptAnswer(b *testing.B) {
	for name, turn := range map[string]func(*world, flows.Key, string) error{"three": threeWrites, "two": twoWrites} {
		for _, people := range []int{1, 32, 256} {
			b.Run(fmt.Sprintf("%s-writes/%d", name, people), func(b *testing.B) {
				w := newWorld(b, func(o *store.Options) { o.Limits = flows.NoLimits() })
				var left atomic.Int64
				left.Store(int64(b.N))
				b.ReportAllocs()
				b.ResetTimer()
				var wg sync.WaitGroup
				for p := range people {
					wg.Go(func() {
						k := flows.Key{Portal: "mseg", Channel: "telegram", Person: numbered(p)}
						for n := left.Add(-1); n >= 0; n = left.Add(-1) {
							if err := turn(w, k, fmt.Sprint(n)); err != nil {
								b.Error(err)
								return
							}
						}
					})
				}
				wg.Wait()
				b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "turns/s")
			})
		}
	}
}

func answered(c *store.Conversation, w *world) {
	c.Answer(c.Inbox[0], flows.Result{Dialog: flows.Dialog{Flow: "recovery", Step: "code", Values: map[string]string{"cuit": "20-26756539-3"}},
		Replies: []flows.Reply{{Text: "Escribí el código que te mandé por correo."}}}, w.clock.Now())
}

func threeWrites(w *world, k flows.Key, id string) error {
	ctx := context.Background()
	if err := w.Accept(ctx, k, said(id, "no puedo entrar")); err != nil {
		return err
	}
	c, err := w.Load(ctx, k)
	if err != nil {
		return err
	}
	answered(c, w)
	if err := w.Save(ctx, c); err != nil {
		return err
	}
	c.Delivered(c.Outbox[0].ID, w.clock.Now())
	return w.Save(ctx, c)
}

func twoWrites(w *world, k flows.Key, id string) error {
	ctx := context.Background()
	c, changed, err := w.Receive(ctx, k, said(id, "no puedo entrar"))
	if err != nil || !changed {
		return errors.Join(err, errors.New("not received"))
	}
	answered(c, w)
	if err := w.Save(ctx, c); err != nil {
		return err
	}
	c.Delivered(c.Outbox[0].ID, w.clock.Now())
	return w.Save(ctx, c)
}
