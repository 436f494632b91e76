package store_test

import (
	"fmt"
	"testing"
	"time"

	"ventanilla/flows"
	"ventanilla/store"
)

// BenchmarkLook looks through four thousand pages of eight lines for what nobody said.
func BenchmarkLook(b *testing.B) {
	w := newWorld(b)
	from := w.clock.Now().Add(-time.Hour)
	for i := range 4000 {
		k := flows.Key{Portal: "mseg", Channel: "telegram", Person: numbered(i)}
		if err := w.Update(b.Context(), k, func(c *store.Conversation) error {
			for n := range 8 {
				c.Recall(said(fmt.Sprint(i, n), "no me llega el código que me mandaron por correo"))
			}
			return nil
		}); err != nil {
			b.Fatal(err)
		}
	}
	w.clock.Advance(3 * time.Hour)
	b.ReportAllocs()
	for b.Loop() {
		err := w.Look(b.Context(), store.Query{Text: "nadie dijo esto", From: from.Add(-2 * time.Hour), To: w.clock.Now(), Sees: func(string) bool { return true }},
			func(store.Found) error { return nil }, func(store.Progress) error { return nil })
		if err != nil {
			b.Fatal(err)
		}
	}
}
