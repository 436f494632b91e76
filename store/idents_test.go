package store_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"ventanilla/flows"
	"ventanilla/store"
)

// uses lets a conversation use identifiers in a turn.
func (w *world) uses(k flows.Key, ids ...flows.Ident) {
	w.t.Helper()
	w.update(k, func(c *store.Conversation) {
		c.Answer(store.Inbound{ID: "x"}, flows.Result{Dialog: c.Dialog, Idents: ids}, w.clock.Now())
	})
}

// knows are the conversations that an identifier leads to.
func (w *world) knows(portal, identifier string) (names []string) {
	w.t.Helper()
	all, err := w.Known(w.t.Context(), portal, identifier)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, o := range all {
		names = append(names, o.Name)
	}
	return names
}

func TestAConversationIsFoundByAnIdentifierInAnySpellingAndOnlyWhole(t *testing.T) {
	w := newWorld(t)
	w.uses(ana, flows.Ident{Kind: "cuil", Value: "20267565393"}, flows.Ident{Kind: "username", Value: "Ana.Pérez"}, flows.Ident{Kind: "email", Value: "Ana.Perez@example.org"})
	for _, typed := range []string{"20267565393", "20-26756539-3", " 20 26756539 3", "ANA.PEREZ", "ana perez", "ana.perez@EXAMPLE.org "} {
		if got := w.knows("mseg", typed); !slices.Equal(got, []string{w.Name(ana)}) {
			t.Errorf("%q: got %q, want Ana's conversation", typed, got)
		}
	}
	for _, typed := range []string{"2026756539", "26756539", "", "-", "anaperez@example.org", "perez"} {
		if got := w.knows("mseg", typed); len(got) != 0 {
			t.Errorf("%q: got %q, want nothing", typed, got)
		}
	}
	if got := w.knows("iess", "20267565393"); len(got) != 0 {
		t.Errorf("at another organisation: got %q", got)
	}
}

func TestAMailMakesItsAddressFindable(t *testing.T) {
	w := newWorld(t)
	w.accept(ana, said("1", "hola"))
	w.answer(ana, flows.Reply{To: "email:ana@example.org", Text: "Tu código es {code}."})
	if got := w.knows("mseg", "ana@example.org"); !slices.Equal(got, []string{w.Name(ana)}) {
		t.Errorf("got %q", got)
	}
}

// RULES: data.sealed, data.retention
func TestTheIndexHoldsNoIdentifierExpiresAndIsErased(t *testing.T) {
	w := newWorld(t)
	w.uses(ana, flows.Ident{Kind: "cuil", Value: "20267565393"})
	w.uses(beto, flows.Ident{Kind: "cuil", Value: "20267565393"})
	if strings.Contains(string(w.file()), "20267565393") {
		t.Error("the file shows the identifier")
	}
	open, err := w.Opened(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for key, plain := range open {
		if strings.Contains(key+plain, "26756539") {
			t.Errorf("%s holds the identifier", key[:2])
		}
	}
	w.clock.Advance(48 * time.Hour)
	w.uses(beto, flows.Ident{Kind: "cuil", Value: "20-26756539-3"})
	for _, e := range w.dump() {
		if strings.HasPrefix(e.Key, "e.") && strings.HasSuffix(e.Key, w.Name(beto)) {
			if left := e.Expires.Sub(w.clock.Now()); left < store.TranscriptFor-time.Minute {
				t.Errorf("after another use it lives for %v", left)
			}
		}
	}
	if err := w.Erase(t.Context(), ana); err != nil {
		t.Fatal(err)
	}
	if got := w.knows("mseg", "20267565393"); !slices.Equal(got, []string{w.Name(beto)}) {
		t.Errorf("after erasing Ana: got %q, want Beto's conversation alone", got)
	}
}

func TestTheIndexOfOneConversationIsBounded(t *testing.T) {
	w := newWorld(t)
	for i := range 40 {
		w.uses(ana, flows.Ident{Kind: "code", Value: fmt.Sprint("POL-", 1000+i)})
	}
	entries := 0
	for _, e := range w.dump() {
		if strings.HasPrefix(e.Key, "e.") {
			entries++
		}
	}
	if n := len(w.load(ana).Idents); entries != 12 || n != 12 {
		t.Errorf("%d entries and %d in the record, want 12", entries, n)
	}
	if got := w.knows("mseg", "pol 1039"); len(got) != 1 {
		t.Errorf("the latest: got %q", got)
	}
}

func TestOtherConversationsOfTheSamePersonAreFoundAndProofComesFirst(t *testing.T) {
	w := newWorld(t)
	carla := flows.Key{Portal: "mseg", Channel: "whatsapp", Person: "+541155550003"}
	cuil, account := flows.Ident{Kind: "cuil", Value: "20267565393"}, flows.Ident{Kind: flows.AccountIdent, Value: "A-1"}
	w.uses(ana, cuil, account)
	w.uses(beto, cuil)
	w.uses(carla, account, cuil)
	w.uses(flows.Key{Portal: "iess", Channel: "telegram", Person: "1"}, cuil, account)
	got, err := w.Others(t.Context(), w.Name(ana))
	if err != nil {
		t.Fatal(err)
	}
	if want := []store.Other{{Name: w.Name(carla), Kind: flows.AccountIdent}, {Name: w.Name(beto), Kind: "cuil"}}; !slices.Equal(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if got := w.knows("mseg", "A-1"); len(got) != 0 {
		t.Errorf("an account's id is no identifier that people type: got %q", got)
	}
}
