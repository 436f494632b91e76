package standard_test

import (
	"strconv"
	"testing"
	"time"

	"ventanilla/flows"
	"ventanilla/flows/standard"
)

// BenchmarkTurn measures the engine alone: a person who answers, errs and goes back.
func BenchmarkTurn(b *testing.B) {
	e, err := standard.New(profile(b, "es-AR"), deps())
	if err != nil {
		b.Fatal(err)
	}
	said := []string{"menú", "no puedo entrar", "marciano", "docente", "x", "70123", "dni", "30.000.123", "volver"}
	call := flows.Call{Key: flows.Key{Portal: "mseg", Channel: "telegram", Person: "1"}}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		call.ID, call.At = strconv.Itoa(i), time.Now()
		call.Input = e.Screen(call.Key, call.Dialog, flows.Input{From: flows.Person, Text: said[i%len(said)]})
		r, err := e.Handle(b.Context(), call)
		if err != nil || len(r.Replies) == 0 {
			b.Fatalf("%q: %v, %v", call.Input.Text, r.Replies, err)
		}
		call.Dialog = r.Dialog
	}
}
