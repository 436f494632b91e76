package town

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"ventanilla/flows/flowtest"
)

// Traces are all that a conversation left: the record of everybody who chatted, what the core changed and how its
// accounts stand, what was counted and frozen, who is linked, and the mails. What chance draws is named by its order.
func (w *Town) Traces(t testing.TB) string {
	t.Helper()
	effects, err := w.Core.Effects()
	if err != nil {
		t.Fatal(err)
	}
	people, err := w.Core.People()
	if err != nil {
		t.Fatal(err)
	}
	var s strings.Builder
	for _, e := range effects {
		fmt.Fprintln(&s, "effect", e.Op, e.Kind, e.Portal, e.Account)
	}
	for _, p := range people {
		for _, a := range p.Accounts {
			fmt.Fprintln(&s, "account", a.ID, a.Username, a.State, a.Addresses)
		}
	}
	for _, key := range slices.Sorted(maps.Keys(w.Guard.spent)) {
		if n := len(w.Guard.spent[key]); n > 0 {
			fmt.Fprintln(&s, "spent", key, n)
		}
	}
	for _, key := range slices.Sorted(maps.Keys(w.Guard.frozen)) {
		fmt.Fprintln(&s, "frozen", key, w.Guard.frozen[key])
	}
	for _, key := range slices.Sorted(maps.Keys(w.Links.chats)) {
		fmt.Fprintln(&s, "linked", key, len(w.Links.chats[key]))
	}
	d := w.Dialog
	d.Echo.Key = "" // the hash of a text, which may hold the number of a case
	dialog, err := json.MarshalIndent(d, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return flowtest.Settled(s.String() + strings.Join(w.Mails(), "\n") + "\n" + string(dialog))
}
