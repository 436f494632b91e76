package store_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"ventanilla/flows"
	"ventanilla/store"
)

// BenchmarkAcceptAnswer measures an accepted message, its answer and the delivery of its
// reply, by so many conversations at once: as three writes, with the answer in the accepting write, and as a bot
// does it while people type fast, whose next message brings along that the reply left.
func BenchmarkAcceptAnswer(b *testing.B) {
	for name, turn := range map[string]func(*world, flows.Key, string) error{"three": threeWrites, "two": twoWrites, "one": oneWrite} {
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

// oneWrite is a turn in the middle of an errand, with a record that is as long as most.
func oneWrite(w *world, k flows.Key, id string) error {
	ctx, now := context.Background(), w.clock.Now()
	in := said("tg/"+id, "70123")
	in.At = now
	c, changed, err := w.Receive(ctx, k, in)
	if err != nil || !changed {
		return errors.Join(err, errors.New("not received"))
	}
	c.Answer(c.Inbox[0], flows.Result{Dialog: midway(c, now), Replies: []flows.Reply{{Text: "Paso 3 de 5. ¿Qué documento tenés?", Entered: "e6773ca9206da38f",
		Offer: []flows.Option{{ID: "dni", Label: "DNI"}, {ID: "le", Label: "Libreta de Enrolamiento (LE)"}, {ID: "ci", Label: "Cédula de Identidad (CI)"}, {ID: "pasaporte", Label: "Pasaporte"}}}}}, now)
	c.Attend(now.Add(2 * time.Second))
	if err := w.Save(ctx, c); err != nil {
		return err
	}
	if !c.Left(c.Outbox[0].ID, now) {
		return errors.New("what left could not wait to be noted")
	}
	c.Leave()
	return nil
}

func midway(c *store.Conversation, now time.Time) flows.Dialog {
	step := []string{"legajo", "doc_type"}[c.Turns%2]
	return flows.Dialog{Flow: "proof", Step: step, Caller: "recovery", Want: "recover code", Values: map[string]string{"legajo": "70123", "personnel_type": "docente"},
		Path: []string{"personnel_type", "legajo"}, Entered: "e6773ca9206da38f", Since: now, Heard: now, Due: now.Add(5 * time.Minute), Echo: flows.Echo{Key: "1ihqe9v", N: 1}, Began: now,
		Given: []flows.Given{{Kind: "wish", Text: "no puedo entrar"}}, Memory: flows.Memory{Privacy: now}, Parked: &flows.Parked{Flow: "proof", Step: "doc_number", Caller: "recovery", Want: "recover code",
			Values: map[string]string{"doc_number": "30000123", "doc_type": "dni", "legajo": "70123", "personnel_type": "docente"}, Path: []string{"personnel_type", "legajo", "doc_type", "doc_number"}, Since: now, Began: now}}
}
