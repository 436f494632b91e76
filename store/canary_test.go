package store_test

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"
	"time"

	"ventanilla/flows"
	"ventanilla/store"
)

// RULES: data.sealed, data.canary
func TestAStolenFileTellsNothingOfAnybody(t *testing.T) {
	const word = "canario"
	person := flows.Key{Portal: "portal-" + word, Channel: "channel-" + word, Person: "person-" + word}
	w := newWorld(t, func(o *store.Options) { o.Limits = flows.NoLimits() })
	in := said("id-"+word, "texto-"+word)
	in.Name, in.Origin = "name-"+word, "origin-"+word
	w.accept(person, in)
	for i := range 40 { // so many that the marks of some leave the record
		in := in
		in.ID += fmt.Sprint(i)
		w.accept(person, in)
	}
	c := w.load(person)
	until := w.clock.Now().Add(time.Hour)
	c.Dialog = flows.Dialog{Flow: "flow-" + word, Step: "step-" + word, Values: map[string]string{"cuit": "cuit-" + word}}
	c.SetAside(store.Inbound{ID: "other", Input: flows.Input{Text: "broken-" + word}}, store.TroubleUnknown, "reason-"+word, "C-1", w.clock.Now())
	c.Answer(c.Inbox[0], flows.Result{Dialog: c.Dialog,
		Replies: []flows.Reply{{Text: "reply-" + word}, {To: "email:" + word + "@example.org", Text: "mail-" + word,
			Grants: []flows.Grant{{ID: "grant-" + word, Account: "account-" + word, Address: "address-" + word, Until: until}}}},
		Audit: []flows.Audit{{What: "what-" + word, Account: "account-" + word}}}, w.clock.Now())
	w.save(c)
	guard := w.Guards()
	if _, err := guard.Spend(t.Context(), "account/"+word, flows.Budget{Kind: "kind-" + word, Max: 3, Per: time.Hour}, "op-"+word); err != nil {
		t.Fatal(err)
	}
	if err := guard.Freeze(t.Context(), "account/"+word, until); err != nil {
		t.Fatal(err)
	}
	if _, err := w.UseGrant(t.Context(), "grant-"+word, "request-"+word); err != nil {
		t.Fatal(err)
	}
	file := w.file()
	for _, form := range []string{word, strings.ToUpper(word), hex.EncodeToString([]byte(word)), base64.StdEncoding.EncodeToString([]byte(word))[:8]} {
		if at := bytes.Index(file, []byte(form)); at >= 0 {
			t.Errorf("%q stands in the file: …%q…", form, file[max(0, at-40):at+40])
		}
	}
	kinds := map[string]bool{}
	for _, e := range w.dump() {
		kinds[e.Key[:2]] = true
	}
	for _, kind := range []string{"c.", "t.", "s.", "o.", "a.", "g.", "u.", "d.", "x.", "i."} {
		if !kinds[kind] {
			t.Errorf("the test wrote no %s entry", kind)
		}
	}
}

// RULES: data.sealed
func TestAValueOpensOnlyUnderItsOwnKey(t *testing.T) {
	w := newWorld(t)
	w.accept(ana, said("1", "hola"))
	w.accept(beto, said("1", "hola"))
	mine, err := w.kv.Get(t.Context(), "c."+w.Name(ana))
	if err != nil {
		t.Fatal(err)
	}
	his, err := w.kv.Get(t.Context(), "c."+w.Name(beto))
	if err != nil {
		t.Fatal(err)
	}
	mine.Value = his.Value
	if _, err := w.kv.Put(t.Context(), mine); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Load(t.Context(), ana); err == nil {
		t.Fatal("another person's record opens under this key")
	}
}
